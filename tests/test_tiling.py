"""Tiles come together again."""

import itertools

import pytest
import torch

from gan_demo import images
from gan_demo.images import tiling
from gan_demo.types import Pixels


def noise(height: int, width: int, channels: int = 3) -> Pixels:
    shape, draw = (1, channels, height, width), torch.Generator().manual_seed(0)
    return torch.randint(256, shape, generator=draw, dtype=torch.uint8)


def run(paint, x: Pixels, **options) -> tuple[Pixels, list[float]]:
    told, work = [], tiling.painted(paint, x, **options)
    while True:
        try:
            told.append(next(work))
        except StopIteration as stop:
            return stop.value, told


@pytest.mark.parametrize(
    ("height", "width", "side", "overlap"),
    [
        (64, 64, 64, 16),
        (65, 64, 64, 16),
        (20, 300, 64, 32),
        (81, 69, 64, 63),
        (200, 130, 32, 8),
        (97, 50, 16, 0),
        (1, 1, 8, 4),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_identity_gives_every_pixel_back(height, width, side, overlap, channels):
    x = noise(height, width, channels)
    y, told = run(lambda tile: tile, x, side=side, overlap=overlap)
    assert torch.equal(x, y)
    assert told == sorted(told) and told[-1] == 1


def test_a_network_never_sees_more_than_a_tile_and_all_of_them():
    seen = []
    _, told = run(lambda t: seen.append(t.shape) or t, noise(100, 300), side=64, overlap=16)
    assert set(seen) == {(1, 3, 64, 64)}
    assert len(seen) == len(told) == 2 * 6


@pytest.mark.parametrize("length", [65, 100, 128, 1000, 2047])
def test_neighbours_overlap_at_least_as_asked(length):
    begin = tiling.starts(length, 64, 16)
    assert begin[0] == 0 and begin[-1] == length - 64
    assert max(b - a for a, b in itertools.pairwise(begin)) <= 64 - 16


def test_tiles_of_different_tone_meet_without_a_seam():
    """Each tile in one grey, black and white in turn: neighbours differ as much as can be."""
    tone = iter([-1.0, 1.0] * 99)
    y, _ = run(lambda t: t * 0 + next(tone), noise(128, 512, 1), side=128, overlap=32)
    steps = y.short().diff(dim=-1).abs()
    assert y.min() == 0 and y.max() == 255
    assert steps.max() <= 256 / 16 + 1


def test_what_padding_does_at_the_sides_of_a_tile_is_not_seen():
    def spoilt(tile):
        tile = tile * 0
        tile[..., :8, :] = tile[..., -8:, :] = tile[..., :8] = tile[..., -8:] = 1
        return tile

    y, _ = run(spoilt, noise(300, 300, 1), side=64, overlap=32)
    assert (y[..., 8:-8, 8:-8] == 128).all()


def test_a_blend_is_between_what_it_blends():
    """The plain sum of overlapping tiles would be lighter."""
    y, _ = run(lambda t: t * 0 + 0.5, noise(90, 90), side=32, overlap=24)
    assert (y == images.to_pixels(torch.full((1, 1, 1, 1), 0.5)).item()).all()


def test_an_overlap_of_the_whole_tile_is_refused():
    with pytest.raises(ValueError, match="choose less"):
        run(lambda t: t, noise(90, 90), side=32, overlap=32)
