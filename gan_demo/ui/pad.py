"""A drawing pad: Gradio's own editor with a black brush on white paper; its value is a picture."""

import functools
from collections import OrderedDict
from typing import Any

import gradio as gr
from gradio.components.base import server
from gradio.components.image_editor import EditorData
from PIL import Image as PILImage

from gan_demo.ui.photo import read, received, refuse_address

SIDE = 512  # of the paper, pixels
BRUSH = 8  # radius: of a line as wide as in training at 64 pixels, see `edges.PEN`
WAITING = 32  # drawings that were sent and not yet asked for

_sent: OrderedDict[str, bytes] = OrderedDict()  # by the name that the browser gave them


class Pad(gr.ImageEditor):
    """gr.ImageEditor that keeps of what is sent the drawing alone, the latest few of all people,
    and answers with a PIL picture; None for white paper."""

    is_template = True  # keep the front end of gr.ImageEditor

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)

    @server
    def accept_blobs(self, data: Any) -> None:
        """As Gradio has it: the pictures come first, each on its own, then the event asks."""
        if data.data["type"] == "composite":
            _sent[str(data.data["id"])] = data.files[0][1]
            while len(_sent) > WAITING:
                _sent.popitem(last=False)

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        refuse_address(url_or_file_path)
        return await super().async_move_resource_to_block_cache(url_or_file_path)

    def preprocess(self, payload: EditorData | None) -> Any:
        if payload is None:
            return None
        try:
            drawn = _sent.pop(payload.id, None) if payload.id else None
            if drawn is None and payload.composite:  # another event asks for what is drawn here
                drawn = received(payload.composite)
            if drawn is None:
                return None
            picture = read(drawn)
        except ValueError as error:
            raise gr.Error(f"The drawing: {error}", print_exception=False) from None
        return None if picture.convert("L").getextrema() == (255, 255) else picture


# Gradio tells the page the options that it reads in this signature.
functools.update_wrapper(Pad.__init__, gr.ImageEditor.__init__)


def paper() -> PILImage.Image:
    """A value to draw on: on none, the brush has to be taken first."""
    return PILImage.new("RGB", (SIDE, SIDE), "white")


def pad(*, elem_id: str) -> Pad:
    return Pad(
        value=paper(),
        label="Draw here",
        sources=(),
        buttons=[],
        transforms=(),
        layers=False,
        format="png",
        brush=gr.Brush(default_size=BRUSH, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=2 * BRUSH),
        canvas_size=(SIDE, SIDE),
        fixed_canvas=True,
        visible=False,
        elem_id=elem_id,
    )
