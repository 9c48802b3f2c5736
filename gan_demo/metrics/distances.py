"""How far apart two sets of pictures are, in features of a network.

a are the features of generated pictures, b those of real ones.

FD                  Heusel et al. 2017, https://arxiv.org/abs/1706.08500 (there with Inception: FID)
KD                  Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401 (there: KID)
precision, recall   Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991
density, coverage   Naeem et al. 2020, https://arxiv.org/abs/2002.09797
"""

import torch
from torch import Tensor

from gan_demo.types import Cloud, Distances, Scalar, Score


def fd(a: Cloud, b: Cloud) -> float:
    """The Fréchet distance of the two normal distributions, in float64.

    |μa - μb|² + Tr(Σa + Σb - 2 (Σa Σb)^½),    Tr (Σa Σb)^½ = Tr (Σa^½ Σb Σa^½)^½

    The right-hand matrix is symmetric, so its eigenvalues are real and rank may be missing.
    """
    (mean_a, cov_a), (mean_b, cov_b) = _moments(a), _moments(b)
    root = _sqrt(cov_a)
    shared = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    apart = (mean_a - mean_b).square().sum()
    return (apart + cov_a.trace() + cov_b.trace() - 2 * shared).clamp(min=0).item()


def kd(
    a: Cloud, b: Cloud, *, subsets: int = 100, size: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Mean and standard deviation of `mmd2` over random subsets of both sets."""
    # of whole sets every draw would be the same, and one point has no pair
    size = max(2, min(size, len(a) // 2, len(b) // 2))
    g = torch.Generator().manual_seed(seed)
    draws = torch.stack(
        [
            mmd2(
                a[torch.randperm(len(a), generator=g)[:size]],
                b[torch.randperm(len(b), generator=g)[:size]],
            )
            for _ in range(subsets)
        ]
    )
    return draws.mean().item(), draws.std(correction=0).item()


def mmd2(a: Cloud, b: Cloud) -> Scalar:
    """The squared maximum mean discrepancy, unbiased, of the kernel k(x, y) = (x·y/d + 1)³.

    mean_{i≠j} k(ai, aj) + mean_{i≠j} k(bi, bj) - 2 mean_{ij} k(ai, bj)
    """
    a, b = a.double(), b.double()
    return _within(a) + _within(b) - 2 * _kernel(a, b).mean()


def precision_recall(a: Cloud, b: Cloud, k: int = 3) -> tuple[float, float]:
    """precision: share of a inside the manifold of b. recall: share of b inside that of a.

    The manifold of a set: the balls around its points that reach their k-th neighbour.
    """
    return _inside(a, b, k), _inside(b, a, k)


def density_coverage(a: Cloud, b: Cloud, k: int = 5) -> tuple[float, float]:
    """density: mean number of balls of b around a point of a, over k (1 for equal distributions).
    coverage: share of the balls of b that hold a point of a."""
    inside = between(a, b) <= _radii(b, k)
    return inside.double().sum(1).mean().item() / k, inside.any(0).double().mean().item()


def _moments(f: Cloud) -> tuple[Tensor, Tensor]:
    f = f.double()
    return f.mean(0), torch.cov(f.T)


def _sqrt(m: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(m)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T


def between(a: Cloud, b: Cloud) -> Distances:
    """|a_i - b_j|, in float64: as a matrix product in float32, near neighbours would drown."""
    return torch.cdist(a.double(), b.double())


def standard(a: Cloud) -> Cloud:
    """a with a mean of 0 and a variance of 1 in every number: what all share is gone."""
    return (a - a.mean(0)) / a.std(0).clamp(min=1e-6)


def nearest(a: Cloud, b: Cloud) -> Score:
    """Distance of each point of a to its nearest in b."""
    return between(a, b).min(1).values


def _kernel(a: Cloud, b: Cloud) -> Distances:
    return (a @ b.T / a.shape[1] + 1) ** 3


def _within(a: Cloud) -> Scalar:
    """Mean of the kernel over the pairs of different points."""
    gram, n = _kernel(a, a), len(a)
    return (gram.sum() - gram.trace()) / (n * (n - 1))


def _inside(points: Cloud, manifold: Cloud, k: int) -> float:
    """Share of the points that lie in a ball of the manifold."""
    within = between(points, manifold) <= _radii(manifold, k)
    return within.any(1).double().mean().item()


def _radii(f: Cloud, k: int) -> Score:
    """Distance of each point to its k-th neighbour, itself not counted."""
    return between(f, f).fill_diagonal_(0).kthvalue(min(k + 1, len(f))).values
