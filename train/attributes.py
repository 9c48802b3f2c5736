"""python -m train.attributes CHECKPOINT [--data SOURCE] [--label COLUMN ... | --read HEAD ...]

Sliders for the Edit tab. Reads the labels of the pictures that the model was trained on, folders
or columns of labels.csv, or what the feature network calls them where nobody labelled them; learns
a move of the code for each (see `gan_demo.codes.attributes`) and stores the moves beside the
weights.
Then measures on val what each does, and how much of the person is lost by it (see
`gan_demo.metrics.editing`), for metrics.json and the card.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gan_demo import checkpoint, data, features
from gan_demo.checkpoint.sheets import write_sheet
from gan_demo.codes import attributes
from gan_demo.codes.attributes import REST, Attributes
from gan_demo.data import Pictures
from gan_demo.data.unpaired import domain
from gan_demo.features import Classifier
from gan_demo.files import check_writable
from gan_demo.images import from_pixels, grid
from gan_demo.metrics import Domain, editing, expression, measuring
from gan_demo.systems import Encodes
from gan_demo.types import Cloud, Latent
from train.curves import curves
from train.evaluate import side, table
from train.scatter import beside

TITLE = "Editing"
PHOTOS = 200  # of each kind that a curve is measured on
SURE = 0.8  # least share of a reading that counts as a label
SHOWN = 2  # rows of an attribute on the sheet


def learn(
    folder: str,
    source: str | None = None,
    n: int = PHOTOS,
    labels: Sequence[str] = (),
    heads: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Find the moves, keep them in the checkpoint, measure what they do and record it there.

    Args:
        source: labelled photos; None: those that the checkpoint was trained on.
        n: photos of each kind, at most.
        labels: columns of labels.csv; none: the one that it was trained on, or folders.
        heads: of the feature network, whose readings are the labels where it is sure.
        only: the labels that get a slider; None: all with pictures enough.

    Raises:
        ValueError: a checkpoint that does not encode, photos that are not labelled or too few, a
            head that is not known.
    """
    loaded = checkpoint.load(folder)
    check_writable(loaded.path)
    system = loaded.system
    if not isinstance(system, Encodes):
        raise ValueError(f"{folder} cannot encode a photo: choose a checkpoint that can.")
    one = replace(side(loaded, [source] if source else []), classes=None)
    shape = {"size": system.size, "channels": system.channels}

    def split(which: str) -> list[Pictures]:
        """The pictures of a split, as labelled in each way."""
        ways = [replace(one, label=column) for column in labels or [one.label]]
        found = [domain(way, split=which, **shape) for way in ways]
        return [read(found[0], reader(system.channels, head), head) for head in heads] or found

    train = split("train")
    if any(way.y is None for way in train):
        raise ValueError(
            f"{data.title(one.source)} has no label folders: put the pictures of each kind in one, "
            "name a column of its labels.csv with --label, or let the feature network read them: "
            "--read expression."
        )
    known = [kind for way in train for kind in way.classes]
    if missing := [kind for kind in only or () if kind not in known]:
        raise ValueError(f"No picture is labelled {missing[0]!r}: choose from {', '.join(known)}.")
    with measuring(system):
        found = attributes.joined(
            [
                attributes.find(editing.codes(system, way.x), way.y, way.classes, only=only)
                for way in train
                if way.y is not None and (only is None or {*only} & {*way.classes})
            ]
        )
        attributes.save(loaded.path, found)
        figures, sheets = measured(system, found, split("val"), n)
    for title, sheet in sheets.items():
        grey = loaded.system.channels == 1 and title == "edits"
        write_sheet(sheet.convert("L") if grey else sheet, loaded.path / f"{title}.png")
    figures = {TITLE: {checkpoint.BY: "python -m train.attributes"} | figures}
    checkpoint.record(loaded.path, loaded.metrics | figures)
    return figures


def reader(channels: int, head: str) -> Classifier:
    """
    Raises:
        ValueError: no such network, or no such head.
    """
    network = features.load(features.needed(channels))
    if head not in network.labels:
        raise ValueError(
            f"The feature network has no head {head!r}. It has {', '.join(network.labels)}."
        )
    return network


