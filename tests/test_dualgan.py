"""DualGAN: its losses, and the pitfalls of the released code."""

import pytest
import torch
import toy

from gan_demo import systems
from gan_demo.networks.unet import UNet
from gan_demo.systems.dualgan import DualGAN

SMALL = {"size": 16, "channels": 1, "domains": ["dark", "light"]}


def make(**options) -> DualGAN:
    torch.manual_seed(0)
    nets = {
        "generator": {"width": 4, "depth": 3},
        "discriminator": {"width": 4, "layers": 2},
    }
    system = systems.make("dualgan", **SMALL | nets | options)
    assert isinstance(system, DualGAN)
    return system


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    return {"a": toy.pictures(3, -0.8), "b": toy.pictures(3, 0.2)}


def test_the_generators_terms_are_the_formula(batch):
    system = make(lam=7.0)
    terms, a, b = system.generator_loss(batch), batch["a"], batch["b"]
    there, back = system.G_AB, system.G_BA
    cycle = (back(there(a)) - a).abs().mean() + (there(back(b)) - b).abs().mean()
    torch.testing.assert_close(terms["cycle"], 7 * cycle)
    torch.testing.assert_close(terms["b"], -system.D_B(there(a)).mean())
    torch.testing.assert_close(terms["a"], -system.D_A(back(b)).mean())


def test_the_critics_terms_are_the_formula(batch):
    system = make(loss_options={"gp": 0.0})
    terms = system.critic_loss(batch)
    assert terms.keys() == {"critic a", "critic b"}  # no penalty
    fake = system.G_AB(batch["a"])
    apart = system.D_B(fake).mean() - system.D_B(batch["b"]).mean()
    torch.testing.assert_close(terms["critic b"], apart)


def test_a_critic_gives_one_logit_a_picture():
    assert make().D_A(torch.zeros(2, 1, 16, 16)).shape == (2, 1, 1, 1)


def test_the_innermost_map_carries_information_even_as_one_pixel():
    torch.manual_seed(0)
    net = UNet(1, width=4, depth=4)
    x = torch.rand(2, 1, 16, 16) * 2 - 1
    plain = net(x)
    inner = []
    hook = net.downs[-1].register_forward_hook(lambda _, __, out: inner.append(out) or out.flip(0))
    swapped = net(x)
    hook.remove()
    assert inner[0].shape[-2:] == (1, 1)
    assert not torch.allclose(inner[0][0], inner[0][1])
    assert (plain - swapped).abs().max() > 1e-4


def test_clipping_holds_the_critics_and_only_on_their_own_turn(batch):
    system = make(clip=0.01, loss_options={"gp": 0.0})
    largest = lambda: max(p.abs().max() for p in system.D_A.parameters())  # noqa: E731
    system.generator_loss(batch)
    assert largest() > 0.01
    system.critic_loss(batch)
    assert largest() <= 0.01
    assert max(p.abs().max() for p in system.G_AB.parameters()) > 0.01


def test_critics_may_move_more_often():
    assert {p.name: p.every for p in make(critics=3).players()} == {"G": 3, "D": 1}


def test_any_side_that_is_a_multiple_of_4_can_be_trained_on():
    system = make(size=20, generator={"width": 4})
    assert system.stride == 4
    ab = {"a": toy.pictures(2, -0.8, 20), "b": toy.pictures(2, 0.2, 20)}
    assert all(torch.isfinite(v) for p in system.players() for v in p.loss(ab).values())


@pytest.mark.parametrize("options", [{"generator": {"depth": 5}}, {"discriminator": {"layers": 5}}])
def test_more_halvings_than_the_side_has_are_refused(options):
    with pytest.raises(ValueError, match="size = 16 cannot be halved so often"):
        make(**options)


def test_sides_are_padded_to_the_depth_of_the_net():
    system = make()
    assert system.stride == 8
    assert system.translate(torch.zeros(1, 1, 20, 13), "light").shape == (1, 1, 20, 13)


@pytest.mark.parametrize("norm", ["instance", "none"])
def test_a_residual_starts_near_the_picture_itself(norm):
    x = toy.pictures(2, 0.2)
    drawn = UNet(1, width=4, depth=3, norm=norm, residual=True)(x)
    assert 0 < (drawn - x).abs().mean() < 0.1


def test_it_learns_to_go_there_and_back():
    system = make(generator={"width": 8, "depth": 3}, lam=100.0)
    toy.learn(system, 50)
    brightness, _ = toy.seen(system)
    assert abs(brightness - 0.27) < 0.2
    x = toy.pictures(16, -0.8)
    with torch.no_grad():
        again = system.translate(system.translate(x, "light"), "dark")
    assert (again - x).abs().mean() < 0.1
