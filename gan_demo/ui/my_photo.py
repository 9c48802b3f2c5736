"""The one photo of a visit: given in any tab, it is there in all that can use it.

A chip beside the tabs shows it and takes it away again. The photo, and which face of it was chosen,
live in the session and end with it; no file of it is kept.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions.reconstruct import framed
from gan_demo.checkpoint import recipe
from gan_demo.images import faces
from gan_demo.images.frame import Square
from gan_demo.ui import framing
from gan_demo.ui.events import EACH, PRIVATE
from gan_demo.ui.framing import HAND, Choice, Framing
from gan_demo.ui.live import frame_uri
from gan_demo.ui.photo import Photo
from gan_demo.ui.pressed import Pressed, pressed

MOST = 1600  # pixels of the longer side that go along to other tabs
MARGIN = 1.5  # around a face, for tabs that find it anew
THUMB = 72  # pixels
SAID = "Your photo is in every tab that can use it. It stays in this visit and is not stored."

CLICK = """
element.addEventListener('click', event => {
  if (event.target.closest('button')) trigger('clear');
});
"""
STYLE = """
.html-container:has(> &) { padding: 0; }
display: flex; align-items: center; gap: .6rem; font-size: .85rem;
color: var(--body-text-color-subdued);
img { width: 36px; height: 36px; border-radius: 50%; object-fit: cover; }
button { padding: .15rem .7rem; border: 1px solid var(--border-color-primary);
  border-radius: 99px; cursor: pointer; color: var(--body-text-color); white-space: nowrap; }
button:hover { border-color: var(--color-accent); }
"""


@dataclass(frozen=True)
class Mine:
    """A photo on its way between tabs.

    Args:
        kept: the photo, at most MOST pixels wide and high.
        pixels: its `faces.key`.
        choice: which face of it, or HAND.
        square: the sliders of a square marked by hand, see `framing.marked`.
    """

    kept: Pressed
    pixels: str
    choice: int = 0
    square: tuple[float, ...] = (50.0, 50.0, 100.0, 0.0)

    @property
    def photo(self) -> PILImage.Image:
        return self.kept.picture

    @property
    def key(self) -> str:
        return f"{self.pixels} {self.choice} {self.square}"

    @property
    def face(self) -> PILImage.Image:
        """The chosen face with some room, for a tab that cannot be told which one. A picture of
        this app stays whole, and keeps its code."""
        photo = self.photo
        if recipe.of(photo) and self.choice != HAND:
            return photo
        found = [] if self.choice == HAND else faces.find(photo)
        if found:
            square = found[self.choice if self.choice < len(found) else 0].square()
            square = Square(square.x, square.y, MARGIN * square.half, square.tilt)
        elif self.choice == HAND:
            square = framing.marked(photo, self.square)
        else:
            return photo
        return faces.crop(photo, square)


def mine(photo: PILImage.Image, choice: Choice = ("", 0), *square: float | int) -> Mine:
    """The photo of a tab, and the choice that was made there."""
    chosen = choice[1] if choice[0] == faces.key(photo) else 0
    kept = pressed(photo, MOST)
    drawn = tuple(map(float, square)) or Mine.square
    return Mine(kept, faces.key(kept.picture), chosen, drawn)


@dataclass(frozen=True)
class Taker:
    """A tab that can use the photo.

    Args:
        place: its controls of the choice, where it has some.
        taken: the key of the photo that it had last.
        seeds: what the photo takes the place of.
    """

    photo: Photo
    place: Framing | None
    taken: gr.State
    seeds: gr.Textbox | None = None

    @property
    def inputs(self) -> list[Any]:
        return [self.photo, *(self.place.inputs if self.place else [])]

    @property
    def outputs(self) -> list[Any]:
        return [*self.inputs, *([self.seeds] if self.seeds else [])]

    def values(self, mine: Mine) -> list[Any]:
        """For the outputs."""
        if self.place is None:
            return [mine.face, *([""] if self.seeds else [])]
        return [mine.photo, (mine.pixels, mine.choice), *mine.square]


class MyPhoto:
    """The photo of a visit, its chip, and the tabs that can use it."""

    def __init__(self):
        self.mine = gr.State(None)  # Mine, once there is a photo
        self.chip = chip()
        self.takers: dict[str, Taker] = {}

    def takes(
        self,
        slug: str,
        photo: Photo,
        given: Any,
        place: Framing | None = None,
        seeds: gr.Textbox | None = None,
    ) -> None:
        """Makes the tab's photo that of the visit, and fills in one that another tab was given.

        Args:
            given: the event of a new photo, see `Photo.given`.
            place: the controls of which face.
            seeds: what a photo of another tab takes the place of.
        """
        taker = self.takers[slug] = Taker(photo, place, gr.State(""), seeds)

        def share(photo: PILImage.Image | None, *choice: Any):
            if photo is None:
                return [gr.skip()] * 3
            now = mine(photo, *choice)
            return now, showing(now), now.key

        outputs = [self.mine, self.chip, taker.taken]
        given.success(share, taker.inputs, outputs, **PRIVATE)
        if place:
            gr.on(place.events, share, taker.inputs, outputs, **EACH)

    def taken(self, slug: str) -> list[gr.State]:
        """What tells which photo the tab had last; nothing for a tab that takes none."""
        return [self.takers[slug].taken] if slug in self.takers else []

    def inputs(self, slug: str) -> list[Any]:
        """What `brought` gives values to, after `taken`."""
        return self.takers[slug].outputs if slug in self.takers else []

    def brought(self, slug: str, now: Mine | None, taken: str = "") -> list[Any] | None:
        """The photo for a tab that is opened; None where there is none, or it has it already."""
        if slug not in self.takers or now is None or now.key == taken:
            return None
        return [now.key, *self.takers[slug].values(now)]

    def wire(self, redraws: Mapping[str, gr.Textbox]) -> None:
        """Forgetting: the photo goes from every tab, and they are drawn without it."""
        photos = [taker.photo for taker in self.takers.values()]
        again = [redraws[slug] for slug in self.takers]
        seeds = {t.seeds: t.seeds.value for t in self.takers.values() if t.seeds}  # as at first

        def forget() -> dict[Any, Any]:
            gone = {self.mine: None, self.chip: showing(None)}
            return gone | seeds | dict.fromkeys(photos) | dict.fromkeys(again, time.time_ns())

        self.chip.clear(forget, None, [self.mine, self.chip, *photos, *seeds, *again], **PRIVATE)


def chip() -> gr.HTML:
    """The component; its value comes from `showing`, its event `clear` asks to forget."""
    return gr.HTML(
        "",
        visible=False,
        css_template=STYLE,
        js_on_load=CLICK,
        apply_default_css=False,
        render=False,
        elem_id="my-photo",
    )


def showing(mine: Mine | None) -> dict[str, Any]:
    if mine is None:
        return gr.update(value="", visible=False)
    photo = mine.photo
    if mine.choice == HAND:
        square = faces.crop(photo, framing.marked(photo, mine.square))
    else:
        square = framed(photo, True, faces.FRAME, mine.choice)[0]
    small = images.arrays(images.square(square, THUMB, 3))[0]
    text = f'<img src="{frame_uri(small)}" alt="Your photo"><span>{SAID}</span>'
    return gr.update(value=f'{text}<button type="button">Forget it</button>', visible=True)
