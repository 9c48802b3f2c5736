"""Fully connected networks: Goodfellow et al. 2014 (1406.2661), and the toys of two dimensions."""

import math

from torch import nn

from gan_demo.networks.norm import initialize
from gan_demo.types import Features, Image, Latent


class Generator(nn.Module):
    """z -> hidden layers -> picture, tanh.

    Args:
        width: units of each hidden layer.
        depth: hidden layers.
    """

    def __init__(self, z_dim: int, size: int, channels: int, *, width: int = 512, depth: int = 3):
        super().__init__()
        self.shape = (channels, size, size)
        self.layers = perceptron(z_dim, math.prod(self.shape), width, depth)
        initialize(self, "none")

    def forward(self, z: Latent) -> Image:
        return self.layers(z).tanh().unflatten(1, self.shape).float()


class Encoder(nn.Module):
    """Picture -> hidden layers -> out.

    Args:
        width: units of each hidden layer.
        depth: hidden layers.
    """

    def __init__(self, out: int, size: int, channels: int, *, width: int = 512, depth: int = 3):
        super().__init__()
        self.layers = perceptron(channels * size * size, out, width, depth)
        initialize(self, "none")

    def forward(self, x: Image) -> Features:
        return self.layers(x.flatten(1)).float()


def perceptron(i: int, o: int, width: int, depth: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(i, width), nn.LeakyReLU(0.2)]
        i = width
    return nn.Sequential(*layers, nn.Linear(i, o))
