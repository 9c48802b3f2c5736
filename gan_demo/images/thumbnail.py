"""A large picture made small in strips: no second one of its size is made on the way.

    picture -> strip -> plain -> averaged -> as wide as the small one -> stacked -> as high

Pixel for pixel what `PIL.Image.Image.thumbnail` makes of the plain picture: it goes first across,
then down, as well.
"""

import math
from collections.abc import Callable, Iterator

from PIL import Image as PILImage

GAP = 2.0  # as in Pillow: blocks are averaged as long as so much is left to LANCZOS
ROWS = 64  # of blocks, in a strip
WEIGHED = {"RGBA": "RGBa", "LA": "La"}  # before averages: what cannot be seen has no colour
LANCZOS = PILImage.Resampling.LANCZOS


def thumbnail(
    picture: PILImage.Image, most: int, plain: Callable[[PILImage.Image], PILImage.Image]
) -> PILImage.Image:
    """The picture with at most so many pixels along its long side.

    Args:
        plain: gives a picture a mode that can be averaged, each pixel for itself.
    """
    size = fitting(picture.size, most)
    if size == picture.size:
        return plain(picture)
    mode = plain(picture.crop((0, 0, 1, 1))).mode
    across, down = (1, 1) if mode in WEIGHED else block(picture.size, size)
    mode, width = WEIGHED.get(mode, mode), size[0]
    stacked = PILImage.new(mode, (width, math.ceil(picture.height / down)))
    for i, strip in enumerate(strips(picture, ROWS * down)):
        seen = plain(strip)
        seen = (seen if seen.mode == mode else seen.convert(mode)).reduce((across, down))
        box = 0, 0, picture.width / across, seen.height
        stacked.paste(seen.resize((width, seen.height), LANCZOS, box), (0, i * ROWS))
        stacked.info = seen.info
    small = stacked.resize(size, LANCZOS, (0, 0, width, picture.height / down))
    plainly = {weighed: mode for mode, weighed in WEIGHED.items()}
    return small.convert(plainly[mode]) if mode in plainly else small


def strips(picture: PILImage.Image, rows: int = ROWS) -> Iterator[PILImage.Image]:
    """The picture from top to bottom, so many rows at a time."""
    for top in range(0, picture.height, rows):
        yield picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def fitting(size: tuple[int, int], most: int) -> tuple[int, int]:
    """The size of the same shape whose long side is `most`, unless it is smaller already."""
    width, height = size
    if max(size) <= most:
        return size
    aspect = width / height
    if aspect <= 1:
        return nearest(most * aspect, lambda n: abs(aspect - n / most)), most
    return most, nearest(most / aspect, lambda n: abs(aspect - most / n) if n else 0)


def nearest(length: float, error: Callable[[int], float]) -> int:
    """The length in whole pixels."""
    return max(1, min(math.floor(length), math.ceil(length), key=error))


def block(size: tuple[int, int], small: tuple[int, int]) -> tuple[int, int]:
    """Width and height of what is averaged first."""
    (width, height), (across, down) = size, small
    return int(width / across / GAP) or 1, int(height / down / GAP) or 1
