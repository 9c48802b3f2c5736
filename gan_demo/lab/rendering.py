"""Cars and heads of known azimuth: boxes and balls, shaded, traced ray by ray.

    (kind, seed, index) -> parts, pose, light -> rays -> nearest part -> |cos| of its normal -> grey

The camera is far away, so all rays are parallel, and carries the light: a part is as bright as it
faces the viewer. Objects are symmetric, hence the picture at azimuth -θ is exactly the mirror of
the picture at θ; only the shape tells left from right. What the index draws besides the azimuth
(proportions, shades, light, height of the camera, distance) makes one azimuth many pictures.

The object's frame: x to its left, y up, z to the front, in units of the half picture.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LIMIT = 75.0  # degrees: azimuths are uniform in [-LIMIT, LIMIT]; at 0 the front faces the viewer
RAYS = 3  # a pixel is the mean of RAYS x RAYS
WHITE = 0.95  # the background
FAR = 3.0  # where rays start, outside of every object

Trace = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def box(start: np.ndarray, ray: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth (infinite where missed) and |cos| of the normal, for parallel rays from `start`
    (3, n) on the box [-half, half]: a ray is inside while it is inside all three slabs."""
    middle, reach = -start / ray, half / np.abs(ray)
    depth, face = (middle - reach).max(0), (middle - reach).argmax(0)
    return np.where(depth < (middle + reach).min(0), depth, np.inf), np.abs(ray)[face, 0]


def ball(start: np.ndarray, ray: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same on the ellipsoid |p / half| = 1: the first t with |(start + t ray) / half| = 1."""
    o, d = start / half, ray / half
    a, b, c = (d * d).sum(), (o * d).sum(0), (o * o).sum(0) - 1
    root = b * b - a * c
    t = (-b - np.sqrt(np.maximum(root, 0))) / a
    normal = (o + t * d) / half
    cos = np.abs((normal * ray).sum(0)) / np.sqrt((normal * normal).sum(0))
    return np.where(root > 0, t, np.inf), cos


class Part(NamedTuple):
    """A box or ball.

    Args:
        centre, half: its middle and half extents.
        shade: 0 black, 1 white, where it faces the viewer.
    """

    trace: Trace
    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    shade: float


def car(rng: np.random.Generator) -> list[Part]:
    """Body, glass, roof, two lamps, four wheels."""
    width, length, height = rng.uniform((0.28, 0.62, 0.12), (0.36, 0.78, 0.18))
    glass, back, tall, paint = rng.uniform((0.32, 0.10, 0.11, 0.35), (0.40, 0.20, 0.16, 0.90))
    wheel, dark = rng.uniform((0.12, 0.05), (0.16, 0.20))
    low, roof = -0.10, 0.025
    body = Part(box, (0, low, 0), (width, height, length), paint)
    top = low + height + tall
    cabin = Part(box, (0, top, -back), (0.86 * width, tall, glass), dark)
    lid = Part(box, (0, top + tall + roof, -back), (0.88 * width, roof, glass), paint)
    lamps = [
        Part(ball, (side * 0.62 * width, low + 0.03, length), (0.09, 0.07, 0.04), 1.0)
        for side in (-1, 1)
    ]
    wheels = [
        Part(ball, (side * width, low - height, end * 0.6 * length), (0.07, wheel, wheel), dark)
        for side in (-1, 1)
        for end in (-1, 1)
    ]
    return [body, cabin, lid, *lamps, *wheels]


def head(rng: np.random.Generator) -> list[Part]:
    """Skull, neck, hair, nose, two eyes, two ears, a mouth."""
    width, height, depth = rng.uniform((0.42, 0.56, 0.50), (0.50, 0.66, 0.58))
    skin, dark, hair = rng.uniform((0.60, 0.05, 0.05), (0.95, 0.20, 0.40))
    nose, ear, apart = rng.uniform((0.14, 0.10, 0.36), (0.22, 0.15, 0.46))

    def on(x: float, y: float) -> tuple[float, float, float]:
        """The point of the skull's front at the shares x, y of its width and height."""
        return x * width, y * height, depth * float(np.sqrt(1 - x * x - y * y))

    skull = Part(ball, (0, 0, 0), (width, height, depth), skin)
    neck = Part(ball, (0, -0.75, -0.08), (0.6 * width, 0.4, 0.6 * width), skin)
    cap = Part(ball, (0, 0.16, -0.16), (1.06 * width, 0.98 * height, 0.98 * depth), hair)
    tip = Part(ball, on(0.0, -0.12), (0.08, 0.14, nose), skin)
    mouth = Part(ball, on(0.0, -0.55), (0.15, 0.05, 0.05), dark)
    eyes = [Part(ball, on(side * apart, 0.12), (0.10, 0.07, 0.06), dark) for side in (-1, 1)]
    ears = [Part(ball, (side * width, 0, -0.05), (0.05, ear, ear), skin) for side in (-1, 1)]
    return [skull, neck, cap, tip, mouth, *eyes, *ears]


KINDS: dict[str, Callable[[np.random.Generator], list[Part]]] = {"cars": car, "heads": head}


def picture(
    kind: str, *, seed: int, index: int, size: int, azimuth: float | None = None
) -> tuple[np.ndarray, float]:
    """A grey picture (size, size) in 0..255 and its azimuth in degrees, positive where the front
    points to the right; a given azimuth turns the same object, in the same light.

    Raises:
        ValueError: a kind that it cannot draw.
    """
    if kind not in KINDS:
        raise ValueError(f"Unknown kind {kind!r}. Known: {', '.join(KINDS)}.")
    rng = np.random.default_rng((zlib.crc32(kind.encode()), seed, index))
    drawn, above, zoom, ambient = rng.uniform((-LIMIT, 10, 0.95, 0.2), (LIMIT, 20, 1.1, 0.4))
    azimuth = float(drawn) if azimuth is None else azimuth
    grey = _render(KINDS[kind](rng), _turn(azimuth, above), zoom, ambient, size)
    return np.round(255 * grey).astype(np.uint8), azimuth


def _turn(azimuth: float, above: float) -> np.ndarray:
    """Object -> camera: about the upright, then the upright towards a viewer from above."""
    (s, t), (c, d) = np.sin(np.radians((azimuth, above))), np.cos(np.radians((azimuth, above)))
    return np.array(((1, 0, 0), (0, d, -t), (0, t, d))) @ np.array(
        ((c, 0, s), (0, 1, 0), (-s, 0, c))
    )


def _render(
    parts: list[Part], turn: np.ndarray, zoom: float, ambient: float, size: int
) -> np.ndarray:
    """The nearest part of each ray, shade · (ambient + (1 - ambient) |cos|), averaged a pixel."""
    fine = size * RAYS
    at = (2 * np.arange(fine) + 1) / fine - 1
    u, v = np.meshgrid(at / zoom, -at / zoom)
    start = turn.T @ np.stack((u.ravel(), v.ravel(), np.full(u.size, FAR)))
    ray = -turn[2][:, None]
    ray = np.where(np.abs(ray) < 1e-6, 1e-6, ray)  # a ray along a slab never leaves it
    nearest, grey = np.full(u.size, np.inf), np.full(u.size, WHITE)
    for part in parts:
        centre, half = np.array(part.centre)[:, None], np.array(part.half)[:, None]
        depth, cos = part.trace(start - centre, ray, half)
        front = depth < nearest
        nearest[front] = depth[front]
        grey[front] = part.shade * (ambient + (1 - ambient) * cos[front])
    return grey.reshape(size, RAYS, size, RAYS).mean((1, 3))
