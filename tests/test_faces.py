"""The framing of photos, on faces drawn by formula."""

import time
from pathlib import Path

import numpy as np
import pytest
from conftest import tiny
from drawn import POINTS, face, scene
from PIL import Image as PILImage

from gan_demo.checkpoint import Checkpoint
from gan_demo.images import faces
from gan_demo.images.faces import Face
from gan_demo.images.frame import Square, corners, square


def off(a: Square, b: Square) -> float:
    """The farthest that a corner is from its own, over the side."""
    return np.linalg.norm(corners(a) - corners(b), axis=1).max() / (2 * b.half)


def true(left: float, top: float, side: float) -> Square:
    return square(POINTS * side + [left, top], faces.FRAME)


@pytest.mark.parametrize("place", [(40, 30, 120), (300, 150, 300), (470, 10, 140)])
def test_the_square_is_that_of_the_face_that_was_pasted(place):
    [found] = faces.find(scene(place))
    assert off(found.square(), true(*place)) < 0.15


def test_all_faces_are_found_the_largest_first():
    places = [(350, 100, 260), (200, 330, 120), (20, 20, 100)]
    found = faces.find(scene(*reversed(places)))
    assert len(found) == 3
    for one, place in zip(found, places, strict=True):
        assert off(one.square(), true(*place)) < 0.2


@pytest.mark.parametrize("tilt", [-40, -20, 20, 40])
def test_a_tilted_head_is_turned_upright(tilt):
    photo = scene((190, 110, 260))
    turned = photo.rotate(-tilt, PILImage.Resampling.BICUBIC, fillcolor=(90, 90, 90))
    found = faces.find(turned)[0].square()
    assert found.tilt == pytest.approx(tilt, abs=6)
    assert found.half == pytest.approx(true(0, 0, 260).half, rel=0.12)


def test_a_frame_is_a_share_of_the_points_square():
    points = POINTS * 100
    assert Face(points, 1.0).square(0.4).half == pytest.approx(0.4 * 1.8 * 38)
    assert Face(points, 1.0).square().half == pytest.approx(2 * Face(points, 1.0).square(0.4).half)


@pytest.mark.parametrize("side", [64, 128, 500])
def test_a_framed_face_is_left_as_it_is(side):
    photo = scene((190, 110, 260))
    picture = faces.crop(photo, faces.find(photo)[0].square()).resize((side, side))
    whole = faces.framed(picture, faces.find(picture)[0], faces.FRAME)
    assert whole == faces.centre(picture)
    assert np.array_equal(faces.crop(picture, whole), picture)
    tighter = faces.framed(picture, faces.find(picture)[0], 0.6)
    assert tighter.half == pytest.approx(0.75 * side / 2, rel=0.12)


def test_a_huge_photo_gives_the_square_in_its_own_pixels():
    [found] = faces.find(scene((40, 30, 120)).resize((2560, 1920)))
    assert off(found.square(), true(160, 120, 480)) < 0.15


def test_no_face_is_none():
    noise = np.random.default_rng(0).integers(0, 255, (150, 200, 3), np.uint8)
    assert faces.find(PILImage.fromarray(noise)) == []
    assert faces.find(PILImage.new("RGB", (200, 150), "grey")) == []


def test_a_thin_photo_takes_no_time(monkeypatch):
    before = time.process_time()
    thin = PILImage.new("RGB", (3000, 2), (10, 200, 30))
    marked = faces.crop(thin, Square(1500.0, 1.0, 1500.0))
    assert (np.asarray(marked) == (10, 200, 30)).all()
    assert time.process_time() - before < 5  # half a minute, if it were mirrored
    monkeypatch.setattr(faces, "cut", None)
    assert faces.find(thin) == faces.find(PILImage.new("RGB", (33000, 40))) == []


def test_the_same_photo_is_searched_once(monkeypatch):
    photo = scene((190, 110, 260))
    before = faces.find(photo)
    monkeypatch.setattr(faces, "_find", None)
    assert faces.find(photo.copy()) == before
    assert faces.key(photo) != faces.key(face())


def test_centre_is_the_middle_square():
    photo = scene((300, 10, 300))
    taken = faces.crop(photo, faces.centre(photo))
    assert np.array_equal(taken, photo.crop((80, 0, 560, 480)))


def test_a_crop_beyond_the_photo_mirrors_it():
    taken = faces.crop(PILImage.new("RGB", (40, 20), (10, 200, 30)), Square(2.0, 3.0, 15.0))
    assert taken.size == (30, 30)
    assert np.ptp(np.asarray(taken).reshape(-1, 3), 0).max() == 0


def test_a_huge_face_is_cut_no_larger_than_a_model_can_see():
    assert faces.crop(scene(size=(2000, 2000)), Square(1000.0, 1000.0, 900.0)).size == (512, 512)


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        ({"frame": 0.62}, 0.62),
        ({"a": {"frame": 0.7}}, 0.7),
        ({"b": {"frame": 1}}, 1.0),
        ({"frame": "wide"}, faces.FRAME),
        ({"frame": float("nan")}, faces.FRAME),
        ({}, faces.FRAME),
        ("nonsense", faces.FRAME),
    ],
)
def test_the_frame_that_a_model_learned(data, frame):
    def told(config):
        return Checkpoint("m", Path("m"), tiny(), config, {}, "").data

    assert faces.learned(told({"training": {"config": {"data": data}}})) == frame
    assert faces.learned(told({})) == faces.FRAME


@pytest.mark.parametrize("turned", [90, 270])
def test_a_face_is_found_although_the_camera_was_on_its_side(turned):
    photo = scene((200, 100, 240)).rotate(turned, expand=True)
    [found] = faces.find(photo)
    left = (found.square().tilt + turned + 180) % 360 - 180  # `rotate` turns against the clock
    assert abs(left) < 10
