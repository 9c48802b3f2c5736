"""LAPGAN and the pyramid under it."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv_transpose2d

from gan_demo import checkpoint, latent, systems
from gan_demo.images import pyramid

THIN = {"coarse": {"width": 8}, "detail": {"width": 8, "blocks": 1}, "critic": {"width": 8}}


def lapgan(**options) -> systems.System:
    torch.manual_seed(0)
    return systems.make("lapgan", **({"size": 16, "coarsest": 4, "z_dim": 330} | THIN | options))


def test_a_pyramid_is_exact_whatever_the_picture():
    x = torch.rand(3, 2, 32, 32) * 2 - 1
    pictures = pyramid.gaussian(x, 3)
    assert [p.shape[-1] for p in pictures] == [8, 16, 32]
    torch.testing.assert_close(pictures[0], avg_pool2d(x, 4))
    parts = pyramid.details(pictures)
    torch.testing.assert_close(parts[2], x - pyramid.up(pyramid.down(x)), atol=0, rtol=0)
    assert parts[2].abs().mean() > 0.1
    for again, picture in zip(pyramid.rebuilt(parts), pictures, strict=True):
        torch.testing.assert_close(again, picture, atol=1e-6, rtol=0)


def test_up_is_the_filter_1_3_3_1():
    x, taps = torch.rand(1, 1, 6, 6), torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    wanted = conv_transpose2d(x, torch.outer(taps, taps)[None, None], stride=2, padding=1)
    torch.testing.assert_close(pyramid.up(x)[..., 2:-2, 2:-2], wanted[..., 2:-2, 2:-2])


def test_stages_double_and_each_adds_its_own_detail():
    system = lapgan().eval()
    z = system.prior(3, seed=2)
    stages = system.stages(z)
    assert [s.shape for s in stages] == [(3, 3, 4, 4), (3, 3, 8, 8), (3, 3, 16, 16)]
    torch.testing.assert_close(stages[-1], system.decode(z), atol=0, rtol=0)
    first, *rest = z.split(system.parts, 1)
    torch.testing.assert_close(stages[0], system.G[0](first))
    for k, part in enumerate(rest, 1):
        h = system.G[k](pyramid.up(stages[k - 1]), part)
        torch.testing.assert_close(pyramid.details(stages)[k], h, atol=1e-6, rtol=0)


def test_other_noise_at_the_end_of_z_changes_the_finest_picture_alone():
    system = lapgan().eval()
    z, other = system.prior(2, seed=0), system.prior(2, seed=9)
    mixed = torch.cat([z[:, : -system.parts[-1]], other[:, -system.parts[-1] :]], 1)
    before, after = system.stages(z), system.stages(mixed)
    assert torch.equal(before[0], after[0]) and torch.equal(before[1], after[1])
    assert not torch.equal(before[2], after[2])


def test_a_levels_loss_reaches_that_levels_own_nets_only():
    system = lapgan()
    x = torch.rand(4, 3, 16, 16)
    for k, side in enumerate(system.sides):
        for player in system.players():
            if player.name not in (f"D{side}", f"G{side}"):
                continue
            system.zero_grad(set_to_none=True)
            sum(player.loss({"x": x}).values()).backward()
            reached = {n for n, p in system.named_parameters() if p.grad is not None}
            assert reached
            assert {name.split(".")[1] for name in reached} == {str(k)}


def test_a_level_is_a_gan_of_the_same_enlargement():
    """G at zero adds nothing: both pictures of the critic's pair are then the l it is given."""
    system = lapgan(sigma=0.0)
    x = torch.rand(4, 3, 16, 16)
    with torch.no_grad():
        for weight in system.G[2].parameters():
            weight.zero_()
    (real, low), (fake, same) = system.seen(2, x)
    torch.testing.assert_close(real, x, atol=0, rtol=0)
    torch.testing.assert_close(low, pyramid.up(avg_pool2d(x, 2)), atol=0, rtol=0)
    assert torch.equal(low, same) and torch.equal(fake, low)


def test_details_may_have_penalties_of_their_own():
    system = lapgan(loss_options={"r1": 2.0}, detail_options={"r1": 0.0})
    x = torch.rand(4, 3, 16, 16)
    terms = {player.name: player.loss({"x": x}).keys() for player in system.players()}
    assert terms["D4"] == {"critic", "r1"}
    assert terms["D8"] == terms["D16"] == {"critic"}


def test_noise_of_sigma_on_what_is_enlarged():
    system = lapgan(sigma=0.5)
    x = torch.zeros(64, 3, 16, 16)
    (real, low), _ = system.seen(2, x)
    assert torch.equal(real, x)
    assert low.std().item() == pytest.approx(0.5 * 10 / 16, rel=0.1)  # |(1, 3) / 4|² = 10 / 16


def test_a_checkpoint_holds_the_generators_only(tmp_path):
    system = lapgan().eval()
    checkpoint.save(tmp_path / "saved", system, training={})
    again = checkpoint.load(tmp_path / "saved").system
    z = latent.prior("normal", 2, 330, 0)
    assert (again.decode(z) - system.decode(z)).abs().max() < 0.02  # halves
    size = (tmp_path / "saved" / checkpoint.WEIGHTS).stat().st_size
    assert size < 2.2 * sum(p.numel() for p in system.G.parameters()) + 4000


def test_a_level_learns_to_sharpen():
    """Stripes of one pixel: enlarged they are plain grey, and the level must draw them."""
    system = lapgan(size=8, z_dim=128, detail={"width": 16}, critic={"width": 16})
    torch.manual_seed(1)
    stripes = torch.tensor([0.8, -0.8]).repeat(4).expand(16, 3, 8, 8)
    players = system.players()[2:]
    moves = [
        torch.optim.Adam([p for net in player.nets for p in net.parameters()], 5e-3, (0.5, 0.99))
        for player in players
    ]
    for _ in range(60):
        for player, move in zip(players, moves, strict=True):
            system.zero_grad(set_to_none=True)
            sum(player.loss({"x": stripes}).values()).backward()
            move.step()
    system.eval()
    _, (fake, low) = system.seen(1, stripes)
    assert low.abs().max() < 0.3
    assert torch.corrcoef(torch.stack([fake.flatten(), stripes.flatten()]))[0, 1] > 0.8


@pytest.mark.parametrize(
    ("options", "why"),
    [({"size": 48}, "do not double"), ({"z_dim": 320}, "choose 384"), ({"size": 4}, "double")],
)
def test_bad_sides_are_refused_in_a_sentence(options, why):
    with pytest.raises(ValueError, match=why):
        lapgan(**options)
