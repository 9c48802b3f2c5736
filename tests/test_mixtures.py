"""Mixtures, the three games and their scores in the plane."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.nn.functional import mse_loss

from gan_demo.lab import drawing, games
from gan_demo.lab.experiment import Experiment
from gan_demo.lab.games import G_ROWS, NAMES, Games
from gan_demo.lab.mixtures import Mixture, domains, ring
from gan_demo.lab.scores import score


def drawn(mixture: Mixture, n: int = 4000, seed: int = 0):
    return mixture.draw(n, torch.Generator().manual_seed(seed))


def unstacked(stack, row: int, seed: int, x):
    """One network of a stack by plain linear layers."""
    for layer, (w, b) in enumerate(zip(stack.weights, stack.biases, strict=True)):
        x = x.relu() if layer else x
        x = torch.nn.functional.linear(x, w[row, seed].T, b[row, seed, 0])
    return x


def test_a_mixture_draws_equal_parts_around_its_means():
    mixture = ring(5)
    points, modes = drawn(mixture)
    for k, mean in enumerate(mixture.means):
        own = points[modes == k]
        assert len(own) == pytest.approx(800, rel=0.15)
        assert (own.mean(0) - mean).norm() < 0.02
        assert own.std(0).tolist() == pytest.approx([0.1, 0.1], rel=0.15)


def test_the_source_is_the_target_eight_times_smaller():
    a, b = domains(10)
    torch.testing.assert_close(8 * a.means, b.means)
    assert a.sigma == pytest.approx(b.sigma / 8)
    assert b.means.norm(dim=1).tolist() == pytest.approx([2.0] * 10)


@pytest.mark.parametrize("modes", [0, 11])
def test_modes_are_as_many_as_have_a_colour(modes):
    with pytest.raises(ValueError, match="1 to 10"):
        ring(modes)
    assert len(set(drawing.INKS)) == 10


def test_the_networks_are_those_of_the_paper():
    a, b = domains(3)
    play = Games(a, b, [0])
    assert len(play.G.weights) == 3 and len(play.D.weights) == 5
    x = torch.randn(5, 1, 7, 2)
    for row in range(5):
        torch.testing.assert_close(play.G(x)[row, 0], unstacked(play.G, row, 0, x[row, 0]))


def test_the_games_start_equal_and_only_in_their_own_direction():
    play = Games(*domains(10), [0, 1])
    for w in [*play.G.weights, *play.G.biases]:
        assert torch.equal(w[0], w[1]) and torch.equal(w[0], w[2]) and torch.equal(w[3], w[4])
        assert not torch.equal(w[0], w[3])
        assert not torch.equal(w[0, 0], w[0, 1])
    bound = 1 / math.sqrt(games.WIDTH)
    assert 0.9 * bound < play.G.weights[1].abs().max() <= bound


def test_a_step_is_the_losses_of_the_paper(monkeypatch):
    """Against single networks, plain losses and an optimizer for each game and side."""
    monkeypatch.setattr(games, "BATCH", 16)
    play, by_hand = (Games(*domains(4), [5]) for _ in range(2))
    play.step()
    x, real = (t[:, 0] for t in by_hand.draw(16))
    nets = by_hand.G, by_hand.D
    G, D = (lambda row, p, net=net: unstacked(net, row, 0, p) for net in nets)
    one, zero = torch.ones(16, 1), torch.zeros(16, 1)
    sides = {"D": by_hand.D, "G": by_hand.G}
    adam = {k: torch.optim.Adam(net.parameters(), **games.ADAM) for k, net in sides.items()}

    lost = sum(bce(D(k, real[k]), one) + bce(D(k, G(k, x[k]).detach()), zero) for k in range(4))
    lost.backward()
    adam["D"].step()
    by_hand.G.zero_grad()
    a, b = x[0], x[3]
    gan = bce(D(0, G(0, a)), one)
    rec = bce(D(1, G(1, a)), one) + mse_loss(G(4, G(1, a)), a)
    there = bce(D(2, G(2, a)), one) + mse_loss(G(3, G(2, a)), a)
    disco = there + bce(D(3, G(3, b)), one) + mse_loss(G(2, G(3, b)), b)
    (gan + rec + disco).backward()
    adam["G"].step()
    for net, other in ((play.D, by_hand.D), (play.G, by_hand.G)):
        for p, q in zip(net.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(p, q, atol=2e-5, rtol=0)


def test_a_seed_plays_the_same_beside_others():
    alone, among = Experiment([3], 5), Experiment([0, 3], 5)
    for _ in range(5):
        alone.games.step()
        among.games.step()
    for k in range(len(NAMES)):
        here, there = alone.standings()[k][0], among.standings()[k][1]
        torch.testing.assert_close(here.points, there.points, atol=1e-4, rtol=0)
        assert torch.equal(here.modes, there.modes)


def test_a_perfect_translation_covers_all_and_confuses_none():
    target = ring(10)
    points, modes = drawn(target)
    judged = score(points, modes, target, torch.full((4000, 2), 3.0))
    assert all(judged.covered) and judged.collisions == 0
    assert judged.on_target > 0.98  # 1 - exp(-9/2), three sigmas in the plane
    assert judged.back == pytest.approx(math.hypot(3, 3))


def test_collapse_is_counted():
    target = ring(10)
    modes = torch.arange(1000) % 10
    onto = target.means[modes // 4]  # four modes on target 0, four on 1, two on 2
    judged = score(onto, modes, target)
    assert judged.covered == (True,) * 3 + (False,) * 7
    assert judged.collisions == 6 + 6 + 1
    assert judged.back is None


def test_a_point_counts_within_three_sigmas_and_a_mode_from_one_percent():
    target = ring(10)
    points, modes = target.means[0].repeat(1000, 1), torch.zeros(1000).long()
    points[:9] = target.means[1]
    points[100:300, 0] += 3.1 * target.sigma
    judged = score(points, modes, target)
    assert sum(judged.covered) == 1 and judged.on_target == pytest.approx(0.8)
    points[9] = target.means[1]
    assert sum(score(points, modes, target).covered) == 2


def test_back_is_the_way_through_the_games_own_pair():
    experiment = Experiment([2], 5)
    x, g = experiment.points[0], experiment.games.G
    gan, rec, disco = (game[0].score.back for game in experiment.standings())
    for row, home, back in ((1, 4, rec), (2, 3, disco)):
        assert (G_ROWS[row], G_ROWS[home]) == ("AB", "BA")
        with torch.no_grad():
            gap = unstacked(g, home, 0, unstacked(g, row, 0, x)) - x
        radius = experiment.a.means[0].norm()
        assert back == pytest.approx((gap.norm(dim=1).mean() / radius).item(), rel=1e-4)
    assert gan is None


def test_the_picture_shows_what_is_where():
    places, target = drawing.lattice(), ring(10)
    picture = drawing.panel(
        torch.tensor([[0.0, 0.0]]), torch.tensor([2]), target, 50 * places[:, 1]
    )
    middle = drawing.SIDE // 2
    assert bytes(picture[middle, middle]).hex() == drawing.INKS[2][1:]
    assert bytes(picture[5, middle]).hex() == drawing.SHADES[-1][1:]  # real above
    assert bytes(picture[-5, middle]).hex() == drawing.SHADES[0][1:]  # fake below
    x, y = (
        round((1 + k * c / drawing.VIEW) * middle) for c, k in zip((2, 0), (1, -1), strict=True)
    )
    assert picture[y, x].max() < 60  # the first target's cross
