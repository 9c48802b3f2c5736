"""The renderer: two shapes against points along a ray, pictures against their symmetry."""

import numpy as np
import pytest

from gan_demo.lab import rendering

KINDS = sorted(rendering.KINDS)


def drawn(kind, index=0, azimuth=None, seed=0):
    return rendering.picture(kind, seed=seed, index=index, size=32, azimuth=azimuth)


@pytest.mark.parametrize(("trace", "power"), [(rendering.box, np.inf), (rendering.ball, 2)])
def test_depth_is_where_the_ray_enters(trace, power):
    rng = np.random.default_rng(0)
    half, ray = np.array([[0.5], [0.3], [0.8]]), np.array([[0.2], [-0.5], [-0.9]])
    ray = ray / np.linalg.norm(ray)
    start = rng.uniform(-1, 1, (3, 200)) - 4 * ray
    depth, cos = trace(start, ray, half)
    t = np.arange(0, 8, 0.002)
    points = (start[:, :, None] + t * ray[:, :, None]) / half[:, :, None]
    inside = np.linalg.norm(points, ord=power, axis=0) < 1
    hit = inside.any(1)
    assert 20 < hit.sum() < 180
    assert np.abs(depth[hit] - t[inside[hit].argmax(1)]).max() < 0.003
    assert np.isinf(depth[~hit]).mean() > 0.97  # a graze may fall between two points
    assert (cos[hit] >= 0).all()
    assert (cos[hit] <= 1).all()


def test_the_face_that_is_hit_gives_the_shade():
    ray, half = np.array([[0.6], [1e-6], [-0.8]]), np.ones((3, 1))
    start = np.array([[-4.0, -3.0], [0.0, 0.0], [4.0, 5.0]])  # on the left face, on the front face
    assert rendering.box(start, ray, half)[1] == pytest.approx([0.6, 0.8])
    depth, cos = rendering.ball(np.array([[0.0], [0.0], [3.0]]), np.array([[0], [0], [-1.0]]), half)
    assert (depth, cos) == (pytest.approx([2.0]), pytest.approx([1.0]))


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_shape_tells_left_from_right(kind):
    for azimuth in (15.0, 40.0, 75.0):
        right, left = (drawn(kind, 3, sign * azimuth)[0].astype(int) for sign in (1, -1))
        assert np.abs(right - left[:, ::-1]).max() <= 1
        assert np.abs(right - left).mean() > 3


@pytest.mark.parametrize("kind", KINDS)
def test_one_azimuth_is_many_pictures_and_one_index_is_one(kind):
    pictures = [drawn(kind, i, 30.0)[0] for i in range(6)]
    for i, picture in enumerate(pictures):
        assert (picture == drawn(kind, i, 30.0)[0]).all()
        assert all(np.abs(picture.astype(int) - p).mean() > 1 for p in pictures[:i])
    assert (drawn(kind, 0, seed=1)[0] != drawn(kind, 0, seed=0)[0]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_azimuths_fill_the_range_and_objects_the_picture(kind):
    pictures, azimuths = zip(*(drawn(kind, i) for i in range(100)), strict=True)
    assert -75 <= min(azimuths) < -65
    assert 65 < max(azimuths) <= 75
    filled = np.mean(np.stack(pictures) != round(255 * rendering.WHITE), (1, 2))
    assert filled.min() > 0.1
    assert filled.max() < 0.8
    picture, azimuth = drawn(kind, 5)
    assert (picture == drawn(kind, 5, azimuth)[0]).all()


def test_a_positive_azimuth_looks_to_the_right():
    head, car = drawn("heads", azimuth=60.0)[0], drawn("cars", azimuth=60.0)[0]
    assert head[:16, :16].mean() < head[:16, 16:].mean() - 20  # the dark hair is behind
    assert car[:14, :16].mean() < car[:14, 16:].mean() - 5  # so is the cabin


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="cars, heads"):
        drawn("chairs")
