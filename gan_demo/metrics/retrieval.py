"""Does it draw what the words say? A drawing is looked up among real pictures by its own name.

For each name one drawing G(z, h); every real picture of a set of N is ranked by its distance to it,
in L1 of the pixels and in features.

top-1, top-5   share of the drawings whose own picture is the nearest, is among the five nearest
median rank    of the own picture, 1 if it is the nearest
nearer         mean share of the other pictures that are farther: how often the own picture is
               nearer than a random other one

Names of val were never trained on; where every word is known, only their combination is new.
"nearest name" draws nothing: it shows the training picture whose name has most words in common,
|A ∩ B| / |A ∪ B|. A drawing that beats it has understood more than which name is alike.
"""

from collections.abc import Callable, Sequence

import torch

from gan_demo.data import captions
from gan_demo.features import Classifier
from gan_demo.images import to_pixels
from gan_demo.metrics import distances, twins
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.metrics.samples import SEED
from gan_demo.systems import Reads
from gan_demo.types import Label, OtherPixels, Pixels

TITLE = "Retrieval"
NEEDS = Reads
AGAINST = Reference

Picture = Callable[[Sequence[str]], Pixels]  # names -> a picture of each


def measure(system: Reads, reference: Reference) -> dict[str, dict[str, dict[str, float]]]:
    """{"by name": {kind of names: {figure: value}}}."""
    known, held_out = reference.called
    if not held_out:
        raise Unavailable("the pictures have no names")
    missing = [len(captions.unknown(name, system.vocabulary)) for name in held_out]
    said = [len(set(captions.words(name))) for name in held_out]
    whole = [i for i, none in enumerate(missing) if not none]
    parts = [i for i, (none, all_) in enumerate(zip(missing, said, strict=True)) if 0 < none < all_]
    some = torch.linspace(0, len(known) - 1, min(len(held_out), len(known))).long()
    familiar = [known[i] for i in some.tolist()]

    def drawn(names: Sequence[str]) -> Pixels:
        return drawings(system, names)

    def alike(names: Sequence[str]) -> Pixels:
        return reference.train[nearest_names(names, known)]

    def row(picture: Picture, names: Sequence[str], real: OtherPixels, own: list[int]):
        shown = picture([names[i] for i in own])
        found = figures(shown, real, torch.tensor(own), reference.network)
        return {"names": float(len(own)), "N": float(len(real))} | found

    val = reference.val
    rows = {"trained on": row(drawn, familiar, reference.train[some], list(range(len(some))))}
    if whole:
        rows["held out, all words known"] = row(drawn, held_out, val, whole)
        rows["the same, nearest name"] = row(alike, held_out, val, whole)
    if parts:
        rows["held out, some words known"] = row(drawn, held_out, val, parts)
    return {"by name": rows | {"chance": chance(len(val))}}


def figures(
    shown: Pixels, real: OtherPixels, own: Label, network: Classifier | None
) -> dict[str, float]:
    """Of pictures whose own ones are `real[own]`; without a network only those of pixels."""
    spaces = {"pixels": torch.cdist(shown.flatten(1).float(), real.flatten(1).float(), p=1)}
    if network is not None:
        spaces["features"] = distances.between(network.features(shown), network.features(real))
    found = {}
    for space, apart in spaces.items():
        place = twins.ranks(apart, own)
        found |= {
            f"top-1 {space}": twins.top(1, place),
            f"top-5 {space}": twins.top(5, place),
            f"median rank {space}": 1 + place.double().quantile(0.5).item(),
            f"nearer {space}": 1 - place.double().mean().item() / max(1, len(real) - 1),
        }
    return found


def chance(n: int) -> dict[str, float]:
    """What pictures that have nothing to do with the names would reach."""
    figures = {"top-1": 1 / n, "top-5": min(1.0, 5 / n), "median rank": (n + 1) / 2, "nearer": 0.5}
    spaces = ("pixels", "features")
    return {"N": float(n)} | {f"{k} {space}": v for space in spaces for k, v in figures.items()}


@torch.no_grad()
def drawings(system: Reads, names: Sequence[str], batch: int = 64) -> Pixels:
    """One of each name, the i-th from the seed SEED + i."""
    parts = []
    for i in range(0, len(names), batch):
        asked = names[i : i + batch]
        x = system.illustrate(system.prior(len(asked), SEED + i), system.words(asked))
        parts.append(to_pixels(x).cpu())
    return torch.cat(parts)


def nearest_names(names: Sequence[str], known: Sequence[str]) -> Label:
    """For each name, which of the known ones has most words in common with it."""
    bags = [set(captions.words(name)) for name in known]
    asked = [set(captions.words(name)) for name in names]
    shared = [[len(a & b) / max(1, len(a | b)) for b in bags] for a in asked]
    return torch.tensor(shared).argmax(1)
