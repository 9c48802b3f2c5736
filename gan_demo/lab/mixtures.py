"""Gaussian mixtures in the plane: the two domains of the experiment.

    B   ten modes on a ring of radius 2
    A   up to ten modes on a ring eight times as small

A generator fresh from the start carries everything to nearly the same place, and a small A stays
together for long: how the modes part is then up to the loss. From a ring as large as the targets'
own even a plain GAN finds its way to all ten.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

Points = Float[Tensor, "n 2"]
Modes = Int[Tensor, "n"]  # which Gaussian each point came from

MOST = 10  # modes of a domain
RADIUS, SIGMA = 2.0, 0.1  # of B
SHRUNK = 1 / 8  # A, measured by B


@dataclass(frozen=True)
class Mixture:
    """Equal parts of round Gaussians.

    Args:
        means: their centres.
        sigma: their common standard deviation.
    """

    means: Float[Tensor, "k 2"]
    sigma: float

    def draw(self, n: int, generator: torch.Generator) -> tuple[Points, Modes]:
        mode = torch.randint(len(self.means), (n,), generator=generator)
        return self.means[mode] + self.sigma * torch.randn(n, 2, generator=generator), mode


def ring(modes: int, scale: float = 1.0) -> Mixture:
    """Modes at equal steps on a circle, the first on the right.

    Raises:
        ValueError: no modes, or more than have a colour.
    """
    if not 1 <= modes <= MOST:
        raise ValueError(f"Choose from 1 to {MOST} modes, not {modes}.")
    angle = 2 * math.pi * torch.arange(modes) / modes
    return Mixture(scale * RADIUS * torch.stack([angle.cos(), angle.sin()], 1), scale * SIGMA)


def domains(modes: int) -> tuple[Mixture, Mixture]:
    """A with `modes` modes, and B."""
    return ring(modes, SHRUNK), ring(MOST)
