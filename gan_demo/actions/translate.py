"""What a translator makes of a photo, and how much of it is left on the way back.

    photo -> frame -> x -> G_AB -> 8 bits -> y -> G_BA -> 8 bits -> x̂        cycle L1 = mean |x - x̂|

Between the networks the picture is one that can be seen and saved: a translator that hides x in
the last bits of y (Chu et al. 2017, https://arxiv.org/abs/1712.02950) gains nothing by it.
"""

import functools
import time
from collections.abc import Generator
from dataclasses import dataclass

import torch
from PIL import Image as PILImage
from torch import Tensor

from gan_demo import images
from gan_demo.actions.domains import World
from gan_demo.actions.reconstruct import Chosen, framed
from gan_demo.images import edges, tiling
from gan_demo.systems import Translates
from gan_demo.types import Image, Pixels

LONGEST = 8  # long side / short side of a picture
FIRST = 3  # of the examples stands in at first, chosen by eye
STAND_IN = "An example. Upload a photo, paste one, take one, or choose another example."
TILE = 2  # sides of the training pictures make the side of a tile; a half of one overlaps


@dataclass(frozen=True)
class Translation:
    """A picture, its translation, and the way back if there is one.

    Args:
        model, to: who drew which domain.
        milliseconds: that the network took for y.
        twin: what x truly is in the other domain, where that is known.
        mask: where x was drawn anew, (1, 1, h, w) in [0, 1], by a network that says so.
    """

    model: str
    to: str
    x: Pixels
    y: Pixels
    back: Pixels | None
    milliseconds: float
    twin: Pixels | None = None
    mask: Tensor | None = None

    @functools.cached_property
    def changed(self) -> float:
        """Mean |x - y|."""
        return images.l1(self.x, self.y)

    @functools.cached_property
    def cycle(self) -> float | None:
        """Mean |x - x̂|."""
        return None if self.back is None else images.l1(self.x, self.back)

    @functools.cached_property
    def from_twin(self) -> tuple[float, float] | None:
        """Mean |twin - y|, and mean |twin - x| of leaving it as it is."""
        if self.twin is None:
            return None
        return images.l1(self.twin, self.y), images.l1(self.twin, self.x)

    @property
    def numbers(self) -> dict[str, float]:
        told = {"changed": self.changed}
        if self.mask is not None:
            told["drawn anew"] = self.mask.mean().item()
        if self.cycle is not None:
            told["cycle L1"] = self.cycle
        if self.from_twin is not None:
            told["twin L1"], told["twin L1 untouched"] = self.from_twin
        return told | {"ms": self.milliseconds}


def shown(
    world: World,
    to: str,
    photo: PILImage.Image | None,
    drawing: PILImage.Image | None,
    find: bool,
    trace: bool,
    chosen: Chosen,
) -> tuple[Pixels, str] | None:
    """What the translator is shown, and a sentence about it: a drawing goes before a photo, and
    without both an example stands in; None where there is none."""
    if drawing is not None and world.drawings == world.system.other(to):
        return sketched(world, drawing, to)
    picture = photo or world.example(to, FIRST)
    if picture is None:
        return None
    x, said = look(world, picture, to, find=find, trace=trace, chosen=chosen)
    return x, said if photo else STAND_IN


def look(
    world: World,
    photo: PILImage.Image | None,
    to: str,
    *,
    find: bool = True,
    trace: bool = True,
    chosen: Chosen = 0,
) -> tuple[Pixels, str]:
    """The picture that the translator is shown, and a sentence on how it was made.

    Args:
        find: in a world of faces, cut out one first. Otherwise the whole photo is used.
        chosen: which face, see `reconstruct.look`.
        trace: where drawings are translated, draw the edges of what is none yet.

    Raises:
        ValueError: no photo, one that is too long and thin, a domain that cannot be drawn.
    """
    photo, said, size = _given(photo, world, to), "", world.system.size
    if world.faces and find and photo.size != (size, size):  # an example is framed already
        photo, said = framed(photo, True, world.frame, chosen)
    x = images.fitted(photo, size, world.system.channels)
    return _as_drawing(x, said, world, to, trace)


