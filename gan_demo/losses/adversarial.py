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

import torch
from torch.nn.functional import softplus

from gan_demo.losses.schedule import Schedule, at
from gan_demo.options import complete
from gan_demo.types import Scalar, Score, Terms

Critic = Callable[..., Score]


class Adversarial:
    """critic(D, real, fake) -> what D lowers; generator(D, real, fake) -> what G lowers.

    Args:
        r1, r2: γ of the penalty on real and on generated pictures (per image, summed over pixels).
        share: part of the batch that the penalties look at, in (0, 1].
    """

    def __init__(self, *, r1: Schedule = 0.0, r2: Schedule = 0.0, share: float = 1.0):
        self.r1, self.r2, self.share = r1, r2, share

    def critic(self, D: Critic, real, fake, progress: float = 0.0, scores=None) -> Terms:
        """`scores` saves a pass when (D(real), D(fake)) is already known."""
        d_real, d_fake = scores or (D(real), D(fake))
        terms = {"critic": self.against(d_real, d_fake, real, fake)}
        r1, r2 = at(self.r1, progress) / 2, at(self.r2, progress) / 2
        if r1 > 0 and r2 > 0:  # one pass for both
            both = [torch.cat([x[:n], g[:n]]) for x, g, n in self._shares(real, fake)]
            norms = gradient_norm2(D, tuple(both) if isinstance(real, tuple) else both[0])
            on_real, on_fake = norms.chunk(2)
            terms |= {"r1": r1 * on_real.mean(), "r2": r2 * on_fake.mean()}
        elif r1 > 0 or r2 > 0:
            xs = [x[:n] for x, _, n in self._shares(*((real, fake) if r1 > 0 else (fake, real)))]
            norms = gradient_norm2(D, tuple(xs) if isinstance(real, tuple) else xs[0])
            terms["r1" if r1 > 0 else "r2"] = (r1 or r2) * norms.mean()
        return terms

    def generator(self, D: Critic, real, fake, scores=None) -> Terms:
        """`scores` saves a pass when (D(real) without gradient, D(fake)) is already known."""
        d_real, d_fake = scores or (self.reference(D, real), D(fake))
        return {"generator": self.towards(d_real, d_fake)}

    def reference(self, D: Critic, real) -> Score | None:
        """What the generator's side compares with: nothing, for most losses."""
        return None

    def _shares(self, real, fake):
        for x, g in zip(_tuple(real), _tuple(fake), strict=True):
            yield x, g, math.ceil(self.share * len(x))

    def against(self, real: Score, fake: Score, x, g) -> Scalar:
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

    def __init__(self, *, smooth: float = 1.0, **penalties):
        super().__init__(**penalties)
        self.smooth = smooth

    def against(self, real, fake, x, g):
        # -s log σ(d) - (1-s) log(1-σ(d)) = sp(-d) + (1-s) d
        return (softplus(-real) + (1 - self.smooth) * real + softplus(fake)).mean()

    def towards(self, real, fake):
        return softplus(-fake).mean()


class LeastSquares(Adversarial):
    """min_D ½E(D(x)-1)² + ½E D(G(z))²     min_G ½E(D(G(z))-1)²     (Mao 2016, 1611.04076)

    Args:
        smooth: D's target of real pictures, 0.9 for one-sided smoothing; fakes keep the target 0.
    """

    def __init__(self, *, smooth: float = 1.0, **penalties):
        super().__init__(**penalties)
        self.smooth = smooth

    def against(self, real, fake, x, g):
        return ((real - self.smooth).square() + fake.square()).mean() / 2

    def towards(self, real, fake):
        return (fake - 1).square().mean() / 2


class Hinge(Adversarial):
    """min_D E[1-D(x)]₊ + E[1+D(G(z))]₊     min_G -E D(G(z))     (Lim & Ye 2017, 1705.02894)"""

    def against(self, real, fake, x, g):
        return ((1 - real).relu() + (1 + fake).relu()).mean()


