"""Does a network leave its grid in the picture? What doubles twice repeats every 2 and 4 pixels.

P(u, v) is the power of a picture at u cycles a pixel down and v across. A grid of period p is where
both are multiples of 1/p:

    contrast = mean over these (u, v) and pictures of
               log (mean P within 1 bin / geometric mean P 4 to 6 bins away)
    grid     = max over p = 2, 4 of  exp(contrast of drawn pictures - contrast of real ones)

A picture that is blurred or sharpened all over keeps its contrast, one with a grid does not, be the
grid the same everywhere or only where there is something.
"""

import torch
from torch import Tensor

from gan_demo.types import OtherPixels, Pixels

# (u, v) in quarters, of period 2 and of period 4
LATTICE = ((0, 2), (2, 0), (2, 2)), ((0, 1), (1, 0), (1, 1), (1, 3), (1, 2), (2, 1))
NEAR, AWAY = 1, (4, 6)  # bins


def grid(drawn: Pixels, real: OtherPixels) -> float:
    """1 where there is no more of it than in real pictures."""
    return (contrast(drawn) - contrast(real)).max().exp().item()


def contrast(pixels: Pixels) -> Tensor:
    """Of each period."""
    power, quarter = spectra(pixels), pixels.shape[-1] // 4
    reach = torch.arange(-AWAY[-1], AWAY[-1] + 1)
    distance = torch.maximum(reach.abs()[:, None], reach.abs())
    near, away = distance <= NEAR, distance >= AWAY[0]

    def at(u: int, v: int) -> Tensor:
        rows, columns = ((reach + k * quarter) % power.shape[-1] for k in (u, v))
        around = power[:, rows[:, None], columns]
        return (around[:, near].mean(1).log() - around[:, away].log().mean(1)).mean()

    return torch.stack([torch.stack([at(*p) for p in places]).mean() for places in LATTICE])


def spectra(pixels: Pixels) -> Tensor:
    """P by bin, (pictures, N, N), bin (i, j) of frequency (i/N, j/N). A window keeps the jump from
    one border to the other out of it."""
    x, n = pixels.float(), pixels.shape[-1]
    window = torch.hann_window(n)
    x = (x - x.mean((2, 3), keepdim=True)) * window.outer(window)
    return torch.fft.fft2(x).abs().square().mean(1) + 1  # grey level²: less is rounding
