"""Squares with and without a face, for `train.landmarks`: what a detector's box may look like.

A face of a pack is seen through a square that is turned, moved and scaled against its own; around
it is a foreign picture, or the mirrored border; then it is relit, blurred and partly covered.
No picture holds faces that are not named: what a square shows beside its face is no face.
"""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PILImage
from tqdm import tqdm

from gan_demo.images.frame import Square, cut, square, within
from gan_demo.images.landmarks import COLUMNS

FRAME = 0.8  # of the packs, and of the squares that the network is to see
MIRROR = [1, 0, 2, 4, 3]  # the points of a mirrored face, the picture's left first
SIDE = 128  # pixels of the stored pictures
NEAR, FAR = (8.0, 0.08, 0.04), (30.0, 0.22, 0.13)  # tilt, log scale, shift: a second look, a first
STEEPEST = 50.0  # degrees


@dataclass(frozen=True)
class Pack:
    """Pictures (n, side, side, 3) in 0..255 and, where they are faces, their points (n, 5, 2)."""

    pictures: np.ndarray
    points: np.ndarray | None = None


def rows(path: Path, split: str) -> list[dict[str, str]]:
    """The lines of the pack's labels.csv for one split."""
    with zipfile.ZipFile(path) as file:
        table = csv.DictReader(io.StringIO(file.read("labels.csv").decode("utf-8-sig")))
        return [row for row in table if row["file"].startswith(f"{split}/")]


def marked(row: dict[str, str]) -> np.ndarray | None:
    """The five points of a line, or None where they are not known."""
    values = [row.get(column) for column in COLUMNS]
    return np.array(values, float).reshape(5, 2) if all(values) else None


def pictures(path: Path, names: list[str]) -> list[np.ndarray]:
    with zipfile.ZipFile(path) as file:
        shown = tqdm(names, path.stem, unit=" pictures")
        return [np.asarray(PILImage.open(file.open(name)).convert("RGB")) for name in shown]


def faces(*paths: Path, split: str) -> Pack:
    """The faces of several packs, in one."""
    found, points = [], []
    for path in paths:
        known = {row["file"]: marked(row) for row in rows(path, split)}
        good = {name: p for name, p in known.items() if p is not None}
        found += pictures(path, list(good))
        points += good.values()
    return Pack(np.stack(found), np.stack(points))


