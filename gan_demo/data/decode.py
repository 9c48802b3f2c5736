"""Any picture file -> one upright picture, for training, app, card and library alike.

EXIF orientation is applied, an animation gives its first frame, transparency lies on white, a
colour profile is converted to sRGB, and greys of more than 8 bits are scaled, see `greys`.
"""

from functools import partial
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import ExifTags, ImageCms, ImageOps
from PIL import Image as PILImage
from PIL.ImageFile import ImageFile
from pillow_heif import register_heif_opener

from gan_demo import files, images
from gan_demo.data import greys
from gan_demo.images import frame
from gan_demo.images.frame import Square
from gan_demo.images.thumbnail import strips, thumbnail
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
            white = greys.white(opened)
            picture = _plain(_loaded(opened), most or max(opened.size), white)
            picture.format = source.format if given else opened.format
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


def _loaded(opened: PILImage.Image) -> PILImage.Image:
    """With its pixels. A WebP by OpenCV: Pillow's decoder would hold it four times, and live on."""
    if opened.format != "WEBP":
        opened.load()
        return opened
    assert isinstance(opened, ImageFile) and opened.fp
    opened.fp.seek(0)
    pixels = cv2.imdecode(np.frombuffer(opened.fp.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise OSError("OpenCV cannot read it.")
    mode, order = ("RGBA", "BGRA") if pixels.shape[2] == 4 else ("RGB", "BGR")
    picture = PILImage.frombuffer(mode, opened.size, pixels, "raw", order, 0, 1)
    picture.info = opened.info
    return picture


def _plain(loaded: PILImage.Image, most: int, white: int | None) -> PILImage.Image:
    """Upright, in mode L or RGB; `white` of deep greys, see `greys`."""
    if loaded.mode not in SMOOTH:  # small ones, of one channel; of others the thumbnail is turned
        ImageOps.exif_transpose(loaded, in_place=True)
    ends = greys.extremes(map(np.asarray, strips(loaded))) if _deep(loaded) else None
    picture = thumbnail(loaded, most, partial(_smooth, ends=ends, white=white))
    _turn(picture, loaded)
    info = {k: v for k, v in picture.info.items() if isinstance(v, str)}
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
    if profile := loaded.info.get("icc_profile"):
        picture = _in_srgb(picture, profile)
    if picture.mode == "RGBA":
        paper = PILImage.new("RGBA", picture.size, "white")
        picture = PILImage.alpha_composite(paper, picture)
    picture = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    picture.info = info
    return picture


def _turn(picture: PILImage.Image, loaded: PILImage.Image) -> None:
    """As the EXIF of the file says, of which a copy holds nothing that is needed."""
    orientation = loaded.getexif().get(ExifTags.Base.Orientation)
    if picture is not loaded and orientation in range(2, 9):
        exif = PILImage.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        picture.info["exif"] = exif.tobytes()
    ImageOps.exif_transpose(picture, in_place=True)


def _deep(picture: PILImage.Image) -> bool:
    """Greys of more than 8 bits."""
    return picture.mode == "F" or picture.mode.startswith("I")


def _smooth(
    picture: PILImage.Image, ends: tuple[float, float] | None, white: int | None
) -> PILImage.Image:
    """In a mode that can be averaged; `ends` and `white` of deep greys, see `greys`."""
    if _deep(picture):
        grey = PILImage.fromarray(greys.eight_bits(np.asarray(picture), ends, white))
        grey.info = {k: v for k, v in picture.info.items() if k != "transparency"}
        return grey
    if picture.mode in SMOOTH:
        return picture
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "1" else "RGB")


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
