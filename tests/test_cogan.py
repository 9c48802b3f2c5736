"""CoGAN: what is shared, what is not, and what each side learns."""

import pytest
import torch
from PIL import Image as PILImage
from toy import pictures

from gan_demo import checkpoint, data, images, losses, systems
from gan_demo.images import edges
from gan_demo.metrics import Reference, Unavailable, coupling
from train import evaluate

DCGAN = {"width": 4, "cap": 16}


def cogan(**options) -> systems.System:
    torch.manual_seed(0)
    small = {"size": 32, "channels": 1, "z_dim": 8, "domains": ["day", "night"]}
    nets = {"generator": DCGAN, "critic": DCGAN}
    return systems.make("cogan", **(small | nets | options))


def reached(terms: torch.Tensor, net: torch.nn.Module) -> set[str]:
    """The names of the weights that have a gradient."""
    named = dict(net.named_parameters())
    grads = torch.autograd.grad(terms, list(named.values()), allow_unused=True)
    return {name for name, grad in zip(named, grads, strict=True) if grad is not None}


def first_parts(names: set[str]) -> set[str]:
    return {".".join(n.split(".")[:2]) if n[0] in "hf" else n.split(".")[0] for n in names}


def test_the_early_layers_of_both_generators_are_the_same_tensors():
    G = cogan().G
    a, b = G(torch.randn(3, 8))
    assert first_parts(reached(a.sum(), G)) == {"trunk", "heads.0"}
    assert first_parts(reached(b.sum(), G)) == {"trunk", "heads.1"}
    assert len(list(G.parameters())) == len({p.data_ptr() for p in G.parameters()})


def test_the_late_layers_of_both_critics_are_the_same_tensors():
    D, x = cogan().D, torch.rand(3, 1, 32, 32)
    for domain in (0, 1):
        assert first_parts(reached(D(x, domain).sum(), D)) == {"shared", f"fronts.{domain}"}


def test_more_is_shared_on_demand():
    def share(shared: int) -> float:
        G = cogan(generator=DCGAN | {"shared": shared}).G
        return sum(p.numel() for p in G.trunk.parameters())

    assert share(1) < share(2)
    for wrong in ({"generator": DCGAN | {"shared": 3}}, {"critic": DCGAN | {"private": 0}}):
        with pytest.raises(ValueError, match="choose 1 to 2"):
            cogan(**wrong)
    with pytest.raises(ValueError, match="two different"):
        cogan(domains=["day", "day"])


def test_the_games_are_added_up():
    system = cogan(loss="nonsaturating", critic=DCGAN, generator=DCGAN | {"norm": "none"})
    batch = {k: torch.rand(4, 1, 32, 32) for k in "ab"}
    z = torch.randn(4, 8)
    system.prior = lambda n, seed=None: z
    critic, generator = (player.loss(batch) for player in system.players())
    game, fakes = losses.make("nonsaturating"), system.pair(z)
    for i, domain in enumerate("ab"):
        scores = (system.D(x, i) for x in (batch[domain], fakes[i]))
        wanted = game.against(*scores, batch[domain], fakes[i])
        torch.testing.assert_close(critic[f"critic {domain}"], wanted)
        wanted = game.towards(None, system.D(fakes[i], i))
        torch.testing.assert_close(generator[f"generator {domain}"], wanted)
    assert len(critic) == len(generator) == 2


def test_one_picture_of_a_pair_is_the_sample(tmp_path):
    system = cogan().eval()
    z = system.prior(3, seed=4)
    a, b = system.pair(z)
    assert a.shape == b.shape == (3, 1, 32, 32)
    torch.testing.assert_close(system.decode(z), a, atol=0, rtol=0)
    checkpoint.save(tmp_path / "saved", system, training={})
    again = checkpoint.load(tmp_path / "saved").system.pair(z)
    assert max((x - y).abs().max() for x, y in zip(again, (a, b), strict=True)) < 0.02  # halves


def test_each_head_finds_its_own_domain():
    """Dark grounds and light ones, a square anywhere, never the same in both."""
    system = cogan(generator={"width": 8, "cap": 32}, critic={"width": 8, "cap": 32})
    moves = [
        torch.optim.Adam([p for net in player.nets for p in net.parameters()], 2e-3, (0.5, 0.99))
        for player in system.players()
    ]
    for _ in range(40):
        batch = {"a": pictures(16, -0.8, 32), "b": pictures(16, 0.2, 32)}
        for player, move in zip(system.players(), moves, strict=True):
            system.zero_grad(set_to_none=True)
            torch.stack(list(player.loss(batch).values())).sum().backward()
            move.step()
    system.eval()
    a, b = system.pair(system.prior(32, seed=0))
    assert a.mean() < -0.4 and b.mean() > 0


@pytest.fixture
def photos(tmp_path):
    g = torch.Generator().manual_seed(0)
    for split, n in (("train", 12), ("val", 6)):
        folder = tmp_path / "photos" / split
        folder.mkdir(parents=True)
        for i in range(n):
            small = torch.randint(0, 256, (4, 4), generator=g, dtype=torch.uint8)
            PILImage.fromarray(small.numpy()).resize((32, 32)).save(folder / f"{i}.png")
    return f"folder:{tmp_path / 'photos'}"


def test_drawings_of_the_right_picture_agree_and_others_do_less(photos):
    """A system that draws photos and their true drawings is at the top of both scales."""
    system = cogan()
    x = data.load(photos, size=32, channels=1).x
    both = images.from_pixels(x), images.from_pixels(edges.traced(x))
    system.pair = lambda z: both
    found = coupling.measure(system, Reference(x, x, most=6, view="edges"))
    assert found["agreement"] == 1.0 and found["rho"] == pytest.approx(1.0, abs=1e-4)
    assert found["agreement shuffled"] < 0.95 and found["rho shuffled"] < 0.7
    with pytest.raises(Unavailable, match="not known"):
        coupling.measure(system, Reference(x, x))


def test_a_pair_of_domains_is_measured_by_its_first_and_by_its_agreement(tmp_path, photos):
    side = {"source": photos, "classes": None, "view": ""}
    sides = {"a": side | {"half": 0}, "b": side | {"half": 1, "view": "edges"}}
    training = {"data": photos, "config": {"data": sides}}
    folder = checkpoint.save(tmp_path / "saved", cogan(), training=training)
    figures = evaluate.evaluate(str(folder))
    assert figures["Protocol"]["samples"] == "day alone"
    assert figures["Protocol"]["train photos"] == 12  # of both halves
    assert any(name.startswith("FD-") for name in figures["Samples"])
    assert figures["Pairs"].keys() >= {"agreement", "agreement shuffled", "rho", "rho shuffled"}
