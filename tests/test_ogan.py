"""What O-GAN itself promises, beside the contract of every system."""

import math

import torch
from cases import batch_of, make

from gan_demo import systems


def test_the_critic_ignores_the_code_and_the_code_ignores_the_critic():
    system = make("ogan")
    e = torch.randn(5, 8, requires_grad=True)
    (grad,) = torch.autograd.grad(system.judge(e).sum(), e)
    torch.testing.assert_close(grad, torch.full((5, 8), system.gain / 8))
    (grad,) = torch.autograd.grad(system.correspondence(torch.randn(5, 8), e, 1.0)["rho"], e)
    torch.testing.assert_close(grad.sum(1), torch.zeros(5), atol=1e-6, rtol=0)


def test_penalties_do_not_see_the_code():
    """R1 of k avg E(x) is unchanged when the part of e orthogonal to 1 is rescaled."""
    system = make("ogan")
    system.augment = lambda x: x
    x = batch_of(system)["x"]

    def r1(stretch):
        plain = system.E.forward

        def stretched(pictures):
            e = plain(pictures)
            mean = e.mean(1, keepdim=True)
            return mean + stretch * (e - mean)

        system.E.forward = stretched
        value = systems.ogan.losses.gradient_norm2(system.D, x)
        system.E.forward = plain
        return value

    torch.testing.assert_close(r1(1.0), r1(3.0), rtol=1e-4, atol=1e-6)


def test_two_steps_equal_the_scripts_single_scalar():
    """One optimizer on mean[(mr - mf_) + (mf - mf_) - λρ] + QP, as in github.com/bojone/o-gan,
    gives E and G the gradients of our two players (low means real there: E turns its sign)."""
    system = make("ogan paper")
    for module in system.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()  # the scripts' three passes and our two see different batches
    x, z = batch_of(system)["x"], torch.randn(6, 8)
    system.prior = lambda n, seed=None: z
    lam, E, G = 0.5, system.E, system.G
    system.lam_E = system.lam_G = lam
    system.judge = lambda e: -e.mean(1)  # their sign
    fake = G(z)
    mr, mf, mf_ = E(x).mean(1), E(fake).mean(1), E(fake.detach()).mean(1)
    rho = systems.ogan.pearson(z, E(fake)).mean()
    d = (x - fake.detach()).square().flatten(1).mean(1)
    script = ((mr - mf_) + (mf - mf_)).mean() - lam * rho + (0.25 * (mr - mf_) ** 2 / d).mean()
    theirs = torch.autograd.grad(script, list(system.parameters()))
    ours = []
    for player in system.players():
        mine = [p for net in player.nets for p in net.parameters()]
        ours += torch.autograd.grad(sum(player.loss({"x": x}).values()), mine)
    order = [p for player in system.players() for net in player.nets for p in net.parameters()]
    by_weight = dict(zip(system.parameters(), theirs, strict=True))
    generators = set(G.parameters())
    for p, grad in zip(order, ours, strict=True):
        torch.testing.assert_close(
            grad, by_weight[p], atol=2e-5, rtol=2e-3, msg=f"{'G' if p in generators else 'E'}"
        )


def test_the_photo_term_moves_e_alone_and_shows_it_photos():
    system = make("ogan")
    system.augment = type(system.augment)("")
    x = batch_of(system)["x"]
    system.G.requires_grad_(False)
    terms = system.encoder_loss({"x": x})
    grads = torch.autograd.grad(terms["photo"], list(system.E.parameters()), allow_unused=True)
    assert any(g is not None and g.abs().sum() > 0 for g in grads)
    assert "photo" not in system.generator_loss({"x": x})


def test_other_photos_reach_the_photo_term_and_nothing_else():
    system = make("ogan")
    system.augment = type(system.augment)("")
    x = batch_of(system)["x"]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = system.encoder_loss({"x": x})
        torch.manual_seed(0)
        both = system.encoder_loss({"x": x, "photo": -x})
    n = math.ceil(system.photo_share * len(x))
    shown = torch.cat([x[:n], -x[:n]])
    by_hand = system.photo * (system.reconstruct(shown) - shown).square().mean()
    torch.testing.assert_close(both.pop("photo"), by_hand)
    plain.pop("photo")
    for name, term in plain.items():
        torch.testing.assert_close(both[name], term)


def test_the_matrix_form_is_the_error_of_w_times_e():
    system = make("ogan matrix")
    z, e = torch.randn(5, 8), torch.randn(5, 8)
    by_hand = 0.7 * (z - e @ system.W.weight.T).square().mean()
    torch.testing.assert_close(system.correspondence(z, e, 0.7)["mse"], by_hand)


def test_likeness_in_maps_is_measured_by_hand_and_moves_the_code_but_not_the_ruler():
    system = make("ogan")
    system.augment = type(system.augment)("")
    system.photo_maps = 2.0
    x = batch_of(system)["x"]
    y = system.reconstruct(x).detach().requires_grad_()
    off = [
        (f - g).square().sum() / f.square().sum()
        for f, g in zip(system.maps(x), system.maps(y), strict=True)
    ]
    torch.testing.assert_close(system.apart(x, y), sum(off) / len(off))
    (by_y,) = torch.autograd.grad(system.apart(x, y), [y])
    assert by_y.abs().sum() > 0
    weights = list(system.E.parameters())
    assert all(p.requires_grad for p in weights)
    alone = torch.autograd.grad(system.apart(x, y), [y, *weights], allow_unused=True)
    assert all(g is None for g in alone[1:])
    terms = system.encoder_loss({"x": x})
    code = torch.autograd.grad(terms["maps"], weights, allow_unused=True)
    assert any(g is not None and g.abs().sum() > 0 for g in code)
