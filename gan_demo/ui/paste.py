"""A result laid back into the photo that it came from, in the photo's full size."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.live import frame_uri

SHOWN = 900  # pixels of the longer side on the page


def controls(
    slug: str, pasted: Callable[..., PILImage.Image | None], inputs: Sequence[Any]
) -> gr.Accordion:
    """A button, the photo with the result in its place, and its file.

    Args:
        pasted: of the inputs, the whole picture; None without a photo.
    """
    title = "Paste it back into the photo"
    with gr.Accordion(title, open=False, elem_id=f"{slug}-paste") as folded:
        with gr.Row():
            button = gr.Button("Paste", size="sm", min_width=100, elem_id=f"{slug}-paste-it")
            keep = Download("Download the photo", size="sm", interactive=False, min_width=100)
        shown = gr.HTML(js_on_load=None, elem_id=f"{slug}-pasted")

    def fill(*given: Any):
        whole = pasted(*given)
        if whole is None:
            raise ValueError("Give a photo first: upload, paste, take or choose one.")
        small = whole.copy()
        small.thumbnail((SHOWN, SHOWN))
        source = frame_uri(np.asarray(small))
        file = f"{slug}-photo.png", images.png(whole)
        html = f'<img src="{source}" alt="The photo with the result">'
        return html, gr.update(value=file, interactive=True)

    button.click(plainly(fill), list(inputs), [shown, keep], **PRIVATE)
    return folded
