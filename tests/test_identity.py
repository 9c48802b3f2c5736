"""Identity by a published network, which is not installed here or is: both ways."""

import sys
from importlib.util import find_spec

import pytest
import torch

from gan_demo.metrics import Reference, Unavailable, identity
from gan_demo.systems import Encodes


class Keeps(Encodes):
    """Gives every picture back, its code is the picture."""

    def __init__(self):
        super().__init__(16, 1)
        self.z_dim, self.one = 256, torch.nn.Parameter(torch.ones(()))

    def encode(self, x):
        return x.flatten(1) * self.one

    def decode(self, z):
        return z.view(-1, 1, 16, 16)


def grey(n):
    g = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, 1, 16, 16), generator=g, dtype=torch.uint8)


def test_the_figures_are_their_formulas():
    a = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]])
    found = identity.figures(a, torch.tensor([[0.0, 0.3], [1.0, 0.4], [1.0, 1.5]]))
    assert found["apart"] == pytest.approx((0.3 + 0.4 + 1.0) / 3)
    assert found["same person"] == pytest.approx(2 / 3)
    assert found["top-1"] == pytest.approx(2 / 3)  # the second is nearer to the third
    assert found["apart, strangers"] == pytest.approx((1.25**0.5 + 1 + 0.5) / 3)
    assert found["same person, strangers"] == pytest.approx(1 / 3)


def test_without_dlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    monkeypatch.setattr(identity, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="pip install dlib-bin"):
        identity.measure(Keeps(), Reference(grey(4), grey(4)))


def test_what_is_no_face_is_not_measured(monkeypatch):
    none = torch.zeros(0, identity.D)
    monkeypatch.setattr(identity, "reader", lambda: lambda photos, pictures: (none, none))
    with pytest.raises(Unavailable, match="only 0 of 4"):
        identity.measure(Keeps(), Reference(grey(4), grey(4)))


@pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed")
def test_dlib_finds_no_face_in_noise():
    a, b = identity.reader()(grey(2), grey(2))
    assert a.shape == b.shape == (0, identity.D)
