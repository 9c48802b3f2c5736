"""python -m train.centre CHECKPOINT [--data SOURCE]: the mean code of the training photos, from
which variety is measured (see `gan_demo.latent.varied`), for a checkpoint that lacks it.

A training run finds it by itself whenever it publishes.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes

from gan_demo import checkpoint, images, latent
from gan_demo.checkpoint import CENTRE, WEIGHTS
from gan_demo.codes import attributes
from gan_demo.files import check_writable, replace
from gan_demo.metrics import measuring
from gan_demo.systems import Encodes, System
from gan_demo.types import Code, Pixels
from train.evaluate import photos

PHOTOS = 2048  # that the mean is taken of, at most


def find(system: System, train: Pixels) -> Code | None:
    """The mean code of some training photos, always the same; None for what does not encode."""
    if not isinstance(system, Encodes):
        return None
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
    return mean_code(system, train[order[:PHOTOS]])


@torch.no_grad()
def mean_code(system: Encodes, photos: Pixels, batch: int = 128) -> Code | None:
    """N(mean N(E(x))), as long as the prior's codes are; None where those are of parts with a
    meaning each, of which a mean is no code."""
    if system.distribution not in latent.PRIORS:
        return None
    parts = (images.from_pixels(part.to(system.device)) for part in photos.split(batch))
    codes = torch.cat([latent.normalize(system.encode(part)) for part in parts])
    length = latent.std(system.prior(256, 0)).mean()
    return length * latent.normalize(codes.mean(0, keepdim=True))


def add(folder: str, sources: Sequence[str] = ()) -> Path:
    """Puts it beside the weights of a checkpoint; they, its figures and its sheets stay.

    Args:
        sources: one; () for the photos that the checkpoint was trained on.

    Raises:
        ValueError: a checkpoint without an encoder, photos that cannot be used.
    """
    loaded = checkpoint.load(folder)
    check_writable(loaded.path)
    if not isinstance(loaded.system, Encodes):
        raise ValueError(f"{folder} cannot encode a photo, so it has no mean code.")
    reference, _ = photos(loaded, sources)
    with measuring(loaded.system):
        centre = find(loaded.system, reference.train)
    if centre is None:
        raise ValueError(f"{folder} has codes of several parts, of which a mean is no code.")
    kept = load_file(loaded.path / WEIGHTS) | {CENTRE: centre.half().cpu().contiguous()}
    with replace.writing(loaded.path) as part:
        (part / WEIGHTS).write_bytes(to_bytes(kept, {"format": "pt"}))
        with contextlib.suppress(ValueError):  # there are none, or they are not of these weights
            attributes.save(part, attributes.load(loaded.path, loaded.system))
    return loaded.path


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.centre", description="The mean code of a checkpoint's photos."
    )
    parser.add_argument("checkpoint", help="a folder with model.safetensors and config.json")
    parser.add_argument("--data", nargs=1, default=(), help="default: what it was trained on")
    args = parser.parse_args()
    try:
        folder = add(args.checkpoint, args.data)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print(f"{folder} knows its mean code. What variety does: python -m train.variety {folder}")


if __name__ == "__main__":
    main()