def sketched(world: World, drawing: PILImage.Image, to: str) -> tuple[Pixels, str]:
    """The same of a drawing made on the page, as one that the translator learned from."""
    x = images.fitted(_given(drawing, world, to), world.system.size, world.system.channels)
    return edges.inked(x), "Your drawing."


def whole(
    world: World, photo: PILImage.Image | None, to: str, *, trace: bool = True
) -> tuple[Pixels, str]:
    """The same for tiles: the whole photo in its own size.

    Raises:
        ValueError: as `look`, and a world where a tile means nothing, see `World`.
    """
    if not world.textures:
        raise ValueError(f"{world.name} translates whole pictures: in tiles it has no meaning.")
    photo = _given(photo, world, to)
    x = images.resized(photo, photo.size, world.system.channels)
    return _as_drawing(x, "In its full size, in tiles.", world, to, trace)


def translation(world: World, x: Pixels, to: str) -> Translation:
    start, system = time.perf_counter(), world.system
    with torch.inference_mode():
        drawn, mask = system.masked(images.from_pixels(x.to(system.device)), to)
    y, mask = images.to_pixels(drawn).cpu(), None if mask is None else mask.float().cpu()
    taken = 1e3 * (time.perf_counter() - start)
    origin = system.other(to)
    back = system.translated(y, origin) if origin in system.targets else None
    return Translation(world.name, to, x, y, back, taken, twin(world, x, to), mask)


def tiled(world: World, x: Pixels, to: str) -> Generator[float, None, Translation]:
    """The same in tiles: yields the share done after each."""
    start, system = time.perf_counter(), world.system
    origin = system.other(to)
    ways = 1 + (origin in system.targets)
    y = yield from _part(_tiles(system, x, to), 0, ways)
    taken = 1e3 * (time.perf_counter() - start)
    back = (yield from _part(_tiles(system, y, origin), 1, ways)) if ways == 2 else None
    return Translation(world.name, to, x, y, back, taken)


def finished(work: Generator[float, None, Translation]) -> Translation:
    """What the work returns, all of it done."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def twin(world: World, x: Pixels, to: str) -> Pixels | None:
    """What x truly is in the other domain: known of the examples of a world of twins."""
    mine, theirs = (world.examples.get(d) for d in (world.system.other(to), to))
    if not world.twins or mine is None or theirs is None or x.shape[1:] != mine.shape[1:]:
        return None
    same = (mine[: len(theirs)] == x).flatten(1).all(1).nonzero()
    return theirs[same[0]] if len(same) else None


def is_drawing(x: Pixels) -> bool:
    """Mostly paper, and hardly anything between paper and ink."""
    paper, ink = (x > 200).float().mean(), (x < 70).float().mean()
    return bool(paper > 0.5 and paper + ink > 0.75)


def _given(photo: PILImage.Image | None, world: World, to: str) -> PILImage.Image:
    if photo is None:
        raise ValueError("Give a photo first: upload, paste, take or choose one.")
    if max(photo.size) > LONGEST * min(photo.size):
        raise ValueError(f"This picture is more than {LONGEST} times as long as wide: cut it.")
    if to not in world.system.targets:
        known = " or ".join(world.system.targets)
        raise ValueError(f"{world.name} cannot draw {str(to)[:80]!r}. Choose {known}.")
    return photo


def _as_drawing(x: Pixels, said: str, world: World, to: str, trace: bool) -> tuple[Pixels, str]:
    if world.drawings != world.system.other(to):
        return x, said
    if is_drawing(x):
        return x, f"{said} A drawing already: taken as it is.".strip()
    if trace:
        return edges.traced(x), f"{said} Its edges were traced.".strip()
    return x, f"{said} Not a drawing, and its edges are not traced.".strip()


def _tiles(system: Translates, x: Pixels, to: str) -> Generator[float, None, Pixels]:
    @torch.inference_mode()
    def paint(tile: Image) -> Image:
        return system.translate(tile.to(system.device), to)

    side = TILE * system.size
    return tiling.painted(paint, x, side=side, overlap=side // 4)


def _part(
    work: Generator[float, None, Pixels], i: int, parts: int
) -> Generator[float, None, Pixels]:
    """Part i of the work on the whole."""
    while True:
        try:
            yield (i + next(work)) / parts
        except StopIteration as stop:
            return stop.value
