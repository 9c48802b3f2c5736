"""Pictures from people: any file in, an upright RGB picture or a sentence out."""

import base64
import binascii
import functools
import html
import io
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pillow_heif
from gradio.data_classes import ImageData
from PIL import Image as PILImage
from PIL import ImageOps

from gan_demo import recipe
from gan_demo.ui.shell import PRIVATE

pillow_heif.register_heif_opener()  # phones save HEIC

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")  # JPEG opens MPO too
IN_BROWSERS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "AVIF")  # what they can show
MOST = 50_000_000  # pixels; 12 KB of PNG can hold twice as many
LEAST = 16  # pixels of the short side
LARGEST = 2048  # pixels of the long side, of what is kept
LONGEST = 30_000_000  # letters of a picture sent inline

_turn = threading.Lock()  # one picture is decoded at a time, which bounds the memory


class Photo(gr.Image):
    """gr.Image that takes what people really have; its value is a PIL picture.

    A picture that carries a recipe keeps it, both ways: see `gan_demo.recipe.of`.
    """

    is_template = True  # keep the front end of gr.Image

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options | {"type": "pil", "format": "png"})

    def preprocess(self, payload: ImageData | None) -> PILImage.Image | None:
        if payload is None:
            return None
        try:
            return read(_source(payload))
        except ValueError as error:
            said = html.escape(f"{payload.orig_name or 'This picture'}: {error}")
            raise gr.Error(said, print_exception=False) from None

    def given(self):
        """The event of a new picture or none, checked: a bad file is named and taken away, one
        that browsers cannot show is replaced by one that they can. Follow it with `.success`."""
        given = gr.on([self.input], _shown, self, self, **PRIVATE)
        given.failure(lambda: None, None, self, **PRIVATE)
        return given


# Gradio tells the page the options that it reads in this signature.
functools.update_wrapper(Photo.__init__, gr.Image.__init__)


def read(source: Path | io.BytesIO) -> PILImage.Image:
    """The first picture in a file: upright, RGB, on white, at most LARGEST pixels long.

    Raises:
        ValueError: what is wrong with it, for the person who sent it.
    """
    try:
        with _turn, PILImage.open(source, formats=FORMATS) as opened:
            _check(opened.width, opened.height)
            opened.draft(None, (LARGEST, LARGEST))  # decodes a large JPEG at a fraction
            opened.load()
            picture = _rgb(ImageOps.exif_transpose(opened))
            picture.thumbnail((LARGEST, LARGEST), PILImage.Resampling.LANCZOS)
            picture.format = opened.format
            said = opened.info.get(recipe.KEY)
    except PILImage.DecompressionBombError:
        raise Refused(f"too many pixels (at most {MOST // 10**6} million).") from None
    except PILImage.UnidentifiedImageError:
        raise Refused(f"not a picture that can be read here ({', '.join(FORMATS)}).") from None
    except Refused:
        raise
    except Exception:  # each decoder has its own words for a damaged file
        raise Refused("the file is damaged or incomplete.") from None
    if min(picture.size) < LEAST:
        raise Refused("too long and thin.")
    picture.info = {recipe.KEY: said} if isinstance(said, str) else {}  # no place or date
    return picture


class Refused(ValueError):
    """A picture that cannot be used, and why."""


def _check(width: int, height: int) -> None:
    if width * height > MOST:
        raise Refused(f"{width} x {height} is too large (at most {MOST // 10**6} million pixels).")
    if min(width, height) < LEAST:
        raise Refused(f"{width} x {height} is too small (at least {LEAST} x {LEAST} pixels).")


def _rgb(picture: PILImage.Image) -> PILImage.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _deep(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    paper = PILImage.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper.convert("RGB")


def _deep(picture: PILImage.Image) -> PILImage.Image:
    """Grey of more than 8 bits: 16-bit in full range, others from their darkest to lightest."""
    grey = np.nan_to_num(np.asarray(picture, np.float32))
    low, high = (0, 65535) if picture.mode.startswith("I;16") else (grey.min(), grey.max())
    grey = (grey - low) / max(high - low, 1e-9) * 255
    return PILImage.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")


def _source(payload: ImageData) -> Path | io.BytesIO:
    """The file of an upload, or the bytes of a picture sent inline."""
    if payload.path:
        return Path(payload.path)
    head, _, body = (payload.url or "").partition(",")
    if not head.startswith("data:") or len(body) > LONGEST:
        raise Refused("there is no picture in it.")
    try:
        return io.BytesIO(base64.b64decode(body, validate=True))
    except binascii.Error:
        raise Refused("the picture is damaged or incomplete.") from None


def _shown(picture: PILImage.Image | None):
    fine = picture is None or picture.format in IN_BROWSERS
    return gr.skip() if fine else picture
