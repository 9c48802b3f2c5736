"""Animations open with every frame, in order, in time."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image as PILImage

from gan_demo.images import animation

GREY = [np.full((8, 8, 3), 20 * i, np.uint8) for i in range(6)]
COLOUR = [np.full((8, 8, 3), (250 - 40 * i, 20 * i, 90), np.uint8) for i in range(6)]


def opened(data: bytes) -> tuple[PILImage.Image, list[np.ndarray], list[int]]:
    file, frames, waits = PILImage.open(io.BytesIO(data)), [], []
    for i in range(file.n_frames):
        file.seek(i)
        frames.append(np.asarray(file.convert("RGB")).astype(int))
        waits.append(file.info["duration"])
    return file, frames, waits


@pytest.mark.parametrize("kind", animation.FORMATS)
@pytest.mark.parametrize("shown", [GREY, COLOUR], ids=["grey", "colour"])
def test_there_and_back(kind, shown):
    file, frames, waits = opened(animation.encode(shown, kind, seconds=1.0, side=32))
    assert file.format.lower() == kind.lower() and file.size == (32, 32)
    assert file.info["loop"] == 0
    assert sum(waits) == pytest.approx(2000, abs=50)
    order = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1]
    assert len(frames) == len(order)
    for frame, i in zip(frames, order, strict=True):
        assert abs(frame[16, 16] - shown[i][0, 0]).max() <= 12


def test_grey_is_exact_in_a_gif(tmp_path):
    ramp = [
        np.arange(64 * i, 64 * i + 64, dtype=np.uint8).repeat(3).reshape(8, 8, 3) for i in range(3)
    ]
    file = tmp_path / "ramp.gif"
    file.write_bytes(animation.encode(ramp, "GIF", side=8, bounce=False))
    _, frames = cv2.imreadmulti(str(file))  # Pillow 12 reads a second grey palette as the first
    assert all((a == b).all() for a, b in zip(frames, ramp, strict=True))


def test_small_frames_are_enlarged_large_ones_kept():
    large = [np.zeros((300, 300, 3), np.uint8), np.full((300, 300, 3), 255, np.uint8)]
    assert opened(animation.encode(large))[0].size == (300, 300)
    assert opened(animation.encode(GREY))[0].size == (256, 256)


@pytest.mark.parametrize(
    "frames, options, says",
    [
        (GREY, {"kind": "MP4"}, "WebP or GIF"),
        (GREY[:1], {}, "two frames"),
        (GREY, {"seconds": 0.0}, "seconds"),
        (GREY, {"seconds": float("nan")}, "seconds"),
    ],
)
def test_what_cannot_be_made(frames, options, says):
    with pytest.raises(ValueError, match=says):
        animation.encode(frames, **options)
