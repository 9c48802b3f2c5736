"""python -m train.evaluate CHECKPOINT: measure it, print the table, write its metrics.json.

Which figures depends on what the system can do, see `gan_demo.metrics`.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from gan_demo import checkpoint, data, devices, metrics
from gan_demo.checkpoint import Checkpoint
from gan_demo.checkpoint.markdown import joined, markdown, parted, turned
from gan_demo.data.captions import caption
from gan_demo.data.unpaired import SELECTION, Side, domain
from gan_demo.features import load, shipped
from gan_demo.files import check_writable
from gan_demo.files.weights import WEIGHTS
from gan_demo.metrics import Domain, Domains, Reference
from gan_demo.systems import Couples, Reads, Translates


def evaluate(
    folder: str,
    *,
    sources: Sequence[str] = (),
    pairs: bool = False,
    n: int = 5000,
    features: Path | None = None,
    only: str = "",
    device: str = "cpu",
) -> dict[str, Any]:
    """Measure a checkpoint on its own data, or on other sources, and record the figures in it.

    Args:
        sources: one, or for a translator one for each domain.
        pairs: equal file names of these two sources are twins; its own data declare theirs.
        features: the folder of the feature network; None: the shipped one for its channels.
        only: the title of one measure, on its own data; all its other figures stay.
        device: of `gan_demo.devices`; all of them compute in whole float32.

    Raises:
        ValueError: the checkpoint or the data cannot be used.
    """
    if n < 2:
        raise ValueError("A set needs two pictures or more: raise --n, 5000 is usual.")
    if only and sources:
        raise ValueError("--only leaves the other figures as they are: leave out --data as well.")
    processor = devices.choose(device).torch
    loaded = checkpoint.load(folder)
    check_writable(loaded.path)
    if isinstance(loaded.system, Translates):
        reference, about = domains(loaded, loaded.system, sources, pairs)
    elif isinstance(loaded.system, Couples):
        reference, about = first(loaded, loaded.system, sources)
    else:
        reference, about = photos(loaded, sources)
    source = sources[0] if sources else loaded.config["training"].get("data", "")
    features = features or shipped(loaded.system.channels, source.partition(" and ")[0])
    features = features if features and features.exists() else None
    network = load(features).to(processor) if features else None
    loaded.system.to(processor)
    reference = replace(reference, network=network, most=n)
    left_out: list[str] = []
    with torch.backends.cudnn.flags(allow_tf32=False):  # which rounds to ten bits
        figures = metrics.evaluate(loaded.system, reference, left_out.append, only=only)
    if only and left_out:
        raise ValueError(left_out[0])
    if only:
        figures = loaded.metrics | figures
    else:
        figures["Protocol"] = about | protocol(reference, features, left_out)
    checkpoint.record(loaded.path, figures)
    return figures


def photos(loaded: Checkpoint, sources: Sequence[str]) -> tuple[Reference, dict[str, Any]]:
    """The pictures of one set, and words about them."""
    one = side(loaded, sources)
    options = {"size": loaded.system.size, "channels": loaded.system.channels, "minimum": 4}
    train = domain(one, split="train", **options)
    val = domain(
        replace(one, classes=one.classes or list(train.classes) or None), split="val", **options
    )
    about = {"data": data.title(one.source), "train photos": len(train), "val photos": len(val)}
    called = [], []
    if isinstance(loaded.system, Reads):
        called = list(map(caption, train.names)), list(map(caption, val.names))
    known = {"labels": train.y, "val_labels": val.y, "classes": train.classes}
    if other := loaded.config["training"].get("config", {}).get("data", {}).get("photo"):
        pictures = domain(Side(**other), split="val", **options)
        about["other photos"] = f"{data.title(other['source'])}, val: {len(pictures)}"
        known["photos"] = pictures.x
    return Reference(train.x, val.x, called=called, **known), about


def first(
    loaded: Checkpoint, system: Couples, sources: Sequence[str]
) -> tuple[Reference, dict[str, Any]]:
    """The pictures of the first of two domains that are drawn together, and words about them."""
    a, b = sides(loaded, sources)
    options = {"size": system.size, "channels": system.channels, "minimum": 4}
    train, val = (domain(a, split=split, **options) for split in ("train", "val"))
    view = b.view if (a.source, a.view) == (b.source, "") else ""
    about = {"samples": f"{system.domains[0]} alone", "data": data.title(a.source)}
    about |= {"train photos": len(train), "val photos": len(val)}
    return Reference(train.x, val.x, view=view, classes=train.classes), about


def domains(
    loaded: Checkpoint, system: Translates, sources: Sequence[str], pairs: bool
) -> tuple[Domains, dict[str, Any]]:
    """The pictures of two domains, and words about them."""
    options = {"size": system.size, "channels": system.channels, "minimum": 4}
    both, about = [], {}
    for name, side in zip(system.domains, sides(loaded, sources), strict=True):
        train, val = (domain(side, split=split, **options) for split in ("train", "val"))
        both.append(Domain(name, train, val, side.values, columns(side)))
        words = [data.title(side.source), *side.values, side.view]
        about[name] = ", ".join(filter(None, words))
        about[f"{name} pictures, train and val"] = f"{len(train):,} and {len(val):,}"
    a, b = both
    known: dict[str, Any] = loaded.config["training"].get("config", {}).get("data", {})
    reference = Domains(a, b, pairs=pairs if sources else known.get("pairs") is True)
    if fitted := len(reference.twins(a.train, b.train)[0]):
        about["colour transform"] = f"an oracle: fitted on the {fitted:,} true twins of train"
    return reference, about | {"twins in val": len(reference.twins(a.val, b.val)[0])}


def columns(side: Side) -> list[str]:
    """The columns of labels.csv, if there is one."""
    try:
        return list(data.columns(side.source, ()))
    except data.DataError:
        return []


def side(loaded: Checkpoint, sources: Sequence[str]) -> Side:
    """The one set as it was trained on, or the same of another source.

    Raises:
        ValueError: no source is known, or there are several.
    """
    training: dict[str, Any] = loaded.config["training"]
    known: dict[str, Any] = training.get("config", {}).get("data", {})
    source = sources[0] if sources else known.get("source") or training.get("data")
    if not source:
        raise ValueError(f"{loaded.path} does not say what it was trained on: name it with --data.")
    if len(sources) > 1:
        raise ValueError(f"{loaded.path} has one set of photos: name one source with --data.")
    selection: dict[str, Any] = {key: known.get(key) for key in SELECTION}
    return Side(source, **selection)


def sides(loaded: Checkpoint, sources: Sequence[str]) -> tuple[Side, Side]:
    """The two domains as they were trained on, but of both halves."""
    known: dict[str, Any] = loaded.config["training"].get("config", {}).get("data", {})
    parts: list[dict[str, Any]] = [(known.get(key) or {}) | {"half": None} for key in "ab"]
    if len(sources) == 2:
        parts = [part | {"source": source} for part, source in zip(parts, sources, strict=True)]
    if len(sources) not in (0, 2) or not all(part.get("source") for part in parts):
        raise ValueError(f"{loaded.path} has two domains: name the data of both with --data A B.")
    a, b = (Side(**part) for part in parts)
    return a, b


def protocol(
    reference: Reference | Domains, features: Path | None, left_out: list[str]
) -> dict[str, Any]:
    """What it takes to measure the same again, apart from the pictures."""
    about: dict[str, Any] = {"N": reference.n}
    if features is not None:
        weights = (features / WEIGHTS).read_bytes()
        about["features"] = f"{reference.net.name}, {hashlib.sha256(weights).hexdigest()[:12]}"
        about["FD, KD"] = metrics.NOTE
        if reference.n < 10 * reference.net.d:
            about["N is small"] = f"{reference.net.d} features want 10 times as many pictures"
    if left_out:
        about["left out"] = " ".join(left_out)
    return about


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Title, then a line a figure; a table's rows stand side by side as columns."""
    lines = []
    for title, measured in figures.items():
        plain, tables = parted(measured)
        for name, rows in tables.items():
            lines += ["", f"{title}, {name}", markdown("", turned(rows))]
        if plain:
            lines += ["", title, *(f"  {k:<52} {v}" for k, v in joined(plain).items())]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a checkpoint, write its metrics.json.")
    parser.add_argument("checkpoint", help="a folder with model.safetensors and config.json")
    parser.add_argument(
        "--data",
        nargs="+",
        default=[],
        help="photos, for instance pack:portraits; of a translator both domains; default: its own",
    )
    parser.add_argument(
        "--pairs", action="store_true", help="pictures of --data A B with equal names are twins"
    )
    parser.add_argument("--n", type=int, default=5000, help="pictures a set")
    parser.add_argument("--features", type=Path, help="default: the shipped one for its pictures")
    parser.add_argument("--only", default="", help="the title of one measure; the others stay")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps, or auto: the faster")
    args = parser.parse_args()
    try:
        figures = evaluate(
            args.checkpoint,
            sources=args.data,
            pairs=args.pairs,
            n=args.n,
            features=args.features,
            only=args.only,
            device=args.device,
        )
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(table(figures))


if __name__ == "__main__":
    main()