def read(pictures: Pictures, network: Classifier, head: str) -> Pictures:
    """Those that the network is sure of, labelled as it calls them."""
    known = network.labels[head]
    p, y = network.logits(network.features(pictures.x), known).softmax(1).max(1)
    rows = (p > SURE).nonzero().flatten()
    names = [pictures.names[i] for i in rows.tolist()]
    return replace(pictures, x=pictures.x[rows], y=y[rows], classes=tuple(known), names=names)


def measured(
    system: Encodes, found: Attributes, labelled: Sequence[Pictures], n: int
) -> tuple[dict[str, Any], dict[str, Image.Image]]:
    """The figures, and the sheets by title.

    Args:
        labelled: val, as labelled in each way.
    """
    shipped = features.shipped(system.channels)
    network = features.load(shipped) if shipped else None
    of = {kind: next(way for way in labelled if kind in way.classes) for kind in found.classes}
    heads = {
        kind: network and (network.knows(val.classes) or network.knows([kind]))
        for kind, val in of.items()
    }
    figures, panels, pictures = {}, [], []
    scale: dict[str, float] = {}  # of the first attribute that can be measured
    each = zip(found.names, found.classes, found.bases, found.moves.split(1), strict=True)
    for name, kind, base, move in each:
        val, head = of[kind], heads[kind]
        sides = both(val, kind, base, n)
        codes = {side.name: editing.codes(system, side.val.x) for side in sides if len(side.val)}
        pictures += [drawn for z in codes.values() for drawn in steps(system, z[:SHOWN], move)]
        if network is None or head is None:
            figures[name] = f"not measured: no classifier here knows {kind}"
            continue
        if not scale:
            whole = both(val, kind, base, len(val))
            f, g = (network.features(side.val.x) for side in whole)
            scale = expression.people(f, g, *whole)
            figures |= {f"FeatDist, {pair}": value for pair, value in scale.items()}
        others = {k: h for k, h in heads.items() if h and h != head}
        told = {k: network.labels[h] for k, h in {kind: head, **others}.items()}
        lines = {k: editing.curve(system, z, move, network, told) for k, z in codes.items()}
        figures |= {f"{name}, {len(codes[k])} photos of {k}": rows for k, rows in lines.items()}
        panels.append(curves(name, lines, scale))
    sheets = {"edits": grid(torch.cat(pictures), len(editing.STRENGTHS))}
    return figures, sheets | ({"edit-curve": beside(panels, 2)} if panels else {})


def both(photos: Pictures, kind: str, base: str, n: int) -> tuple[Domain, Domain]:
    """At most n photos of the base, and of the class, from all over the set."""
    assert photos.y is not None
    with_it = photos.y == photos.classes.index(kind)
    without = ~with_it if base == REST else photos.y == photos.classes.index(base)

    def side(name: str, mask: Tensor) -> Domain:
        rows = mask.nonzero().flatten()
        rows = rows[torch.linspace(0, len(rows) - 1, min(n, len(rows))).long()]
        names = [photos.names[i] for i in rows.tolist()]
        part = Pictures(photos.x[rows], None, (), names, [])
        return Domain(name, part, part)

    return side(base, without), side(kind, with_it)


def steps(system: Encodes, z: Latent, move: Cloud) -> list[Tensor]:
    """A row of pictures for each code, one a strength."""
    columns = [editing.drawn(system, z, move, s) for s in editing.STRENGTHS]
    return [from_pixels(row) for row in torch.stack(columns, 1)]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.attributes", description="Sliders from labels."
    )
    parser.add_argument("checkpoint", help="a folder with model.safetensors and config.json")
    parser.add_argument("--data", help="labelled photos; default: what it was trained on")
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--label", nargs="+", help="columns of labels.csv; default: folders")
    told.add_argument(
        "--read", nargs="+", metavar="HEAD", help="labels as the feature network calls them"
    )
    parser.add_argument("--only", nargs="+", metavar="LABEL", help="sliders for these alone")
    parser.add_argument("--n", type=int, default=PHOTOS, help="photos of each kind, for the curve")
    args = parser.parse_args()
    try:
        given = args.label or (), args.read or (), args.only
        figures = learn(args.checkpoint, args.data, args.n, *given)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(table(figures))


if __name__ == "__main__":
    main()
