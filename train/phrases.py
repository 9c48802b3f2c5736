"""python -m train.phrases CHECKPOINT [--data SOURCE]: of the phrases on offer, the Words tab opens
with the one that the model draws best and leads to the next.

How well a phrase is drawn is how far its drawings are from the training picture that is called so:
mean (f(x) - f(G(z, h)))² over a few z, in features, or in pixels where no network is at hand.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_demo import checkpoint, features, images
from gan_demo.checkpoint import CONFIG
from gan_demo.data import captions
from gan_demo.files import replace
from gan_demo.metrics import measuring
from gan_demo.systems import Reads
from gan_demo.types import Pixels
from train.evaluate import photos

DRAWINGS = 8  # of each phrase

See = Callable[[Pixels], Tensor]


@torch.no_grad()
def error(system: Reads, phrase: str, picture: Pixels, see: See) -> float:
    """How far the drawings of a phrase are from the picture of that name."""
    h = system.words([phrase]).expand(DRAWINGS, -1)
    drawn = images.to_pixels(system.illustrate(system.prior(DRAWINGS, 0), h)).cpu()
    return (see(drawn) - see(picture)).square().mean().item()


def ordered(system: Reads, pictures: Mapping[str, Pixels], see: See) -> list[str]:
    """All phrases, of those on offer the best drawn first; one without a picture is the last."""
    offered = captions.offered(system.phrases)
    errors = {
        p: error(system, p, pictures[p], see) if p in pictures else torch.inf for p in offered
    }
    return list(dict.fromkeys([*sorted(offered, key=errors.__getitem__), *system.phrases]))


def arrange(folder: str | Path, sources: Sequence[str] = ()) -> list[str]:
    """Writes them into the checkpoint in this order; its weights and its figures stay. Which phrase
    a seed of Generate draws is another.

    Args:
        sources: one; () for the pictures that the checkpoint was trained on.

    Raises:
        ValueError: a checkpoint that reads no words, pictures that cannot be used.
    """
    loaded = checkpoint.load(folder)
    if not isinstance(loaded.system, Reads):
        raise ValueError(f"{folder} draws no phrases: name a model that does.")
    reference, about = photos(loaded, sources)
    named = dict(zip(reference.called[0], reference.train.split(1), strict=True))
    shipped = features.shipped(loaded.system.channels, about["data"])
    network = features.load(shipped) if shipped else None
    with measuring(loaded.system):
        phrases = ordered(loaded.system, named, network.features if network else Tensor.float)
    loaded.config["model"]["phrases"] = phrases
    with replace.writing(loaded.path) as part:
        (part / CONFIG).write_text(json.dumps(loaded.config, indent=2) + "\n", "utf-8")
    checkpoint.record(loaded.path, loaded.metrics)  # the card names them
    return phrases


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.phrases", description="The phrases that are drawn best come first."
    )
    parser.add_argument("checkpoint", type=Path, help="a folder of a model that draws phrases")
    parser.add_argument("--data", nargs=1, default=(), help="default: what it was trained on")
    args = parser.parse_args()
    try:
        phrases = arrange(args.checkpoint, args.data)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    print("\n".join(captions.offered(phrases)))


if __name__ == "__main__":
    main()
