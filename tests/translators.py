"""Tiny translators and their worlds: what the tests of translation and of its tab share."""

from pathlib import Path

import torch
from drawn import face
from PIL import Image as PILImage

from gan_demo import checkpoint, images, systems
from gan_demo.images import edges
from gan_demo.types import Pixels

SIZE = 32
CYCLE, ALONE, SKETCH, COLOUR = "smile-cycle", "smile-alone", "sketch", "emoji"


def portraits(n: int, shade: int = 0) -> Pixels:
    """Faces of different backgrounds."""
    drawn = (face(96, background=20 + shade + 3 * i) for i in range(n))
    return torch.cat([images.square(picture, SIZE, 1) for picture in drawn])


def dots(n: int, channels: int = 3) -> Pixels:
    """A blob of another colour in each."""
    x = torch.full((n, channels, SIZE, SIZE), 255, dtype=torch.uint8)
    for i, picture in enumerate(x):
        picture[:, 8:24, 8:24] = torch.tensor([9 * i, 200 - 8 * i, 90])[:channels, None, None]
    return x


def save(
    folder: Path,
    name: str,
    domains: tuple[str, str],
    a: Pixels,
    b: Pixels,
    view: str = "",
    **told: bool,
) -> None:
    torch.manual_seed(len(name))
    method = "cut" if name == ALONE else "cyclegan"
    small = {"width": 4, "blocks": 1, "mask": name == COLOUR}
    nets = {"generator": small, "discriminator": {"width": 4, "layers": 1}}
    system = systems.make(method, size=SIZE, channels=a.shape[1], domains=list(domains), **nets)
    system.eval()
    with torch.inference_mode():
        batch = {"a": images.from_pixels(a), "b": images.from_pixels(b)}
        sheets = {k: images.grid(v) for k, v in system.preview(batch).items()}
    training = {"config": {"data": {"a": {"view": view}, "b": {"view": ""}} | told}}
    checkpoint.save(folder / name, system, training=training, sheets=sheets)


def save_all(folder: Path) -> Path:
    """Two methods between two worlds of grey faces, one from drawings to their twins, one of
    textures in colour, with a mask."""
    a, b = portraits(16), portraits(16, 60)
    for name in (ALONE, CYCLE):
        save(folder, name, ("neutral", "smiling"), a, b, textures=name == ALONE)
    drawings = edges.traced(a)
    save(folder, SKETCH, ("edges", "faces"), drawings, a, "edges", pairs=True)
    save(folder, COLOUR, ("plain", "bright"), dots(16), dots(16).flip(0), textures=True)
    return folder


def photo(width: int = 120, height: int = 80) -> PILImage.Image:
    """Neither a face nor a drawing, different everywhere."""
    ramp = PILImage.linear_gradient("L").resize((width, height))
    return PILImage.merge("RGB", (ramp, ramp.rotate(180), PILImage.new("L", ramp.size, 120)))
