"""The measure of a network's grid, and the networks that leave none."""

import pytest
import torch

from gan_demo.images import to_pixels
from gan_demo.metrics.grid import contrast, grid
from gan_demo.networks.translation import Blur, ResNet


def soft(n: int, seed: int, size: int = 64) -> torch.Tensor:
    """Pictures without a grid: noise whose power falls with the frequency, as of photos."""
    noise = torch.randn(n, 1, size, size, generator=torch.Generator().manual_seed(seed))
    f = torch.fft.fftfreq(size)
    slope = (f[:, None].square() + f.square() + size**-2) ** -0.75
    x = torch.fft.ifft2(torch.fft.fft2(noise) * slope).real
    return to_pixels((x / x.std() / 3).clamp(-1, 1))


@pytest.mark.parametrize("period", [2, 4])
@pytest.mark.parametrize("across", [0, 1])
def test_a_grid_is_seen_and_nothing_else(period, across):
    real, other = soft(64, 0), soft(64, 1)
    assert grid(other, real) == pytest.approx(1, abs=0.1)
    lines = (torch.arange(64) % period == 0).long() * 6
    lines = lines[:, None] if across else lines
    drawn = (other.long() + lines).clamp(0, 255).byte()
    assert grid(drawn, real) > 3
    if period == 4:
        assert (contrast(drawn) - contrast(real))[1] > 0.2
    edges = (other.long() + lines * (other > 140)).clamp(0, 255).byte()  # only where it is light
    assert grid(edges, real) > 1.5
    softer = (other.float() / 2 + 64).byte()
    assert grid(softer, real) == pytest.approx(1, abs=0.25)


def test_an_untrained_network_leaves_no_grid_where_it_resizes():
    x = soft(16, 2).float() / 127.5 - 1
    left = {}
    for up in ("shuffle", "resize"):
        torch.manual_seed(0)
        G = ResNet(1, width=8, blocks=1, stem="patch", norm="channel", up=up)
        with torch.no_grad():
            left[up] = grid(to_pixels(4 * G(x)), to_pixels(x))
    assert left["shuffle"] > 5
    assert left["resize"] < 1.2


def test_a_blur_takes_away_what_repeats_every_two_pixels():
    checks = torch.arange(8) % 2
    x = 2.0 * (checks[:, None] ^ checks).expand(1, 1, 8, 8) - 1
    assert Blur()(x)[..., 1:-1, 1:-1].abs().max() < 1e-6
    impulse = torch.zeros(1, 1, 5, 5)
    impulse[..., 2, 2] = 16
    taps = torch.tensor([1.0, 2.0, 1.0])
    torch.testing.assert_close(Blur()(impulse)[0, 0, 1:4, 1:4], taps.outer(taps))