class WassersteinGP(Adversarial):
    """min_D E D(G(z)) - E D(x) + λ E(|∇D(x̂)| - 1)²     min_G -E D(G(z))

    x̂ = u x + (1-u) G(z), u uniform per picture (Gulrajani 2017, 1704.00028). With λ = 0 the plain
    Wasserstein loss, for critics that are kept Lipschitz otherwise.
    """

    def __init__(self, *, gp: float = 10.0, **penalties):
        super().__init__(**penalties)
        self.gp = gp

    def critic(self, D, real, fake, progress=0.0, scores=None):
        terms = super().critic(D, real, fake, progress, scores)
        if not self.gp:
            return terms
        xs, gs = _tuple(real), _tuple(fake)
        u = torch.rand(len(xs[0]), device=xs[0].device)
        mixed = tuple(_rows(u, x) * x + (1 - _rows(u, x)) * g for x, g in zip(xs, gs, strict=True))
        norm = gradient_norm2(D, mixed if isinstance(real, tuple) else mixed[0]).sqrt()
        return terms | {"gp": self.gp * (norm - 1).square().mean()}

    def against(self, real, fake, x, g):
        return (fake - real).mean()


class QP(Adversarial):
    """min_D E[-s + s²/(2 λ d)]     min_G E[s],     s = D(x) - D(G(z)),  d = d(x, G(z))

    GAN-QP (Su 2018, 1811.07296). No Lipschitz penalty: the best s of a pair is λ d. The quadratic
    term never trains G: it would pull G by pixel distance.

    Args:
        lam: λ; 10 in GAN-QP.
        distance: "l1" mean |x-y|; "l2" root of the mean square; "mse" the mean square itself.
    """

    DISTANCES = {
        "l1": lambda d: d.abs().mean(1),
        "l2": lambda d: d.square().mean(1).sqrt(),
        "mse": lambda d: d.square().mean(1),
    }

    def __init__(self, *, lam: float = 10.0, distance: str = "l1", **penalties):
        super().__init__(**penalties)
        if distance not in self.DISTANCES:
            raise ValueError(f"QP distance {distance!r} is not one of {', '.join(self.DISTANCES)}.")
        self.lam, self.distance = lam, self.DISTANCES[distance]

    def against(self, real, fake, x, g):
        s, d = real - fake, sum(map(self._distance, _tuple(x), _tuple(g)))
        return (-s + s.square() / (2 * self.lam * d)).mean()

    def _distance(self, x, g) -> Score:
        return self.distance((x - g).flatten(1).detach()).clamp_min(1e-6)


class OGANQP(QP):
    """The QP form that the O-GAN scripts compute: d the mean square, λ = 2, so ¼ s²/d and s* = 2d.

    Their E is low on real pictures; here, as everywhere, high is real, which changes only signs.
    """

    def __init__(self, *, lam: float = 2.0, distance: str = "mse", **penalties):
        super().__init__(lam=lam, distance=distance, **penalties)


class Relativistic(Adversarial):
    """min_D E sp(-(D(x) - D(G(z))))     min_G E sp(-(D(G(z)) - D(x)))

    RpGAN, one real paired with one fake; with R1 and R2 it is R3GAN (Huang 2024, 2501.05441).
    """

    def against(self, real, fake, x, g):
        return softplus(fake - real).mean()

    def reference(self, D, real):
        with torch.no_grad():  # they are constants for G
            return D(real)

    def towards(self, real, fake):
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


def make(name: str, options: dict | None = None) -> Adversarial:
    """The loss called `name`.

    Raises:
        ValueError: an unknown name or option.
    """
    if name not in LOSSES:
        raise ValueError(f"Unknown loss {name!r}. Known: {', '.join(LOSSES)}.")
    return LOSSES[name](**complete(options, LOSSES[name]))


def gradient_norm2(D: Critic, x) -> Score:
    """|∇ₓ D(x)|² of each picture, differentiable with respect to D's weights."""
    xs = tuple(part.detach().requires_grad_() for part in _tuple(x))
    with torch.compiler.set_stance("force_eager"):  # compiled graphs have no second derivative
        scores = D(xs if isinstance(x, tuple) else xs[0])
    grads = torch.autograd.grad(scores.sum(), xs, create_graph=True)
    return torch.stack([g.float().square().flatten(1).sum(1) for g in grads]).sum(0)


def _tuple(x) -> tuple:
    return x if isinstance(x, tuple) else (x,)


def _rows(u: Score, like):
    return u.view(-1, *[1] * (like.dim() - 1))
