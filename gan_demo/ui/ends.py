"""An end of a path, as a person gives it: a seed, or a photo in its place."""

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo.actions import interpolate
from gan_demo.actions.reconstruct import framed, shown
from gan_demo.checkpoint import recipe
from gan_demo.images import faces
from gan_demo.systems import Encodes, Samples
from gan_demo.ui import seed as seeds
from gan_demo.ui.events import PRIVATE
from gan_demo.ui.photo import Photo


def end(
    system: Samples, seed: object, photo: PILImage.Image | None = None, frame: float = faces.FRAME
) -> interpolate.End:
    """A seed, unless there is a photo: then what it was drawn from, or else the code of its face.

    Raises:
        ValueError: not a seed; a picture of this app by a model with longer or shorter codes.
    """
    if photo is None or not isinstance(system, Encodes):
        return recipe.seed(seed)
    if made := recipe.of(photo):
        return interpolate.write(made.code(system))
    square, _ = framed(photo, True, frame)
    return interpolate.encode(system, shown(system, square))


@dataclass(frozen=True)
class EndBox:
    """The controls of one end."""

    box: gr.Column
    seed: gr.Textbox
    dice: gr.Button
    photo: Photo

    def wire(self, redraw: gr.Textbox, note: gr.HTML | None = None) -> Any:
        """A seed given by hand or by dice takes the place of the photo; the event of a new one
        comes back.

        Args:
            note: see `Photo.given`.
        """

        def roll() -> tuple[str, None, int]:
            return seeds.rolled(), None, time.time_ns()

        self.dice.click(roll, None, [self.seed, self.photo, redraw], **PRIVATE)
        self.seed.submit(lambda: (None, time.time_ns()), None, [self.photo, redraw], **PRIVATE)
        given = self.photo.given(note)
        given.success(time.time_ns, None, redraw, **PRIVATE)
        return given


def box(letter: str, seed: str, *, visible: bool = True) -> EndBox:
    with gr.Column(visible=visible, min_width=120) as column:
        with gr.Group(), gr.Row(elem_classes="joined"):
            text = gr.Textbox(
                seed, label=f"Seed {letter}", max_length=30, min_width=60, elem_id=f"seed-{letter}"
            )
            dice = gr.Button("Roll", scale=0, min_width=60, elem_id=f"roll-{letter}")
        photo = Photo(
            label=f"or photo {letter}",
            placeholder="Drop a face",
            height=180,
            elem_id=f"photo-{letter}",
        )
    return EndBox(column, text, dice, photo)
