"""The strongest directions of a prior: the few moves of z that change pictures most.

Härkönen et al., "GANSpace", 2020, https://arxiv.org/abs/2004.02546, take principal components
of what a generator computes and carry them back to z by regression. Here what it computes are its
pictures, so that `decode` alone is enough and any system that samples has directions:

    X ≈ Z B,  B = Z⁺ X      (G(z) - G(-z)) / 2 ≈ z B, by least squares over draws z
    B = U S Vᵀ              column k of U moves the picture by S_k, the k-th most

For a Gaussian prior B is the average Jacobian of G (Stein's identity): U are the moves that do
the same to every picture.
Differs from the paper: one linear fit to opposite pairs, which cancels the even part of G, in
place of a PCA and a fit.
"""

import threading
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch

from gan_demo import latent
from gan_demo.systems import Samples
from gan_demo.types import Cloud, Latent, Score

PAIRS_PER_DIM = 2  # draws for each unknown row of B
BATCH = 32

_known: WeakKeyDictionary[Samples, "Directions"] = WeakKeyDictionary()
_finding = threading.Lock()


class Directions(NamedTuple):
    """Unit moves of z, strongest first, and the share of the fitted variance each carries."""

    moves: Latent
    shares: Score


def strongest(system: Samples, count: int = 8) -> Directions:
    """The `count` strongest directions (or z_dim, if fewer); found once for each system."""
    with _finding:
        if system not in _known:
            _known[system] = find(system)
    moves, shares = _known[system]
    return Directions(moves[:count], shares[:count])


@torch.inference_mode()
def find(system: Samples) -> Directions:
    """All z_dim directions, by least squares on the pictures of opposite draws ±z."""
    z = system.prior(PAIRS_PER_DIM * system.z_dim, seed=0)
    x = z.new_empty(len(z), system.channels * system.size**2)  # once: 50 MB of 256 pictures
    for part, rows in zip(z.split(BATCH), x.split(BATCH), strict=True):
        torch.sub(system.decode(part).flatten(1), system.decode(-part).flatten(1), out=rows)
    # N(z) has one dimension less than z: without rtol its rounding noise would be inverted
    b = torch.linalg.pinv(z, rtol=1e-3) @ x.div_(2)
    del x
    u, s, vt = torch.linalg.svd(b, full_matrices=False)
    sign = 1 - 2 * (vt.sum(1, keepdim=True) < 0).float()  # it is free: to the right is brighter
    return Directions(sign * u.T, s.square() / s.square().sum().clamp_min(1e-12))


def moved(z: Latent, moves: Cloud, amounts: Sequence[float]) -> Latent:
    """z + Σ s_k u_k, at the length of z. Along unit moves s_k counts standard deviations of the
    prior."""
    used = moves[: len(amounts)]
    return latent.like(z + z.new_tensor(amounts[: len(used)]) @ used, z)
