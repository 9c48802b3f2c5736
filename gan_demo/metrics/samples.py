"""Are generated pictures like real ones, and as varied? In the features of our own network.

FD, KD              distance of the two sets, see `distances`
precision, density  are the samples like photos?
recall, coverage    is every kind of photo among the samples?
novelty             median distance of a sample to its nearest training photo, over the same for a
                    val photo: far below 1 means that photos were learnt by heart
"""

from statistics import mean, pstdev

import torch

from gan_demo.images import to_pixels
from gan_demo.metrics import distances
from gan_demo.metrics.reference import Reference
from gan_demo.systems import Samples
from gan_demo.types import Cloud, Features, Pixels

TITLE = "Samples"
NEEDS = Samples
AGAINST = Reference
SEED = 1_000_000_007  # far from the seeds that people see; row i of a set depends on SEED + i


def measure(system: Samples, reference: Reference) -> dict[str, float]:
    """FD as mean and standard deviation over independent sets, the rest on the first of them."""
    n, real = reference.n, reference.real
    sets = [reference.net.features(draw(system, n, SEED + i * n)) for i in range(reference.seeds)]
    fds = [distances.fd(fake, real) for fake in sets]
    fake = sets[0]
    kd, kd_std = distances.kd(fake, real)
    return {
        reference.name("FD"): mean(fds),
        reference.name("FD") + " ±": pstdev(fds),
        reference.name("KD"): kd,
        reference.name("KD") + " ±": kd_std,
        **likeness(fake, real),
        "novelty": novelty(fake, reference),
    }


def likeness(fake: Cloud, real: Cloud) -> dict[str, float]:
    """Each set among the other."""
    precision, recall = distances.precision_recall(fake, real)
    density, coverage = distances.density_coverage(fake, real)
    return {"precision": precision, "recall": recall, "density": density, "coverage": coverage}


@torch.no_grad()
def draw(system: Samples, n: int, seed: int, variety: float = 1.0, batch: int = 128) -> Pixels:
    """n samples as 8-bit pictures, the form in which photos come."""
    starts = range(0, n, batch)
    parts = [system.sample(min(batch, n - i), seed + i, variety) for i in starts]
    return torch.cat([to_pixels(x).cpu() for x in parts])


def novelty(fake: Features, reference: Reference) -> float:
    """median min_j |f(G(z)) - f(x_j)|  /  median min_j |f(v) - f(x_j)|,    x in train, v in val."""
    val = reference.net.features(reference.val)
    ours, theirs = (distances.nearest(f, reference.known).median() for f in (fake, val))
    return (ours / theirs).item()
