"""Residual networks of WGAN-GP and SN-GAN: two 3x3 convolutions a block, resampled inside.

Gulrajani et al. 2017, https://arxiv.org/abs/1704.00028
Miyato et al. 2018, https://arxiv.org/abs/1802.05957
"""

import itertools

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate
from torch.nn.utils.parametrizations import spectral_norm

from gan_demo.networks import doublings
from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Features, Image, Latent


class Generator(nn.Module):
    """z -> 4x4 map -> one block a doubling -> norm, ReLU, 3x3, tanh.

    Args:
        width: channels at the full side; twice as many at each side below.
        cap: no layer is wider than this.
        norm: "batch" as published; "none", "instance", "group".
    """

    def __init__(
        self,
        z_dim: int,
        size: int,
        channels: int,
        *,
        width: int = 32,
        cap: int = 256,
        norm: str = "batch",
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in reversed(range(doublings(size) + 1))]
        self.start = nn.Linear(z_dim, widths[0] * 16)
        self.blocks = nn.Sequential(*(Up(i, o, norm) for i, o in itertools.pairwise(widths)))
        self.end = nn.Sequential(
            make_norm(norm, widths[-1]), nn.ReLU(), nn.Conv2d(widths[-1], channels, 3, 1, 1)
        )
        initialize(self, "none")

    def forward(self, z: Latent) -> Image:
        x = self.start(z).unflatten(1, (-1, 4, 4))
        return self.end(self.blocks(x)).tanh().float()


class Encoder(nn.Module):
    """Picture -> 1x1 -> one block a halving -> 4x4 map -> linear.

    Args:
        width: channels at the full side; twice as many at each side below.
        cap: no layer is wider than this.
        norm: "none", or "spectral" as in SN-GAN, or a normalisation of the maps.
    """

    def __init__(
        self,
        out: int,
        size: int,
        channels: int,
        *,
        width: int = 32,
        cap: int = 256,
        norm: str = "none",
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in range(doublings(size) + 1)]
        maps = "none" if norm == "spectral" else norm
        self.start = nn.Conv2d(channels, widths[0], 1)
        self.blocks = nn.Sequential(*(Down(i, o, maps) for i, o in itertools.pairwise(widths)))
        self.end = nn.Linear(widths[-1] * 16, out)
        initialize(self, "none")
        if norm == "spectral":
            for module in self.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):
                    spectral_norm(module)

    def forward(self, x: Image) -> Features:
        x = torch.relu(self.blocks(self.start(x)))
        return self.end(x.flatten(1)).float()


class Up(nn.Module):
    """x -> skip(up(x)) + conv(relu(norm(conv(up(relu(norm(x)))))))"""

    def __init__(self, i: int, o: int, norm: str):
        super().__init__()
        self.norms = nn.ModuleList([make_norm(norm, i), make_norm(norm, o)])
        self.convs = nn.ModuleList([nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)])
        self.skip = nn.Conv2d(i, o, 1, bias=False)

    def forward(self, x):
        h = interpolate(torch.relu(self.norms[0](x)), scale_factor=2, mode="nearest")
        h = self.convs[1](torch.relu(self.norms[1](self.convs[0](h))))
        return h + interpolate(self.skip(x), scale_factor=2, mode="nearest")


class Down(nn.Module):
    """x -> pool(skip(x)) + pool(conv(relu(norm(conv(relu(norm(x)))))))"""

    def __init__(self, i: int, o: int, norm: str):
        super().__init__()
        self.norms = nn.ModuleList([make_norm(norm, i), make_norm(norm, o)])
        self.convs = nn.ModuleList([nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)])
        self.skip = nn.Conv2d(i, o, 1, bias=False)

    def forward(self, x):
        h = self.convs[0](torch.relu(self.norms[0](x)))
        h = self.convs[1](torch.relu(self.norms[1](h)))
        return avg_pool2d(h + self.skip(x), 2)
