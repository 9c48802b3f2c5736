"""Frames -> an animation to keep: WebP (small, full colour) or GIF (opens everywhere)."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image as PILImage

FORMATS = ("WebP", "GIF")
GIF_TICK = 10  # ms: the unit of a GIF's clock; browsers slow down anything under two ticks


def encode(
    frames: Sequence[np.ndarray],
    kind: str = "WebP",
    *,
    seconds: float = 2.0,
    side: int = 256,
    bounce: bool = True,
) -> bytes:
    """uint8 frames (h, w, 3) -> the bytes of an endless animation.

    Args:
        kind: one of `FORMATS`.
        seconds: time from the first frame to the last.
        side: shown size in pixels; smaller frames are enlarged, larger ones kept.
        bounce: also plays the way back, so that the loop has no jump.

    Raises:
        ValueError: an unknown format, fewer than two frames, a duration that is not positive.
    """
    if kind not in FORMATS:
        raise ValueError(f"Unknown animation format {kind!r}: choose WebP or GIF.")
    if len(frames) < 2:
        raise ValueError("An animation needs at least two frames.")
    if not 0 < seconds <= 60:
        raise ValueError("An animation lasts up to 60 seconds.")
    if _grey(frames):  # one channel: a GIF then holds every tone
        frames = [f[..., 0] for f in frames]
    shown = [_enlarged(PILImage.fromarray(f), side) for f in frames]
    if bounce:
        shown += shown[-2:0:-1]
    wait = 1000 * seconds / (len(frames) - 1)
    if kind == "GIF":
        if shown[0].mode == "RGB":  # Pillow's own choice of colours is seventy times slower
            shown = [f.quantize(256, PILImage.Quantize.FASTOCTREE) for f in shown]
        options = {"duration": max(2, round(wait / GIF_TICK)) * GIF_TICK, "disposal": 1}
    else:
        options = {"duration": max(1, round(wait)), "quality": 85, "method": 0}
    file = io.BytesIO()
    shown[0].save(file, kind, save_all=True, append_images=shown[1:], loop=0, **options)
    return file.getvalue()


def _grey(frames: Sequence[np.ndarray]) -> bool:
    return all((f == f[..., :1]).all() for f in frames)


def _enlarged(picture: PILImage.Image, side: int) -> PILImage.Image:
    factor = side / max(picture.size)
    if factor <= 1:
        return picture
    size = round(picture.width * factor), round(picture.height * factor)
    return picture.resize(size, PILImage.Resampling.BICUBIC)
