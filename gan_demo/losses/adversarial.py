"""Adversarial losses: two methods each, the formula above them. High D means real, everywhere.

`D` is any callable to scores, and `real`, `fake` are whatever it takes: a picture, or a tuple such
as BiGAN's (picture, code). sp(t) = log(1 + eᵗ).

Every loss can carry the zero-centred gradient penalties of Mescheder et al. 2018 (1801.04406):

    R1 = γ/2 E|∇ₓ D(x)|²        R2 = γ/2 E|∇ₓ D(G(z))|²

The penalties are means over pictures, so they may be taken over a share of the batch: cheaper and,
unlike a penalty on every k-th step, without jumps.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gan_demo.losses.schedule import at
from gan_demo.options import complete
from gan_demo.types import Scalar, Schedule, Score, Terms

Critic = Callable[..., Score]
Input = Tensor | tuple[Tensor, ...]  # what a critic takes; all parts of a tuple are as many


class Adversarial:
    """critic(D, real, fake) -> what D lowers; generator(D, real, fake) -> what G lowers.

    Args:
        r1, r2: γ of the penalty on real and on generated pictures (per image, summed over pixels).
        share: part of the batch that the penalties look at, in (0, 1].
    """

    def __init__(self, *, r1: Schedule = 0.0, r2: Schedule = 0.0, share: float = 1.0):
        self.r1, self.r2, self.share = r1, r2, share

    def critic(
        self,
        D: Critic,
        real: Input,
        fake: Input,
        progress: float = 0.0,
        scores: tuple[Score, Score] | None = None,
    ) -> Terms:
        """`scores` saves a pass when (D(real), D(fake)) is already known."""
        d_real, d_fake = scores or (D(real), D(fake))
        terms = {"critic": self.against(d_real, d_fake, real, fake)}
        r1, r2 = at(self.r1, progress) / 2, at(self.r2, progress) / 2
        if r1 and r2:  # one pass for both
            both = _each(lambda x, g: torch.cat([x, g]), self._part(real), self._part(fake))
            on_real, on_fake = gradient_norm2(D, both).chunk(2)
            terms |= {"r1": r1 * on_real.mean(), "r2": r2 * on_fake.mean()}
        elif r1:
            terms["r1"] = r1 * gradient_norm2(D, self._part(real)).mean()
        elif r2:
            terms["r2"] = r2 * gradient_norm2(D, self._part(fake)).mean()
        return terms

    def generator(
        self,
        D: Critic,
        real: Input,
        fake: Input,
        scores: tuple[Score | None, Score] | None = None,
    ) -> Terms:
        """`scores` saves a pass when (D(real) without gradient, D(fake)) is already known."""
        d_real, d_fake = scores or (self.reference(D, real), D(fake))
        return {"generator": self.towards(d_real, d_fake)}

    def reference(self, D: Critic, real: Input) -> Score | None:
        """What the generator's side compares with: nothing, for most losses."""
        return None

    def _part(self, x: Input) -> Input:
        """What the penalties look at."""
        return _each(lambda part: part[: math.ceil(self.share * len(part))], x)

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        raise NotImplementedError  # abstract: the critic's side

    def towards(self, real: Score | None, fake: Score) -> Scalar:
        """The generator's side. Default: -E D(G(z))."""
        return -fake.mean()


class NonSaturating(Adversarial):
    """min_D E sp(-D(x)) + E sp(D(G(z)))     min_G E sp(-D(G(z)))     (Goodfellow 2014, 1406.2661)

    Args:
        smooth: target of real pictures, 0.9 for one-sided smoothing; fakes keep the target 0
            (Salimans 2016, 1606.03498).
    """

    def __init__(self, *, smooth: float = 1.0, **penalties: Any):
        super().__init__(**penalties)
        self.smooth = smooth

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        # -s log σ(d) - (1-s) log(1-σ(d)) = sp(-d) + (1-s) d
        return (softplus(-real) + (1 - self.smooth) * real + softplus(fake)).mean()

    def towards(self, real: Score | None, fake: Score) -> Scalar:
        return softplus(-fake).mean()


class LeastSquares(Adversarial):
    """min_D ½E(D(x)-1)² + ½E D(G(z))²     min_G ½E(D(G(z))-1)²     (Mao 2016, 1611.04076)

    Args:
        smooth: D's target of real pictures, 0.9 for one-sided smoothing; fakes keep the target 0.
    """

    def __init__(self, *, smooth: float = 1.0, **penalties: Any):
        super().__init__(**penalties)
        self.smooth = smooth

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        return ((real - self.smooth).square() + fake.square()).mean() / 2

    def towards(self, real: Score | None, fake: Score) -> Scalar:
        return (fake - 1).square().mean() / 2


class Hinge(Adversarial):
    """min_D E[1-D(x)]₊ + E[1+D(G(z))]₊     min_G -E D(G(z))     (Lim & Ye 2017, 1705.02894)"""

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        return ((1 - real).relu() + (1 + fake).relu()).mean()


