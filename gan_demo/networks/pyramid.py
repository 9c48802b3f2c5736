"""Networks for the levels of a Laplacian pyramid, for any side that is 4 doubled.

A detail is drawn at half its side, on four channels for each one, and unfolded at the end: the
picture it is added to was enlarged and holds no more than that, and it costs a quarter.
"""

import itertools

import torch
from torch import nn
from torch.nn.functional import leaky_relu, pixel_shuffle, pixel_unshuffle

from gan_demo.networks.dcgan import down, up
from gan_demo.networks.norm import initialize
from gan_demo.types import Features, Image, Latent


class Coarse(nn.Module):
    """z -> 4x4 map -> doubled until `size` -> blocks -> 3x3 -> tanh.

    Args:
        width: channels of all maps.
        blocks: residual blocks at the full side.
    """

    def __init__(self, z_dim: int, size: int, channels: int, *, width: int = 96, blocks: int = 1):
        super().__init__()
        self.start = nn.Linear(z_dim, width * 16)
        doublings = (size // 4).bit_length() - 1
        self.layers = nn.ModuleList(up(width, width, 4, True) for _ in range(doublings))
        self.blocks = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.end = nn.Conv2d(width, channels, 3, 1, 1)
        initialize(self, "none")
        nn.init.normal_(self.end.weight, 0.0, 0.01)  # mid grey, where tanh is not flat

    def forward(self, z: Latent) -> Image:
        x = leaky_relu(self.start(z), 0.2).unflatten(1, (-1, 4, 4))
        for layer in self.layers:
            x = leaky_relu(layer(x), 0.2)
        return self.end(leaky_relu(self.blocks(x), 0.2)).float().tanh()


class Detail(nn.Module):
    """(l, z) -> h: an enlarged picture and a number for each of its pixels -> what it lacks.

    The last layer starts small, so that at first every level passes on what it was given.

    Args:
        width: channels of all maps.
        blocks: residual blocks.
    """

    def __init__(self, channels: int, *, width: int = 32, blocks: int = 2):
        super().__init__()
        self.start = nn.Conv2d(4 * (channels + 1), width, 3, 1, 1)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.end = nn.Conv2d(width, 4 * channels, 3, 1, 1)
        initialize(self, "none")
        nn.init.normal_(self.end.weight, 0.0, 0.01)

    def forward(self, low: Image, z: Latent) -> Image:
        plane = z.view(len(z), 1, *low.shape[2:])  # a further colour, as in LAPGAN
        x = self.start(pixel_unshuffle(torch.cat([low, plane], 1), 2))
        return pixel_shuffle(self.end(leaky_relu(self.blocks(x), 0.2)), 2).float()


class Block(nn.Module):
    """x + 3x3(lrelu(3x3(lrelu(x))))."""

    def __init__(self, width: int):
        super().__init__()
        self.one = nn.Conv2d(width, width, 3, 1, 1)
        self.two = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x):
        return x + self.two(leaky_relu(self.one(leaky_relu(x, 0.2)), 0.2))


class Critic(nn.Module):
    """Picture, perhaps beside another of its side -> halved to a 4x4 map -> 3x3 -> linear.

    Args:
        channels: of all pictures together.
        width: channels of the 4x4 map; half as many at each side above.
    """

    def __init__(self, size: int, channels: int, *, width: int = 128):
        super().__init__()
        doublings = (size // 4).bit_length() - 1
        widths = [channels, *(width >> i for i in reversed(range(doublings))), width]
        layers: list[nn.Module] = []
        for i, o in itertools.pairwise(widths[:-1]):
            layers += [down(i, o, 4, True), nn.LeakyReLU(0.2)]
        layers += [nn.Conv2d(widths[-2], width, 3, 1, 1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.end = nn.Linear(widths[-1] * 16, 1)
        initialize(self, "none")

    def forward(self, *pictures: Image) -> Features:
        return self.end(self.layers(torch.cat(pictures, 1)).flatten(1)).float()
