"""What a translation is compared with: the best that only changes colours.

    min_{A, t} mean |A c + t - c'|    over the colours c, c' at equal places of twins

It is fitted on the true twins of `train`, which no unpaired method sees: an oracle, in L1 on those
at least as good as any affine change of colours. (Least squares would be no match: they make a mean
of places that do not fit each other, far from every colour.)
"""

import torch
from torch import Tensor

from gan_demo.images import from_pixels, to_pixels
from gan_demo.types import Pixels

STRIDE = 4  # every fourth row and column: a few hundred colours a picture for a dozen numbers
ROUNDS = 20
LEVEL = 1 / 127.5  # a nearer colour counts as equal


def colour_transform(x: Pixels, y: Pixels) -> Tensor:
    """The affine map (c + 1, c) that carries the colours of x nearest to those of its twins y.

    Least squares with the weights 1 / |r| of the round before: r² / |r| = |r|.
    """
    before, after = (_colours(p[:, :, ::STRIDE, ::STRIDE]) for p in (x, y))
    after = after[:, :-1]
    transform = _fitted(before, after, torch.ones_like(after))
    for _ in range(ROUNDS - 1):
        errors = (before @ transform - after).abs()
        transform = _fitted(before, after, errors.clamp(min=LEVEL).reciprocal())
    return transform


def recoloured(x: Pixels, transform: Tensor) -> Pixels:
    b, c, h, w = x.shape
    colours = _colours(x) @ transform
    return to_pixels(colours.view(b, h, w, c).permute(0, 3, 1, 2)).contiguous()


def _fitted(before: Tensor, after: Tensor, weights: Tensor) -> Tensor:
    """The transform of least weighted squares."""
    columns = []
    for weight, colour in zip(weights.unbind(1), after.unbind(1), strict=True):
        weighted = (before * weight.unsqueeze(1)).T
        # grey pictures in colour leave it without full rank
        inverse = torch.linalg.pinv(weighted @ before, hermitian=True)
        columns.append(inverse @ weighted @ colour)
    return torch.stack(columns, 1)


def _colours(x: Pixels) -> Tensor:
    """Of every pixel, with a 1 behind: (b h w, c + 1)."""
    colours = from_pixels(x).permute(0, 2, 3, 1).reshape(-1, x.shape[1]).double()
    return torch.cat([colours, torch.ones(len(colours), 1)], 1)