class WassersteinGP(Adversarial):
    """min_D E D(G(z)) - E D(x) + λ E(|∇D(x̂)| - 1)²     min_G -E D(G(z))

    x̂ = u x + (1-u) G(z), u uniform per picture (Gulrajani 2017, 1704.00028). With λ = 0 the plain
    Wasserstein loss, for critics that are kept Lipschitz otherwise.
    """

    def __init__(self, *, gp: float = 10.0, **penalties: Any):
        super().__init__(**penalties)
        self.gp = gp

    def critic(
        self,
        D: Critic,
        real: Input,
        fake: Input,
        progress: float = 0.0,
        scores: tuple[Score, Score] | None = None,
    ) -> Terms:
        terms = super().critic(D, real, fake, progress, scores)
        if not self.gp:
            return terms
        first, *_ = _tuple(real)
        u = torch.rand(len(first), device=first.device)
        mixed = _each(lambda x, g: _rows(u, x) * x + (1 - _rows(u, x)) * g, real, fake)
        norm = gradient_norm2(D, mixed).sqrt()
        return terms | {"gp": self.gp * (norm - 1).square().mean()}

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        return (fake - real).mean()


class QP(Adversarial):
    """min_D E[-s + s²/(2 λ d)]     min_G E[s],     s = D(x) - D(G(z)),  d = d(x, G(z))

    GAN-QP (Su 2018, 1811.07296). No Lipschitz penalty: the best s of a pair is λ d. The quadratic
    term never trains G: it would pull G by pixel distance.

    Args:
        lam: λ; 10 in GAN-QP.
        distance: "l1" mean |x-y|; "l2" root of the mean square; "mse" the mean square itself.
    """

    DISTANCES: dict[str, Callable[[Tensor], Score]] = {
        "l1": lambda d: d.abs().mean(1),
        "l2": lambda d: d.square().mean(1).sqrt(),
        "mse": lambda d: d.square().mean(1),
    }

    def __init__(self, *, lam: float = 10.0, distance: str = "l1", **penalties: Any):
        super().__init__(**penalties)
        if distance not in self.DISTANCES:
            raise ValueError(f"QP distance {distance!r} is not one of {', '.join(self.DISTANCES)}.")
        self.lam, self.distance = lam, self.DISTANCES[distance]

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        s, d = real - fake, sum(map(self._distance, _tuple(x), _tuple(g)))
        return (-s + s.square() / (2 * self.lam * d)).mean()

    def _distance(self, x: Tensor, g: Tensor) -> Score:
        return self.distance((x - g).flatten(1).detach()).clamp_min(1e-6)


class OGANQP(QP):
    """The QP form that the O-GAN scripts compute: d the mean square, λ = 2, so ¼ s²/d and s* = 2d.

    Their E is low on real pictures; here, as everywhere, high is real, which changes only signs.
    """

    def __init__(self, *, lam: float = 2.0, distance: str = "mse", **penalties: Any):
        super().__init__(lam=lam, distance=distance, **penalties)


class Relativistic(Adversarial):
    """min_D E sp(-(D(x) - D(G(z))))     min_G E sp(-(D(G(z)) - D(x)))

    RpGAN, one real paired with one fake; with R1 and R2 it is R3GAN (Huang 2024, 2501.05441).
    """

    def against(self, real: Score, fake: Score, x: Input, g: Input) -> Scalar:
        return softplus(fake - real).mean()

    def reference(self, D: Critic, real: Input) -> Score:
        with torch.no_grad():  # they are constants for G
            return D(real)

    def towards(self, real: Score | None, fake: Score) -> Scalar:
        assert real is not None  # what `reference` gave
        return softplus(real - fake).mean()


LOSSES: dict[str, type[Adversarial]] = {
    "nonsaturating": NonSaturating,
    "lsgan": LeastSquares,
    "hinge": Hinge,
    "wgan_gp": WassersteinGP,
    "qp": QP,
    "ogan_qp": OGANQP,
    "rpgan": Relativistic,
}


def make(name: str, options: dict[str, Any] | None = None) -> Adversarial:
    """The loss called `name`.

    Raises:
        ValueError: an unknown name or option.
    """
    if name not in LOSSES:
        raise ValueError(f"Unknown loss {name!r}. Known: {', '.join(LOSSES)}.")
    return LOSSES[name](**complete(options, LOSSES[name]))


def gradient_norm2(D: Critic, x: Input) -> Score:
    """|∇ₓ D(x)|² of each picture, differentiable with respect to D's weights."""
    x = _each(lambda part: part.detach().requires_grad_(), x)
    with torch.compiler.set_stance("force_eager"):  # compiled graphs have no second derivative
        scores = D(x)
    grads = torch.autograd.grad(scores.sum(), _tuple(x), create_graph=True)
    return torch.stack([g.float().square().flatten(1).sum(1) for g in grads]).sum(0)


def _tuple(x: Input) -> tuple[Tensor, ...]:
    return x if isinstance(x, tuple) else (x,)


def _each(made: Callable[..., Tensor], *inputs: Input) -> Input:
    """Of each part, or of the only one."""
    parts = tuple(made(*part) for part in zip(*map(_tuple, inputs), strict=True))
    return parts if isinstance(inputs[0], tuple) else parts[0]


def _rows(u: Score, like: Tensor) -> Tensor:
    return u.view(-1, *[1] * (like.dim() - 1))
