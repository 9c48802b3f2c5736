"""Do the two pictures of a pair show the same thing, where it can be told?

If the second domain is a view v of the first, for instance its line drawing (`data.unpaired`),
the twin of a drawn picture a is known: v(a). The drawn twin b is compared with it,

    agreement    share of pixels on the same side of mid grey
                 ("pixel agreement ratio" in CoGAN, Liu and Tuzel 2016, 1606.07536)
    rho          correlation of both after a blur of σ = 2 pixels, which forgives lines beside
                 their place

and, so that one can tell what a value is worth, with v of another drawn picture: "shuffled".
"""

import cv2
import numpy as np
import torch

from gan_demo.data.unpaired import VIEWS
from gan_demo.images import to_pixels
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.metrics.samples import SEED
from gan_demo.systems import Couples
from gan_demo.types import Pixels

TITLE = "Pairs"
NEEDS = Couples
AGAINST = Reference
MOST, BATCH, SIGMA = 1000, 100, 2.0


def measure(system: Couples, reference: Reference) -> dict[str, float]:
    if not reference.view:
        raise Unavailable("no domain is a view of the other, so the right twin is not known")
    a, b = draw(system, min(MOST, reference.n))
    wanted = VIEWS[reference.view](a)
    figures = {}
    for name, right in (("", wanted), (" shuffled", wanted.roll(1, 0))):
        figures[f"agreement{name}"] = agreement(b, right)
        figures[f"rho{name}"] = rho(b, right)
    return figures


@torch.no_grad()
def draw(system: Couples, n: int) -> tuple[Pixels, Pixels]:
    """n pairs as 8-bit pictures."""
    parts = [system.pair(system.prior(min(BATCH, n - i), SEED + i)) for i in range(0, n, BATCH)]
    a, b = (torch.cat([to_pixels(x).cpu() for x in side]) for side in zip(*parts, strict=True))
    return a, b


def agreement(b: Pixels, wanted: Pixels) -> float:
    return ((b < 128) == (wanted < 128)).float().mean().item()


def rho(b: Pixels, wanted: Pixels) -> float:
    """Mean over the pairs; a blank picture agrees with nothing."""
    soft, right = (_soft(x) for x in (b, wanted))
    norms = np.linalg.norm(soft, axis=1) * np.linalg.norm(right, axis=1)
    return float(((soft * right).sum(1) / norms.clip(1e-6)).mean())


def _soft(x: Pixels) -> np.ndarray:
    """Blurred, grey, flat, without its mean."""
    grey = x.float().mean(1).numpy()
    flat = np.stack([cv2.GaussianBlur(g, (0, 0), SIGMA).ravel() for g in grey])
    return flat - flat.mean(1, keepdims=True)
