"""What the encoder's other numbers are on photos nobody trained on: the scale to read one by.

For each number, for instance avg E(x), its quantiles over val: 0 %, 5 %, ..., 100 %.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from gan_demo.images import from_pixels
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Encodes
from gan_demo.types import Pixels

TITLE = "Readings of photos"
NEEDS = Encodes
AGAINST = Reference
STEPS = 20  # between the least and the most


def measure(system: Encodes, reference: Reference) -> dict[str, list[float]]:
    known = read(system, reference.val)
    if not known:
        raise Unavailable("its encoder gives nothing but the code")
    shares = np.linspace(0, 1, STEPS + 1)
    return {
        name: [float(f"{q:.4g}") for q in np.quantile(values, shares)]
        for name, values in known.items()
    }


@torch.no_grad()
def read(system: Encodes, photos: Pixels, batch: int = 128) -> dict[str, np.ndarray]:
    """One value a photo of each number."""
    parts = [system.reading(from_pixels(part.to(system.device)))[1] for part in photos.split(batch)]
    return {name: torch.cat([part[name] for part in parts]).cpu().numpy() for name in parts[0]}


def share(value: float, quantiles: Any) -> float | None:
    """Of the photos, how many have a lower value: the inverse of the quantiles. None for what are
    none; a checkpoint's file may come from anyone."""
    if not isinstance(quantiles, list) or len(quantiles) < 2:
        return None
    if not all(isinstance(q, int | float) and math.isfinite(q) for q in quantiles):
        return None
    if any(b < a for a, b in pairwise(quantiles)):
        return None
    return float(np.interp(value, quantiles, np.linspace(0, 1, len(quantiles))))
