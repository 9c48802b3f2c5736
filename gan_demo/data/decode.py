"""Any picture file -> one upright picture, for training, app, card and library alike.

EXIF orientation is applied, an animation gives its first frame, transparency lies on white, a
colour profile is converted to sRGB, and greys of more than 8 bits are scaled, see `eight_bits`.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image as PILImage
from PIL import ImageCms, ImageOps
from pillow_heif import register_heif_opener

from gan_demo import files, images
from gan_demo.images import frame
from gan_demo.images.frame import Square
from gan_demo.types import Pixels

FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),  # opens MPO too
    "PNG": (".png",),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif",),
    "HEIF": (".heic", ".heif"),  # of phones
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
SUFFIXES = {suffix for suffixes in FORMATS.values() for suffix in suffixes}
SMALLEST = 16  # pixels a side
LARGEST = 50_000_000  # pixels in all: a file of a few bytes can ask for gigabytes
LONG = 2048  # pixels of the long side, of what is kept
HEAVIEST = 200 * 2**20  # bytes of a file
SCANS = 100  # of a progressive JPEG; a few bytes each, and every one walks through all pixels
ROWS = 256  # of greys that are scaled at a time
BITS = (8, 10, 12, 14, 16)  # of greys
SMOOTH = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")  # modes that can be averaged

_SRGB = ImageCms.createProfile("sRGB")

register_heif_opener()


class Refused(ValueError):
    """A picture that cannot be used, and why."""


def photo(
    source: str | Path | bytes | PILImage.Image, most: int | None = LONG, least: int = LONG
) -> PILImage.Image:
    """The picture of a file, mode L or RGB; its `format` and what is text of its `info` stay.

    Args:
        most: pixels of the long side; None keeps every pixel.
        least: a JPEG may be read at 1/2, 1/4 or 1/8 as long as both sides keep so many pixels.

    Raises:
        Refused: what is wrong with it, for the person who sent it.
    """
    try:
        given = isinstance(source, PILImage.Image)  # and must stay as it is
        opened = ImageOps.exif_transpose(source) if given else _opened(source)
        with opened:
            _check(opened.width, opened.height)
            if most is not None:
                opened.draft(None, (least, least))
            picture = _plain(opened, most or max(opened.size))
            picture.format = source.format if given else opened.format
            picture.info = {k: v for k, v in opened.info.items() if isinstance(v, str)}
    except (Refused, MemoryError):
        raise
    except PILImage.DecompressionBombError:
        raise Refused(f"too many pixels (at most {LARGEST // 10**6} million).") from None
    except PILImage.UnidentifiedImageError:
        raise Refused(f"not a picture that can be read here ({', '.join(FORMATS)}).") from None
    except Exception:  # each decoder has its own words for a damaged file
        raise Refused("the file is damaged or incomplete.") from None
    if min(picture.size) < SMALLEST:
        raise Refused("too long and thin.")
    return picture


def pixels(
    source: bytes | PILImage.Image, size: int, channels: int, square: Square | None = None
) -> Pixels:
    """The square of one picture, or its centre, resized to (1, channels, size, size).

    Raises:
        Refused: no picture, or one that cannot be used.
    """
    if square is None:  # twice the size leaves LANCZOS something to average
        return images.square(photo(source, least=2 * size), size, channels)
    mode = "L" if channels == 1 else "RGB"
    whole = np.asarray(photo(source, most=None).convert(mode))  # the square is in its pixels
    return torch.from_numpy(frame.cut(whole, square, size)).permute(2, 0, 1).unsqueeze(0)


def readable(raw: bytes | PILImage.Image | Exception) -> bool:
    """Whether `pixels` has an answer."""
    try:
        return not isinstance(raw, Exception) and bool(photo(raw))
    except Refused:
        return False


def weight(raw: bytes | PILImage.Image | Exception) -> int:
    """About how many bytes of memory decoding takes, as far as the file tells."""
    if isinstance(raw, Exception):
        return 0
    try:
        opened = (
            PILImage.open(BytesIO(raw), formats=tuple(FORMATS)) if isinstance(raw, bytes) else raw
        )
        width, height = opened.size
    except Exception:  # each decoder has its own words for a damaged file
        width = height = 0
    return (len(raw) if isinstance(raw, bytes) else 0) + 8 * min(width * height, LARGEST)


def eight_bits(a: np.ndarray) -> np.ndarray:
    """Greys of any depth as 0..255: of the range that holds them all, 0..1 for fractions, else 0
    to 2^b - 1 with b of BITS; those that fit none, for instance depths or heights, are stretched
    from their darkest to their lightest."""
    known = a if np.isfinite(a).all() else a[np.isfinite(a)]
    ends = (known.min(), known.max()) if known.size else (0, 0)
    darkest, lightest = (float(np.float32(end)) for end in ends)
    low, high = darkest, lightest
    if a.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0, 1
    elif low >= 0 and high < 2 ** BITS[-1]:
        low, high = 0, next(2**b - 1 for b in BITS if high < 2**b)
    made = np.empty(a.shape, np.uint8)
    for top in range(0, len(a), ROWS):  # never the whole in floats
        part = a[top : top + ROWS].astype(np.float64)  # holds the range of any float32
        np.nan_to_num(part, copy=False, nan=darkest, posinf=lightest, neginf=darkest)
        part -= low
        part *= 255 / max(high - low, 1e-9)
        made[top : top + ROWS] = part.round(out=part).clip(0, 255, out=part)
    return made


def _opened(source: str | Path | bytes) -> PILImage.Image:
    try:
        raw = source if isinstance(source, bytes) else files.read(source, HEAVIEST)
    except OSError:
        raise Refused("there is no such picture file.") from None
    except ValueError as error:
        raise Refused(f"{error}.") from None
    opened = PILImage.open(BytesIO(raw), formats=tuple(FORMATS))
    if opened.info.get("progressive") and raw.count(b"\xff\xda") > SCANS:
        raise Refused(f"a JPEG of more than {SCANS} scans: save it again as an ordinary one.")
    return opened


def _check(width: int, height: int) -> None:
    if width * height > LARGEST:
        most = LARGEST // 10**6
        raise Refused(f"{width} x {height} is too large (at most {most} million pixels).")
    if min(width, height) < SMALLEST:
        least = f"{SMALLEST} x {SMALLEST}"
        raise Refused(f"{width} x {height} is too small (at least {least} pixels).")


def _plain(opened: PILImage.Image, most: int) -> PILImage.Image:
    """Reduced before anything is copied, as far as its mode allows."""
    opened.load()
    profile = opened.info.get("icc_profile")
    if opened.mode in SMOOTH:
        opened.thumbnail((most, most), PILImage.Resampling.LANCZOS)
    ImageOps.exif_transpose(opened, in_place=True)  # a second copy only of what is turned
    picture = opened
    if picture.mode == "F" or picture.mode.startswith("I"):
        picture = PILImage.fromarray(eight_bits(np.asarray(picture)))
    elif picture.has_transparency_data:
        picture = picture.convert("RGBA")
    elif picture.mode not in SMOOTH:
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    picture.thumbnail((most, most), PILImage.Resampling.LANCZOS)
    if profile:
        picture = _in_srgb(picture, profile)
    if picture.mode == "RGBA":
        white = PILImage.new("RGBA", picture.size, "white")
        picture = PILImage.alpha_composite(white, picture)
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _in_srgb(picture: PILImage.Image, profile: bytes) -> PILImage.Image:
    """Its colours where its profile puts them; as they are if the profile makes no sense."""
    try:
        known = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(known):
            return picture
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(picture, known, _SRGB, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
