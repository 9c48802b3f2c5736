"""Pictures <-> tensors in [-1, 1], and grids of them. The only model-side file that knows PIL."""

import io

import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo.types import Image, Pixels


def to_pixels(x: Image) -> Pixels:
    """[-1, 1] -> 0..255, rounded and clipped."""
    return x.float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)


def from_pixels(p: Pixels) -> Image:
    """0..255 -> [-1, 1]."""
    return p.float().div_(127.5).sub_(1)  # in place on the copy: half the time of a batch


def l1(x: Pixels, y: Pixels) -> float:
    """Mean |x - y| of pixels in [-1, 1]."""
    apart = (x.short() - y.short()).abs_().sum().item()  # short: a quarter of the memory
    return apart / (127.5 * x.numel())


def to_arrays(x: Image) -> list[np.ndarray]:
    """One uint8 array (h, w, 3) a picture, grey repeated."""
    return arrays(to_pixels(x))


def arrays(p: Pixels) -> list[np.ndarray]:
    return list(p.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).cpu().numpy())


def to_pil(x: Image) -> list[PILImage.Image]:
    return [PILImage.fromarray(a) for a in to_arrays(x)]


def from_pil(picture: PILImage.Image, size: int, channels: int) -> Image:
    """Centre crop to a square, resize with antialiasing: (1, channels, size, size)."""
    return from_pixels(square(picture, size, channels))


def square(picture: PILImage.Image, size: int, channels: int) -> Pixels:
    """The same as `from_pil`, in 0..255."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return resized(picture, (size, size), channels, (left, top, left + side, top + side))


def fitted(picture: PILImage.Image, size: int, channels: int) -> Pixels:
    """The whole picture in its own shape, its short side `size`."""
    scale = size / min(picture.size)
    shape = round(scale * picture.width), round(scale * picture.height)
    return resized(picture, shape, channels)


def resized(
    picture: PILImage.Image,
    size: tuple[int, int],
    channels: int,
    box: tuple[int, int, int, int] | None = None,
) -> Pixels:
    """The picture, or the box (left, top, right, bottom) of it, as (width, height) = size."""
    mode = "L" if channels == 1 else "RGB"
    small = picture.convert(mode).resize(size, PILImage.Resampling.LANCZOS, box)
    array = np.array(small, np.uint8).reshape(small.height, small.width, channels)
    return torch.from_numpy(array).permute(2, 0, 1).unsqueeze(0)


def png(picture: PILImage.Image) -> bytes:
    """The file of a picture."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def grid(x: Image, columns: int = 8, gap: int = 2) -> PILImage.Image:
    """Pictures in rows of `columns`, on white."""
    tiles = to_pil(x)
    if not tiles:
        raise ValueError("A grid needs at least one picture.")
    w, h = tiles[0].width + gap, tiles[0].height + gap
    rows = -(-len(tiles) // columns)
    sheet = PILImage.new("RGB", (min(columns, len(tiles)) * w + gap, rows * h + gap), "white")
    for i, tile in enumerate(tiles):
        sheet.paste(tile, (i % columns * w + gap, i // columns * h + gap))
    return sheet
