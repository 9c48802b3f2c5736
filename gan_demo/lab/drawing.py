"""A game as a picture: D_B as shades, the points that A became as dots, the targets as crosses."""

import cv2
import numpy as np
import torch

from gan_demo.lab.mixtures import SHRUNK, Mixture, Modes, Points

SIDE = 480  # pixels
VIEW = 2.8  # the plane is shown from -VIEW to VIEW
GRID = 64  # places across at which a critic is asked
BANDS = 20  # of equal value between D = 0 and D = 1
DOTS = 400  # a thousand would hide each other
FINE = 4  # bits below the pixel that OpenCV draws at

SHADES = ("#141a33", "#22355f", "#35608a", "#6595a8", "#a5c0bd", "#dcdcc8", "#f8f0dc")
INKS = (
    "#e6432d",  # neighbours far apart: two colours on one target must not look like one
    "#2fa8ff",
    "#ffc61a",
    "#8d4bd6",
    "#35b34a",
    "#ff7bc4",
    "#12c2b2",
    "#ff8a1f",
    "#a3742f",
    "#c4d82d",
)


def lattice() -> Points:
    """The places at which a critic is asked, row by row from the top left."""
    across = VIEW * (2 * (torch.arange(GRID) + 0.5) / GRID - 1)
    return torch.stack([across.repeat(GRID), -across.repeat_interleave(GRID)], 1)


def panel(points: Points, modes: Modes, target: Mixture, logits: torch.Tensor) -> np.ndarray:
    """(side, side, 3): points coloured by the mode they came from over the critic's opinion,
    given at the places of `lattice`."""
    picture = shaded(logits.reshape(GRID, GRID).numpy())
    dots(picture, points[:DOTS], modes[:DOTS])
    for x, y in _pixels(target.means, FINE):
        for width, ink in ((7, (255, 255, 255)), (3, (20, 20, 20))):
            for dx, dy in ((1, 1), (1, -1)):
                reach = (SIDE // 80) << FINE
                ends = (x - dx * reach, y - dy * reach), (x + dx * reach, y + dy * reach)
                cv2.line(picture, *ends, ink, width, cv2.LINE_AA, FINE)
    return picture


def source(points: Points, modes: Modes) -> np.ndarray:
    """The domain A itself, enlarged to the size of B, on plain paper."""
    picture = np.full((SIDE, SIDE, 3), _rgb(SHADES[-1]), np.uint8)
    dots(picture, points[:DOTS] / SHRUNK, modes[:DOTS])
    return picture


def shaded(logits: np.ndarray) -> np.ndarray:
    """Bands of equal D = sigmoid(logit), the darkest surely fake, the lightest surely real."""
    smooth = cv2.resize(logits, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    value = 1 / (1 + np.exp(-smooth.clip(-30, 30)))
    return PALETTE[(value * BANDS).astype(int).clip(0, BANDS - 1)]


def dots(picture: np.ndarray, points: Points, modes: Modes) -> None:
    """Draws discs into the picture, each with a dark rim."""
    colours = [_rgb(ink) for ink in INKS]
    places = list(zip(_pixels(points, FINE), modes.tolist(), strict=True))
    for (x, y), mode in places:
        cv2.circle(picture, (x, y), 5 << FINE, (25, 25, 30), -1, cv2.LINE_AA, FINE)
        cv2.circle(picture, (x, y), 4 << FINE, colours[mode], -1, cv2.LINE_AA, FINE)


def _pixels(points: Points, bits: int) -> list[tuple[int, int]]:
    """Places in the picture, in 1/2^bits of a pixel; far points stay just outside."""
    unit = points.clamp(-2 * VIEW, 2 * VIEW) / VIEW * torch.tensor([1, -1])
    return [(x, y) for x, y in ((unit + 1) / 2 * SIDE * 2**bits).int().tolist()]


def _rgb(ink: str) -> tuple[int, int, int]:
    r, g, b = bytes.fromhex(ink[1:])
    return r, g, b


def _ramp() -> np.ndarray:
    stops = np.array([_rgb(shade) for shade in SHADES])
    at = np.linspace(0, len(stops) - 1, BANDS)
    return np.stack([np.interp(at, range(len(stops)), stops[:, c]) for c in range(3)], 1).astype(
        np.uint8
    )


PALETTE = _ramp()
