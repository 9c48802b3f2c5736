"""UNIT: its losses, and what is shared."""

import pytest
import torch
import toy

from gan_demo import systems
from gan_demo.networks.strided import Scales
from gan_demo.systems.unit import UNIT

SMALL = {"size": 16, "channels": 1, "domains": ["dark", "light"]}
FAST = {"stem": "patch", "padding": "zeros", "up": "shuffle", "norm": "none"}


def make(**options) -> UNIT:
    torch.manual_seed(0)
    nets = {
        "generator": {"width": 4, "blocks": 4},
        "discriminator": {"width": 4, "layers": 2, "scales": 2},
    }
    system = systems.make("unit", **SMALL | nets | options)
    assert isinstance(system, UNIT)
    return system


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    return {"a": toy.pictures(3, -0.8), "b": toy.pictures(3, 0.2)}


def test_the_generators_terms_are_the_formulas(batch, monkeypatch):
    """Against the paper's path, domain by domain, one network after the other, and n = 0.1."""
    system = make(gan=2.0, recon=3.0, kl=5.0, cycle=7.0, cycle_kl=11.0)
    monkeypatch.setattr(torch, "randn_like", lambda h: torch.full_like(h, 0.1))
    terms, a, b = system.generator_loss(batch), batch["a"], batch["b"]

    def h(E, x):
        return system.top(E(x))

    def drawn(G, code):
        return G(system.bottom(code + 0.1)).tanh()

    def apart(x, y):
        return (x - y).abs().mean()

    h_a, h_b = h(system.E_A, a), h(system.E_B, b)
    fake_a, fake_b = drawn(system.G_A, h_b), drawn(system.G_B, h_a)
    back_a, back_b = h(system.E_B, fake_b), h(system.E_A, fake_a)
    wanted = {
        "b": 2 * (system.D_B(fake_b) - 1).square().mean() / 2,
        "a": 2 * (system.D_A(fake_a) - 1).square().mean() / 2,
        "recon": 3 * (apart(drawn(system.G_A, h_a), a) + apart(drawn(system.G_B, h_b), b)),
        "kl": 5 * (h_a.square().mean() + h_b.square().mean()),
        "cycle": 7 * (apart(drawn(system.G_A, back_a), a) + apart(drawn(system.G_B, back_b), b)),
        "cycle kl": 11 * (back_a.square().mean() + back_b.square().mean()),
    }
    assert terms.keys() == wanted.keys()
    for name, value in wanted.items():
        torch.testing.assert_close(terms[name], value, atol=1e-5, rtol=1e-4, msg=name)


def test_the_critics_see_the_same_fakes_with_or_without_the_generators_turn(batch, monkeypatch):
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    system, fresh = make(), dict(batch)
    system.generator_loss(batch)
    known, anew = system.critic_loss(batch), system.critic_loss(fresh)
    assert {"critic a", "critic b"} <= known.keys()
    for name, value in known.items():
        torch.testing.assert_close(value, anew[name], atol=1e-5, rtol=1e-4)


def changed(system: UNIT, module: torch.nn.Module) -> set[str]:
    """The domains that are drawn differently after a change of a module."""
    x = toy.pictures(2, -0.8)
    before = {to: system.translate(x, to) for to in system.domains}
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return {to for to in system.domains if not torch.equal(before[to], system.translate(x, to))}


@pytest.mark.parametrize("shared", [1, 2])
def test_shared_blocks_serve_both_directions(shared):
    for part in ("top", "bottom"):
        system = make(shared=shared)
        assert len(getattr(system, part)) == shared
        assert changed(system, getattr(system, part)) == {"dark", "light"}


def test_private_blocks_serve_one_direction():
    system = make()
    assert changed(system, system.E_A) == {"light"}
    assert changed(system, system.G_A) == {"dark"}


def test_as_released_nothing_is_shared():
    system = make(shared=0)
    assert not [*system.top.parameters(), *system.bottom.parameters()]
    for part in (system.E_A, system.G_B):
        assert changed(system, part) == {"light"}


def test_sharing_costs_no_depth():
    count = lambda s: sum(p.numel() for n in s.players()[0].nets for p in n.parameters())  # noqa: E731
    block = sum(p.numel() for p in make().top.parameters())
    assert count(make(shared=0)) - count(make(shared=1)) == 2 * block


def test_the_code_is_noisy_in_training_and_never_when_asked_to_translate(batch):
    system = make()
    first, second = (system.codes(batch["a"], batch["b"]) for _ in range(2))
    torch.testing.assert_close(first[0], second[0])
    assert not torch.allclose(first[1], second[1])
    torch.testing.assert_close(*(system.translate(batch["a"], "light") for _ in range(2)))


def test_each_scale_weighs_alike():
    net = Scales(1, scales=3, width=4, layers=2)
    x = torch.randn(2, 1, 32, 32)
    logits = net(x)
    assert logits.shape == (2, 3, 8, 8)
    half = torch.nn.functional.avg_pool2d(x, 2)
    torch.testing.assert_close(logits[:, 1, ::2, ::2], net.critics[1](half)[:, 0])
    torch.testing.assert_close(logits[:, 1].mean(), net.critics[1](half).mean())


@pytest.mark.parametrize(
    "generator",
    [{"blocks": 3}, {"blocks": 0}, {"blocks": 4, "residual": True}, {"blocks": 4, "mask": True}],
)
def test_what_cannot_be_cut_in_two_is_refused(generator):
    with pytest.raises(ValueError, match="even number of blocks"):
        make(generator={"width": 4} | generator)


def test_more_halvings_than_the_side_has_are_refused():
    with pytest.raises(ValueError, match="size = 16 cannot be halved so often"):
        make(discriminator={"layers": 3})


def test_it_learns_the_other_light_and_keeps_the_square():
    options = {"generator": FAST | {"width": 8, "blocks": 2}}
    system = make(**options, discriminator={"width": 8, "layers": 2, "scales": 2})
    before = toy.seen(system)
    toy.learn(system, 80, lr=4e-3)
    brightness, likeness = toy.seen(system)
    assert abs(before[0]) < 0.1  # it starts from nothing
    assert abs(before[1]) < 0.1
    assert abs(brightness - 0.27) < 0.2
    assert likeness > 0.2
