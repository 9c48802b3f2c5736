"""A translator and its two domains: which of them is drawings, which shows faces, and examples.

Examples come from the sheets in the checkpoint's folder, `<from>-to-<to>`: rows of eight
inputs, below them their translations and, where there is one, the way back, as `Translates.preview`
puts them.
"""

import functools
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image as PILImage
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_demo import files, images
from gan_demo.checkpoint import Checkpoint
from gan_demo.checkpoint.sheets import sheet_in
from gan_demo.images import faces
from gan_demo.studio import Studio
from gan_demo.systems import Translates
from gan_demo.types import Pixels

COLUMNS, GAP = 8, 2  # of a sheet, see `images.grid`
MOST = 99  # rows
HEAVIEST = 20_000_000  # bytes of a sheet
EXAMPLES = 8  # on offer
CLEAR = {  # of domains whose first show little, or little colour: chosen by eye
    "horse": (8, 9, 17, 18, 15, 16, 7, 19),
    "shoe": (3, 21, 18, 14, 1, 9, 12, 0),
    "zebra": (0, 8, 2, 9, 10, 11, 15, 18),
}
SIDE = 16  # pixels across, enough to tell pictures of one domain from those of the other


@dataclass(frozen=True)
class World:
    """A translator, and what is known about its two domains.

    Args:
        drawings: the domain that is line drawings, if one is.
        examples: pictures of each domain that were not trained on; none if they were not kept.
        portraits: the domains whose examples are faces.
        frame: of these, see `gan_demo.images.frame`.
        textures: whether a tile of a picture can be translated for itself, see `train.config`.
        twins: whether example i of one domain shows the same as example i of the other.
    """

    name: str
    system: Translates
    drawings: str | None
    examples: dict[str, Pixels]
    portraits: frozenset[str]
    frame: float
    textures: bool
    twins: bool

    @property
    def faces(self) -> bool:
        """Whether one is looked for in a photo."""
        return bool(self.portraits)

    def target(self, to: str | None) -> str:
        """The domain that is drawn when `to` is asked for, which may be another translator's."""
        return to if to in self.system.targets else self.system.targets[-1]

    def offered(self, to: str) -> Pixels | None:
        """Examples to draw as `to`, if there are any."""
        origin = self.system.other(to)
        x = self.examples.get(origin)
        if x is None:
            return None
        clear = [i for i in CLEAR.get(origin, ()) if i < len(x)]
        return x[clear or slice(EXAMPLES)]

    def example(self, to: str, i: int) -> PILImage.Image | None:
        """The i-th of these, counted again from the first after the last."""
        x = self.offered(to)
        return None if x is None else PILImage.fromarray(images.arrays(x)[i % len(x)])

    def nearest(self, picture: PILImage.Image) -> str:
        """The domain with the example that is most like the picture, seen coarsely."""
        x = images.square(picture, self.system.size, self.system.channels)
        apart = {d: torch.cdist(coarse(x), coarse(of)).min() for d, of in self.examples.items()}
        return min(apart, key=apart.__getitem__)


def coarse(x: Pixels) -> Tensor:
    """Pictures as a row each of their SIDE x SIDE averages."""
    return adaptive_avg_pool2d(x.float(), SIDE).flatten(1)


def world(studio: Studio, name: str | None) -> World:
    """
    Raises:
        ValueError: an unknown model, one that cannot translate.
    """
    studio.able(name, Translates)
    return of(studio.checkpoint(name or ""))


def rivals(studio: Studio, name: str, to: str) -> list[World]:
    """Every method that learned the same two domains and can draw this one."""
    found = [world(studio, rival) for rival in studio.rivals(name)]
    return [rival for rival in found if to in rival.system.targets]


def of(loaded: Checkpoint) -> World:
    """The world of a translator's checkpoint.

    Raises:
        ValueError: one that cannot translate.
    """
    system = loaded.system
    if not isinstance(system, Translates):
        raise ValueError(f"The model {loaded.name} cannot translate.")
    found = {d: _sheet(loaded.path, system, d) for d in system.domains if _drawn_from(system, d)}
    examples = {domain: pictures for domain, (pictures, _) in found.items() if len(pictures)}
    portraits = frozenset(domain for domain, (_, shown) in found.items() if shown)
    return World(
        loaded.name,
        system,
        _drawings(loaded.data, system),
        examples,
        portraits,
        faces.learned(loaded.data),
        textures=loaded.data.get("textures") is True,
        twins=loaded.data.get("pairs") is True,
    )


def _drawn_from(system: Translates, domain: str) -> bool:
    return system.other(domain) in system.targets


def _drawings(data: dict, system: Translates) -> str | None:
    """The domain that was trained on with the view "edges"."""
    for domain, key in zip(system.domains, "ab", strict=True):
        side = data.get(key)
        if isinstance(side, dict) and side.get("view") == "edges":
            return domain
    return None


def _sheet(folder: Path, system: Translates, origin: str) -> tuple[Pixels, bool]:
    path = sheet_in(folder, f"{origin}-to-{system.other(origin)}")
    period = 3 if origin in system.targets else 2
    try:
        return _examples(path, path.stat().st_mtime_ns, system.size, system.channels, period)
    except (OSError, ValueError):  # none was kept: a checkpoint may do without
        return torch.zeros(0, system.channels, system.size, system.size, dtype=torch.uint8), False


@functools.lru_cache(maxsize=32)
def _examples(path: Path, stamp: int, size: int, channels: int, period: int) -> tuple[Pixels, bool]:
    """The inputs on a sheet, where each is followed by what became of it in `period` rows in all;
    and whether most of them are faces."""
    step = size + GAP
    file = BytesIO(files.beside(path, HEAVIEST))
    with PILImage.open(file, formats=("PNG", "WEBP")) as sheet:
        rows = (sheet.height - GAP) // step
        if sheet.width != COLUMNS * step + GAP or rows > MOST:
            raise ValueError(f"{path} is not a sheet of pictures of {size} x {size}.")
        places = [(i % COLUMNS, i // COLUMNS) for i in range(rows // period * COLUMNS)]
        boxes = [(GAP + column * step, GAP + row * period * step) for column, row in places]
        tiles = [sheet.crop((x, y, x + size, y + size)) for x, y in boxes]
    return torch.cat([images.square(t, size, channels) for t in tiles]), faces.mostly(tiles)
