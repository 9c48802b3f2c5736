"""Two sets of pictures, drawn independently: batches of "a" and "b".

Pictures of equal file names are twins, one thing in either style, only where `data.pairs` of a
configuration says so: cameras number unrelated pictures alike.

The half of a picture is decided by the hash of its file name up to the first underscore: the same
on every machine, the same for a picture and its twin in another style (equal file names), and the
same for all photos of a person where names say who it is. With half 0 of one set and half 1 of the
other no twin is ever trained on. `val` knows no halves: there twins are what a translation is
compared with.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import torch
from torch import Tensor

from gan_demo.data import DataError, Pictures, batch, load, title
from gan_demo.data.selection import Wanted, listed
from gan_demo.images import edges

VIEWS = {"": lambda x: x, "edges": edges.traced}
SELECTION = "classes", "label", "where", "frame"  # what of a source is meant


@dataclass(frozen=True)
class Side:
    """One domain.

    Args:
        source: as everywhere, for instance zip:FILE, or a list of sources.
        classes, label, where, frame: what of it, see `gan_demo.data.load`.
        half: 0 or 1 trains on that half of the names, None on all.
        view: what is made of the pictures: "" nothing, "edges" line drawings of them.
    """

    source: str | list[str] = ""
    classes: list[str] | None = None
    label: str | None = None
    where: dict[str, str | list[str]] | None = None
    frame: float | None = None
    half: int | None = None
    view: str = ""

    def __post_init__(self):
        if self.view not in VIEWS:
            raise DataError(f"view {self.view!r} is not one of {', '.join(map(repr, VIEWS))}.")
        if self.half not in (None, 0, 1):
            raise DataError(f"half = {self.half!r}: choose 0 or 1, or leave it out for all.")
        Wanted(None, **self.selection)  # a frame that is none is told before anything is read

    @property
    def selection(self) -> dict[str, Any]:
        """What of the source is meant."""
        return {key: getattr(self, key) for key in SELECTION}

    @property
    def values(self) -> list[str]:
        """The labels, or else the values of columns, that its pictures were chosen by."""
        chosen = self.classes or [v for vs in (self.where or {}).values() for v in listed(vs)]
        return list(chosen)


def domain(
    side: Side, *, size: int, channels: int, split: str = "train", minimum: int = 1
) -> Pictures:
    """The pictures of a side.

    Raises:
        DataError: a source that is not there, is damaged or holds too few pictures.
    """
    options = {"size": size, "channels": channels, "split": split, "minimum": minimum}
    pictures = load(side.source, **options, **side.selection)
    if side.half is not None and split == "train":
        kept = [i for i, name in enumerate(pictures.names) if half(name) == side.half]
        if len(kept) < minimum:
            raise DataError(
                f"Half {side.half} of {title(side.source)} holds {len(kept)} pictures, at least "
                f"{minimum} are needed: add pictures, or leave half out."
            )
        y = None if pictures.y is None else pictures.y[kept]
        names = [pictures.names[i] for i in kept]
        pictures = replace(pictures, x=pictures.x[kept], y=y, names=names)
    return replace(pictures, x=VIEWS[side.view](pictures.x))


def pair(
    a: Pictures, b: Pictures, n: int, *, seed: int, twins: bool = False, **options: Any
) -> dict[str, Tensor]:
    """n pictures of each, see `data.batch`. b's order has nothing to do with a's; for twins, a[i]
    and b[i], it is the same, and so are mirroring and crop."""
    x_a = batch(a, n, seed=2 * seed, **options)["x"]
    return {"a": x_a, "b": batch(b, n, seed=2 * seed + (not twins), **options)["x"]}


def twins(a: Pictures, b: Pictures) -> tuple[Tensor, Tensor]:
    """Indices of the pictures that have equal file names, in a and in b, for declared pairs.

    Raises:
        DataError: two pictures of one side have the same file name.
    """
    here, there = _place(a), _place(b)
    pairs = [(i, there[stem]) for stem, i in here.items() if stem in there]
    i, j = zip(*pairs, strict=True) if pairs else ((), ())
    return torch.tensor(i, dtype=torch.long), torch.tensor(j, dtype=torch.long)


def together(a: Pictures, b: Pictures) -> tuple[Pictures, Pictures]:
    """The twins of both alone: a[i] and b[i] show the same."""
    found = zip((a, b), twins(a, b), strict=True)
    one, other = (
        replace(side, x=side.x[i], names=[side.names[k] for k in i], y=None) for side, i in found
    )
    return one, other


def _place(pictures: Pictures) -> dict[str, int]:
    place: dict[str, int] = {}
    for i, name in enumerate(pictures.names):
        if (first := place.setdefault(PurePosixPath(name).stem, i)) != i:
            raise DataError(
                f"{pictures.names[first]!r} and {name!r} of one side have the same file name, and "
                "pairs are known by theirs: rename one."
            )
    return place


def half(name: str) -> int:
    """0 or 1, about as often."""
    who = PurePosixPath(name).stem.partition("_")[0]
    return hashlib.sha256(who.encode()).digest()[0] & 1
