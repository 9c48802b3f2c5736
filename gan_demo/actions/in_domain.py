"""Which models can take a result further: those that learned from pictures like it.

Two sets of pictures are alike that come from one source, under the same view and of parts that do
not exclude each other, or that both show faces. What a model draws is looked at to know that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import domains
from gan_demo.images import faces
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples, Translates

_faces: dict[tuple, bool] = {}  # by the stamp of a model


@dataclass(frozen=True)
class Part:
    """Of a source of pictures: those with these labels, under that view."""

    source: str
    view: str
    labels: Mapping[str, Any]

    def meets(self, other: "Part") -> bool:
        common = self.labels.keys() & other.labels.keys()
        same = (self.source, self.view) == (other.source, other.view)
        return same and all(self.labels[name] == other.labels[name] for name in common)


@dataclass(frozen=True)
class Shown:
    """Pictures that a model draws or reads."""

    parts: tuple[Part, ...]
    faces: bool = False

    def meets(self, other: "Shown") -> bool:
        return any(a.meets(b) for a in self.parts for b in other.parts)

    def alike(self, other: "Shown") -> bool:
        return self.meets(other) or (self.faces and other.faces)


def drawn(studio: Studio, model: str) -> Shown:
    """What a model draws from codes; of a pair the first.

    Raises:
        ValueError: an unknown model, one that draws nothing by itself.
    """
    return Shown(tuple(_parts(studio, model, "a")), _draws_faces(studio, model))


def domain(studio: Studio, model: str, name: str) -> Shown:
    """One of the two sets of a translator.

    Raises:
        ValueError: an unknown model, one that cannot translate.
    """
    world = domains.world(studio, model)
    side = "ab"[world.system.domains.index(name)]
    return Shown(tuple(_parts(studio, model, side)), name in world.portraits)


def translated(studio: Studio, model: str | None, to: str | None) -> Shown:
    """What a translator draws when `to` is asked for, see `World.target`.

    Raises:
        ValueError: an unknown model, one that cannot translate.
    """
    world = domains.world(studio, model)
    return domain(studio, world.name, world.target(to))


def readers(studio: Studio, shown: Shown) -> list[str]:
    """The models whose encoder learned to read such pictures."""

    def reads(model: str) -> bool:
        learned = Shown(tuple(_parts(studio, model, ("a", "b", "photo"))))
        return shown.alike(learned) or (shown.faces and _draws_faces(studio, model))

    return [model for model in studio.names(Encodes) if reads(model)]


def translators(studio: Studio, shown: Shown) -> dict[str, list[str]]:
    """The models that translate such pictures, and into what: first from the set they come of."""
    found: dict[str, list[str]] = {}
    for model in studio.names(Translates):
        system = studio.able(model, Translates)
        ways = {to: domain(studio, model, system.other(to)) for to in reversed(system.targets)}
        able = [to for to, origin in ways.items() if shown.alike(origin)]
        if able:
            found[model] = sorted(able, key=lambda to: not shown.meets(ways[to]))
    return found


def direction(
    studio: Studio, model: str, ways: Sequence[str], shown: Shown, picture: PILImage.Image
) -> str:
    """Into which of its sets, as `translators` has them, a translator carries this picture: a face
    may come of either, anything else comes of the set whose examples are nearer."""
    if shown.faces or len(ways) < 2:
        return ways[0]
    world = domains.world(studio, model)
    return world.system.other(world.nearest(picture)) if len(world.examples) == 2 else ways[0]


def _parts(studio: Studio, model: str, sides: Iterable[str]) -> Iterator[Part]:
    """Of what it was trained on; a stranger's checkpoint may say anything."""
    data = studio.checkpoint(model).data
    for table in (data, *map(data.get, sides)):
        if isinstance(table, Mapping) and table.get("source"):
            labels = table.get("where")
            yield Part(
                str(table["source"]),
                str(table.get("view") or ""),
                labels if isinstance(labels, Mapping) else {},
            )


def _draws_faces(studio: Studio, model: str) -> bool:
    """Whether most of the pictures that it draws are."""
    stamp = studio.stamp(model)
    if stamp not in _faces:
        with torch.inference_mode():
            x = studio.able(model, Samples).sample(faces.LOOKED_AT, 0)
        _faces[stamp] = faces.mostly(images.to_pil(x))
    return _faces[stamp]
