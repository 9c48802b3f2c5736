"""Two models beside each other: the same seeds drawn by both, or the same pictures translated by
both, and the figures that both have."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import domains
from gan_demo.actions.models import Model, number
from gan_demo.checkpoint.markdown import Rows, flat, turned
from gan_demo.studio import Studio
from gan_demo.systems import Samples, Translates
from gan_demo.types import Pixels

COUNT = 8  # pictures in a row
PROTOCOL, OWN = "Protocol", "left out"  # how figures were measured; what of it may differ


@dataclass(frozen=True)
class Row:
    """Pictures in a row, and what they are."""

    said: str
    pictures: Pixels


def partners(studio: Studio, name: str) -> list[str]:
    """Who can stand beside it: for one that samples all others that do, for a translator all
    others between the same two domains."""
    same = studio.names(Samples) if name in studio.names(Samples) else studio.rivals(name)
    return [other for other in same if other != name]


@torch.inference_mode()
def rows(studio: Studio, a: str, b: str, seed: int) -> list[Row]:
    """What both make of the same.

    Raises:
        ValueError: an unknown model, or two that do not do the same.
    """
    first, second = studio[a], studio[b]
    if b not in partners(studio, a):
        raise ValueError(
            f"{a} and {b} do not do the same. Choose two that draw new pictures, or two that "
            "translate between the same two domains."
        )
    if isinstance(first, Samples) and isinstance(second, Samples):
        drawn = {a: first.sample(COUNT, seed), b: second.sample(COUNT, seed)}
        return [Row(name, images.to_pixels(x).cpu()) for name, x in drawn.items()]
    return _translations(studio, a, b)


def _translations(studio: Studio, a: str, b: str) -> list[Row]:
    """For each direction that both know: examples of the first, and what both make of them."""
    first, second = domains.world(studio, a), domains.world(studio, b)
    found = []
    for to in first.system.targets:
        x = first.examples.get(first.system.other(to))
        if x is not None and to in second.system.targets:
            x = x[:COUNT]
            found.append(Row(f"{first.system.other(to)}, to become {to}", x))
            for world in (first, second):
                drawn = world.system.translated(_fit(x, world.system), to)
                found.append(Row(world.name, drawn))
    return found


def nearest_first(a: Model, others: Iterable[Model]) -> list[str]:
    """By name, those that were trained on the same pictures first, then those of their kind."""

    def apart(b: Model) -> list[bool]:
        sources = [m.training.get("data_source") or m.training.get("data") for m in (a, b)]
        return [sources[0] != sources[1], a.channels != b.channels, a.size != b.size]

    return [b.name for b in sorted(others, key=apart)]


def figures(a: Model, b: Model) -> Rows:
    """{figure: {a: value, b: value}} of the numbers that both have."""
    measured = {model.name: _numbers(model) for model in (a, b)}
    return {figure: row for figure, row in turned(measured).items() if len(row) == len(measured)}


def apart(a: Model, b: Model) -> list[str]:
    """What differs in how the two were measured."""
    ours, theirs = (flat({"": m.metrics.get(PROTOCOL, {})}) for m in (a, b))
    keys = [key for key in dict.fromkeys([*ours, *theirs]) if ours.get(key) != theirs.get(key)]
    return [name for key in keys if (name := key.removeprefix(": ")) != OWN]


def _numbers(model: Model) -> dict[str, float]:
    about = f"{PROTOCOL}: "
    numbers = flat(model.metrics).items()
    return {name: v for name, v in numbers if number(v) and not name.startswith(about)}


def _fit(x: Pixels, system: Translates) -> Pixels:
    """The pictures in the size and colours that the system was made for."""
    if x.shape[1:] == (system.channels, system.size, system.size):
        return x
    pictures = [PILImage.fromarray(array) for array in images.arrays(x)]
    return torch.cat([images.square(p, system.size, system.channels) for p in pictures])
