"""Any picture file -> upright grey or RGB -> square uint8 pixels.

EXIF orientation is applied, an animation gives its first frame, transparency lies on white and
16-bit greys are scaled, not clipped.
"""

from io import BytesIO

import numpy as np
from PIL import Image as PILImage
from PIL import ImageOps
from pillow_heif import register_heif_opener

from gan_demo.images import square
from gan_demo.types import Pixels

SMALLEST = 16  # pixels a side
LARGEST = 50_000_000  # pixels in all: a file of a few bytes can ask for gigabytes
SUFFIXES = {".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png"}
SUFFIXES |= {".ppm", ".tif", ".tiff", ".webp"}

register_heif_opener()


def pixels(raw: bytes | PILImage.Image, size: int, channels: int) -> Pixels:
    """One picture, centre-cropped and resized, as (1, channels, size, size).

    Raises:
        ValueError, OSError: the bytes are no picture, or one that is too small or too large.
    """
    picture = opened(raw)
    # A JPEG can be read at 1/2, 1/4 or 1/8; twice the size leaves LANCZOS something to average.
    picture.draft("L" if channels == 1 else "RGB", (2 * size, 2 * size))
    return square(upright(picture), size, channels)


def opened(raw: bytes | PILImage.Image) -> PILImage.Image:
    """The picture, not decoded yet.

    Raises:
        ValueError, OSError: as `pixels`.
    """
    picture = PILImage.open(BytesIO(raw)) if isinstance(raw, bytes) else raw
    if min(picture.size) < SMALLEST:
        raise ValueError(f"only {picture.width} x {picture.height} pixels")
    if picture.width * picture.height > LARGEST:
        raise ValueError(f"{picture.width} x {picture.height} pixels, more than 50 million")
    return picture


def upright(picture: PILImage.Image) -> PILImage.Image:
    """The picture as a camera or a browser would show it, mode L or RGB."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode == "F" or picture.mode.startswith("I"):
        return PILImage.fromarray(_eight_bits(picture))
    if picture.has_transparency_data:
        white = PILImage.new("RGBA", picture.size, "white")
        picture = PILImage.alpha_composite(white, picture.convert("RGBA"))
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _eight_bits(picture: PILImage.Image) -> np.ndarray:
    a = np.nan_to_num(np.asarray(picture, np.float32))
    if picture.mode.startswith("I;16") or a.max() > 255:
        a = a / 257
    elif picture.mode == "F" and a.max() <= 1:
        a = a * 255
    return a.clip(0, 255).round().astype(np.uint8)
