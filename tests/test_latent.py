"""The identities of the O-GAN split (1903.01931), and walks that stay on the shell."""

import itertools
import math

import pytest
import torch
from jaxtyping import TypeCheckError

from gan_demo import latent
from gan_demo.latent import avg, lerp, normalize, pearson, slerp, std


@pytest.fixture
def pair():
    g = torch.Generator().manual_seed(3)
    return torch.randn(5, 24, generator=g) * 3 + 2, torch.randn(5, 24, generator=g)


def test_shapes_are_enforced_while_the_tests_run(pair):
    with pytest.raises(TypeCheckError):
        pearson(pair[0], pair[1][:, 1:])


def test_n_has_mean_0_and_population_std_1(pair):
    n = normalize(pair[0])
    torch.testing.assert_close(avg(n), torch.zeros(5, 1), atol=1e-6, rtol=0)
    torch.testing.assert_close(std(n), torch.ones(5, 1))
    torch.testing.assert_close(n.norm(dim=1), torch.full((5,), math.sqrt(24)))


def test_n_is_the_formula(pair):
    e = pair[0]
    torch.testing.assert_close(normalize(e), (e - avg(e)) / e.std(1, correction=0, keepdim=True))


def test_n_of_a_constant_is_zero():
    assert not normalize(torch.full((2, 8), 7.0)).any()


def test_rho_sees_neither_shift_nor_scale(pair):
    a, b = pair
    torch.testing.assert_close(pearson(a, 0.3 * a + 5), torch.ones(5))
    torch.testing.assert_close(pearson(4 * a - 1, b), pearson(a, b))
    torch.testing.assert_close(
        pearson(a, b),
        torch.stack([torch.corrcoef(torch.stack(rows))[0, 1] for rows in zip(a, b, strict=True)]),
    )


def test_distance_of_codes_is_two_minus_two_rho(pair):
    a, b = pair
    distance = (normalize(a) - normalize(b)).square().mean(1)
    torch.testing.assert_close(distance, 2 - 2 * pearson(a, b))


