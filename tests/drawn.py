"""A face drawn by formula, which the detector takes for one: tests need no picture file."""

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFilter

# eyes, nose, corners of the mouth of `face`, in shares of its side
POINTS = np.array([[0.345, 0.38], [0.655, 0.38], [0.5, 0.62], [0.37, 0.76], [0.63, 0.76]])


def face(side: int = 128, background: int = 90) -> PILImage.Image:
    """Grey; its five points are POINTS."""
    big = 4 * side
    picture = PILImage.new("L", (big, big), background)
    draw = ImageDraw.Draw(picture)

    def ellipse(x: float, y: float, rx: float, ry: float, shade: int) -> None:
        box = [(x - rx) * big, (y - ry) * big, (x + rx) * big, (y + ry) * big]
        draw.ellipse(box, fill=shade)

    ellipse(0.5, 0.5, 0.36, 0.52, 190)
    for x in (0.345, 0.655):
        ellipse(x, 0.36, 0.10, 0.05, 90)
        ellipse(x, 0.38, 0.05, 0.03, 50)
    ellipse(0.5, 0.62, 0.07, 0.03, 130)
    ellipse(0.5, 0.76, 0.14, 0.035, 110)
    soft = picture.filter(ImageFilter.GaussianBlur(big * 0.015))
    return soft.resize((side, side), PILImage.Resampling.LANCZOS).convert("RGB")


def scene(*places: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> PILImage.Image:
    """A photo with a face at each (left, top, side)."""
    photo = PILImage.new("RGB", size, (90, 90, 90))
    for left, top, side in places:
        photo.paste(face(side), (left, top))
    return photo
