"""Families of networks: shapes, sides, precision, and one picture equal to the same in a batch."""

import pytest
import torch

from gan_demo import networks

SMALL = {
    "mlp": {"width": 16},
    "dcgan": {"width": 4},
    "grown": {"width": 4, "doublings": 0},  # with sides on top: test_grown.py
    "resnet": {"width": 4},
    "modern": {"width": 8, "group": 8, "blocks": 1},
}


@pytest.mark.parametrize("size", [32, 64, 256])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", networks.FAMILIES)
def test_shapes(name, channels, size):
    family, options = networks.family(name), SMALL[name] | ({} if name == "mlp" else {"cap": 16})
    G = family.Generator(6, size, channels, **options)
    E = family.Encoder(5, size, channels, **options)
    with torch.no_grad():
        x = G(torch.randn(2, 6))
        assert x.shape == (2, channels, size, size)
        assert E(x).shape == (2, 5)


@pytest.mark.parametrize("name", networks.FAMILIES)
def test_outputs_are_float32_under_autocast(name):
    family = networks.family(name)
    G, E = family.Generator(6, 32, 1, **SMALL[name]), family.Encoder(5, 32, 1, **SMALL[name])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = G(torch.randn(2, 6))
        assert x.dtype == E(x).dtype == torch.float32


@pytest.mark.parametrize("norm", ["none", "batch", "instance", "group"])
@pytest.mark.parametrize("name", ["dcgan", "resnet"])
def test_one_picture_is_the_same_alone_and_in_a_batch(name, norm):
    family = networks.family(name)
    G = family.Generator(6, 32, 1, norm=norm, **SMALL[name])
    E = family.Encoder(5, 32, 1, norm=norm, **SMALL[name])
    with torch.no_grad():
        E(G(torch.randn(16, 6)))  # moves the statistics of a batch norm
        G.eval()
        E.eval()
        z = torch.randn(4, 6)
        torch.testing.assert_close(G(z[:1]), G(z)[:1], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(E(G(z[:1])), E(G(z))[:1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", networks.FAMILIES)
def test_first_pictures_and_codes_have_a_sane_scale(name):
    torch.manual_seed(0)
    family = networks.family(name)
    G, E = family.Generator(32, 64, 1), family.Encoder(32, 64, 1)
    with torch.no_grad():
        x = G(torch.randn(8, 32))
        assert 0.01 < x.std() < 2
        assert 1e-3 < E(torch.randn(8, 1, 64, 64)).std() < 30


def test_the_networks_of_the_ogan_scripts():
    """128 px, kernel 5, base 64: 4x4x1024 down and up (github.com/bojone/o-gan)."""
    family = networks.family("dcgan")
    with torch.device("meta"):
        E = family.Encoder(128, 128, 3, width=64, kernel=5, norm="batch")
        G = family.Generator(128, 128, 3, width=64, kernel=5)
    count = {net: sum(p.numel() for p in net.parameters()) / 1e6 for net in (E, G)}
    assert E.end.in_features == 16384
    assert count[E] == pytest.approx(19.5, abs=0.2)
    assert count[G] == pytest.approx(19.5, abs=0.2)


def test_spectral_norm_bounds_the_encoder():
    E = networks.family("resnet").Encoder(1, 32, 1, width=4, norm="spectral")
    for _ in range(20):
        E(torch.randn(2, 1, 32, 32))  # power iterations
    weight = E.end.weight
    assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1.0, abs=0.02)


def test_unknown_families_sides_and_norms_are_refused():
    with pytest.raises(ValueError, match="dcgan"):
        networks.family("dcgam")
    with pytest.raises(ValueError, match="32, 64, 128 or 256"):
        networks.family("dcgan").Generator(8, 48, 1)
    with pytest.raises(ValueError, match="instance"):
        networks.family("dcgan").Generator(8, 32, 1, norm="layer")
