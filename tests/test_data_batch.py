"""Batches: a function of seed and step, every picture once an epoch, disjoint across processes."""

import io
from collections import Counter
from itertools import chain

import pytest
import torch
from pictures import encoded, flat, write
from PIL import Image

from gan_demo import data
from gan_demo.images import to_pixels


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def pictures(tmp_path):
    return data.load(f"folder:{write(tmp_path / 'ten', flat(10))}", size=16, channels=1, split=None)


def seen(pictures, n, steps, **options) -> list[int]:
    """Which pictures the steps show, by their grey."""
    batches = [data.batch(pictures, n, step=s, **{"seed": 0} | options) for s in steps]
    return [int(v) // 2 for b in batches for v in to_pixels(b["x"])[:, 0, 0, 0]]


def test_a_batch_is_a_function_of_seed_and_step(pictures):
    a, b = (data.batch(pictures, 4, seed=3, step=7)["x"] for _ in range(2))
    assert torch.equal(a, b) and a.shape == (4, 1, 16, 16) and a.dtype == torch.float32
    assert seen(pictures, 10, [0]) != seen(pictures, 10, [0], seed=1)
    assert seen(pictures, 10, [0]) != seen(pictures, 10, [1])


def test_every_epoch_shows_every_picture_once(pictures):
    order = seen(pictures, 4, range(5))  # 20 places: two epochs, the third batch in both
    assert sorted(order[:10]) == sorted(order[10:]) == list(range(10))
    assert Counter(seen(pictures, 25, [0])) == Counter(
        {i: 2 + (i in seen(pictures, 25, [0])[20:]) for i in range(10)}
    )


def test_processes_share_one_batch(pictures):
    together = seen(pictures, 6, range(3))
    apart = [seen(pictures, 3, [s], process=p, processes=2) for s in range(3) for p in range(2)]
    assert list(chain.from_iterable(apart)) == together


def test_flip_mirrors_half(tmp_path):
    slope = Image.new("L", (16, 16))
    slope.putdata([x for _ in range(16) for x in range(16)])
    file = io.BytesIO()
    slope.save(file, "PNG")
    root = write(tmp_path / "slopes", {f"{i:03}.png": file.getvalue() for i in range(100)})
    pictures = data.load(f"folder:{root}", size=16, channels=1, split=None)
    x = data.batch(pictures, 100, seed=0, step=0, flip=True)["x"]
    mirrored = x[:, 0, 0, 0] > x[:, 0, 0, -1]
    assert 30 < mirrored.sum() < 70
    assert torch.equal(x[mirrored].flip(3)[0], x[~mirrored][0])
    assert torch.equal(pictures.x[0], pictures.x[1])  # the stored pixels are as they were


def test_labels_follow_their_pictures(tmp_path):
    levels = {"cat/a.png": 250, "dog/b.png": 10, "dog/c.png": 10}
    root = write(tmp_path / "pets", {k: encoded((v,) * 3) for k, v in levels.items()})
    pictures = data.load(f"folder:{root}", size=16, channels=1, split=None)
    batch = data.batch(pictures, 9, seed=0, step=0)
    assert [int(x[0, 8, 8]) for x in to_pixels(batch["x"])] == [(250, 10)[y] for y in batch["y"]]
