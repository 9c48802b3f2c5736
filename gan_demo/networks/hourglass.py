"""The networks of DiscoGAN: down to a 4 x 4 map, or to a code, and up again.

Kim et al. 2017, https://arxiv.org/abs/1703.05192
Reference code: https://github.com/SKTBrain/DiscoGAN
"""

import itertools

from torch import Tensor, nn

from gan_demo.networks.norm import initialize
from gan_demo.networks.norm import norm as make_norm
from gan_demo.types import Image


class Hourglass(nn.Module):
    """Picture -> halved until 4 x 4 -> as often doubled -> picture.

    Without `extra` it takes all sides that are multiples of `stride`.

    Args:
        size: side it is made for, a power of two.
        width: channels of the first layer, doubled by each further one up to 8 · width.
        extra: two layers more, to a code of 100 numbers and back: their `extra_layers`.
        norm: "batch" as published; "instance", "none".
    """

    def __init__(
        self, channels: int, size: int, *, width: int = 64, extra: bool = False, norm: str = "batch"
    ):
        super().__init__()
        widths = _widths(size, width)
        self.stride = size if extra else 2 ** len(widths)
        layers: list[nn.Module] = _stages(channels, widths, norm)
        if extra:
            inside = "none" if norm == "instance" else norm  # one pixel has no statistics
            layers += [nn.Conv2d(widths[-1], 100, 4, bias=False), make_norm(inside, 100)]
            layers += [nn.LeakyReLU(0.2), nn.ConvTranspose2d(100, widths[-1], 4, bias=False)]
            layers += [make_norm(norm, widths[-1]), nn.ReLU(True)]
        for i, o in zip(widths[:0:-1], widths[-2::-1], strict=True):
            layers += [nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), make_norm(norm, o)]
            layers += [nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(widths[0], channels, 4, 2, 1, bias=False)]
        self.layers = nn.Sequential(*layers)
        initialize(self, norm)

    def forward(self, x: Image) -> Image:
        return (self.layers(x).float() / 2).tanh()  # 2 σ(t) - 1: they draw in [0, 1]


class Critic(nn.Module):
    """Picture -> (its logit, the maps that feature matching compares).

    Args:
        size: side of the pictures, a power of two.
        width: channels of the first layer, doubled by each further one up to 8 · width.
        norm: "batch" as published, "none".
    """

    def __init__(self, channels: int, size: int, *, width: int = 64, norm: str = "batch"):
        super().__init__()
        widths = _widths(size, width)
        self.stages = nn.ModuleList(_stages(channels, widths, norm))
        self.last = nn.Conv2d(widths[-1], 1, 4, bias=False)
        initialize(self, norm)

    def forward(self, x: Image) -> tuple[Tensor, list[Tensor]]:
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return self.last(x).flatten(1).float(), features[1:]


def _widths(size: int, width: int) -> list[int]:
    halvings = size.bit_length() - 3
    if size != 4 << halvings or halvings < 2:
        raise ValueError(f"The side {size} is not supported: choose 16, 32, 64, 128 or 256.")
    return [min(8, 2**i) * width for i in range(halvings)]


def _stages(channels: int, widths: list[int], norm: str) -> list[nn.Module]:
    """Each halves the side; the first has no norm."""
    stages: list[nn.Module] = []
    for i, o in itertools.pairwise([channels, *widths]):
        maps = norm if stages else "none"
        conv = nn.Conv2d(i, o, 4, 2, 1, bias=False)
        stages.append(nn.Sequential(conv, make_norm(maps, o), nn.LeakyReLU(0.2)))
    return stages
