"""Does a classifier know what the samples show, and do they show different things?

Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498,
section 4, with our own classifier in place of Inception, by its head that knows the labels of the
photos:

    CS = exp( E_x KL( p(y | x) || p(y) ) ),   p(y) = E_x p(y | x)

from 1, where every sample says the same, to the number of classes. It is called CS-conv7-cifar10
and so on, never Inception Score, and is not comparable with one. Mean and standard deviation over
ten parts, as there; the same of val photos is the scale.
"""

import torch
from torch import Tensor

from gan_demo.metrics import samples
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Samples
from gan_demo.types import Features

TITLE = "Recognised by the classifier"
NEEDS = Samples
AGAINST = Reference
PARTS = 10


def measure(system: Samples, reference: Reference) -> dict[str, float]:
    head = reference.net.knows(reference.classes)
    if head is None:
        raise Unavailable(f"{reference.net.name} has no head for the labels of these pictures")
    classes = reference.net.labels[head]
    drawn, photos = (
        reference.net.logits(reference.net.features(pixels), classes).double().softmax(1)
        for pixels in (samples.draw(system, reference.n, samples.SEED), reference.val)
    )
    name = f"CS-{reference.net.name}"
    found = torch.stack([score(part) for part in drawn.chunk(PARTS)])
    shares = drawn.argmax(1).bincount(minlength=len(classes)) / len(drawn)
    return {
        name: found.mean().item(),
        f"{name} ±": found.std(correction=0).item(),
        f"{name} of val photos": score(photos).item(),
        "most frequent class": shares.max().item(),
        "rarest class": shares.min().item(),
    }


def score(p: Features) -> Tensor:
    """exp of the mean KL of each row to their mean."""
    return (p.xlogy(p) - p.xlogy(p.mean(0))).sum(1).mean().exp()
