"""Faces found in a photo, and framed as the pictures that the face models learned from.

    photo -> find -> Frame -> crop -> square picture

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001:
the cascades come with OpenCV. The training pictures are themselves boxes of such a detector, so
its box, a little enlarged, is their frame; they keep the tilt of the head, and so does `crop`
unless the head is tilted too far for the cascade.
"""

import functools
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PILImage

BOX = 1.05  # side of a training picture / side of the cascade's box
SIDE = 400  # pixels: photos are searched at this size
SMALLEST = 0.1  # of the photo's short side; what is smaller is rather a false alarm
MARGIN = 0.25  # added around the photo, or a face that fills it is missed
FRAMED = 0.7  # overlap from which a picture counts as framed already
TILTS = (0.0, -30.0, 30.0)  # degrees, tried in turn; the cascade bears about 20 either way

_lock = threading.Lock()  # a cascade has scratch memory of its own


@dataclass(frozen=True)
class Frame:
    """A square in a photo.

    Args:
        x, y: its centre, pixels.
        side: pixels; the square may stick out of the photo.
        tilt: how far its upright is turned clockwise, degrees.
    """

    x: float
    y: float
    side: float
    tilt: float = 0.0


def find(photo: PILImage.Image) -> Frame | None:
    """The frame of the largest face; of the whole photo, if that is a framed face already."""
    scale = min(1.0, SIDE / max(photo.size))
    size = [max(1, round(n * scale)) for n in photo.size]
    grey = np.asarray(photo.convert("L").resize(size, PILImage.Resampling.BOX))
    margin = round(MARGIN * min(size))
    grey = np.pad(grey, margin, "edge")
    for tilt in TILTS:
        if (found := _largest(grey, tilt, SMALLEST * min(size))) is not None:
            x, y, side = found[0] - margin, found[1] - margin, BOX * found[2]
            frame = Frame(x / scale, y / scale, side / scale, tilt)
            whole = centre(photo)
            return whole if _overlap(frame, whole) > FRAMED and _squarish(photo) else frame
    return None


def centre(photo: PILImage.Image) -> Frame:
    """The largest square in the middle."""
    return Frame(photo.width / 2, photo.height / 2, float(min(photo.size)))


def crop(photo: PILImage.Image, frame: Frame) -> PILImage.Image:
    """The square upright, in the photo's own pixels; beyond the photo its border is repeated."""
    if frame == centre(photo) and photo.width == photo.height:
        return photo.copy()
    side = max(1, round(frame.side))
    turn = cv2.getRotationMatrix2D((frame.x, frame.y), frame.tilt, 1)
    turn[:, 2] += side / 2 - np.array([frame.x, frame.y])
    turn[:, 2] += turn[:, :2].sum(1) / 2 - 0.5  # OpenCV's pixels have their centres at integers
    flags = cv2.INTER_CUBIC if frame.tilt else cv2.INTER_LINEAR
    pixels = np.asarray(photo.convert("RGB"))
    square = cv2.warpAffine(pixels, turn, (side, side), None, flags, cv2.BORDER_REPLICATE)
    return PILImage.fromarray(square)


def _largest(grey: np.ndarray, tilt: float, smallest: float) -> tuple[float, float, float] | None:
    """Centre and side of the largest box, in the pixels of `grey`."""
    h, w = grey.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), tilt, 1)
    if tilt:
        grey = cv2.warpAffine(grey, turn, (w, h), None, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
    least = max(20, round(smallest))  # 20 pixels: the window that the cascade was made for
    with _lock:
        boxes = _cascade().detectMultiScale(grey, 1.1, 5, minSize=(least, least))
    if len(boxes) == 0:
        return None
    left, top, side, _ = max(boxes, key=lambda box: box[2])
    back = cv2.invertAffineTransform(turn)
    x, y = back @ (left + side / 2, top + side / 2, 1)
    return float(x), float(y), float(side)


def _overlap(a: Frame, b: Frame) -> float:
    """Intersection over union, tilt aside."""
    wide = min(a.x + a.side / 2, b.x + b.side / 2) - max(a.x - a.side / 2, b.x - b.side / 2)
    high = min(a.y + a.side / 2, b.y + b.side / 2) - max(a.y - a.side / 2, b.y - b.side / 2)
    both = max(0, wide) * max(0, high)
    return both / (a.side**2 + b.side**2 - both)


def _squarish(photo: PILImage.Image) -> bool:
    return max(photo.size) <= 1.1 * min(photo.size)


@functools.cache
def _cascade() -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt2.xml"))
