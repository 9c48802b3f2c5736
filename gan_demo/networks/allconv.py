"""Convolutions alone, with weight norm and dropout: the classifier of the semi-supervised game.

Springenberg et al., "Striving for Simplicity: The All Convolutional Net", 2014,
https://arxiv.org/abs/1412.6806
Salimans & Kingma, "Weight Normalization", 2016, https://arxiv.org/abs/1602.07868
Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498

No norm looks at the batch, so labelled, unlabelled and generated pictures do not meet in it.
Differs from the paper: weights start with He's gain, not from the statistics of a first batch.
"""

from collections.abc import Sequence

from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from gan_demo.networks.norm import initialize
from gan_demo.types import Features, Image


class AllConv(nn.Module):
    """Picture -> half -> a quarter of the side -> average over the map -> features -> logits.

    Args:
        out: logits.
        widths: channels at the full and half side, and from a quarter on; (96, 192) as published.
        dropout: share of the pixels, and of each of the two halved maps, that is left out.
    """

    def __init__(
        self,
        out: int,
        channels: int,
        *,
        widths: Sequence[int] = (96, 192),
        dropout: Sequence[float] = (0.2, 0.5, 0.5),
    ):
        super().__init__()
        if len(widths) != 2 or len(dropout) != 3:
            raise ValueError("AllConv takes two widths and three shares of dropout.")
        (a, b), (first, second, third) = widths, dropout
        self.layers = nn.Sequential(
            nn.Dropout(first),
            *(*_conv(channels, a), *_conv(a, a), *_conv(a, a, stride=2)),
            nn.Dropout(second),
            *(*_conv(a, b), *_conv(b, b), *_conv(b, b, stride=2)),
            nn.Dropout(third),
            *(*_conv(b, b, padding=0), *_conv(b, b, 1, padding=0), *_conv(b, b, 1, padding=0)),
        )
        self.end = nn.Linear(b, out)
        initialize(self, "none")
        with_weights = [m for m in self.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        for module in with_weights:
            weight_norm(module)

    def features(self, x: Image) -> Features:
        """What the last layer sees, and what the generator matches."""
        return self.layers(x).float().mean((2, 3))

    def forward(self, x: Image) -> Features:
        return self.end(self.features(x)).float()


def _conv(i: int, o: int, kernel: int = 3, stride: int = 1, padding: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(i, o, kernel, stride, padding), nn.LeakyReLU(0.2, True)]
