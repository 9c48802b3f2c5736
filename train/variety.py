"""python -m train.variety CHECKPOINT [--out FOLDER]: what less variety gains and what it costs.

Samples at each variety, see `gan_demo.latent.varied`, against the training photos: FD, precision,
density (are they like photos?), recall, coverage (is every kind of photo among them?). For
metrics.json and the card; and a sheet of each, to count by eye what is deformed.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from gan_demo import checkpoint, features, images
from gan_demo.files import check_writable
from gan_demo.metrics import Reference, distances, measuring, samples
from gan_demo.systems import Encodes, Samples
from train.evaluate import photos, table

TITLE = "Variety"
VALUES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SHOWN = 64  # seeds of a sheet, from 0


def measure(
    folder: str, sources: Sequence[str] = (), n: int = 5000, out: Path | None = None
) -> dict[str, Any]:
    """Measure samples at every variety and record the figures in the checkpoint.

    Args:
        sources: one; () for the photos that the checkpoint was trained on.
        n: pictures a set, at most.
        out: where the sheets go; None: there are none.

    Raises:
        ValueError: a checkpoint without a mean code, photos or features that cannot be used.
    """
    loaded = checkpoint.load(folder)
    check_writable(loaded.path)
    system = loaded.system
    if not isinstance(system, Encodes) or system.centre is None:
        raise ValueError(f"{folder} knows no mean code. Find it: python -m train.centre {folder}")
    reference, about = photos(loaded, sources)
    network = features.load(features.needed(system.channels, about["data"]))
    reference = replace(reference, network=network, most=n)
    with measuring(system):
        rows = {f"{v:.1f}": row(system, reference, v) for v in VALUES}
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for v in VALUES:
                images.grid(system.sample(SHOWN, 0, v)).save(out / f"variety-{v:.1f}.png")
    figures = {TITLE: {checkpoint.BY: "python -m train.variety", "samples": rows}}
    checkpoint.record(loaded.path, loaded.metrics | figures)
    return figures


def row(system: Samples, reference: Reference, variety: float) -> dict[str, float]:
    """The figures of one variety."""
    drawn = samples.draw(system, reference.n, samples.SEED, variety)
    fake, real = reference.net.features(drawn), reference.real
    return {reference.name("FD"): distances.fd(fake, real)} | samples.likeness(fake, real)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.variety", description="What less variety gains and costs."
    )
    parser.add_argument("checkpoint", help="a folder with model.safetensors and config.json")
    parser.add_argument("--data", nargs=1, default=(), help="default: what it was trained on")
    parser.add_argument("--n", type=int, default=5000, help="pictures a set")
    parser.add_argument("--out", type=Path, help=f"a folder for sheets of the first {SHOWN} seeds")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all cores")
    args = parser.parse_args()
    torch.set_num_threads(args.threads or torch.get_num_threads())
    try:
        figures = measure(args.checkpoint, args.data, args.n, args.out)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(table(figures))


if __name__ == "__main__":
    main()
