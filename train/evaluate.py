"""python -m train.evaluate CHECKPOINT: measure it, print the table, write its metrics.json.

Which figures depends on what the system can do, see `gan_demo.metrics`.
"""

import argparse
import hashlib
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gan_demo import checkpoint, classifier, data, metrics
from gan_demo.metrics import Reference


def evaluate(
    folder: str, *, source: str | None = None, n: int = 5000, features: Path = classifier.SHIPPED
) -> dict[str, Any]:
    """Measure a checkpoint on its own data, or on `source`, and record the figures in it.

    Raises:
        ValueError: the checkpoint or the data cannot be used.
    """
    if n < 2:
        raise ValueError("A set needs two pictures or more: raise --n, 5000 is usual.")
    loaded = checkpoint.load(folder)
    training = loaded.config["training"]
    source = source or training.get("data")
    if not source:
        raise ValueError(f"{folder} does not say what it was trained on: name it with --data.")
    load = partial(
        data.load,
        source,
        size=loaded.system.size,
        channels=loaded.system.channels,
        minimum=4,
        classes=training.get("config", {}).get("data", {}).get("classes"),
    )
    train, val = load(split="train"), load(split="val")
    network = classifier.load(features) if features.exists() else None
    reference = Reference(train.x, val.x, train.y, network, n)
    left_out: list[str] = []
    figures: dict[str, Any] = dict(metrics.evaluate(loaded.system, reference, left_out.append))
    figures["Protocol"] = protocol(source, reference, features, left_out)
    checkpoint.record(loaded.path, figures)
    return figures


def protocol(
    source: str, reference: Reference, features: Path, left_out: list[str]
) -> dict[str, Any]:
    """What it takes to measure the same again."""
    about = {
        "data": source,
        "train photos": len(reference.train),
        "val photos": len(reference.val),
        "N": reference.n,
    }
    if reference.network is not None:
        weights = (features / classifier.WEIGHTS).read_bytes()
        about["features"] = f"{reference.net.name}, {hashlib.sha256(weights).hexdigest()[:12]}"
        about["FD, KD"] = metrics.NOTE
        if reference.n < 10 * reference.net.d:
            about["N is small"] = f"{reference.net.d} features want 10 times as many pictures"
    if left_out:
        about["left out"] = " ".join(left_out)
    return about


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Title, then a line a figure; a "±" joins the figure it belongs to."""
    lines = []
    for title, rows in figures.items():
        lines += ["", title]
        for name, value in rows.items():
            if name.endswith(" ±"):
                continue
            text = f"{value:.4g}" if isinstance(value, float) else str(value)
            spread = rows.get(f"{name} ±")
            lines.append(f"  {name:<52} {text}" + (f" ± {spread:.2g}" if spread else ""))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a checkpoint, write its metrics.json.")
    parser.add_argument("checkpoint", help="a folder with model.safetensors and config.json")
    parser.add_argument("--data", help="photos, for instance zip:faces.zip; default: its own")
    parser.add_argument("--n", type=int, default=5000, help="pictures a set")
    parser.add_argument("--features", type=Path, default=classifier.SHIPPED)
    args = parser.parse_args()
    try:
        figures = evaluate(args.checkpoint, source=args.data, n=args.n, features=args.features)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(table(figures))


if __name__ == "__main__":
    main()
