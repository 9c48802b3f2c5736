"""A drawing pad: Gradio's own editor with a black brush on white paper; its value is a picture.

What is drawn is sent on its own, before the event that asks for it, so a stroke may arrive after
new paper was laid. Therefore each paper has a number, in its corner and in a tone nobody sees: a
drawing shows on which paper it was made.
"""

import functools
import itertools
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np
from gradio.components.base import server
from gradio.components.image_editor import EditorData
from PIL import Image as PILImage

from gan_demo.ui.photo import read, received, refuse_address

SIDE = 512  # of the paper, pixels
BRUSH = 8  # radius: of a line as wide as in training at 64 pixels, see `edges.PEN`
WAITING = 32  # drawings that were sent and not yet asked for
BITS, DOT = 8, 4  # of a paper's number, and pixels across of each
ONE = 251  # of 255: the tone of a bit that is set

_numbers = itertools.count(1)
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
        return None if np.asarray(picture.convert("L")).min() >= ONE - 1 else picture


# Gradio tells the page the options that it reads in this signature.
functools.update_wrapper(Pad.__init__, gr.ImageEditor.__init__)


@dataclass(frozen=True)
class Sheet:
    """A numbered paper, and what is drawn on it so far."""

    number: int = 0
    drawing: PILImage.Image | None = None

    @classmethod
    def new(cls) -> "Sheet":
        return cls(next(_numbers))

    def paper(self) -> PILImage.Image:
        """A value to draw on: on none, the brush has to be taken first."""
        white = PILImage.new("RGB", (SIDE, SIDE), "white")
        for i in range(BITS):
            if self.number >> i & 1:
                white.paste((ONE, ONE, ONE), (i * DOT, 0, (i + 1) * DOT, DOT))
        return white

    def drawn(self, drawing: PILImage.Image | None) -> "Sheet":
        """With this drawing now; itself where that is nothing new, or on another paper."""
        written = None if drawing is None else _number(drawing)
        other = written is not None and written != self.number % (1 << BITS)
        return self if other or drawing is self.drawing else replace(self, drawing=drawing)


def _number(drawing: PILImage.Image) -> int | None:
    """That of the paper; None where something is drawn over it."""
    if drawing.size != (SIDE, SIDE):
        return None
    tones = np.asarray(drawing.convert("L"), np.int16)[DOT // 2, DOT // 2 :: DOT][:BITS]
    bits = abs(tones - ONE) <= 1
    if not (bits | (tones >= 254)).all():
        return None
    return sum(int(bit) << i for i, bit in enumerate(bits))


def pad(*, elem_id: str) -> Pad:
    return Pad(
        value=Sheet().paper(),
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
