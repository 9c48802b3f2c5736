"""CUT and FastCUT: the contrastive loss, where it looks, and when it stays at the identity."""

import pytest
import torch
import toy

from gan_demo import systems
from gan_demo.networks.taps import head, taps, walk
from gan_demo.networks.translation import ResNet
from gan_demo.systems.cut import CUT, contrast

SMALL = {"size": 16, "channels": 1, "domains": ["dark", "light"]}
FAST = {"stem": "patch", "padding": "zeros", "up": "shuffle", "norm": "channel", "residual": True}


def make(**options) -> CUT:
    torch.manual_seed(0)
    nets = {
        "generator": {"width": 4, "blocks": 3},
        "discriminator": {"width": 4, "layers": 2},
        "patches": 16,
        "features": 8,
    }
    system = systems.make("cut", **SMALL | nets | options)
    assert isinstance(system, CUT)
    return system


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    return {"a": toy.pictures(3, -0.8), "b": toy.pictures(3, 0.2)}


def units(*shape: int) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(shape), dim=-1)


def test_contrast_is_the_formula():
    """-log of the share of exp(q·k/τ) that its own place has, one place after the other."""
    q, k = units(2, 5, 8), units(2, 5, 8)
    wanted = []
    for own_q, own_k in zip(q, k, strict=True):
        for s in range(5):
            weights = torch.stack([(own_q[s] @ own_k[t] / 0.07).exp() for t in range(5)])
            wanted.append(-(weights[s] / weights.sum()).log())
    torch.testing.assert_close(contrast(q, k, 0.07), torch.stack(wanted).mean())


def test_negatives_come_from_the_same_picture_alone():
    q, k = units(3, 5, 8), units(3, 5, 8)
    each = torch.stack([contrast(q[i : i + 1], k[i : i + 1], 0.07) for i in range(3)])
    torch.testing.assert_close(contrast(q, k, 0.07), each.mean())


def test_the_generators_terms_are_the_formula(batch, monkeypatch):
    system = make(lam=3.0)
    monkeypatch.setattr(torch, "randperm", lambda n, device=None: torch.arange(n))
    terms, x = system.generator_loss(batch), torch.cat([batch["a"], batch["b"]])
    y = system.G(x)
    fooled = (system.D(y[:3]) - 1).square().mean() / 2
    torch.testing.assert_close(terms["b"], fooled)
    layers = []
    for H, t in zip(system.H, system.taps, strict=True):
        q, k = (
            torch.nn.functional.normalize(H(system.G.layers[:t](v).flatten(2).mT[:, :16]), dim=2)
            for v in (y, x)
        )
        layers.append(contrast(q, k, 0.07))
    torch.testing.assert_close(terms["nce"], 3 * torch.stack(layers).mean(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("norm", ["instance", "none"])
@pytest.mark.parametrize("stem", ["conv7", "patch"])
def test_it_looks_at_the_picture_the_halvings_and_two_blocks(stem, norm):
    G = ResNet(1, width=4, blocks=3, stem=stem, norm=norm)
    maps = walk(G.layers, x := toy.pictures(1, 0.2))
    assert [tuple(maps[t].shape[1:]) for t in taps(G)] == [
        (1, 16, 16),
        (8, 8, 8),
        (16, 4, 4),
        (16, 4, 4),
        (16, 4, 4),
    ]
    assert len(set(taps(G))) == 5
    torch.testing.assert_close(G.drawn(x, maps[-1]), G(x))


def test_what_is_compared_with_is_held_fixed(batch):
    system = make()
    a = batch["a"].requires_grad_()
    drawn = toy.pictures(3, 0.2).requires_grad_()
    to_a, to_drawn = torch.autograd.grad(
        system.nce(walk(system.G.layers, a), drawn), (a, drawn), allow_unused=True
    )
    assert to_a is None
    assert to_drawn.abs().sum() > 0


def test_a_mirrored_drawing_is_compared_place_by_place(batch, monkeypatch):
    """Where G's kernels are symmetric, it makes no difference that the drawing was mirrored."""
    system = make(mirror=True)
    stem = system.G.layers[0]
    assert isinstance(stem, torch.nn.Conv2d)
    with torch.no_grad():
        stem.weight.add_(stem.weight.flip(3))
    system.taps, system.patches = (0, 2), 256
    system.H = torch.nn.ModuleList([head(1, 8), head(4, 8)])
    looked = []
    stem.register_forward_hook(lambda _, args, __: looked.append(args[0]))
    maps, drawn = walk(system.G.layers, batch["a"]), torch.rand(3, 1, 16, 16)
    monkeypatch.setattr(torch, "rand", lambda *_: torch.tensor(0.9))
    plain = system.nce(maps, drawn)
    monkeypatch.setattr(torch, "rand", lambda *_: torch.tensor(0.1))
    mirrored = system.nce(maps, drawn)
    torch.testing.assert_close(looked[-1], looked[-2].flip(3))
    torch.testing.assert_close(plain, mirrored, atol=1e-4, rtol=1e-4)


def test_without_the_identity_term_the_second_domain_is_not_drawn(batch):
    system = make(identity=False)
    looked = []
    system.G.layers[0].register_forward_hook(lambda _, args, __: looked.append(len(args[0])))
    system.generator_loss(batch)
    assert looked == [3, 3]  # drawing a, looking at the drawing


def test_it_draws_the_second_domain_only():
    system = make()
    assert system.targets == ("light",)
    with pytest.raises(ValueError, match="Choose light"):
        system.translate(torch.zeros(1, 1, 16, 16), "dark")
    pictures = {"a": toy.pictures(9, -0.8), "b": toy.pictures(9, 0.2)}
    assert system.preview(pictures).keys() == {"dark-to-light"}


TOY = {
    "generator": FAST | {"width": 8, "blocks": 2},
    "discriminator": {"width": 8, "layers": 2, "norm": "none"},
    "patches": 32,
    "features": 32,
}


def test_cut_learns_the_other_light_and_keeps_the_square():
    system = make(**TOY, loss="rpgan", loss_options={"r1": 1.0, "r2": 1.0})
    toy.learn(system, 60)
    brightness, likeness = toy.seen(system)
    assert brightness > -0.3  # from -0.73
    assert likeness > 0.3


def test_fastcut_as_published_may_stay_at_the_identity():
    system = make(**TOY, lam=10.0, identity=False, mirror=True)
    toy.learn(system, 30)
    brightness, likeness = toy.seen(system)
    assert brightness < -0.6
    assert likeness > 0.8
