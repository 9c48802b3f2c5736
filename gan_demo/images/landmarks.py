"""The five points of a face, by a small network, and whether there is a face at all.

    grey square -> convolutions -> eyes, nose, corners of the mouth; a face or none

Trained by `python -m train.landmarks`. A square that is a little off gives points that are a little
off; `gan_demo.images.faces` looks a second time, through the square that the first points give.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from gan_demo.files import checkpoints, weights
from gan_demo.types import Image, Points, Score

CONFIG = "points.json"
NAME = "points-faces"  # of the one that finds faces
COLUMNS = [  # of a labels.csv, in the order of the points
    f"{point}_{axis}"
    for point in ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
    for axis in "xy"
]
EPS = 0.02  # of a contrast: a plain square stays plain


class PointsNet(nn.Module):
    """Square -> its own contrast -> convolutions -> (points, logit of a face).

    Args:
        size: side of the squares, pixels.
        block: the first convolution reads blocks of so many pixels a side, at their side.
        widths: channels of the convolutions, 3 x 3.
        halve: those that halve the side.
        hidden: width of the layer that sees the whole square.
    """

    def __init__(
        self,
        *,
        size: int = 64,
        block: int = 4,
        widths: Sequence[int] = (48, 64, 64, 64, 48),
        halve: Sequence[int] = (1, 4),
        hidden: int = 64,
    ):
        super().__init__()
        self.config = {
            "size": size,
            "block": block,
            "widths": list(widths),
            "halve": list(halve),
            "hidden": hidden,
        }
        self.size = size
        layers: list[nn.Module] = [nn.PixelUnshuffle(block)]
        for i, (before, width) in enumerate(pairwise((block**2, *widths))):
            stride = 2 if i in halve else 1
            convolution = nn.Conv2d(before, width, 3, stride, 1, bias=False)
            layers += [convolution, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        side = size // block >> len(halve)
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.whole = nn.Sequential(
            nn.Linear(widths[-1] * side**2, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True)
        )
        self.head = nn.Linear(hidden, 11)

    def forward(self, x: Image) -> tuple[Points, Score]:
        """The points in sides of the square, from its centre; the logit of a face."""
        x = x - x.mean((1, 2, 3), keepdim=True)
        x = x / (x.square().mean((1, 2, 3), keepdim=True).sqrt() + EPS)
        y = self.head(self.whole(self.body(x))).float()
        return y[:, :10].view(-1, 5, 2), y[:, 10]


@torch.inference_mode()
def read(net: PointsNet, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points (n, 5, 2) in pixels of grey squares (n, side, side) in 0..255, and how sure it is
    (n,) that each holds a face, 0 to 1."""
    x = torch.from_numpy(squares.astype(np.float32)).unsqueeze(1) / 127.5 - 1
    points, logit = net(x)
    return ((points + 0.5) * net.size).numpy(), logit.sigmoid().numpy()


def save(net: PointsNet, folder: Path, **about: object) -> None:
    """Weights in half precision, and points.json with what `about` says."""
    weights.save(folder, CONFIG, net.state_dict(), {"model": net.config, **about})


def load(folder: Path | None = None) -> PointsNet:
    """
    Args:
        folder: None for our own network, wherever it is.

    Raises:
        OSError: no network there.
        ValueError: weights that are not the ones points.json names, or our own is nowhere.
    """
    config, state = weights.load(folder or checkpoints.network(NAME), CONFIG)
    net = PointsNet(**config["model"])
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)
