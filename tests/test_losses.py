"""Each loss against its closed form, and the optima that the papers promise."""

import math

import pytest
import torch
from torch.nn.functional import softplus

from gan_demo import losses

X, G = torch.linspace(-1, 1, 6).view(6, 1, 1, 1), torch.linspace(2, -2, 6).view(6, 1, 1, 1)


def linear(x):
    """D(x) = 3x + 1, so |∇D|² = 9."""
    return (3 * x + 1).flatten(1).sum(1)


def total(terms):
    return sum(terms.values()).item()


CLOSED = {
    "nonsaturating": lambda r, f: (softplus(-r) + softplus(f), softplus(-f)),
    "lsgan": lambda r, f: (((r - 1) ** 2 + f**2) / 2, (f - 1) ** 2 / 2),
    "hinge": lambda r, f: ((1 - r).relu() + (1 + f).relu(), -f),
    "wgan_gp": lambda r, f: (f - r + 10 * (3 - 1) ** 2, -f),
    "rpgan": lambda r, f: (softplus(f - r), softplus(r - f)),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_loss_is_its_formula(name):
    loss = losses.make(name)
    critic, generator = CLOSED[name](linear(X), linear(G))
    assert total(loss.critic(linear, X, G)) == pytest.approx(critic.mean().item(), rel=1e-5)
    assert total(loss.generator(linear, X, G)) == pytest.approx(generator.mean().item(), rel=1e-5)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_the_critic_prefers_real_high_and_the_generator_fake_high(name):
    loss = losses.make(name)
    real, fake = torch.zeros(6, requires_grad=True), torch.zeros(6, requires_grad=True)
    terms = loss.critic(linear, X, G, scores=(real, fake))
    d_real, d_fake = torch.autograd.grad(terms["critic"], (real, fake))
    assert (d_real < 0).all()
    assert (d_fake > 0).all() or name == "lsgan"  # its fake target is 0, where we stand
    (up,) = torch.autograd.grad(loss.towards(real.detach(), fake), fake)
    assert (up < 0).all()


@pytest.mark.parametrize(("name", "best"), [("qp", 10.0), ("ogan_qp", 2.0)])
def test_the_best_margin_of_a_pair_is_lambda_d(name, best):
    """GAN-QP: s* = λ d; the O-GAN scripts: s* = 2 d with d the mean square."""
    x, g = torch.randn(4, 1, 8, 8), torch.randn(4, 1, 8, 8)
    power = 1 if name == "qp" else 2
    d = (x - g).abs().pow(power).flatten(1).mean(1)
    margin = (best * d).requires_grad_()
    loss = losses.make(name)
    value = loss.against(margin, torch.zeros(4), x, g)
    (slope,) = torch.autograd.grad(value, margin)
    torch.testing.assert_close(slope, torch.zeros(4), atol=1e-6, rtol=0)


def test_the_ogan_scripts_loss():
    """(mr - mf) + ¼ (mr - mf)² / d with low meaning real, so the signs of D turn."""
    x, g = torch.randn(4, 1, 8, 8), torch.randn(4, 1, 8, 8)
    mr, mf = torch.randn(4), torch.randn(4)
    d = (x - g).square().flatten(1).mean(1)
    script = ((mr - mf) + 0.25 * (mr - mf) ** 2 / d).mean()
    ours = losses.make("ogan_qp").against(-mr, -mf, x, g)
    torch.testing.assert_close(ours, script)


def test_qp_never_trains_the_generator_by_pixel_distance():
    g = torch.randn(4, 1, 8, 8, requires_grad=True)
    value = losses.make("qp").against(torch.randn(4), torch.randn(4), torch.randn(4, 1, 8, 8), g)
    assert not value.requires_grad


def test_r1_of_a_linear_critic_is_the_squared_weight():
    loss = losses.make("rpgan", {"r1": 2.0, "r2": 4.0})
    terms = loss.critic(linear, X, G)
    assert terms["r1"].item() == pytest.approx(9.0)  # γ/2 · 9
    assert terms["r2"].item() == pytest.approx(18.0)


def test_one_penalty_alone_looks_at_its_own_pictures():
    def square(x):
        return x.square().flatten(1).sum(1)  # |∇D|² = 4 x²

    for name, pictures in (("r1", X), ("r2", G)):
        terms = losses.make("hinge", {name: 2.0}).critic(square, X, G)
        assert set(terms) == {"critic", name}
        assert terms[name].item() == pytest.approx(4 * pictures.square().mean().item())


def test_the_penalty_looks_at_its_share_of_the_batch():
    seen = []

    def counting(x):
        seen.append(len(x))
        return linear(x)

    losses.make("rpgan", {"r1": 1.0, "r2": 1.0, "share": 0.5}).critic(counting, X, G)
    assert seen == [6, 6, 6]  # real, fake, and 3 + 3 together


def test_a_schedule_drives_the_penalty():
    loss = losses.make("rpgan", {"r1": [2.0, 0.2], "r2": 0.0})
    first, last = (loss.critic(linear, X, G, progress)["r1"].item() for progress in (0.0, 1.0))
    assert (first, last) == (pytest.approx(9.0), pytest.approx(0.9))


def test_one_sided_smoothing_keeps_the_fake_target_0():
    """-0.9 log σ(d) - 0.1 log(1-σ(d)) on real, -log(1-σ(d)) on fake."""
    real, fake = linear(X), linear(G)
    target = torch.full((6,), 0.9)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    expected = bce(real, target) + bce(fake, torch.zeros(6))
    terms = losses.make("nonsaturating", {"smooth": 0.9}).critic(linear, X, G)
    torch.testing.assert_close(terms["critic"], expected)


def test_pairs_go_through_every_loss_and_penalty():
    """BiGAN's critic looks at (picture, code)."""

    def joint(pair):
        x, z = pair
        return x.flatten(1).sum(1) + 2 * z.sum(1)  # |∇D|² = 1 + 4 · 3

    real, fake = (X, torch.randn(6, 3)), (G, torch.randn(6, 3))
    for name in losses.LOSSES:
        terms = losses.make(name, {"r1": 2.0, "r2": 2.0}).critic(joint, real, fake)
        assert math.isfinite(total(terms))
        assert terms["r1"].item() == pytest.approx(13.0)


def test_wgan_gp_is_0_for_a_critic_of_slope_1():
    terms = losses.make("wgan_gp").critic(lambda x: x.flatten(1).sum(1), X, G)
    assert terms["gp"].item() == pytest.approx(0.0, abs=1e-9)


def test_unknown_names_and_options_are_refused():
    with pytest.raises(ValueError, match="Known: nonsaturating"):
        losses.make("gan")
    with pytest.raises(ValueError, match="gamma"):
        losses.make("rpgan", {"gamma": 1.0})
    with pytest.raises(ValueError, match="l1, l2, mse"):
        losses.make("qp", {"distance": "l3"})
