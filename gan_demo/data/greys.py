"""Greys of more than 8 bits -> 0..255.

Their range is what the file says that its lightest can be. Most say nothing: then it is 0..1 for
fractions, else 0 to 2^b - 1 with the least b of BITS that holds them all; those that fit none, for
instance depths or heights, are stretched from their darkest to their lightest.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image as PILImage
from PIL import TiffTags
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, TiffImageFile

BITS = (8, 10, 12, 14, 16)
FULL = 2**16 - 1  # what whole numbers of 16 bits hold, which says nothing of the greys in them
ROWS = 256  # that are scaled at a time
HEAD = 4096  # bytes of a PNG before its pixels, at most, that are looked through
SBIT = b"\0\0\0\1sBIT"  # the one number of this chunk: bits of a grey
MAX_SAMPLE = next(tag for tag, info in TiffTags.TAGS_V2.items() if info.name == "MaxSampleValue")


def white(opened: PILImage.Image) -> int | None:
    """The greatest number that the file says a grey can be; None where it does not. Before its
    pixels are loaded: a PGM is then scaled to 16 bits."""
    said: Any = FULL
    if isinstance(opened, TiffImageFile):
        (bits, *_), (most, *_) = (
            opened.tag_v2.get(tag) or (usual,)
            for tag, usual in ((BITSPERSAMPLE, 16), (MAX_SAMPLE, FULL))
        )
        said = min(most, 2**bits - 1) if isinstance(most, int) else FULL
    elif isinstance(opened, PngImageFile) and isinstance(opened.fp, BytesIO):
        head, found, rest = opened.fp.getvalue()[:HEAD].partition(SBIT)
        said = 2 ** rest[0] - 1 if found and rest and b"IDAT" not in head else FULL
    elif isinstance(opened, PpmImageFile) and opened.tile:
        name, *_, args = opened.tile[0]
        if name.startswith("ppm") and isinstance(args, tuple) and args[-1] < FULL:
            return FULL
    return said if 0 < said < FULL else None


def eight_bits(
    a: np.ndarray, ends: tuple[float, float] | None = None, white: int | None = None
) -> np.ndarray:
    """
    Args:
        ends: the darkest and the lightest of the picture that they are rows of; None: their own.
        white: as the file says; that something is lighter shows that it errs.
    """
    darkest, lightest = ends or extremes([a])
    low, high = darkest, lightest
    if white and low >= 0 and high <= white:
        low, high = 0, white
    elif a.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0, 1
    elif low >= 0 and high <= FULL:
        low, high = 0, next(2**b - 1 for b in BITS if high < 2**b)
    made = np.empty(a.shape, np.uint8)
    for top in range(0, len(a), ROWS):  # never the whole in floats
        part = a[top : top + ROWS].astype(np.float64)  # holds the range of any float32
        np.nan_to_num(part, copy=False, nan=darkest, posinf=lightest, neginf=darkest)
        part -= low
        part *= 255 / max(high - low, 1e-9)
        made[top : top + ROWS] = part.round(out=part).clip(0, 255, out=part)
    return made


def extremes(parts: Iterable[np.ndarray]) -> tuple[float, float]:
    """The least and the greatest of the finite numbers; 0 where there are none."""
    finite = (a if (fine := np.isfinite(a)).all() else a[fine] for a in parts)
    ends = [(a.min(), a.max()) for a in finite if a.size] or [(0, 0)]
    least, greatest = zip(*ends, strict=True)
    return float(np.float32(min(least))), float(np.float32(max(greatest)))
