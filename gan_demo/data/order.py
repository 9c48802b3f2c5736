"""Which pictures make a batch: a function of (seed, step), the same on every machine.

Every epoch is a new permutation; a batch may reach from one epoch into the next.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from gan_demo.types import Label


def rows(
    total: int, n: int, *, seed: int, step: int, process: int = 0, processes: int = 1
) -> tuple[Label, Label]:
    """Which pictures make a batch, by index, and a coin 0 or 1 for each."""
    place, parts = (step * processes + process) * n, []
    while n:
        epoch, start = divmod(place, total)
        part = _epoch(total, seed, epoch)[:, start : start + n]
        parts.append(part)
        place, n = place + part.shape[1], n - part.shape[1]
    index, coin = torch.cat(parts, 1)
    return index, coin


def corners(
    most: int, n: int, *, seed: int, step: int, process: int = 0, processes: int = 1
) -> list[tuple[int, int]]:
    """Where each picture of a batch is cropped: two whole numbers from 0 to `most`, down and
    right."""
    rng = np.random.default_rng((seed % 2**65, step * processes + process, most))
    return [(int(top), int(left)) for top, left in rng.integers(most + 1, size=(n, 2))]


@lru_cache(maxsize=8)  # a batch on the border of two epochs, of two sets and their val
def _epoch(total: int, seed: int, epoch: int) -> Tensor:
    """A permutation, and below it a coin for each place."""
    # numpy, because a torch generator only looks at the low 32 bits of its seed
    rng = np.random.default_rng((seed % 2**65, epoch))  # 2 seed + 1 of two sets, and below 0
    return torch.from_numpy(np.stack([rng.permutation(total), rng.integers(2, size=total)]))
