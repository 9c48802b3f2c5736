"""DiffAugment: what it does to pictures, and that gradients pass."""

import pytest
import torch

from gan_demo.losses.augment import AUGMENTATIONS, DiffAugment, color, cutout, flip, translation


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_translation_moves_and_does_not_repaint():
    x = torch.zeros(64, 1, 32, 32)
    x[:, :, 16, 16] = 1
    moved = translation(x)
    torch.testing.assert_close(moved.flatten(1).sum(1), torch.ones(64))
    places = moved.flatten(1).argmax(1)
    rows, columns = places // 32, places % 32
    for place in (rows, columns):
        assert place.min() == 12  # by up to an eighth of 32
        assert place.max() == 20
    assert len(places.unique()) > 20  # each picture by its own


def test_cutout_blanks_a_square_of_half_the_side():
    blank = (cutout(torch.ones(200, 3, 32, 32)) == 0).float()
    area = blank[:, 0].flatten(1).sum(1)
    assert area.max() <= 17 * 17
    assert area.min() >= 8 * 8  # at a corner a quarter of it is inside
    assert (blank[:, 0] == blank[:, 2]).all()


def test_flip_mirrors_about_half():
    x = torch.arange(4.0).view(1, 1, 1, 4).expand(400, 1, 1, 4)
    mirrored = (flip(x)[:, 0, 0, 0] == 3).float().mean()
    assert 0.4 < mirrored < 0.6


def test_color_leaves_the_geometry():
    x = torch.zeros(32, 1, 8, 8)
    x[:, :, 2:5, 3:6] = 1
    y = color(x)
    inside, outside = y[:, 0, 3, 4], y[:, 0, 0, 0]
    assert (inside > outside).all()
    torch.testing.assert_close(y[:, 0, 7, 7], outside)
    assert (inside - outside).min() >= 0.5
    assert (inside - outside).max() <= 1.5


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_gradients_pass(name, channels):
    x = torch.randn(4, channels, 16, 16, requires_grad=True)
    y = DiffAugment(name)(x)
    assert y.shape == x.shape
    (grad,) = torch.autograd.grad(y.square().sum(), x)
    assert grad.abs().sum() > 0


def test_a_policy_is_a_list_of_known_names():
    assert not DiffAugment("")
    assert len(DiffAugment("color, translation,cutout,flip").steps) == 4
    with pytest.raises(ValueError, match="translation"):
        DiffAugment("translate")
