"""Improved techniques for training GANs, each for any game that wants it.

Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498
Reference code: https://github.com/openai/improved-gan

    feature matching            here; option `matching` of gan and semisupervised
    minibatch discrimination    here; option `minibatch` of `networks.dcgan.Encoder`
    historical averaging        here; `optim.history` of a run
    one-sided label smoothing   option `smooth` of the losses nonsaturating and lsgan
    virtual batch normalisation `networks.norm.VirtualBatchNorm`; norm "virtual" of dcgan.Generator
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from gan_demo.types import Cloud, Features, Scalar

NORMS = ("l1", "l2")


def feature_matching(real: Features, fake: Cloud, norm: str = "l2") -> Scalar:
    """What G lowers so that D's features f have the same mean on its pictures as on real ones:

    "l2"    |E f(x) - E f(G(z))|²         the paper
    "l1"    avg |E f(x) - E f(G(z))|      its code, average over the features

    The mean over real pictures is a constant.
    """
    gap = real.detach().mean(0) - fake.mean(0)
    return gap.square().sum() if norm == "l2" else gap.abs().mean()


def known_norm(norm: str) -> str:
    """
    Raises:
        ValueError: neither "l1" nor "l2".
    """
    if norm not in NORMS:
        raise ValueError(f"matching = {norm!r} is not one of {', '.join(NORMS)}.")
    return norm


class MinibatchDiscrimination(nn.Module):
    """f -> [f, o]: beside its features each picture has how near the others of its batch are.

        M_i = f(x_i) T,     o_b(i) = Σ_j exp(-|M_ib - M_jb|₁)

    Real and generated pictures go through in batches of their own, or their difference would be
    hidden in the sum.

    Args:
        features: length of f.
        kernels, dim: B and C: T turns f into B rows of C numbers.
    """

    def __init__(self, features: int, kernels: int, dim: int):
        super().__init__()
        # rows of M on the scale of f, or exp(-distance) would be 0 for any two pictures
        self.T = nn.Parameter(torch.randn(features, kernels, dim) / features**0.5)

    def forward(self, f: Features) -> Tensor:  # (b, features + kernels)
        m = torch.einsum("ia,abc->ibc", f, self.T).float()
        apart = (m.unsqueeze(1) - m).abs().sum(3)  # (i, j, b)
        return torch.cat([f.float(), (-apart).exp().sum(1)], 1)


class HistoricalAdam(torch.optim.Adam):
    """Adam on the loss + w |θ - mean θ_s|², the mean over all past moves s = 1..t.

    The gradient of the term is 2 w (θ - mean θ_s). The mean is part of the state, so a run that
    goes on has the same past.

    Args:
        history: w.
    """

    def __init__(self, params: Iterable[nn.Parameter], *, history: float, **options: Any):
        super().__init__(params, **options)
        self.history = history

    @torch.no_grad()
    def step(self, closure=None):
        moved = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        for p in moved:
            if "mean" in self.state[p]:
                p.grad.add_(p - self.state[p]["mean"], alpha=2 * self.history)
        loss = super().step(closure)
        for p in moved:
            state = self.state[p]
            mean = state.setdefault("mean", torch.zeros_like(p))
            mean.lerp_(p, 1 / state["step"].item())
        return loss
