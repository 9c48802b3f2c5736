"""A picture of any size through a network that was made for small ones: in overlapping tiles.

    x -> tile -> paint -> weighted by ramps at its sides -> sum -> picture

Along each axis the weights at a place add up to 1, so that the identity network gives x back and a
seam is a slow change over half of the overlap. The outer quarter of it counts for nothing where a
neighbour has better to offer: there the network saw padding. Memory follows the width of the
picture and the side of a tile, never the number of tiles: rows are rounded to 8 bits once no tile
below needs them.
"""

import math
from collections.abc import Callable, Generator

import torch
from torch import Tensor

from gan_demo import images
from gan_demo.types import Image, Pixels

UNSEEN = 1e-4  # weight of the margin, which at the border of the picture is all there is


def painted(
    paint: Callable[[Image], Image], x: Pixels, *, side: int, overlap: int
) -> Generator[float, None, Pixels]:
    """Yields the share done after each tile; returns the picture, in x's own height and width.

    Args:
        paint: keeps height and width; it sees one tile at a time.
        side: of a tile, pixels; a picture that is smaller gives one smaller tile.
        overlap: of neighbours, pixels, at least; less than the side.

    Raises:
        ValueError: an overlap that leaves no way forward.
    """
    if not 0 <= overlap < side:
        raise ValueError(f"Tiles of side {side} cannot overlap by {overlap}: choose less.")
    b, c, height, width = x.shape
    rows, columns = starts(height, side, overlap), starts(width, side, overlap)
    down, across = shares(rows, height, side, overlap), shares(columns, width, side, overlap)
    high, wide = min(side, height), min(side, width)
    whole = torch.empty_like(x)
    band = torch.zeros(b, c, high, width)  # the rows that tiles are being added to
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            tile = x[..., top : top + high, left : left + wide]
            made = paint(images.from_pixels(tile)).float().cpu()
            band[..., left : left + wide] += made * down[i].unsqueeze(1) * across[j]
            yield (i * len(columns) + j + 1) / (len(rows) * len(columns))
        done = (rows[i + 1] if i + 1 < len(rows) else height) - top
        whole[..., top : top + done, :] = images.to_pixels(band[..., :done, :])
        band = torch.cat([band[..., done:, :], torch.zeros(b, c, done, width)], -2)
    return whole


def starts(length: int, side: int, overlap: int) -> list[int]:
    """Where the tiles begin: evenly, from the first pixel to the last."""
    room = length - side
    if room <= 0:
        return [0]
    steps = math.ceil(room / (side - overlap))
    return [round(k * room / steps) for k in range(steps + 1)]


def shares(starts: list[int], length: int, side: int, overlap: int) -> list[Tensor]:
    """The weights along each tile: nearly zero in the margin, then ramps, divided by their sum."""
    margin = overlap // 4
    place = torch.arange(min(side, length), dtype=torch.float64) + 1
    ramp = torch.minimum(place, place.flip(0)) - margin
    ramp = ramp.clamp(UNSEEN, max(overlap - 2 * margin, 1))
    total = torch.zeros(length, dtype=torch.float64)
    for start in starts:
        total[start : start + len(ramp)] += ramp
    return [(ramp / total[start : start + len(ramp)]).float() for start in starts]
