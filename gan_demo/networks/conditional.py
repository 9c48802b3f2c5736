"""A generator that is told the class, and the three ways to tell a discriminator.

A class comes as `shares`, one number for each of k classes, adding up to 1: one-hot for a picture
of one class, anything between for a mixture, whose embedding is the same mixture of embeddings.

The generator is DCGAN's (1511.06434) with the class beside z and, if `modulate`, in every layer:

    h' = (1 + γ_s) norm(h) + β_s,     γ_s = Σ_k s_k γ_k,   β_s = Σ_k s_k β_k

the conditional normalisation of Dumoulin et al. 2016 (1610.07629).
"""

import itertools
from types import ModuleType

import torch
from torch import Tensor, nn

from gan_demo.networks import doublings
from gan_demo.networks.dcgan import up
from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Features, Image, Latent, Shares


class Generator(nn.Module):
    """[z, shares] -> 4x4 map -> doubled until `size`, told the shares each time -> tanh.

    Args:
        classes: how many, k.
        width: channels at half the full side; twice as many at each side below.
        cap: no layer is wider than this.
        kernel: of the transposed convolutions, 4 or 5.
        norm: "batch" as published; "none", "instance", "group".
        modulate: scale and shift every layer by class, besides the class beside z.
    """

    def __init__(
        self,
        z_dim: int,
        classes: int,
        size: int,
        channels: int,
        *,
        width: int = 64,
        cap: int = 1024,
        kernel: int = 4,
        norm: str = "batch",
        modulate: bool = True,
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in reversed(range(doublings(size)))]
        self.start = nn.Linear(z_dim + classes, widths[0] * 16)
        self.norms = nn.ModuleList(make_norm(norm, w) for w in widths)
        told = widths if modulate else []
        self.told = nn.ModuleList(nn.Linear(classes, 2 * w, bias=False) for w in told)
        self.ups = nn.ModuleList(
            up(i, o, kernel, True) for i, o in itertools.pairwise([*widths, channels])
        )
        initialize(self, norm)

    def forward(self, z: Latent, shares: Shares) -> Image:
        h = self.start(torch.cat([z, shares], 1)).unflatten(1, (-1, 4, 4))
        for norm, told, grow in itertools.zip_longest(self.norms, self.told, self.ups):
            h = norm(h)
            if told is not None:
                scale, shift = told(shares)[..., None, None].chunk(2, 1)
                h = (1 + scale) * h + shift
            h = grow(h.relu())
        return h.tanh().float()


class Concat(nn.Module):
    """[picture, a plane for each class] -> score (b, 1). Mirza & Osindero 2014 (1411.1784)."""

    def __init__(self, family: ModuleType, classes: int, size: int, channels: int, **options):
        super().__init__()
        self.net = family.Encoder(1, size, channels + classes, **options)

    def forward(self, x: Image, shares: Shares) -> Features:
        planes = shares[..., None, None].expand(-1, -1, *x.shape[2:])
        return self.net(torch.cat([x, planes], 1))


class Auxiliary(nn.Module):
    """Picture -> score and a logit for each class (b, 1 + k). Odena et al. 2016 (1610.09585)."""

    def __init__(self, family: ModuleType, classes: int, size: int, channels: int, **options):
        super().__init__()
        self.net = family.Encoder(1 + classes, size, channels, **options)

    def forward(self, x: Image, shares: Shares) -> Features:
        return self.net(x)


class Projection(nn.Module):
    """Picture -> φ -> v_s·φ(x) + ψ(φ(x)), (b, 1),   v_s = Σ_k s_k v_k.

    Miyato & Koyama 2018 (1802.05637).

    Args:
        features: length of φ.
    """

    def __init__(
        self,
        family: ModuleType,
        classes: int,
        size: int,
        channels: int,
        *,
        features: int = 64,
        **options,
    ):
        super().__init__()
        self.phi = family.Encoder(features, size, channels, **options)
        self.psi = nn.Linear(features, 1)
        self.v = nn.Linear(classes, features, bias=False)
        nn.init.normal_(self.v.weight, 0.0, features**-0.5)  # v·φ starts as large as one of φ

    def forward(self, x: Image, shares: Shares) -> Tensor:
        f = self.phi(x)
        return (self.v(shares) * f).sum(1, keepdim=True) + self.psi(f)


CRITICS = {"concat": Concat, "acgan": Auxiliary, "projection": Projection}
