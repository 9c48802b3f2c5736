"""Numbers as colours: blue below, white at zero, red above; masks as light."""

import math

import numpy as np
from torch import Tensor

from gan_demo.images.convert import to_arrays
from gan_demo.types import Image, Latent

SHADE = 0.3
RED, BLUE = (201, 63, 29), (29, 98, 201)


def diverging(values: np.ndarray) -> np.ndarray:
    """-1 blue, 0 white, 1 red: (h, w) -> uint8 (h, w, 3)."""
    strength = np.abs(values).clip(0, 1)[..., None]
    ink = np.where(values[..., None] > 0, RED, BLUE)
    return (255 + strength * (ink - 255.0)).round().astype(np.uint8)


def difference(x: Image, y: Image) -> np.ndarray:
    """Where y is lighter than x in red, where darker in blue, where equal white."""
    return diverging((y - x).mean((0, 1)).cpu().numpy())


def spotlit(x: Image, m: Tensor) -> np.ndarray:
    """The picture x, (1, c, h, w), as dark as `SHADE` where m, (1, 1, h, w) in [0, 1], is 0."""
    lit = (x + 1) * (SHADE + (1 - SHADE) * m.to(x)) - 1
    return to_arrays(lit)[0]


def tiles(z: Latent, side: int = 12) -> np.ndarray:
    """A code as a picture, one tile of `side` pixels a component: -3 blue, 0 white, 3 red."""
    columns = math.ceil(math.sqrt(z.shape[1]))
    rows = math.ceil(z.shape[1] / columns)
    values = np.zeros(rows * columns)
    values[: z.shape[1]] = z.squeeze(0).cpu().numpy() / 3
    return diverging(values.reshape(rows, columns)).repeat(side, 0).repeat(side, 1)
