"""DCGAN: strided convolutions and nothing else.

Radford et al., "Unsupervised Representation Learning with Deep Convolutional GANs", 2015,
https://arxiv.org/abs/1511.06434

With kernel=5, norm="batch" and width=64 these are the networks of the O-GAN scripts
(Su 2019, https://github.com/bojone/o-gan). Widths double at each halving of the side.
"""

import itertools

from torch import nn

from gan_demo.networks import doublings
from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Features, Image, Latent


class Generator(nn.Module):
    """z -> 4x4 map -> doubled until `size` -> tanh.

    Args:
        width: channels at half the full side; twice as many at each side below.
        cap: no layer is wider than this.
        kernel: of the transposed convolutions, 4 or 5.
        norm: "batch" as published; "none", "instance", "group".
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
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in reversed(range(doublings(size)))]
        self.start = nn.Linear(z_dim, widths[0] * 16, bias=norm == "none")
        self.first = nn.Sequential(make_norm(norm, widths[0]), nn.ReLU())
        layers: list[nn.Module] = []
        for i, o in itertools.pairwise(widths):
            layers += [up(i, o, kernel, norm == "none"), make_norm(norm, o), nn.ReLU()]
        layers += [up(widths[-1], channels, kernel, True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        initialize(self, norm)

    def forward(self, z: Latent) -> Image:
        x = self.start(z).unflatten(1, (-1, 4, 4))
        return self.layers(self.first(x)).float()


class Encoder(nn.Module):
    """Picture -> halved down to a 4x4 map -> linear.

    Args:
        width: channels at half the full side; twice as many at each side below.
        cap: no layer is wider than this.
        kernel: of the convolutions, 4 or 5.
        norm: "none" suits a code: with "batch" the statistics mix real and generated pictures.
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
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in range(doublings(size))]
        layers: list[nn.Module] = [down(channels, widths[0], kernel, True), nn.LeakyReLU(0.2)]
        for i, o in itertools.pairwise(widths):
            layers += [down(i, o, kernel, norm == "none"), make_norm(norm, o), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.end = nn.Linear(widths[-1] * 16, out)
        initialize(self, norm)

    def forward(self, x: Image) -> Features:
        return self.end(self.layers(x).flatten(1)).float()


def down(i: int, o: int, kernel: int, bias: bool) -> nn.Module:
    return nn.Conv2d(i, o, kernel, 2, (kernel - 1) // 2, bias=bias)


def up(i: int, o: int, kernel: int, bias: bool) -> nn.Module:
    return nn.ConvTranspose2d(i, o, kernel, 2, (kernel - 1) // 2, kernel % 2, bias=bias)