def foreign(*paths: Path, split: str, most: int = 2500) -> Pack:
    """At most so many pictures of each pack that hold no face."""
    found = []
    for path in paths:
        names = [row["file"] for row in rows(path, split)]
        found += pictures(path, names[:: -(-len(names) // most)])
    return Pack(np.stack([cv2.resize(p, (SIDE, SIDE)) for p in found]))


def batch(
    faces: Pack, foreign: Pack, n: int, size: int, seed: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey squares (n, size, size) in 0..255, their points in sides of the square from its centre,
    and whether they hold a face."""
    draw = np.random.default_rng(seed)
    taken = [_one(faces, foreign, size, draw) for _ in range(n)]
    x, points, faced = (np.stack(parts) for parts in zip(*taken, strict=True))
    return relit(x, draw), points, faced


def _one(faces: Pack, foreign: Pack, size: int, draw: np.random.Generator):
    other = _grey(foreign.pictures[draw.integers(len(foreign.pictures))], draw)
    if draw.random() < 0.2:
        return _blurred(_piece(other, size, draw), draw), np.zeros((5, 2)), False
    assert faces.points is not None
    i = draw.integers(len(faces.pictures))
    face, points = _grey(faces.pictures[i], draw), faces.points[i]
    if draw.random() < 0.5:
        face = np.ascontiguousarray(face[:, ::-1])
        points = (points * [-1, 1] + [face.shape[1], 0])[MIRROR]
    own = square(points, FRAME)
    near = draw.random() < 0.4
    tilt, scale, shift = draw.normal(size=3) * (NEAR if near else FAR)
    if not near:
        tilt = draw.uniform(-STEEPEST, STEEPEST)
    half = own.half * np.exp(scale)
    x, y = np.array([own.x, own.y]) + 2 * half * shift * _way(draw)
    seen = Square(x, y, half, own.tilt - tilt)
    x = cut(face, seen, size)[..., 0]
    if draw.random() < 0.6:
        share = _inside(seen, len(face), size, draw)
        x = (share * x + (1 - share) * _piece(other, size, draw)).astype(np.uint8)
    if draw.random() < 0.2:
        _cover(x, other, draw)
    at = within(points, seen, size) / size - 0.5
    return _blurred(x, draw), at, True


def _grey(picture: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """By a mixture of the colours: half that of the eye, half any."""
    mix = 0.5 * np.array([0.299, 0.587, 0.114]) + 0.5 * draw.dirichlet(np.ones(3))
    return cv2.transform(picture, mix[None])


def _way(draw: np.random.Generator) -> np.ndarray:
    angle = draw.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _piece(picture: np.ndarray, size: int, draw: np.random.Generator) -> np.ndarray:
    """A square of any place and scale."""
    side = int(draw.uniform(0.25, 1) * SIDE)
    left, top = draw.integers(0, SIDE - side + 1, 2)
    return cv2.resize(picture[top : top + side, left : left + side], (size, size))


def _inside(seen: Square, side: int, size: int, draw: np.random.Generator) -> np.ndarray:
    """How much of each place is the face's own picture: a square or round piece of it, with a
    soft edge."""
    grid = (np.arange(size) + 0.5) / size * 2 - 1
    turn = np.radians(seen.tilt)
    a, b = np.cos(turn) * seen.half, np.sin(turn) * seen.half
    u = (seen.x + a * grid[None] - b * grid[:, None]) * 2 / side - 1
    v = (seen.y + b * grid[None] + a * grid[:, None]) * 2 / side - 1
    far = np.sqrt((u / 0.8) ** 2 + v**2) if draw.random() < 0.4 else np.maximum(abs(u), abs(v))
    return np.clip((1 - far) / draw.uniform(0.01, 0.2), 0, 1)


def _cover(x: np.ndarray, other: np.ndarray, draw: np.random.Generator) -> None:
    """A piece of another picture, or one colour, over up to a half of each side."""
    size = len(x)
    (w, h), (left, top) = draw.integers(4, size // 2, 2), draw.integers(0, size // 2, 2)
    piece = other[:h, :w] if draw.random() < 0.6 else draw.integers(0, 256)
    x[top : top + h, left : left + w] = piece


def _blurred(x: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Out of focus or from few pixels, now and then."""
    size, kind = len(x), draw.random()
    if kind < 0.25:
        return cv2.GaussianBlur(x, (0, 0), draw.uniform(0.4, 2.5))
    if kind < 0.4:
        few = int(draw.integers(14, size))
        small = cv2.resize(x, (few, few), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR)
    return x


def relit(x: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Gamma, contrast, light from a side, and noise."""
    n, size, _ = x.shape
    each = (n, 1, 1)
    y = (x.astype(np.float32) / 255) ** np.exp(draw.normal(0, 0.4, each)).astype(np.float32)
    grid = np.linspace(-1, 1, size, dtype=np.float32)
    angle, strength = draw.uniform(0, 2 * np.pi, each), draw.exponential(0.2, each)
    slope = np.cos(angle) * grid[:, None] + np.sin(angle) * grid
    y = y * (1 + strength * slope).astype(np.float32)
    y = 0.5 + (y - 0.5) * draw.uniform(0.35, 1.2, each) + draw.normal(0, 0.1, each)
    noise = draw.standard_normal(x.shape, np.float32) * draw.exponential(0.012, each)
    return ((y + noise).clip(0, 1) * 255).astype(np.uint8)
