"""Latent algebra: the orthogonal split of a code, its correlation, and walks on the prior's shell.

For a vector v of nz components (Su 2019, https://arxiv.org/abs/1903.01931):

    avg(v) = sum(v) / nz      std(v) = sqrt(avg((v - avg v)²))      N(v) = (v - avg v) / std v
    ρ(a, b) = avg(N(a) N(b))                                        mean((N(a) - N(b))²) = 2 - 2ρ

N(v) has mean 0 and norm sqrt(nz): the shell on which codes and, by default, priors live.
"""

import math
from collections.abc import Iterable

import torch

from gan_demo.types import Code, Column, Label, Latent, Score

EPS = 1e-6
SEEDS = 2**32  # a torch generator on the CPU sees no more of its seed
VARIETY = 1.0  # of what is drawn, unless a person asks for another


def avg(v: Latent) -> Column:
    """Mean over the components of each vector."""
    return v.mean(1, keepdim=True)


def std(v: Latent) -> Column:
    """Population standard deviation (divide by nz) over the components of each vector."""
    return _centred(v).square().mean(1, keepdim=True).sqrt()


def normalize(v: Latent) -> Latent:
    """N(v) = (v - avg v) / std v, in float32; a constant vector gives zeros."""
    v = _centred(v)
    return v * torch.rsqrt(v.square().mean(1, keepdim=True) + EPS**2)


def pearson(a: Latent, b: Latent) -> Score:
    """ρ(a, b), the Pearson correlation of each pair of rows, in [-1, 1]."""
    return (normalize(a) * normalize(b)).mean(1)


def prior(distribution: str, n: int, z_dim: int, seed: int | None = None) -> Latent:
    """n draws on the CPU: "normal" N(0, I), "sphere" N(randn), "uniform" U(-1, 1).

    Row i depends on `seed + i` alone, so one picture of a large set can be drawn again by itself.
    Without a seed the global generator is used.
    """
    if distribution not in PRIORS:
        raise ValueError(f"Unknown prior {distribution!r}. Known: {', '.join(PRIORS)}.")
    if seed is None:
        return PRIORS[distribution](torch.randn(n, z_dim))
    rows = (torch.Generator().manual_seed((seed + i) % SEEDS) for i in range(n))
    return PRIORS[distribution](torch.stack([torch.randn(z_dim, generator=row) for row in rows]))


def chosen(z: Latent, n: int) -> Label:
    """One of n things for each z, from z alone, so that a seed names one picture: floor(n Φ(z₀)),
    all equally often if z₀ is normal."""
    return (n * torch.special.ndtr(z[:, 0])).long().clamp(0, n - 1)


def lerp(a: Latent, b: Latent, t: float) -> Latent:
    """The straight line (1 - t) a + t b, kept on the ends' own shell: its average, and the length
    between theirs (the midpoint of two independent codes has std 0.7, where no generator was
    trained). On the shell of N that is N((1 - t) a + t b)."""
    return _between((1 - t) * a + t * b, ((1 - t, a), (t, b)))


def slerp(a: Latent, b: Latent, t: float) -> Latent:
    """The great circle from a to b at constant speed (White 2016, 1609.04468), on their shell.

    sin((1-t)θ)/sin θ N(a) + sin(tθ)/sin θ N(b),   cos θ = ρ(a, b)
    """
    n, m = normalize(a), normalize(b)
    theta = torch.acos(pearson(n, m).clamp(-1, 1)).unsqueeze(1)
    near = theta.sin() < 1e-4  # equal or opposite ends: the circle is undefined, the line is not
    sin = torch.where(near, torch.ones_like(theta), theta.sin())
    arc = torch.sin((1 - t) * theta) / sin * n + torch.sin(t * theta) / sin * m
    return _between(torch.where(near, (1 - t) * n + t * m, arc), ((1 - t, a), (t, b)))


def bilinear(a: Latent, b: Latent, c: Latent, d: Latent, u: float, v: float) -> Latent:
    """(1-v)((1-u) a + u b) + v ((1-u) c + u d): a point between four codes (top left, top right,
    bottom left, bottom right), on their shell."""
    shares = (1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u
    corners = list(zip(shares, (a, b, c, d), strict=True))
    mixed = torch.stack([share * corner for share, corner in corners]).sum(0)
    return _between(mixed, corners)


def like(v: Latent, z: Latent) -> Latent:
    """avg z + std z · N(v): the direction of v from z's own average, at z's length. For z on the
    shell of N that is N(v)."""
    return avg(z.float()) + std(z) * normalize(v)


def varied(z: Latent, centre: Code, variety: float) -> Latent:
    """slerp(centre, z, variety): z for variety 1, nearer to the mean code below, which is what 0
    gives. The truncation of Brock et al. 2019 (1809.11096) and Karras et al. 2019 (1812.04948) for
    codes on a shell, where the straight line to 0 would change contrast alone.

    Raises:
        ValueError: a variety that is none, see `variety_of`.
    """
    share = variety_of(variety)
    return z if share == 1 else slerp(centre.expand_as(z), z, share)


def variety_of(value: object) -> float:
    """A variety from a person, a link or a file.

    Raises:
        ValueError: no number from 0 to 1, with what to say instead.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError(
        "Variety, which replaced the scale, is a number from 0, the average picture, to 1, as "
        f"varied as the training pictures, not {value!r:.40}."
    )


PRIORS = {
    "normal": lambda v: v,
    "sphere": normalize,
    "uniform": lambda v: torch.erf(v / math.sqrt(2)),  # the normal's own quantiles
}
HOMES = {  # where each prior's codes lie
    "normal": lambda z: z * (math.sqrt(z.shape[1]) / z.norm(dim=1, keepdim=True)).clamp(max=1),
    "sphere": normalize,
    "uniform": lambda z: z.clamp(-1, 1),
}


def _centred(v: Latent) -> Latent:
    v = v.float()  # in bfloat16 the mean alone would cost two digits
    return v - v.mean(1, keepdim=True)


def _between(v: Latent, ends: Iterable[tuple[float, Latent]]) -> Latent:
    """N(v) with the average and the std of the ends, by their shares."""
    parts = [(share * avg(end.float()), share * std(end)) for share, end in ends]
    mean, length = (torch.stack(part).sum(0) for part in zip(*parts, strict=True))
    return mean + length * normalize(v)
