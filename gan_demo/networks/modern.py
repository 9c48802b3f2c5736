"""R3GAN's networks: residual blocks with grouped convolutions, no normalisation, no tanh.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024,
https://arxiv.org/abs/2501.05441

Differs from the paper: the latent may feed a linear layer of any width, as in the paper, but
resampling is a depthwise [1, 3, 3, 1] convolution on every device (theirs is a CUDA kernel).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu

from gan_demo.networks import doublings
from gan_demo.types import Features, Image, Latent

GAIN = math.sqrt(2 / (1 + 0.2**2))  # He's gain for LeakyReLU 0.2


class Generator(nn.Module):
    """z scales a learned 4x4 map -> blocks and doublings -> 1x1.

    Args:
        width: channels at the full side; twice as many at each side below.
        cap: no layer is wider than this.
        blocks: residual blocks at each side.
        group: channels in a group of the 3x3 convolutions.
    """

    def __init__(
        self,
        z_dim: int,
        size: int,
        channels: int,
        *,
        width: int = 32,
        cap: int = 256,
        blocks: int = 2,
        group: int = 16,
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in reversed(range(doublings(size) + 1))]
        depth = blocks * len(widths)
        self.basis = nn.Parameter(torch.randn(widths[0], 4, 4))
        self.start = scaled(nn.Linear(z_dim, widths[0], bias=False), 1.0)
        layers: list[nn.Module] = []
        for stage, o in enumerate(widths):
            if stage:
                layers.append(Resample(widths[stage - 1], o, up=True))
            layers += [Block(o, group, depth) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers)
        self.end = scaled(nn.Conv2d(widths[-1], channels, 1), 1.0)

    def forward(self, z: Latent) -> Image:
        x = self.basis * self.start(z)[:, :, None, None]
        return self.end(self.layers(x)).float()


class Encoder(nn.Module):
    """1x1 -> blocks and halvings -> 4x4 map -> depthwise 4x4 -> linear.

    Args: as the generator's.
    """

    def __init__(
        self,
        out: int,
        size: int,
        channels: int,
        *,
        width: int = 32,
        cap: int = 256,
        blocks: int = 2,
        group: int = 16,
    ):
        super().__init__()
        widths = [min(cap, width * 2**i) for i in range(doublings(size) + 1)]
        depth = blocks * len(widths)
        self.start = scaled(nn.Conv2d(channels, widths[0], 1), 1.0)
        layers: list[nn.Module] = []
        for stage, i in enumerate(widths):
            if stage:
                layers.append(Resample(widths[stage - 1], i, up=False))
            layers += [Block(i, group, depth) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers)
        self.pool = scaled(nn.Conv2d(widths[-1], widths[-1], 4, groups=widths[-1], bias=False), 1.0)
        self.end = scaled(nn.Linear(widths[-1], out), 1.0)

    def forward(self, x: Image) -> Features:
        x = self.pool(self.layers(self.start(x))).flatten(1)
        return self.end(x).float()


class Block(nn.Module):
    """x + 1x1(lrelu(grouped 3x3(lrelu(1x1(x))))), twice as wide inside, the last 1x1 zero at first.

    Fix-up initialisation: gain √(2/1.04) L^(-1/4) for L residual blocks (1901.09321).
    """

    def __init__(self, width: int, group: int, depth: int):
        super().__init__()
        inner, gain = 2 * width, GAIN * depth**-0.25
        groups = max(1, inner // group)
        self.one = scaled(nn.Conv2d(width, inner, 1), gain)
        self.two = scaled(nn.Conv2d(inner, inner, 3, 1, 1, groups=groups), gain)
        self.three = scaled(nn.Conv2d(inner, width, 1, bias=False), 0.0)

    def forward(self, x):
        h = leaky_relu(self.one(x), 0.2)
        return x + self.three(leaky_relu(self.two(h), 0.2))


class Resample(nn.Module):
    """1x1 where the widths differ, and twice or half the side through the filter [1, 3, 3, 1]."""

    kernel: Tensor

    def __init__(self, i: int, o: int, *, up: bool):
        super().__init__()
        self.upwards = up
        self.mix: nn.Module = (
            nn.Identity() if i == o else scaled(nn.Conv2d(i, o, 1, bias=False), 1.0)
        )
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", torch.outer(taps, taps)[None, None], persistent=False)

    def forward(self, x):
        if self.upwards:
            x = self.mix(x)
            kernel = (4 * self.kernel).to(x.dtype).expand(x.shape[1], 1, 4, 4)
            return conv_transpose2d(x, kernel, stride=2, padding=1, groups=x.shape[1])
        kernel = self.kernel.to(x.dtype).expand(x.shape[1], 1, 4, 4)
        return self.mix(conv2d(x, kernel, stride=2, padding=1, groups=x.shape[1]))


def scaled(layer: nn.Conv2d | nn.Linear, gain: float) -> nn.Module:
    """Weights N(0, gain² / fan_in), biases 0."""
    weight = layer.weight
    nn.init.normal_(weight, 0.0, gain / math.sqrt(weight[0].numel()))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
