"""What a ResNet sees on its way: the maps that CUT compares, and the heads that look at them.

Park et al. 2020, https://arxiv.org/abs/2007.15651
"""

from itertools import accumulate

from torch import Tensor, nn

from gan_demo.networks.translation import Block, ResNet
from gan_demo.types import Image


def walk(layers: nn.Sequential, x: Image) -> list[Tensor]:
    """x and what it is after each of the layers."""
    return list(accumulate(layers, lambda h, layer: layer(h), initial=x))


def taps(G: ResNet) -> tuple[int, ...]:
    """Layers passed: none, down to half the side, to a quarter, the first and the middle block."""
    way = list(enumerate(G.layers[: G.middle], 1))
    down = [i for i, layer in way if isinstance(layer, nn.ReLU | nn.LeakyReLU)]
    blocks = [i for i, layer in way if isinstance(layer, Block)]
    return (0, *down[-2:], *sorted({*blocks[:1], *blocks[len(blocks) // 2 :][:1]}))


def at(m: Tensor, places: Tensor) -> Tensor:
    """(b, c, h, w) -> (b, places, c)."""
    return m.flatten(2).mT[:, places]


def head(width: int, features: int) -> nn.Module:
    """H, two layers: (..., width) -> (..., features)."""
    return nn.Sequential(nn.Linear(width, features), nn.ReLU(True), nn.Linear(features, features))
