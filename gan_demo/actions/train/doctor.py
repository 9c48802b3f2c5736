"""What pictures are like before a model learns from them: how many, how large, broken, twice."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL.Image import Image
from torch import Tensor, cat

from gan_demo import data, images
from gan_demo.data import DataError, decode
from gan_demo.data.listing import shown
from gan_demo.images import faces
from gan_demo.images.faces import Face
from train.align import ALIKE, fingerprint

LOOKED, SEARCHED, SHOWN = 2_000, 24, 40  # pictures read, searched for faces, on the contact sheet
PATIENCE = 20.0  # seconds
WAIT = 0.5  # seconds between two words
SIDE = 64  # pixels of a picture on the sheet
SHADE = 6.0  # of 255, in which the mean colours of two of one picture may differ
LEAST = 32  # pictures that a training needs
SMALL = 64  # pixels: what is smaller is enlarged
FRAMED = 0.03  # of the short side: how far points of faces that are framed alike scatter
NAMED = 3  # files that are named for a reason
EXPECT = {  # from so many on
    0: "copies, as so few are learnt by heart. Add more.",
    200: "variations of what is there. Start from a shipped model, and look at it early.",
    2_000: "recognisable new pictures after an hour, sharper ones over night.",
    20_000: "varied new pictures: the longer it trains, the better.",
}
GAIN = {200: "variations", 2_000: "recognisable new pictures", 20_000: "varied ones"}


@dataclass(frozen=True)
class Health:
    """
    Args:
        total: pictures of the source.
        looked: how many of them were opened, spread evenly.
        broken: why -> the names of those that cannot be read.
        sides: the short side of each that was opened, pixels.
        twice: names that show what another one shows.
        faces: of `searched` pictures, how many show one.
        scatter: of the points of those faces, in short sides; 0 for one face or none.
        sheet: a contact sheet.
    """

    title: str
    total: int
    looked: int
    broken: dict[str, list[str]]
    sides: list[int]
    twice: list[str]
    faces: int
    searched: int
    scatter: float
    sheet: Image = field(repr=False)

    @property
    def usable(self) -> int:
        """About how many can be trained on."""
        return self.total * len(self.sides) // max(self.looked, 1)

    @property
    def to_align(self) -> bool:
        """Whether it is faces that are shown, and not all framed alike."""
        return self.searched > 0 and self.faces >= 0.6 * self.searched and self.scatter > FRAMED

    @property
    def advice(self) -> str:
        """What to expect of so many."""
        return EXPECT[max(n for n in EXPECT if n <= self.usable)]

    @property
    def facts(self) -> dict[str, str]:
        """What a person should know, in words."""
        fine = "" if self.broken else ", all readable"
        if self.looked < self.total:
            told = {"Pictures": f"{self.total:,}"}
            told["Opened"] = f"{self.looked:,} of them, spread evenly{fine}"
        else:
            told = {"Pictures": f"{self.total:,}{fine}"}
        if self.broken:
            told["Not readable"] = "; ".join(
                f"{len(names):,} {_listed(names)}: {why}" for why, names in self.broken.items()
            )
        if self.sides:
            low, middle, high = np.percentile(self.sides, [0, 50, 100]).astype(int)
            told["Short side"] = f"{middle} pixels" + (f" ({low} to {high})" if low < high else "")
            if middle < SMALL:
                told["Short side"] += f"; less than {SMALL} looks soft"
        if self.twice:
            told["Twice"] = f"{len(self.twice):,} show what another shows {_listed(self.twice)}"
        if self.searched and self.faces:
            told["Faces"] = f"found in {self.faces} of {self.searched} that were searched"
            if self.to_align:
                told["Faces"] += ", and not framed alike: aligned ones are learnt sooner and better"
        told["Expect"] = self.advice
        if more := [f"from {n:,} on {what}" for n, what in GAIN.items() if n > self.usable]:
            told["With more"] = ", ".join(more)
        return told


def examining(source: data.Sources) -> Iterator[int | Health]:
    """Yields now and then how many were looked at, and at last what they are like.

    Raises:
        DataError: a source that is not there, or holds too few pictures to learn anything from.
    """
    said = time.monotonic()
    place, until = data.opened(source), time.monotonic() + PATIENCE
    names = _spread(place.names, LOOKED)
    search, show = set(_spread(names, SEARCHED)), set(_spread(names, SHOWN))
    broken: dict[str, list[str]] = {}
    sides: list[int] = []
    twice: list[str] = []
    tiles: list[Tensor] = []
    searched: list[list[Face]] = []
    points: list[np.ndarray] = []
    prints, colours = np.empty(0, np.uint64), np.empty((0, 3))
    looked = 0
    for name, raw in place.read(names):
        looked += 1
        if time.monotonic() - said > WAIT:
            said = time.monotonic()
            yield looked
        try:
            if isinstance(raw, Exception):
                raise raw
            photo = decode.photo(raw)
        except Exception as error:  # of zlib, of a disk, of a decoder
            broken.setdefault(str(error).rstrip(".") or type(error).__name__, []).append(name)
            continue
        sides.append(min(photo.size))
        tile = images.square(photo, SIDE, 3)
        own = np.uint64(fingerprint(tile[0].permute(1, 2, 0).numpy()))
        colour = tile.float().mean((0, 2, 3)).numpy()  # which the fingerprint does not see
        near = np.abs(colours - colour).max(1) < SHADE
        if (near & (np.bitwise_count(prints ^ own) <= ALIKE)).any():
            twice.append(name)
        prints, colours = np.append(prints, own), np.vstack([colours, colour])
        if name in show:
            tiles.append(tile)
        if name in search:
            searched.append(faces.find(photo))
            points += [face.points / min(photo.size) for face in searched[-1][:1]]
        if time.monotonic() > until:
            break
    usable = len(place.names) * len(sides) // max(looked, 1)
    if usable < LEAST:
        why = "; ".join(f"{shown(names[0])}: {why}" for why, names in list(broken.items())[:NAMED])
        raise DataError(
            f"{place.title} holds {usable} pictures that can be read, at least {LEAST} are needed, "
            f"better 2,000; found {place.inventory()}{f' ({why})' if why else ''}. Add pictures "
            "(JPEG, PNG, WebP, ...)."
        )
    sheet = images.grid(images.from_pixels(cat(tiles)), columns=10)
    counts = len(place.names), looked
    scatter = float(np.std(points, 0).mean(0).max()) if points else 0.0
    found = len(points), len(searched), scatter
    yield Health(place.title, *counts, broken, sides, twice, *found, sheet)


def _spread(names: Sequence[str], most: int) -> list[str]:
    """At most so many, evenly."""
    if len(names) <= most:
        return list(names)
    return [names[i * len(names) // most] for i in range(most)]


def _listed(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > NAMED else ""
    return f"({', '.join(map(shown, names[:NAMED]))}{more})"
