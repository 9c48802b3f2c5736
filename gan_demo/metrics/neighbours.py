"""Do codes of like pictures lie near each other? 1-NN in the space of codes.

Each val photo takes the label of the train photo whose code is nearest (Donahue et al. 2016, BiGAN,
1605.09782), by the Euclidean distance and by the angle (cosine).

1-NN            share of val photos whose label that is
largest class   share of val photos with the label most frequent in train: what is right without
                looking, the scale of the others
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from gan_demo.images import from_pixels
from gan_demo.metrics import distances
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Encodes
from gan_demo.types import Cloud, OtherPixels

TITLE = "Neighbours"
NEEDS = Encodes
AGAINST = Reference


def measure(system: Encodes, reference: Reference) -> dict[str, float]:
    known, asked = reference.labels, reference.val_labels
    if known is None or asked is None or len(known.unique()) < 2:
        raise Unavailable("the photos have no labels of two classes or more")
    train, val = encoded(system, reference.train), encoded(system, reference.val)
    usual = known.bincount().argmax()
    return {
        "1-NN Euclid": accuracy(train, known, val, asked),
        "1-NN cosine": accuracy(normalize(train), known, normalize(val), asked),
        "largest class": (asked == usual).double().mean().item(),
    }


@torch.no_grad()
def encoded(system: Encodes, photos: OtherPixels, batch: int = 128) -> Cloud:
    parts = [system.encode(from_pixels(p.to(system.device))) for p in photos.split(batch)]
    return torch.cat(parts).cpu()


def accuracy(train: Cloud, known: Tensor, val: Cloud, asked: Tensor) -> float:
    """Share of val whose nearest of train has the same label."""
    return (known[distances.between(val, train).argmin(1)] == asked).double().mean().item()
