"""Has the critic learned to see? A linear classifier on its maps tells.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional GANs", 2015,
https://arxiv.org/abs/1511.06434, section 5.1: the maps of every layer of D, max-pooled to 4 x 4,
flattened and joined, are the features of a linear SVM with squared hinge loss:

    min_w  ½|w|² + C Σ_i max(0, 1 - y_i w·f(x_i))²       one class against the rest

D has never seen a label. Two rows say what that is worth: the same SVM on the pixels, and on the
maps of a D of the same shape that was not trained.
Differs from the paper: our critics are small, features are standardised, C is fixed, D was trained
on the pictures themselves and not on ImageNet, so the numbers are not comparable.
"""

import torch
from sklearn.svm import LinearSVC
from torch import nn
from torch.nn.functional import adaptive_max_pool2d

from gan_demo import systems
from gan_demo.images import from_pixels
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Perceives
from gan_demo.types import Cloud, Features, Label, OtherLabel, OtherPixels, Pixels

TITLE = "Linear SVM on the critic's maps"
NEEDS = Perceives
AGAINST = Reference
C = 1e-4
MOST = 5000  # labelled photos that the SVM learns from
GRID = 4


def measure(system: Perceives, reference: Reference) -> dict[str, float]:
    if reference.labels is None or reference.val_labels is None:
        raise Unavailable("the photos have no labels")
    n = min(MOST, len(reference.train))
    mixed = torch.randperm(len(reference.train), generator=torch.Generator().manual_seed(0))[:n]
    known, labels = reference.train[mixed], reference.labels[mixed]
    val, truth = reference.val, reference.val_labels
    untrained = systems.make(system.config["system"], **system.config["model"]).eval()
    assert isinstance(untrained, Perceives)
    said = f"accuracy, {n:,} labels"
    return {
        said: accuracy(maps(system, known), labels, maps(system, val), truth),
        f"{said}, untrained": accuracy(maps(untrained, known), labels, maps(untrained, val), truth),
        f"{said}, pixels": accuracy(flat(known), labels, flat(val), truth),
        "largest class": (truth.bincount().max() / len(truth)).item(),
        "features": float(maps(system, val[:1]).shape[1]),
    }


@torch.no_grad()
def maps(system: Perceives, pixels: Pixels, batch: int = 250) -> Features:
    """All maps of D, max-pooled to 4 x 4 and joined, on the CPU."""
    parts = []
    for part in pixels.split(batch):
        found = system.maps(from_pixels(part.to(system.device)))
        pooled = [adaptive_max_pool2d(m.float(), GRID).flatten(1).cpu() for m in found]
        if not pooled:
            raise Unavailable("its critic has no layers of maps, choose the network dcgan")
        parts.append(torch.cat(pooled, 1))
    return torch.cat(parts)


def flat(pixels: OtherPixels) -> Features:
    return from_pixels(pixels).flatten(1)


def accuracy(known: Features, labels: Label, asked: Cloud, truth: OtherLabel) -> float:
    """Share of rightly told labels of an SVM that learned from the known."""
    scale = nn.BatchNorm1d(known.shape[1], affine=False, momentum=None)
    scale(known)  # its statistics, from the known alone
    scale.eval()
    svm = LinearSVC(C=C, random_state=0).fit(scale(known).numpy(), labels.numpy())
    told = torch.from_numpy(svm.predict(scale(asked).numpy()))
    return (told == truth).double().mean().item()
