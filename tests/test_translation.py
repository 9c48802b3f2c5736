"""Translation measured on translators and twins whose figures are known."""

import pytest
import torch
from torch import nn

from gan_demo import metrics
from gan_demo.images import from_pixels
from gan_demo.metrics import translation, twins
from gan_demo.systems import Translates


def pictures(n: int, seed: int = 0, channels: int = 1, size: int = 16) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, channels, size, size), generator=g, dtype=torch.uint8)


class Negative(Translates):
    """Each domain is the negative of the other; `hidden` as steep waves that 8 bits just keep."""

    def __init__(self, channels: int = 1, targets: tuple[str, ...] = ("day", "night")):
        super().__init__(16, channels, ("day", "night"))
        self.one, self.drawn = nn.Parameter(torch.ones(())), targets

    @property
    def targets(self):
        return self.drawn

    def generator(self, to):
        return lambda x: -self.one * x


class Hides(Negative):
    """Draws plain grey and hides the picture in the last bits, from where it reads it back."""

    def generator(self, to):
        step = 6 / 255
        return (lambda x: x * step) if to == "night" else (lambda x: x / step)


def test_a_perfect_translator_finds_every_twin():
    x = pictures(8)
    figures = twins.figures(255 - x, 255 - x, torch.arange(8))
    assert figures["twin L1"] == 0
    assert figures["twin SSIM"] == pytest.approx(1)
    assert figures["twin top-1 pixels"] == figures["twin top-5 pixels"] == 1


def test_l1_is_of_pixels_between_minus_one_and_one():
    x, y = pictures(4, 0), pictures(4, 1)
    expected = (from_pixels(x) - from_pixels(y)).abs().mean().item()
    assert twins.pixels(x, y, torch.arange(4))["twin L1"] == pytest.approx(expected, rel=1e-5)
    assert translation.l1(x, y) == pytest.approx(expected, rel=1e-5)


def test_ranks_count_ties_against_the_translator():
    apart = torch.tensor([[1.0, 2, 3], [1, 1, 3], [5, 4, 3]])
    assert twins.ranks(apart, torch.tensor([0, 1, 1])).tolist() == [0, 1, 1]
    assert twins.top(1, torch.tensor([0, 1, 4, 5])) == 0.25
    assert twins.top(5, torch.tensor([0, 1, 4, 5])) == 0.75


def test_quick_figures_of_a_translator():
    day = pictures(12)
    figures = metrics.quick(Negative(), {"a": day, "b": 255 - day}, twins=True)
    assert figures == {
        f"{figure} {domain}": value
        for domain in ("day", "night")
        for figure, value in (("cycle L1", 0), ("twin L1", 0), ("twin top-1", 1))
    }
    unknown = metrics.quick(Negative(), {"a": day, "b": pictures(5, 1)})
    assert unknown == {"cycle L1 day": 0, "cycle L1 night": 0}


def test_a_one_sided_translator_has_no_way_back():
    day = pictures(12)
    one_sided = Negative(targets=("night",))
    figures = metrics.quick(one_sided, {"a": day, "b": 255 - day}, twins=True)
    assert figures.keys() == {"twin L1 night", "twin top-1 night"}
