"""The network of the five points: what it reads in drawn faces, and how it is trained."""

import time

import numpy as np
import pytest
import torch
from drawn import POINTS, face, scene

from gan_demo.files import checkpoints
from gan_demo.images import faces, landmarks
from gan_demo.images.frame import Square, within
from gan_demo.images.landmarks import PointsNet
from train import landmark_crops
from train import landmarks as training
from train.landmark_crops import Pack


def guesses(n: int = 24) -> list[Square]:
    """Squares about the face drawn at (190, 110), 260 pixels, as a detector may give them."""
    draw = np.random.default_rng(0)
    return [
        Square(
            320 + draw.uniform(-20, 20),
            220 + draw.uniform(-20, 20),
            150 * np.exp(draw.uniform(-0.2, 0.2)),
            draw.uniform(-45, 45),
        )
        for _ in range(n)
    ]


def test_its_figures_on_drawn_faces():
    grey = np.asarray(scene((190, 110, 260)).convert("L"))[..., None]
    true = POINTS * 260 + [190, 110]
    found = faces.read(grey, guesses())
    apart = [np.linalg.norm(one.points - true, axis=1).mean() for one in found]
    assert np.mean(apart) / (0.31 * 260) < 0.1  # of the distance of the eyes
    assert min(one.sure for one in found) > 0.5


def test_no_face_is_known():
    draw = np.random.default_rng(0)
    blobs = draw.integers(0, 256, (20, 8, 8), np.uint8).repeat(8, 1).repeat(8, 2)
    _, sure = landmarks.read(landmarks.load(), blobs)
    assert np.mean(sure < 0.5) > 0.9


def test_it_is_small_and_quick():
    assert (
        sum(path.stat().st_size for path in checkpoints.network(landmarks.NAME).glob("model*"))
        <= 400_000
    )
    net, x, took = landmarks.load(), np.zeros((1, 64, 64), np.uint8), []
    for _ in range(20):
        start = time.process_time()
        landmarks.read(net, x)
        took.append(time.process_time() - start)
    assert min(took) < 0.01


def test_saved_and_loaded_it_is_the_same_and_damage_is_named(tmp_path):
    landmarks.save(landmarks.load(), tmp_path)
    x = np.asarray(face(64).convert("L"))[None]
    again = landmarks.read(landmarks.load(tmp_path), x)
    assert np.array_equal(again[0], landmarks.read(landmarks.load(), x)[0])
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(ValueError, match="damaged"):
        landmarks.load(tmp_path)


def test_the_error_by_hand():
    true = torch.tensor([[[0.0, 0.0], [4.0, 0.0], [2.0, 2.0], [1.0, 4.0], [3.0, 4.0]]])
    assert training.error(true + torch.tensor([0.0, 0.4]), true).tolist() == pytest.approx([0.1])


@pytest.fixture
def packs() -> tuple[Pack, Pack]:
    shades = [np.asarray(face(128, background=20 * i)) for i in range(6)]
    draw = np.random.default_rng(0)
    others = draw.integers(0, 256, (6, 128, 128, 3), np.uint8)
    return Pack(np.stack(shades), np.stack([POINTS * 128] * 6)), Pack(others)


def test_a_batch_follows_from_its_seed(packs):
    one, two = (landmark_crops.batch(*packs, 16, 64, (3, 5)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert not np.array_equal(one[0], landmark_crops.batch(*packs, 16, 64, (3, 6))[0])
    assert 0 < one[2].sum() < 16


def test_the_points_of_a_square_are_where_its_face_is(packs, monkeypatch):
    """A white dot drawn at a point of the face is where the square says that the point is."""
    dotted = np.zeros((1, 128, 128, 3), np.uint8)
    x, y = POINTS[0] * 128
    dotted[0, round(y) - 3 : round(y) + 3, round(x) - 3 : round(x) + 3] = 255
    at = POINTS * 128
    at[0] = round(x), round(y)
    monkeypatch.setattr(landmark_crops, "_blurred", lambda x, draw: x)
    monkeypatch.setattr(landmark_crops, "_cover", lambda x, other, draw: None)
    monkeypatch.setattr(landmark_crops, "relit", lambda x, draw: x)
    monkeypatch.setattr(landmark_crops, "MIRROR", [0, 1, 2, 3, 4])  # the dot stays the first point
    black = Pack(np.zeros((1, 128, 128, 3), np.uint8))
    x, points, faced = landmark_crops.batch(Pack(dotted, at[None]), black, 40, 64, (0, 0))
    seen = [
        grey[int(64 * y), int(64 * x)]
        for grey, ((x, y), *_) in zip(x[faced], points[faced] + 0.5, strict=True)
        if min(x, y) >= 0 and max(x, y) < 1
    ]
    assert len(seen) > 20
    assert min(seen) > 100


def test_a_stopped_run_goes_on_as_if_it_never_was(packs, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "EVERY", 2)
    small = {"widths": (4, 4), "halve": (1,), "hidden": 8}

    def run(name: str) -> PointsNet:
        torch.manual_seed(0)
        options = {"steps": 4, "batch": 6, "lr": 1e-3, "seed": 0, "run": tmp_path / name}
        return training.train(PointsNet(**small), *packs, **options)

    whole = run("whole")
    drawn = training.drawn

    def stop(*given):
        if given[-1] == (0, 4):
            raise KeyboardInterrupt
        return drawn(*given)

    monkeypatch.setattr(training, "drawn", stop)
    with pytest.raises(KeyboardInterrupt):
        run("parted")
    monkeypatch.setattr(training, "drawn", drawn)
    again = run("parted").state_dict()
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, again[name]), name


def test_what_was_learned_with_other_settings_is_not_written_over(packs, tmp_path):
    options = {"steps": 1, "batch": 4, "lr": 1e-3, "seed": 0, "run": tmp_path / "state.pt"}
    net = PointsNet(widths=(4, 4), halve=(1,), hidden=8)
    training.train(net, *packs, **options)
    before = options["run"].read_bytes()
    with pytest.raises(ValueError, match="other settings"):
        training.train(net, *packs, **options | {"lr": 1e-2})
    assert options["run"].read_bytes() == before


def test_the_mirrored_points_are_in_the_pictures_order():
    turned = (POINTS * [-1, 1] + [1, 0])[landmark_crops.MIRROR]
    assert within(turned, Square(0.5, 0.5, 0.5), 1) == pytest.approx(POINTS)
