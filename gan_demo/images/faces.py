"""Faces found in a photo, and framed as the pictures that the face models learned from.

    photo -> turned views -> cascades -> boxes -> points -> square -> points -> Face

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001: the
cascades come with OpenCV. A view is the photo through a turned square, for a cascade bears about 20
degrees either way. Each box, and the middle of the photo, is a first guess; our own network
(`landmarks`) reads the five points in it, and once more in the square that these give. It also says
whether there is a face, so the cascades may be far too willing.
"""

import functools
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as PILImage

from gan_demo.images import landmarks
from gan_demo.images.frame import Square, cut, outside, square

FRAME = 0.8  # that the network has learned, and the face models where they name no other
SIDE = 448  # pixels: photos are searched at this size
SMALLEST = 28  # pixels there, of a box
MARGIN = 1.25  # side of a view / long side of the photo, or a face that fills it is missed
TILTS = (0.0, -30.0, 30.0)  # degrees of the views
SIDEWAYS = (90.0, -90.0, 180.0)  # of those where no face is upright
WILLING = 2  # boxes that must agree; false alarms are the network's affair
HALF, UP = 1.37, 0.25  # the face's square against a box of half side 1: half side, and shift
SURE = 0.7  # from which there is a face
APART = 0.5  # of the half side: squares that are nearer show the same face
LOOKS = 3  # of the network
LARGEST = 512  # pixels of a cut: no model here sees more
KEPT = 16  # photos whose faces are remembered
LOOKED_AT, ENOUGH, MISSES = 12, 5, 2  # pictures of a set, to find out whether they show faces
SAME = (0.12, 0.12, 6.0)  # shift, half side, tilt: a picture so near to its square is framed
MIRROR = [1, 0, 2, 4, 3]  # points of a mirrored face, the picture's left first

_lock = threading.Lock()  # a cascade has scratch memory of its own
_known: OrderedDict[str, list["Face"]] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Face:
    """
    Args:
        points: eyes, nose and corners of the mouth, (5, 2) pixels of the photo.
        sure: that it is one, 0 to 1.
    """

    points: np.ndarray
    sure: float

    def square(self, frame: float = FRAME) -> Square:
        return square(self.points, frame)


def learned(data: Mapping[str, Any]) -> float:
    """The frame of the faces that a model learned from, as its checkpoint tells of its data."""
    for table in (data, *(data.get(side) for side in "ab")):
        frame = table.get("frame") if isinstance(table, Mapping) else None
        if isinstance(frame, int | float) and 0.1 <= frame <= 10:
            return float(frame)
    return FRAME


def mostly(pictures: Iterable[PILImage.Image]) -> bool:
    """Whether they show faces: each of the first few does, or all of some more but two (of emoji
    many do, and many do not)."""
    looked = missed = 0
    for picture in islice(pictures, LOOKED_AT):
        looked += 1
        missed += not find(picture.convert("RGB"))
        if missed > MISSES or (looked == ENOUGH and not missed):
            break
    return missed <= MISSES and missed < looked / 2


def find(photo: PILImage.Image) -> list[Face]:
    """Every face, the largest first."""
    name = key(photo)
    if name not in _known:
        _known[name] = _find(np.asarray(photo.convert("L"))[..., None])
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return list(_known[name])


def key(photo: PILImage.Image) -> str:
    """The same for the same pixels."""
    name = hashlib.blake2b(photo.tobytes(), digest_size=16)
    name.update(repr((photo.mode, photo.size)).encode())
    return name.hexdigest()


def centre(photo: PILImage.Image) -> Square:
    """The largest square in the middle."""
    return Square(photo.width / 2, photo.height / 2, min(photo.size) / 2)


def crop(photo: PILImage.Image, square: Square) -> PILImage.Image:
    """The square upright; the middle of the photo pixel for pixel."""
    if square == centre(photo):
        side = min(photo.size)
        left, top = (photo.width - side) // 2, (photo.height - side) // 2
        return photo.crop((left, top, left + side, top + side))
    side = min(LARGEST, max(1, round(2 * square.half)))
    return PILImage.fromarray(cut(np.asarray(photo.convert("RGB")), square, side))


