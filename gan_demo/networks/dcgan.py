"""DCGAN: strided convolutions and nothing else.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional GANs", 2015,
https://arxiv.org/abs/1511.06434

With kernel=5, norm="batch" and width=64 these are the networks of the O-GAN scripts
(Su 2019, https://github.com/bojone/o-gan). Widths double at each halving of the side.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_demo import latent
from gan_demo.losses.techniques import MinibatchDiscrimination
from gan_demo.networks import doublings
from gan_demo.networks.norm import REFERENCE, VirtualBatchNorm, initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Features, Image, Latent


class Generator(nn.Module):
    """z -> 4x4 map -> doubled until `size` -> tanh.

    Args:
        width: channels at half the full side; twice as many at each side below.
        cap: no layer is wider than this.
        kernel: of the transposed convolutions, 4 or 5.
        norm: "batch" as published; "batch-plain" without scale and bias; "none", "instance",
            "group"; "virtual", by a reference batch, see `norm.VirtualBatchNorm`.
        reference: the prior that the reference batch is of, once and for all.
    """

    def __init__(
        self,
        z_dim: int,
        size: int,
        channels: int,
        *,
        width: int = 64,
        cap: int = 1024,
        kernel: int = 4,
        norm: str = "batch",
        reference: str = "normal",
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in reversed(range(doublings(size)))]
        virtual = norm == "virtual"
        self.reference: Tensor | None
        fixed = latent.prior(reference, REFERENCE, z_dim, seed=0) if virtual else None
        self.register_buffer("reference", fixed)
        norms = (VirtualBatchNorm(w) if virtual else make_norm(norm, w) for w in widths)
        self.start = nn.Linear(z_dim, widths[0] * 16, bias=norm == "none")
        self.first = nn.Sequential(next(norms), nn.ReLU())
        layers: list[nn.Module] = []
        for i, o in itertools.pairwise(widths):
            layers += [up(i, o, kernel, norm == "none"), next(norms), nn.ReLU()]
        layers += [up(widths[-1], channels, kernel, True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialize(self, norm)

    def forward(self, z: Latent) -> Image:
        if self.training and self.reference is not None:
            return self.draw(torch.cat([self.reference, z]))[REFERENCE:]
        return self.draw(z)

    def draw(self, z: Latent) -> Image:
        x = self.start(z).unflatten(1, (-1, 4, 4))
        return self.layers(self.first(x)).float()


class Encoder(nn.Module):
    """Picture -> halved down to a 4x4 map -> linear.

    Args:
        width: channels at half the full side; twice as many at each side below.
        cap: no layer is wider than this.
        kernel: of the convolutions, 4 or 5.
        norm: "none" suits a code: with "batch" the statistics mix real and generated pictures.
        minibatch: (B, C) of minibatch discrimination between the map and the linear layer; none
            without. Not with r1 and r2 both, whose one pass would mix real and generated pictures.
    """

    def __init__(
        self,
        out: int,
        size: int,
        channels: int,
        *,
        width: int = 64,
        cap: int = 1024,
        kernel: int = 4,
        norm: str = "none",
        minibatch: Sequence[int] = (),
    ):
        super().__init__()
        if len(minibatch) not in (0, 2):
            raise ValueError(f"minibatch = {list(minibatch)!r}: name B and C, or leave it out.")
        widths = [min(cap, width * 2**i) for i in range(doublings(size))]
        layers: list[nn.Module] = [down(channels, widths[0], kernel, True), nn.LeakyReLU(0.2)]
        for i, o in itertools.pairwise(widths):
            layers += [down(i, o, kernel, norm == "none"), make_norm(norm, o), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        features, kernels = widths[-1] * 16, sum(minibatch[:1])
        self.beside = MinibatchDiscrimination(features, *minibatch) if minibatch else nn.Identity()
        self.end = nn.Linear(features + kernels, out)
        initialize(self, norm)

    def forward(self, x: Image) -> Features:
        return self.end(self.beside(self.layers[1:](self.start(x)).flatten(1))).float()

    def start(self, x: Image) -> Tensor:
        """What the first convolution makes of x."""
        return self.layers[0](x)

    def maps(self, x: Image) -> list[Tensor]:
        """x after each LeakyReLU on its way."""
        rest = self.layers[1:]
        passed = itertools.accumulate(rest, lambda h, f: f(h), initial=self.start(x))
        pairs = zip(self.layers, passed, strict=True)
        return [h for layer, h in pairs if isinstance(layer, nn.LeakyReLU)]


def down(i: int, o: int, kernel: int, bias: bool) -> nn.Module:
    return nn.Conv2d(i, o, kernel, 2, (kernel - 1) // 2, bias=bias)


def up(i: int, o: int, kernel: int, bias: bool) -> nn.Module:
    return nn.ConvTranspose2d(i, o, kernel, 2, (kernel - 1) // 2, kernel % 2, bias=bias)
