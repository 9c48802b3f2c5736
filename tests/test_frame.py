"""The frame of a face: the formula, by hand, and the pixels that it cuts."""

import math

import cv2
import numpy as np
import pytest

from gan_demo.images.frame import Square, corners, cut, outside, paste, square, within

UPRIGHT = np.array([[40, 50], [80, 50], [60, 70], [45, 90], [75, 90]], float)


def test_an_upright_face_by_hand():
    # eyes (60, 50), mouth (60, 90): e = (40, 0), m = (0, 40); max(2 · 40, 1.8 · 40) = 80
    assert square(UPRIGHT, 1.0) == Square(60.0, 54.0, 80.0, 0.0)
    assert square(UPRIGHT, 0.8) == Square(60.0, 54.0, 64.0, 0.0)


def test_a_long_face_is_framed_by_its_length():
    long = UPRIGHT + np.array([[0, 0], [0, 0], [0, 0], [0, 60], [0, 60]])
    assert square(long, 1.0) == Square(60.0, 60.0, 180.0, 0.0)  # m = 100, 1.8 · 100


def test_a_turned_face_has_the_turned_square():
    angle = math.radians(25)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    s = square(UPRIGHT @ turn.T, 0.8)
    assert s.tilt == pytest.approx(25)
    assert s.half == pytest.approx(64)
    assert (s.x, s.y) == pytest.approx(tuple(turn @ [60, 54]))


def test_a_square_of_whole_pixels_is_cut_in_place():
    ys, xs = np.mgrid[:60, :80]
    picture = np.stack([3 * xs, 4 * ys, xs + ys], 2).astype(np.uint8)  # blur leaves it as it is
    taken = cut(picture, Square(30.0, 20.0, 16.0), 32).astype(int)
    assert np.abs(taken - picture[4:36, 14:46]).max() <= 1


def test_half_the_side_is_the_average_of_two_by_two():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    means = picture[16:48, 16:48].reshape(16, 2, 16, 2, 3).mean((1, 3))
    assert np.abs(cut(picture, Square(32.0, 32.0, 16.0), 16) - means).max() <= 1


def test_the_points_go_where_the_pixels_go():
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[118:123, 148:153] = 255  # around (150.5, 120.5)
    s = Square(120.0, 100.0, 60.0, 20.0)
    [(x, y)] = within(np.array([[150.5, 120.5]]), s, 64)
    light = cut(picture, s, 64)[..., 0].astype(float)
    ys, xs = np.mgrid[:64, :64] + 0.5
    assert (light * xs).sum() / light.sum() == pytest.approx(x, abs=0.2)
    assert (light * ys).sum() / light.sum() == pytest.approx(y, abs=0.2)


def test_outside_is_the_inverse_of_within():
    s, points = Square(120.0, 100.0, 60.0, 20.0), np.array([[3.0, 70.0], [150.0, 120.0]])
    assert outside(within(points, s, 64), s, 64) == pytest.approx(points)


def test_the_corners_by_hand():
    level, turned = Square(10.0, 20.0, 5.0), Square(0.0, 0.0, 1.0, 90.0)
    assert corners(level) == pytest.approx(np.array([[5, 15], [15, 15], [15, 25], [5, 25]]))
    assert corners(turned) == pytest.approx(np.array([[1, -1], [1, 1], [-1, 1], [-1, -1]]))


def test_the_border_is_mirrored():
    picture = np.tile(np.arange(40, dtype=np.uint8)[:, None, None], (1, 40, 3))
    out = cut(picture, Square(20.0, 0.0, 10.0), 20)[:, 0, 0]
    assert np.array_equal(out[:10], out[10:][::-1])


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), np.nan), np.zeros((4, 2))])
def test_no_face_is_a_sentence(points):
    with pytest.raises(ValueError, match=r"five points"):
        square(points, 0.8)


@pytest.mark.parametrize("tilt", [0, 25])
def test_what_is_pasted_is_what_is_cut_there_and_the_rest_stays(tilt):
    rng = np.random.default_rng(0)
    photo = cv2.resize(rng.integers(0, 255, (9, 12, 3), np.uint8), (320, 240))
    face = cv2.resize(rng.integers(0, 255, (5, 5, 3), np.uint8), (96, 96))
    place = Square(160.0, 120.0, 48.0, float(tilt))
    whole = paste(photo, place, face)
    again = cut(whole, place, 96).astype(int)
    middle = slice(24, 72)
    assert np.abs(again[middle, middle] - face[middle, middle]).mean() < 3
    touched = np.zeros((240, 320), np.uint8)
    cv2.fillConvexPoly(
        touched, corners(Square(160.0, 120.0, 50.0, float(tilt))).round().astype(np.int32), 1
    )
    assert np.array_equal(whole[touched == 0], photo[touched == 0])
