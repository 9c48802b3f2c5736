"""Is it the same person, in the eyes of a published network?

dlib's face recognition (King 2017, http://dlib.net/face_recognition.py.html, weights CC0, 99.38 %
on Labeled Faces in the Wild) makes a descriptor of a face; its author takes two that are less than
0.6 apart for the same person. The package face-recognition-models carries the weights. Optional:
where `pip install dlib-bin face-recognition-models` was not run, this is left out.

apart         mean Euclidean distance of the descriptors of a val photo and its reconstruction
same person   share of them less than 0.6 apart
top-1         share of reconstructions nearest to their own photo, among as many
strangers     the first two for a photo and another one: the scale

The face is found in the photo; the reconstruction is read at the same place.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_demo.images import to_pixels
from gan_demo.metrics import distances
from gan_demo.metrics.codes import rebuild
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Encodes
from gan_demo.types import Cloud, Pixels

TITLE = "Identity (dlib)"
NEEDS = Encodes
AGAINST = Reference
PHOTOS = 500  # at most
SIDE = 150  # pixels, of dlib's faces
D = 128  # numbers in a descriptor
SAME = 0.6  # the threshold of its author
INSTALL = "pip install dlib-bin face-recognition-models"

Reader = Callable[[Pixels, Pixels], tuple[Cloud, Cloud]]


def measure(system: Encodes, reference: Reference) -> dict[str, float]:
    read, photos = reader(), reference.val[:PHOTOS]
    _, again = rebuild(system, photos)
    a, b = read(photos, to_pixels(again))
    if len(a) < max(2, len(photos) / 2):
        raise Unavailable(f"dlib finds a face in only {len(a)} of {len(photos)} photos")
    return {"photos": float(len(a))} | figures(a, b)


def figures(a: Cloud, b: Cloud) -> dict[str, float]:
    """Of the descriptors of photos and of their reconstructions, row by row."""
    apart = distances.between(b, a)
    own, others = apart.diagonal(), (a - a.roll(1, 0)).double().norm(dim=1)
    return {
        "apart": own.mean().item(),
        "same person": (own < SAME).double().mean().item(),
        "top-1": (apart.argmin(1) == torch.arange(len(a))).double().mean().item(),
        "apart, strangers": others.mean().item(),
        "same person, strangers": (others < SAME).double().mean().item(),
    }


def reader() -> Reader:
    """Photos and pictures of the same people -> descriptors of those whose photo shows a face.

    Raises:
        Unavailable: dlib or its weights are not installed.
    """
    weights = find_spec("face_recognition_models")
    if find_spec("dlib") is None or weights is None or weights.origin is None:
        raise Unavailable(f"dlib is not installed ({INSTALL})")
    dlib, folder = import_module("dlib"), Path(weights.origin).parent / "models"
    find = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    net = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def descriptor(picture: np.ndarray, place: object) -> Tensor:
        return torch.tensor(net.compute_face_descriptor(picture, points(picture, place)))

    def read(photos: Pixels, pictures: Pixels) -> tuple[Cloud, Cloud]:
        found: list[tuple[Tensor, Tensor]] = []
        for photo, picture in zip(enlarged(photos), enlarged(pictures), strict=True):
            if places := find(photo):
                largest = max(places, key=lambda place: place.area())
                found.append((descriptor(photo, largest), descriptor(picture, largest)))
        none = torch.zeros(0, 2, D)
        a, b = (torch.stack([torch.stack(pair) for pair in found]) if found else none).unbind(1)
        return a, b

    return read


def enlarged(pixels: Pixels) -> list[np.ndarray]:
    """RGB, as dlib takes them."""
    x = torch.nn.functional.interpolate(
        pixels.float(), (SIDE, SIDE), mode="bilinear", antialias=True
    )
    return list(x.round().byte().expand(-1, 3, -1, -1).permute(0, 2, 3, 1).contiguous().numpy())
