"""Pictures for the page that leave no file on the server's disk: they travel inside the answer."""

import gradio as gr
import numpy as np
from gradio.components.imageslider import SliderData
from gradio.data_classes import ImageData

from gan_demo.ui.live import frame_uri


class Still(gr.Image):
    """A picture to look at; its value is a uint8 array (h, w, 3)."""

    is_template = True  # keep the front end of gr.Image

    def postprocess(self, value: np.ndarray | None) -> ImageData | None:
        return None if value is None else ImageData(url=frame_uri(value))


class Compare(gr.ImageSlider):
    """Two pictures under one curtain; its value is a pair of such arrays."""

    is_template = True

    def postprocess(self, value: tuple[np.ndarray, np.ndarray] | None) -> SliderData | None:
        if value is None:
            return None
        before, after = value
        return SliderData(root=(ImageData(url=frame_uri(before)), ImageData(url=frame_uri(after))))
