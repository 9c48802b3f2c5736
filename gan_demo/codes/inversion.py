"""The code of a picture by search: start somewhere, walk downhill until G draws it.

    z* = argmin_z  mean (x - y)² + a mean (pool8 x - pool8 y)² + b mean (f(x) - f(y))²
                 + c mean (z - z0)²,                                        y = G(z)

Zhu et al., "Generative Visual Manipulation on the Natural Image Manifold", 2016,
https://arxiv.org/abs/1609.03552, who also begin where an encoder points: then a few steps do what
hundreds from a random start cannot. f are the features of `gan_demo.features`. Adam with half a
cosine of a learning rate, all photos and all their starts in one batch, each for itself. After
every step z goes back to where the prior lies, see `Samples.home`.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_demo.adam import Adam
from gan_demo.features import Classifier
from gan_demo.losses.schedule import at
from gan_demo.systems.base import Samples
from gan_demo.types import Image, Latent, Score

RATE = 0.1  # first learning rate; from an encoder's code, 0.01 gets half as far in 40 steps

Best = tuple[Score, Latent, Image]  # cost, code and picture of each photo


@dataclass(frozen=True)
class Weights:
    """Weights of the objective beside the squared error of pixels.

    Args:
        pooled: a, of means over 8 x 8 pixels.
        features, network: b and f; without a network there is no such term.
        near: c, when there is a start to stay near to.
    """

    pooled: float = 1.0
    features: float = 0.0
    network: Classifier | None = None
    near: float = 0.0


@dataclass(frozen=True)
class Found:
    """The best code of each photo after so many steps, its picture and its MSE."""

    step: int
    steps: int
    z: Latent
    y: Image
    error: Score


def invert(
    system: Samples,
    x: Image,
    *,
    steps: int,
    start: Latent | None = None,
    restarts: int = 1,
    rate: float = RATE,
    weights: Weights = Weights(),
    seed: int = 0,
    every: int = 10,
) -> Generator[Found, None, None]:
    """Yields the best so far before the first step, after every `every`-th, and at the end; to
    stop early, ask no further.

    Args:
        start: a code for each photo, an encoder's; None: `restarts` draws of the prior for each,
            of seed, seed + 1, ..., of which the best is kept.
        rate: the first learning rate; the last is 0.

    Raises:
        ValueError: no steps or no starts.
    """
    if steps < 1 or restarts < 1:
        raise ValueError("A search takes one step and one start at least.")
    n, tries = len(x), restarts if start is None else 1
    x = x.detach().clone()  # clones, because autograd refuses what inference mode has made
    first = system.prior(tries, seed).repeat(n, 1) if start is None else start.detach().clone()
    z = first.clone().requires_grad_()
    lower = objective(x.repeat_interleave(tries, 0), first if start is not None else None, weights)
    adam, best, gradient = Adam([z], rate), None, torch.zeros_like(z)
    for step in range(steps + 1):
        with torch.enable_grad():
            y = system.decode(z)
            data, total = lower(z, y)
            if step < steps:
                (gradient,) = torch.autograd.grad(total.sum(), z)
        best = _better(best, data.detach(), z.detach(), y.detach(), tries)
        if step % every == 0 or step == steps:
            error = (x - best[2]).square().mean((1, 2, 3))
            yield Found(step, steps, best[1], best[2], error)
        adam.lr = at([rate, 0.0], step / steps)
        if step < steps:
            adam.step([gradient])
            with torch.no_grad():
                z.copy_(system.home(z))


def objective(
    x: Image, start: Latent | None, weights: Weights
) -> Callable[[Latent, Image], tuple[Score, Score]]:
    """z, y -> for each row, what the picture costs, and the same with the distance from start."""
    net = weights.network if weights.features else None
    known = None
    if net is not None:
        with torch.no_grad():
            known = net(net.fitted(x))

    def lower(z: Latent, y: Image) -> tuple[Score, Score]:
        gap = x - y
        data = gap.square().mean((1, 2, 3))
        if weights.pooled:
            data = data + weights.pooled * avg_pool2d(gap, 8).square().mean((1, 2, 3))
        if net is not None and known is not None:
            data = data + weights.features * (net(net.fitted(y)) - known).square().mean(1)
        if start is None or not weights.near:
            return data, data
        return data, data + weights.near * (z - start).square().mean(1)

    return lower


def finished(work: Iterable[Found]) -> Found:
    """The last of it, all of it done."""
    *_, last = work
    return last


def _better(best: Best | None, cost: Tensor, z: Tensor, y: Tensor, tries: int) -> Best:
    """For each photo the cheapest of all that was seen, where `tries` rows belong to each."""
    first = torch.arange(0, len(cost), tries, device=cost.device)
    pick = first + cost.view(-1, tries).argmin(1)
    now = cost[pick], z[pick], y[pick]
    if best is None:
        return now
    won = now[0] < best[0]
    cost, z, y = (
        torch.where(won.view(-1, *[1] * (new.dim() - 1)), new, old)
        for new, old in zip(now, best, strict=True)
    )
    return cost, z, y