def test_gradient_of_rho_is_the_closed_form(pair):
    """grad_e ρ = (N(z) - ρ N(e)) / (nz std e), orthogonal to 1 and to N(e)."""
    e, z = pair[0].clone().requires_grad_(), pair[1]
    (grad,) = torch.autograd.grad(pearson(z, e).sum(), e)
    rho = pearson(z, e).unsqueeze(1)
    closed = (normalize(z) - rho * normalize(e)) / (24 * std(e))
    torch.testing.assert_close(grad, closed, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(grad.sum(1), torch.zeros(5), atol=1e-6, rtol=0)
    torch.testing.assert_close((grad * normalize(e)).sum(1), torch.zeros(5), atol=1e-6, rtol=0)
    norm = (1 - rho.square()).sqrt() / (math.sqrt(24) * std(e))
    torch.testing.assert_close(grad.norm(dim=1, keepdim=True), norm, atol=1e-6, rtol=1e-5)


def test_bfloat16_codes_are_normalized_in_float32():
    n = normalize((torch.randn(4, 64) + 100).bfloat16())
    assert n.dtype == torch.float32
    torch.testing.assert_close(std(n), torch.ones(4, 1))


@pytest.mark.parametrize("walk", [lerp, slerp])
def test_walks_start_and_end_at_their_ends_and_stay_on_the_shell(walk, pair):
    a, b = pair  # std 3 and 1, average 2 and 0
    torch.testing.assert_close(walk(a, b, 0.0), a, atol=1e-4, rtol=0)
    torch.testing.assert_close(walk(a, b, 1.0), b, atol=1e-4, rtol=0)
    for t in (0.2, 0.5, 0.9):
        torch.testing.assert_close(std(walk(a, b, t)), (1 - t) * std(a) + t * std(b))
        on_shell = walk(normalize(a), normalize(b), t)
        torch.testing.assert_close(on_shell, normalize(on_shell), atol=1e-5, rtol=0)


def test_slerp_has_constant_speed(pair):
    a, b = pair
    points = [slerp(a, b, t / 8) for t in range(9)]
    steps = torch.stack([pearson(p, q).acos() for p, q in itertools.pairwise(points)])
    torch.testing.assert_close(steps, steps[:1].expand_as(steps), atol=2e-3, rtol=0)


@pytest.mark.parametrize("sign", [1, -1])
def test_slerp_between_equal_or_opposite_ends_is_finite(sign, pair):
    a = pair[0]
    assert torch.isfinite(slerp(a, sign * normalize(a), 0.3)).all()


def test_bilinear_reaches_its_corners():
    corners = torch.randn(4, 16)
    for i, (u, v) in enumerate([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]):
        point = latent.bilinear(*corners.split(1), u, v)
        torch.testing.assert_close(point, corners[i : i + 1], atol=1e-5, rtol=0)


def test_like_turns_a_code_and_keeps_its_average_and_length(pair):
    z, v = pair
    turned = latent.like(v, z)
    torch.testing.assert_close(avg(turned), avg(z))
    torch.testing.assert_close(std(turned), std(z))
    torch.testing.assert_close(pearson(turned, v), torch.ones(5))
    torch.testing.assert_close(latent.like(v, normalize(z)), normalize(v), atol=1e-5, rtol=0)


def test_a_seed_names_one_picture():
    for kind in latent.PRIORS:
        five = latent.prior(kind, 5, 16, seed=10)
        torch.testing.assert_close(five[3:4], latent.prior(kind, 1, 16, seed=13), atol=0, rtol=0)
    assert not torch.equal(latent.prior("normal", 1, 16), latent.prior("normal", 1, 16))


def test_priors_are_what_they_are_called():
    torch.manual_seed(0)
    z = {kind: latent.prior(kind, 4000, 8) for kind in latent.PRIORS}
    torch.testing.assert_close(std(z["sphere"]), torch.ones(4000, 1))
    assert z["uniform"].abs().max() <= 1
    assert abs(z["uniform"].square().mean().item() - 1 / 3) < 0.01
    with pytest.raises(ValueError, match="uniform"):
        latent.prior("gaussian", 1, 8)


@pytest.fixture
def shell():
    """Codes of a prior, and a mean code."""
    return latent.prior("sphere", 5, 64, seed=0), latent.prior("sphere", 1, 64, seed=9)


def test_variety_1_is_the_prior_and_0_the_mean(shell):
    z, centre = shell
    assert torch.equal(latent.varied(z, centre, 1.0), z)
    torch.testing.assert_close(
        latent.varied(z, centre, 0.0), centre.expand_as(z), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("variety", [0.0, 0.3, 0.55, 0.9, 1.0])
def test_every_variety_lies_on_the_shell(variety, shell):
    varied = latent.varied(*shell, variety)
    torch.testing.assert_close(avg(varied), torch.zeros(5, 1), atol=1e-5, rtol=0)
    torch.testing.assert_close(std(varied), torch.ones(5, 1), atol=1e-5, rtol=0)


def test_the_angle_from_the_mean_code_is_in_proportion_to_variety(shell):
    z, centre = (v.double() for v in shell)
    whole = pearson(centre.expand_as(z), z).acos()
    for variety in (0.1, 0.25, 0.7, 0.95):
        part = pearson(centre.expand_as(z), latent.varied(z, centre, variety)).acos()
        torch.testing.assert_close(part, variety * whole, atol=2e-3, rtol=0)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf, "1", True, None, 10**400])
def test_what_is_no_variety_gets_a_sentence(value, shell):
    with pytest.raises(ValueError, match="from 0, the average picture, to 1"):
        latent.varied(*shell, value) if isinstance(value, float) else latent.variety_of(value)
