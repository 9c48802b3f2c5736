"""pix2pix: its losses, and the pairs that it learns from."""

import pytest
import torch
import toy
from pictures import encoded, write
from torch.nn.functional import softplus

from gan_demo import systems
from gan_demo.images import to_pixels
from gan_demo.systems.pix2pix import Pix2Pix
from train import config
from train.batches import feed

SMALL = {"size": 16, "channels": 1, "domains": ["dark", "light"]}
NETS = {"generator": {"width": 4}, "discriminator": {"width": 4, "layers": 1}}


def make(**options) -> Pix2Pix:
    torch.manual_seed(0)
    system = systems.make("pix2pix", **SMALL | NETS | options)
    assert isinstance(system, Pix2Pix)
    return system


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    return {"a": toy.pictures(3, -0.8), "b": toy.pictures(3, 0.2)}


def test_the_terms_are_the_formula(batch):
    system, a, b = make(lam=7.0), batch["a"], batch["b"]
    there, back = system.G_AB(a), system.G_BA(b)
    terms = system.generator_loss(batch)
    l1 = (there - b).abs().mean() + (back - a).abs().mean()
    torch.testing.assert_close(terms["L1"], 7 * l1)
    fake = system.D_B(torch.cat([a, there], 1))
    torch.testing.assert_close(terms["b"], softplus(-fake).mean())
    real = system.D_B(torch.cat([a, b], 1))
    judged = system.critic_loss(batch)["critic b"]
    torch.testing.assert_close(judged, (softplus(-real) + softplus(fake)).mean())


def test_the_critic_sees_what_was_to_be_translated(batch):
    D, a, b = make().D_B, batch["a"], batch["b"]
    assert not torch.equal(D(torch.cat([a, b], 1)), D(torch.cat([a.flip(0), b], 1)))


@pytest.fixture
def twins(tmp_path, monkeypatch):
    """Twelve glyphs in two styles, of level n and n + 100, and one without a twin."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    for style, more in (("round", 0), ("square", 100)):
        files = {
            f"{s}/g{i}.png": encoded((4 * i + more,) * 3)
            for s in ("train", "val")
            for i in range(12)
        }
        write(tmp_path / style, files | {f"train/{style}.png": encoded()})
    return [f"data.{k}.source=folder:{tmp_path}/{s}" for k, s in (("a", "round"), ("b", "square"))]


def run(twins, *more):
    small = ["batch=4", "model.size=16", "model.generator.width=4", "data.flip=true"]
    return config.load("pix2pix_fluent", [*twins, *small, *more])


def test_pairs_stay_together(twins):
    settings = run(twins, "data.jitter=1.25")
    pairs = feed(settings, systems.make(settings.system, **settings.model))
    seen = set()
    for step in range(3):
        a, b = (to_pixels(pairs.batch(step, 0, 1)[k])[:, 0, 0, 0].int() for k in "ab")
        assert (b - a).tolist() == [100] * 4
        seen |= set(a.tolist())
    assert seen == {4 * i for i in range(12)}  # never the one that has no twin


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (["data.pairs=false"], "learns from pairs"),
        (["data.a.half=0", "data.b.half=1", "batch=1"], "hold 0 pairs .* leave half out"),
        (["batch=13"], "hold 12 pairs .* at least 13"),
    ],
)
def test_what_is_no_pair_is_told(twins, override, sentence):
    settings = run(twins, *override)
    with pytest.raises(ValueError, match=sentence):
        feed(settings, systems.make(settings.system, **settings.model))
