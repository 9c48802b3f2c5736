"""An end of a path, as a person gives it: a seed, or a photo in its place."""

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo.actions import interpolate
from gan_demo.actions.reconstruct import look
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui import seed as seeds
from gan_demo.ui.events import PRIVATE
from gan_demo.ui.photo import Photo, Turned


def end(
    studio: Studio, model: str, seed: object, photo: PILImage.Image | None = None
) -> interpolate.End:
    """A seed, unless there is a photo: then what the model drew it from, or else the code that it
    reads in its face.

    Raises:
        ValueError: not a seed, an unknown model.
    """
    if photo is None or not isinstance(studio[model], Encodes):
        return recipe.seed(seed)
    return interpolate.write(look(studio, model, photo, find=True, stored=True).z)


@dataclass(frozen=True)
class EndBox:
    """The controls of one end."""

    box: gr.Column
    seed: gr.Textbox
    dice: gr.Button
    photo: Photo

    def wire(self, redraw: gr.Textbox, turned: Turned, note: gr.HTML | None = None) -> Any:
        """A seed given by hand or by dice takes the place of the photo; the event of a new one
        comes back.

        Args:
            turned, note: see `Photo.given`.
        """

        def roll() -> tuple[str, None, int]:
            return seeds.rolled(), None, time.time_ns()

        self.dice.click(roll, None, [self.seed, self.photo, redraw], **PRIVATE)
        self.seed.submit(lambda: (None, time.time_ns()), None, [self.photo, redraw], **PRIVATE)
        given = self.photo.given(note, turned)
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
