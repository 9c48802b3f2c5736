"""The framing of photos, on faces drawn by formula."""

import numpy as np
import pytest
from drawn import face, scene
from PIL import Image as PILImage

from gan_demo import faces
from gan_demo.faces import Frame


def difference(a: PILImage.Image, b: PILImage.Image) -> float:
    """Mean absolute difference, 0..255, at 32 pixels."""
    a, b = (np.asarray(p.convert("L").resize((32, 32)), float) for p in (a, b))
    return float(np.abs(a - b).mean())


@pytest.mark.parametrize(("left", "top", "side"), [(40, 30, 120), (300, 150, 300), (500, 0, 140)])
def test_the_crop_is_the_face_that_was_pasted(left, top, side):
    photo = scene((left, top, side))
    frame = faces.find(photo)
    assert frame is not None
    assert abs(frame.x - left - side / 2) < 0.05 * side
    assert abs(frame.y - top - side / 2) < 0.05 * side
    assert abs(frame.side / side - 1) < 0.12
    assert difference(faces.crop(photo, frame), face()) < 10


def test_the_largest_of_several_faces_is_taken():
    frame = faces.find(scene((20, 20, 100), (350, 100, 260), (200, 330, 120)))
    assert frame is not None
    assert 450 < frame.x < 510


def test_a_tilted_head_is_turned_upright():
    photo = scene((190, 110, 260)).rotate(-40, PILImage.Resampling.BICUBIC, fillcolor=(90, 90, 90))
    frame = faces.find(photo)
    assert frame is not None
    assert frame.tilt > 0
    assert difference(faces.crop(photo, frame), face()) < difference(face().rotate(-40), face())


@pytest.mark.parametrize("side", [64, 128, 500])
def test_a_framed_face_is_left_as_it_is(side):
    picture = face(side)
    frame = faces.find(picture)
    assert frame == faces.centre(picture)
    assert np.array_equal(faces.crop(picture, frame), picture)


def test_a_huge_photo_gives_the_frame_in_its_own_pixels():
    frame = faces.find(scene((40, 30, 120)).resize((2560, 1920)))
    assert frame is not None
    assert abs(frame.x - 400) < 25
    assert abs(frame.side - 480) < 60


def test_no_face_is_none():
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    assert faces.find(PILImage.fromarray(noise)) is None
    assert faces.find(PILImage.new("RGB", (400, 300), "grey")) is None
    assert faces.find(PILImage.new("RGB", (2000, 3))) is None


def test_centre_is_the_middle_square():
    photo = scene()
    square = faces.crop(photo, faces.centre(photo))
    assert square.size == (480, 480)
    assert np.array_equal(square, photo.crop((80, 0, 560, 480)))


def test_a_crop_beyond_the_photo_repeats_its_border():
    square = faces.crop(PILImage.new("RGB", (40, 20), (10, 200, 30)), Frame(2.0, 3.0, 30.0))
    assert square.size == (30, 30)
    assert np.ptp(np.asarray(square).reshape(-1, 3), 0).max() == 0
