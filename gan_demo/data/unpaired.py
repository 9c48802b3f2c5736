"""Two sets of pictures, drawn independently: batches of "a" and "b".

The half of a picture is decided by the hash of its file name up to the first underscore: the same
on every machine, the same for a picture and its twin in another style (equal file names), and the
same for all photos of a person where names say who it is. With half 0 of one set and half 1 of the
other no twin is ever trained on. `val` knows no halves: there twins are what a translation is
compared with.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import torch
from torch import Tensor

from gan_demo import edges
from gan_demo.data import DataError, Pictures, batch, load

VIEWS = {"": lambda x: x, "edges": edges.traced}


@dataclass(frozen=True)
class Side:
    """One domain.

    Args:
        source: as everywhere, for instance zip:FILE.
        classes: keep these label folders only.
        half: 0 or 1 trains on that half of the names, None on all.
        view: what is made of the pictures: "" nothing, "edges" line drawings of them.
    """

    source: str = ""
    classes: Sequence[str] | None = None
    half: int | None = None
    view: str = ""

    def __post_init__(self):
        if self.view not in VIEWS:
            raise DataError(f"view {self.view!r} is not one of {', '.join(map(repr, VIEWS))}.")
        if self.half not in (None, 0, 1):
            raise DataError(f"half = {self.half!r}: choose 0 or 1, or leave it out for all.")


def domain(
    side: Side, *, size: int, channels: int, split: str = "train", minimum: int = 1
) -> Pictures:
    """The pictures of a side.

    Raises:
        DataError: a source that is not there, is damaged or holds too few pictures.
    """
    options = {"size": size, "channels": channels, "split": split, "classes": side.classes}
    pictures = load(side.source, minimum=minimum, **options)
    if side.half is not None and split == "train":
        kept = [i for i, name in enumerate(pictures.names) if half(name) == side.half]
        if len(kept) < minimum:
            raise DataError(
                f"Half {side.half} of {side.source} holds {len(kept)} pictures, at least {minimum} "
                f"are needed: add pictures or lower batch to {len(kept)}."
            )
        y = None if pictures.y is None else pictures.y[kept]
        names = [pictures.names[i] for i in kept]
        pictures = replace(pictures, x=pictures.x[kept], y=y, names=names)
    return replace(pictures, x=VIEWS[side.view](pictures.x))


def pair(
    a: Pictures, b: Pictures, n: int, *, seed: int, step: int, flip: bool = False, **processes: int
) -> dict[str, Tensor]:
    """n pictures of each, see `data.batch`; b's order has nothing to do with a's."""
    options = {"step": step, "flip": flip, **processes}
    x_a = batch(a, n, seed=2 * seed, **options)["x"]
    return {"a": x_a, "b": batch(b, n, seed=2 * seed + 1, **options)["x"]}


def twins(a: Pictures, b: Pictures) -> tuple[Tensor, Tensor]:
    """Indices of the pictures that have equal file names, in a and in b."""
    place = {PurePosixPath(name).stem: i for i, name in enumerate(b.names)}
    stems = [PurePosixPath(name).stem for name in a.names]
    pairs = [(i, place[stem]) for i, stem in enumerate(stems) if stem in place]
    i, j = zip(*pairs, strict=True) if pairs else ((), ())
    return torch.tensor(i, dtype=torch.long), torch.tensor(j, dtype=torch.long)


def half(name: str) -> int:
    """0 or 1, about as often."""
    who = PurePosixPath(name).stem.partition("_")[0]
    return hashlib.sha256(who.encode()).digest()[0] & 1
