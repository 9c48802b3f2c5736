"""python -m train.calibrate [FOLDER]: what a feature network is worth, on pictures nobody made.

Writes its card, for the packs that it was trained on:

    heads       share of val photos whose label is called rightly, beside the most frequent label
    FeatDist    mean (f(x) - f(y))² of two different val photos: the scale of all that is so called
    same        share of val photos of people with several whose nearest other photo is of the same
                person, beside that of a photo drawn at random
    FD          between halves of train, one of them untouched or corrupted, see
                `gan_demo.metrics.calibration`
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

import torch

from gan_demo import features
from gan_demo.checkpoint.markdown import markdown, turned
from gan_demo.features import CONFIG, Classifier
from gan_demo.files import checkpoints
from gan_demo.metrics import Reference, calibration, distances
from gan_demo.types import Features, Label
from train import mixture
from train.mixture import UNKNOWN, Pack, Part, Table

MOST = 5000  # pictures a set
CALIBRATED = ("portraits", "lfw", "cats")  # packs whose FD is measured, where they are among all

Rows = dict[str, dict[str, float]]


def same(f: Features, who: Label) -> dict[str, float]:
    """Of the photos of people who have several; nothing where nobody has."""
    counts = who.bincount()[who]
    several = counts > 1
    if not several.any():
        return {}
    nearest = distances.between(f, f).fill_diagonal_(torch.inf).argmin(1)
    right = (who[nearest] == who)[several].double().mean().item()
    chance = (counts - 1)[several].double().mean().item() / (len(who) - 1)
    return {"same person nearest": right, "by chance": chance, "of": float(several.sum())}


def scale(net: Classifier, val: Part) -> dict[str, float]:
    """How far two pictures are from each other, and people from themselves."""
    f = net.features(val.pictures.x)
    apart = 2 * f.var(0).mean().item()
    people = {} if val.pack.same is None else same(f, val.who)
    return {f"FeatDist-{net.name} of two": apart} | people


def distance(net: Classifier, train: Part, val: Part) -> dict[str, float]:
    """FD of sets of N pictures from one half of train."""
    known = [y for head, y in train.labels.items() if head != mixture.PACK and (y != UNKNOWN).any()]
    labels = known[0] - UNKNOWN if known else None  # those without a label are a class of their own
    reference = Reference(train.pictures.x, val.pictures.x, labels, net, MOST)
    figures = calibration.photos(reference)
    start = f"{reference.name('FD')} of "
    own = {k.removeprefix(start): v for k, v in figures.items() if k.startswith(start)}
    return {"N": float(reference.n)} | own


def card(folder: Path) -> str:
    """
    Raises:
        OSError, ValueError: no network there, or its pictures are not.
    """
    net, about = features.load(folder), json.loads((folder / CONFIG).read_text("utf-8"))
    if "packs" not in about:
        raise ValueError(f"{folder} does not say what it was trained on: train it again.")
    table = Table(
        net.config["data"],
        {name: Pack(**pack) for name, pack in about["packs"].items()},
        net.size,
        net.channels,
    )
    val, _ = mixture.load(table, "val", net.labels)
    scales = {part.name: scale(net, part) for part in val}
    some = {name: pack for name, pack in table.packs.items() if name in CALIBRATED} or table.packs
    train, _ = mixture.load(dataclasses.replace(table, packs=some), "train", net.labels)
    halves = zip(train, (part for part in val if part.name in some), strict=True)
    calibrated = {a.name: distance(net, a, b) for a, b in halves}
    training = about["training"]
    layers = len(net.config["widths"])
    weights = sum(p.numel() for p in net.parameters())
    licences = "\n".join(f"- {name}: {pack.licence}." for name, pack in table.packs.items())
    kind = "colour" if net.channels == 3 else "grey"
    return f"""# {net.name}

A small classifier of {kind} pictures, {net.size} x {net.size}: {layers} convolutions, {net.d}
features, {weights / 1e6:.2f} million weights in half precision, a head for each set of labels. It
draws nothing. Its features are the ruler of `python -m train.evaluate`: what is called
FD-{net.name}-5k and so on is measured in them, and is **not comparable with a published FID**.

Trained on {training["photos"]:,} pictures of `train`, never on generated ones:
{training["steps"]:,} batches of {training["batch"]}. Blur, noise and JPEG were never shown to it.

```sh
python -m train.classifier {table.data}
python -m train.calibrate checkpoints/{folder.name}
```

## What its heads know, on `val`

{markdown("head", about["val"])}

## How far two pictures are

Of different val pictures of a pack; two people, where it is faces. And whether the nearest of all
other val photos is of the same person or glyph, where that is known.

{markdown("pack", scales)}

## What a distance is worth

FD-{net.name} of N pictures from one half of `train`. Without labels no class can be left out.

{markdown("set", turned(calibrated))}

## Data

{licences}

The SHA-256 of the weights is in `{CONFIG}`.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.calibrate", description="Measure a feature network, write its card."
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="with features.json; default: checkpoints/features-packs",
    )
    args = parser.parse_args()
    try:
        folder = args.folder or checkpoints.network("features-packs")
        text = card(folder)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    (folder / "README.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