def framed(photo: PILImage.Image, face: Face, frame: float) -> Square:
    """The square of a face; the whole of a photo that is hardly more or less than that."""
    own, whole = face.square(frame), centre(photo)
    shift, size, tilt = SAME
    same = (
        max(photo.size) <= 1.1 * min(photo.size)
        and np.hypot(own.x - whole.x, own.y - whole.y) < shift * whole.half
        and abs(own.half / whole.half - 1) < size
        and abs(own.tilt) < tilt
    )
    return whole if same else own


def read(grey: np.ndarray, guesses: list[Square]) -> list[Face]:
    """What the network sees in squares of a grey picture (h, w, 1), the last look also mirrored."""
    faces: list[Face] = []
    for look in range(LOOKS):
        guesses = [face.square() for face in faces] if look else guesses
        if not guesses:
            break
        net = _network()
        seen = np.stack([cut(grey, guess, net.size)[..., 0] for guess in guesses])
        last = look == LOOKS - 1
        at, sure = landmarks.read(net, np.concatenate([seen, seen[:, :, ::-1]]) if last else seen)
        if last:
            n = len(guesses)
            other = (at[n:] * [-1, 1] + [net.size, 0])[:, MIRROR]
            at, sure = (at[:n] + other) / 2, (sure[:n] + sure[n:]) / 2
        places = zip(at, guesses, sure, strict=True)
        faces = [Face(outside(p, guess, net.size), float(s)) for p, guess, s in places]
    return faces


def _find(grey: np.ndarray) -> list[Face]:
    h, w = grey.shape[:2]
    if SIDE * min(h, w) < SMALLEST * max(h, w):  # too thin for the smallest box
        return []
    middle = Square(w / 2, h / 2, min(h, w) / 2)
    boxes = [box for tilt in TILTS for box in _boxes(grey, tilt, "frontal")]
    # None: the camera may have been held on its side, which the network alone cannot tell.
    turned = [] if boxes else [box for tilt in SIDEWAYS for box in _boxes(grey, tilt, "frontal")]
    kept = _distinct(grey, read(grey, turned or [middle, *boxes]))
    if not kept:  # slower, and rarely right where a face looks at us
        kept = _distinct(grey, read(grey, list(_boxes(grey, 0.0, "profile"))))
    return sorted(kept, key=lambda face: -face.square().half)


def _distinct(grey: np.ndarray, faces: list[Face]) -> list[Face]:
    """Those that are faces, within the picture, each once."""
    kept: list[Face] = []
    h, w = grey.shape[:2]
    for face in sorted(faces, key=lambda face: -face.sure):
        s = face.square()
        others = [other.square() for other in kept]
        if (face.sure >= SURE and 0 <= s.x <= w and 0 <= s.y <= h) and all(
            np.hypot(s.x - o.x, s.y - o.y) > APART * max(s.half, o.half) for o in others
        ):
            kept.append(face)
    return kept


def _boxes(grey: np.ndarray, tilt: float, kind: str) -> Iterator[Square]:
    """The squares of faces, to judge by a cascade's boxes in one view."""
    h, w = grey.shape[:2]
    view = Square(w / 2, h / 2, MARGIN * max(h, w) / 2, tilt)
    side = min(SIDE, max(1, round(2 * view.half)))
    seen = cut(grey, view, side)[..., 0]
    for mirrored in (False, True) if kind == "profile" else (False,):
        turned = np.ascontiguousarray(seen[:, ::-1]) if mirrored else seen
        with _lock:
            boxes = _cascade(kind).detectMultiScale(
                turned, 1.1, WILLING, minSize=(SMALLEST, SMALLEST)
            )
        for left, top, width, _ in boxes:
            half = width / 2
            x = side - left - half if mirrored else left + half
            [(x, y)] = outside(np.array([[x, top + half - UP * half]]), view, side)
            yield Square(x, y, HALF * half * 2 * view.half / side, tilt)


@functools.cache
def _network() -> landmarks.PointsNet:
    return landmarks.load()


@functools.cache
def _cascade(kind: str) -> cv2.CascadeClassifier:
    folder = Path(cv2.__file__).parent / "data"
    name = {"frontal": "frontalface_alt2", "profile": "profileface"}[kind]
    return cv2.CascadeClassifier(str(folder / f"haarcascade_{name}.xml"))
