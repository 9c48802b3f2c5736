"""Which square of a photo: the faces that were found, to choose from, or one marked by hand.

A choice belongs to its photo: for any other one it is the largest face again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo.actions.reconstruct import Chosen
from gan_demo.checkpoint import recipe
from gan_demo.images import faces
from gan_demo.images.frame import Square, cut
from gan_demo.ui import gallery, inline
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LATEST, PRIVATE
from gan_demo.ui.judged import clicked
from gan_demo.ui.photo import Photo

THUMB, PREVIEW = 64, 256  # pixels
HAND = -1  # in place of the number of a face
BY_HAND, NONE_FOUND = "Mark the face by hand", "No face was found: mark it by hand"

Choice = tuple[str, int]  # the photo's key; a face, the largest is 0, or HAND


@dataclass(frozen=True)
class Framing:
    """The controls: `inputs` are for `chosen`, `parts` get the values of `showing`, and `changed`
    changes with the choice."""

    shelf: gr.HTML
    hand: gr.Checkbox
    room: gr.Column
    sliders: tuple[gr.Slider, ...]
    choice: gr.State
    changed: gr.State

    @property
    def inputs(self) -> list[Any]:
        return [self.choice, *self.sliders]

    @property
    def parts(self) -> list[Any]:
        return [self.shelf, self.hand, self.room]

    @property
    def events(self) -> list[Any]:
        return [self.changed.change, *(slider.release for slider in self.sliders)]

    def wire(self, photo: Photo, preview: gr.HTML) -> None:
        """The controls among themselves; a slider that is dragged shows its square in `preview`."""

        def pick(photo: PILImage.Image | None, n: int, event: gr.EventData):
            return (faces.key(photo), clicked(event)) if photo else gr.skip(), n + 1

        def mark(photo: PILImage.Image | None, choice: Choice, hand: bool, n: int):
            if photo is None:
                return [gr.skip()] * (2 + len(self.sliders))
            start = places(photo, _start(photo, choice)) if hand else [gr.skip()] * 4
            return [(faces.key(photo), HAND if hand else 0), *start, n + 1]

        def peek(photo: PILImage.Image | None, *values: float | int) -> str:
            if photo is None:
                return inline.showing(None)
            return inline.showing(cut(np.asarray(photo), marked(photo, values), PREVIEW))

        count, state = self.changed, [self.choice, self.changed]
        self.shelf.select(plainly(pick), [photo, count], state, **PRIVATE)
        given = [photo, self.choice, self.hand, count]
        self.hand.input(mark, given, [self.choice, *self.sliders, count], **PRIVATE)
        dragged = [slider.input for slider in self.sliders]
        gr.on(dragged, peek, [photo, *self.sliders], preview, **LATEST)


def framing(name: str) -> Framing:
    """The controls, for below the photo; `name` begins their ids."""
    shelf = gallery.plates(
        label="Faces, the largest first", elem_id=f"{name}-faces", least=56, visible=False
    )
    hand = gr.Checkbox(False, label=BY_HAND, visible=False, elem_id=f"{name}-hand")
    ends = {"Across, %": (0, 100, 50), "Down, %": (0, 100, 50)}
    ends |= {"Size, %": (5, 200, 100), "Tilt, degrees": (-180, 180, 0)}
    with gr.Column(visible=False, elem_id=f"{name}-square") as room:
        sliders = tuple(
            gr.Slider(low, high, value=value, step=0.5, label=label, interactive=True)
            for label, (low, high, value) in ends.items()
        )
    return Framing(shelf, hand, room, sliders, gr.State(("", 0)), gr.State(0))


def chosen(photo: PILImage.Image | None, choice: Choice, *values: float | int) -> Chosen:
    """What `reconstruct.squared` takes."""
    if photo is None or choice[0] != faces.key(photo):
        return 0
    return marked(photo, values) if choice[1] == HAND else choice[1]


def showing(photo: PILImage.Image | None, find: bool, choice: Choice) -> list[Any]:
    """Values for the parts."""
    search = photo is not None and find and recipe.of(photo) is None
    found = faces.find(photo) if photo and search else []
    shown = [
        ([cut(np.asarray(photo), face.square(), THUMB)], str(i + 1), "")
        for i, face in enumerate(found)
    ]
    hand = photo is not None and choice == (faces.key(photo), HAND)
    return [
        gr.update(value=gallery.showing(shown), visible=len(found) > 1),
        gr.update(
            value=hand,
            visible=photo is not None,
            label=NONE_FOUND if search and not found else BY_HAND,
        ),
        gr.update(visible=hand),
    ]


def marked(photo: PILImage.Image, values: Sequence[float | int]) -> Square:
    """The square of four sliders: place in the photo, side against its short side, tilt."""
    x, y, size, tilt = map(float, values)
    return Square(photo.width * x / 100, photo.height * y / 100, min(photo.size) * size / 200, tilt)


def places(photo: PILImage.Image, square: Square) -> list[float]:
    """The inverse."""
    x, y = 100 * square.x / photo.width, 100 * square.y / photo.height
    size = min(200.0, 200 * square.half / min(photo.size))
    return [round(2 * value) / 2 for value in (x, y, size, square.tilt)]


def _start(photo: PILImage.Image, choice: Choice) -> Square:
    """Where the square was until now."""
    found, i = faces.find(photo), choice[1] if choice[0] == faces.key(photo) else 0
    return found[i if 0 <= i < len(found) else 0].square() if found else faces.centre(photo)
