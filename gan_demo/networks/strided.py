"""Critics of strided convolutions alone: DualGAN's logit a picture, UNIT's logits at three scales.

Yi et al. 2017, https://arxiv.org/abs/1704.02510
Liu et al. 2017, https://arxiv.org/abs/1703.00848
"""

import itertools

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from gan_demo.networks.norm import initialize
from gan_demo.types import Image


class Strided(nn.Module):
    """Picture -> halved `layers` times -> head -> logits (b, 1, h', w').

    No norm: it would couple the pixels that a gradient penalty takes apart.

    Args:
        width: channels of the first layer; doubled by each further one, up to 8 · width.
        head: side of the last convolution: 1 judges patches, the whole last map the picture.
    """

    def __init__(self, channels: int, *, width: int = 64, layers: int = 4, head: int = 1):
        super().__init__()
        widths = [channels, *(width * min(8, 2**i) for i in range(layers))]
        net: list[nn.Module] = []
        for i, o in itertools.pairwise(widths):
            net += [nn.Conv2d(i, o, 4, 2, 1), nn.LeakyReLU(0.2, True)]
        self.layers = nn.Sequential(*net, nn.Conv2d(widths[-1], 1, head))
        initialize(self, "none")

    def forward(self, x: Image) -> Tensor:
        return self.layers(x).float()


class Scales(nn.Module):
    """Picture -> itself, its half, its quarter ... -> a critic each -> logits (b, scales, h', w').

    The maps of the smaller pictures are stretched to the first one's side: all scales weigh alike.

    Args:
        options: of `Strided`.
    """

    def __init__(self, channels: int, *, scales: int = 3, **options):
        super().__init__()
        self.critics = nn.ModuleList(Strided(channels, **options) for _ in range(scales))

    def forward(self, x: Image) -> Tensor:
        maps: list[Tensor] = []
        for critic in self.critics:
            logits = critic(x)
            maps.append(interpolate(logits, maps[0].shape[-2:]) if maps else logits)
            x = avg_pool2d(x, 2)
        return torch.cat(maps, 1)
