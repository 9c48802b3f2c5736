"""A narrower copy of a translator: its objective, that it learns, and what its checkpoint tells."""

import json

import numpy as np
import pytest
import torch
import toy
from conftest import tiny
from PIL import Image

from gan_demo import checkpoint, systems
from gan_demo.systems import Translates
from train import narrow

NETS = {"stem": "patch", "padding": "zeros", "up": "shuffle", "norm": "channel", "blocks": 1}
DOMAINS = ["dark", "light"]


def translator(name: str = "cyclegan", width: int = 8, seed: int = 0) -> Translates:
    """Untrained, but it changes what it is given."""
    torch.manual_seed(seed)
    nets = {"generator": {**NETS, "width": width}, "discriminator": {"width": 4, "layers": 1}}
    system = systems.make(name, size=16, channels=1, domains=DOMAINS, **nets)
    assert isinstance(system, Translates)
    with torch.no_grad():
        for parameter in system.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8)
    return system.eval()


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {"a": toy.pictures(3, -0.8), "b": toy.pictures(3, 0.2)}


@pytest.fixture
def teacher(tmp_path, monkeypatch):
    """A saved translator, trained on two folders of pictures."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    data = {"flip": False}
    for key, ground in (("a", 30), ("b", 160)):
        rng = np.random.default_rng(ground)
        folder = tmp_path / key
        folder.mkdir()
        for i in range(20):
            soft = rng.integers(ground, ground + 60, (4, 4), np.uint8)
            Image.fromarray(soft).resize((20, 20)).save(folder / f"{i}.png")
        data[key] = {"source": f"folder:{folder}", "classes": None, "half": None, "view": ""}
    training = {
        "config": {"data": data},
        "data_licence": "CC0",
        "licence": "cc0-1.0",
        "steps": 300,
        "curve": [{"step": 300, "cycle L1 dark": 0.01}],
    }
    return checkpoint.save(tmp_path / "wide", translator(), training=training)


def test_the_objective_is_the_formula(batch):
    wide, slim = translator(), translator(width=4, seed=1)
    a, b = batch["a"], batch["b"]
    fake_b, fake_a = wide.translate(a, "light"), wide.translate(b, "dark")
    for to, xs in (("light", (a, fake_a)), ("dark", (b, fake_b))):
        gaps = [(slim.translate(x, to) - wide.translate(x, to)).abs().mean() for x in xs]
        torch.testing.assert_close(narrow.apart(slim, wide, batch)[to], sum(gaps) / 2)


def test_one_way_has_one_term_on_real_pictures(batch):
    wide, slim = translator("cut"), translator("cut", 4, 1)
    terms = narrow.apart(slim, wide, batch)
    gap = slim.translate(batch["a"], "light") - wide.translate(batch["a"], "light")
    assert set(terms) == {"light"}
    torch.testing.assert_close(terms["light"], gap.abs().mean())


def test_the_teacher_is_its_own_perfect_copy(batch):
    wide = translator()
    assert all(term == 0 for term in narrow.apart(wide, wide, batch).values())


def test_only_what_the_checkpoint_holds_is_moved(batch):
    wide, slim = translator(), translator(width=4, seed=1)
    before = {k: v.clone() for k, v in slim.state_dict().items()}
    narrow.learn(slim, wide.requires_grad_(False), iter([batch] * 2), 2, 3)
    moved = {k.partition(".")[0] for k, v in slim.state_dict().items() if not v.equal(before[k])}
    assert moved == {"G_AB", "G_BA"}


def test_the_copy_comes_closer_and_tells_where_from(teacher, tmp_path):
    made = {}
    for steps in (1, 60):
        out = tmp_path / f"slim-{steps}"
        narrow.narrow(str(teacher), width=4, steps=steps, out=out, batch=4, seed=3)
        made[steps] = json.loads((out / checkpoint.CONFIG).read_text())["training"]
    for to in DOMAINS:
        key = f"L1 to the teacher, {to}"
        assert made[60][key] < 0.7 * made[1][key]
    told, loaded = made[60], checkpoint.load(tmp_path / "slim-60")
    assert (told["teacher"], told["teacher width"]) == ("wide", 8)
    assert (told["narrowing steps"], told["narrowing seed"]) == (60, 3)
    assert (told["data_licence"], told["licence"], told["steps"]) == ("CC0", "cc0-1.0", 300)
    assert told["curve"] == [{"step": 300, "cycle L1 dark": 0.01}]
    assert loaded.config["model"]["generator"] == {**NETS, "width": 4}
    assert loaded.metrics == {} and "narrowing steps" in loaded.card
    assert {p.name for p in loaded.path.glob("*.png")} == {"dark-to-light.png", "light-to-dark.png"}
    size = [(f / checkpoint.WEIGHTS).stat().st_size for f in (loaded.path, teacher)]
    assert size[0] < size[1] / 2


def test_the_same_seed_makes_the_same_copy(teacher, tmp_path):
    made = []
    for name in ("one", "two"):
        out = narrow.narrow(str(teacher), width=4, steps=3, out=tmp_path / name, batch=4, seed=5)
        made.append((out / checkpoint.WEIGHTS).read_bytes())
    assert made[0] == made[1]


def test_what_cannot_be_narrowed_is_refused_in_a_sentence(teacher, tmp_path):
    checkpoint.save(tmp_path / "faces", tiny(), training={})
    options = {"steps": 1, "out": tmp_path / "out", "batch": 2}
    with pytest.raises(ValueError, match="no translator"):
        narrow.narrow(str(tmp_path / "faces"), width=4, **options)
    with pytest.raises(ValueError, match="--width 0"):
        narrow.narrow(str(teacher), width=0, **options)
    with pytest.raises(ValueError, match="holds the teacher"):
        narrow.narrow(str(teacher), width=4, **options | {"out": teacher})
