"""The square of a face, from five points: one formula, for training sets and for visitors' photos.

Points, the picture's left first: eyes p0 p1, nose p2, corners of the mouth p3 p4, in pixels, where
the centre of the first pixel is (0.5, 0.5).

    eyes  = (p0 + p1) / 2            mouth = (p3 + p4) / 2
    e     = p1 - p0                  m     = mouth - eyes
    right = N(e + (m_y, -m_x))       half  = frame · max(2 |e|, 1.8 |m|)
    centre = eyes + 0.1 m            N(v) = v / |v|

The square's x axis is `right`, its y axis (-right_y, right_x). With frame = 1 this is the alignment
of CelebA-HQ (Karras et al. 2018, appendix C, https://arxiv.org/abs/1710.10196) and of FFHQ.
"""

from dataclasses import dataclass

import cv2
import numpy as np

FEATHER = 0.15  # of the side, over which a face that is pasted fades in
OVERSAMPLING = 2  # samples along a pixel of the result, averaged
FOLDS = 64  # OpenCV mirrors one width after the other: for a thinner picture, for minutes


@dataclass(frozen=True)
class Square:
    """A turned square in a picture; it may stick out of it.

    Args:
        x, y: its centre, pixels.
        half: half of its side, pixels.
        tilt: how far its upright is turned clockwise, degrees.
    """

    x: float
    y: float
    half: float
    tilt: float = 0.0


def square(points: np.ndarray, frame: float) -> Square:
    """The square of the five points, (5, 2).

    Raises:
        ValueError: points of another shape, not finite or all in one place.
    """
    p = np.asarray(points, float)
    if p.shape != (5, 2) or not np.isfinite(p).all():
        raise ValueError("A face has five points: eyes, nose and corners of the mouth.")
    eyes, mouth = p[:2].mean(0), p[3:].mean(0)
    e, m = p[1] - p[0], mouth - eyes
    right = e + np.array([m[1], -m[0]])
    half = frame * max(2.0 * np.linalg.norm(e), 1.8 * np.linalg.norm(m))
    if half <= 0 or not right.any():
        raise ValueError("The five points of a face lie in one place.")
    x, y = eyes + 0.1 * m
    tilt = np.degrees(np.arctan2(right[1], right[0]))
    return Square(float(x), float(y), float(half), float(tilt))


def corners(square: Square) -> np.ndarray:
    """Its four, in the picture, (4, 2)."""
    return outside(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]), square, 1)


def cut(picture: np.ndarray, square: Square, side: int) -> np.ndarray:
    """The square upright, (side, side, channels) uint8 of an (h, w, channels) picture: area
    averages, the picture mirrored at its border, that of a very thin one drawn on."""
    scale = 2 * square.half / side  # pixels of the picture to one of the result
    samples = OVERSAMPLING * max(1, round(scale / OVERSAMPLING))  # a large face: more of them
    fine = side * samples
    cos, sin = np.cos(np.radians(square.tilt)), np.sin(np.radians(square.tilt))
    axes = np.array([[cos, -sin], [sin, cos]]) * (scale / samples)
    # place in the picture of the sample (i, j): the centre of its cell, and OpenCV counts from the
    # centre of the first pixel
    start = np.array([square.x, square.y]) + axes @ np.full(2, (1 - fine) / 2) - 0.5
    back = np.column_stack([axes, start])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    thin = FOLDS * min(picture.shape[:2]) < 2 * square.half
    border = cv2.BORDER_REPLICATE if thin else cv2.BORDER_REFLECT
    taken = cv2.warpAffine(picture, back, (fine, fine), None, flags, border)
    small = cv2.resize(taken, (side, side), interpolation=cv2.INTER_AREA)
    return small.reshape(side, side, -1)


def paste(photo: np.ndarray, square: Square, face: np.ndarray) -> np.ndarray:
    """The inverse of `cut`: the face, (side, side, 3) uint8, laid over its square of the photo,
    (h, w, 3), and faded out towards the square's border."""
    side, (h, w) = len(face), photo.shape[:2]
    ramp = np.clip(np.minimum(np.arange(side) + 0.5, side - np.arange(side) - 0.5), 0, None)
    ramp = np.sin(np.pi / 2 * np.minimum(1, ramp / (FEATHER * side))) ** 2
    cos, sin = np.cos(np.radians(square.tilt)), np.sin(np.radians(square.tilt))
    axes = np.array([[cos, -sin], [sin, cos]]) * (2 * square.half / side)
    start = np.array([square.x, square.y]) + axes @ np.full(2, (1 - side) / 2) - 0.5
    place = np.column_stack([axes, start])
    laid = cv2.warpAffine(face, place, (w, h), None, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)
    mask = cv2.warpAffine(np.outer(ramp, ramp), place, (w, h), None, cv2.INTER_LINEAR)[..., None]
    return np.clip(photo + mask * (laid.astype(float) - photo), 0, 255).round().astype(np.uint8)


def within(points: np.ndarray, square: Square, side: int) -> np.ndarray:
    """Where points of the picture lie in what `cut` gives, (n, 2)."""
    cos, sin = np.cos(np.radians(square.tilt)), np.sin(np.radians(square.tilt))
    axes = np.array([[cos, sin], [-sin, cos]])
    moved = (np.asarray(points, float) - [square.x, square.y]) @ axes.T
    return moved * (side / (2 * square.half)) + side / 2


def outside(points: np.ndarray, square: Square, side: int) -> np.ndarray:
    """The inverse: where points of what `cut` gives lie in the picture, (n, 2)."""
    cos, sin = np.cos(np.radians(square.tilt)), np.sin(np.radians(square.tilt))
    axes = np.array([[cos, sin], [-sin, cos]])
    moved = (np.asarray(points, float) - side / 2) * (2 * square.half / side)
    return moved @ axes + [square.x, square.y]
