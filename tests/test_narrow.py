"""Distillation: its objective, that the copy learns, and what its checkpoint tells."""

import dataclasses

import numpy as np
import pytest
import torch
import toy
from conftest import tiny
from PIL import Image

from gan_demo import checkpoint, images, systems
from gan_demo.systems import Translates
from train import config, init, loop
from train.narrow import main, narrowing

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


def taught(name: str = "cyclegan", width: int = 4) -> systems.System:
    """A distillation whose teacher is `translator(name)`."""
    wide = translator(name)
    options = {k: v for k, v in wide.config["model"].items() if k in ("generator", "discriminator")}
    torch.manual_seed(1)
    system = systems.make(
        "distillation",
        size=16,
        channels=1,
        domains=DOMAINS,
        system=name,
        options=options,
        generator={"width": width},
    )
    weights = wide.state_dict()
    system.teacher.load_state_dict({k: weights[k] for k in system.teacher.state_dict()})
    return system.eval()


def run_of(teacher, out, **options):
    run = narrowing(str(teacher), width=4, out=out, **{"batch": 4, "seed": 3} | options)
    return dataclasses.replace(run, runs=str(out.parent / "runs"), precision="no", threads=1)


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
    system = taught()
    wide, slim = system.teacher, system.student
    a, b = batch["a"], batch["b"]
    fake_b, fake_a = wide.translate(a, "light"), wide.translate(b, "dark")
    terms = system.student_loss(batch)
    for to, xs in (("light", (a, fake_a)), ("dark", (b, fake_b))):
        gaps = [(slim.translate(x, to) - wide.translate(x, to)).abs().mean() for x in xs]
        torch.testing.assert_close(terms[to], sum(gaps) / 2)


def test_one_way_has_one_term_on_real_pictures(batch):
    system = taught("cut")
    terms = system.student_loss(batch)
    wide, slim = (net.translate(batch["a"], "light") for net in (system.teacher, system.student))
    assert set(terms) == {"light"}
    torch.testing.assert_close(terms["light"], (slim - wide).abs().mean())


def test_the_teacher_is_its_own_perfect_copy(batch):
    system = taught(width=8)
    system.student.load_state_dict(system.teacher.state_dict())
    assert all(term == 0 for term in system.student_loss(batch).values())


def test_the_teacher_stands_still_and_the_critics_are_gone():
    system = taught().train()
    assert system.student.training and not system.teacher.training
    assert {name for name, _ in system.student.named_children()} == {"G_AB", "G_BA"}


def test_the_copy_comes_closer_and_is_a_plain_checkpoint(teacher, tmp_path):
    made = {}
    wide = checkpoint.load(teacher)
    with (
        Image.open(tmp_path / "a" / "0.png") as dark,
        Image.open(tmp_path / "b" / "0.png") as light,
    ):
        x = torch.cat([images.from_pil(picture, 16, 1) for picture in (dark, light)])
    for steps in (1, 60):
        loop.train(run_of(teacher, tmp_path / f"slim-{steps}", steps=steps))
        slim = checkpoint.load(tmp_path / f"slim-{steps}")
        made[steps] = [
            (slim.system.translate(x, to) - wide.system.translate(x, to)).abs().mean()
            for to in DOMAINS
        ]
    assert all(late < 0.7 * early for early, late in zip(made[1], made[60], strict=True))
    assert slim.config["system"] == "cyclegan"
    assert slim.config["model"]["generator"].items() >= {**NETS, "width": 4}.items()
    told = slim.config["training"]
    assert (told["steps"], told["seed"], told["teacher from"]) == (60, 3, "wide")
    assert (told["data_licence"], told["licence"]) == ("CC0", "cc0-1.0")
    assert "teacher from" in slim.card
    assert {p.name for p in slim.path.glob("*.png")} == {"dark-to-light.png", "light-to-dark.png"}
    size = [(f / checkpoint.WEIGHTS).stat().st_size for f in (slim.path, teacher)]
    assert size[0] < size[1] / 2


def test_a_stopped_narrowing_goes_on_to_the_same_copy(teacher, tmp_path):
    loop.train(run_of(teacher, tmp_path / "one", steps=4))
    part = run_of(teacher, tmp_path / "two", steps=4)
    loop.train(dataclasses.replace(part, until=2))
    loop.train(part)
    one, two = ((tmp_path / name / checkpoint.WEIGHTS).read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_narrowing_can_be_lengthened_as_its_sentence_says(teacher, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["narrow", str(teacher), "--width=4", "--threads=1", "--out=copies/slim", "--steps"]
    monkeypatch.setattr("sys.argv", [*words, "1"])
    main()
    monkeypatch.setattr("sys.argv", [*words, "2"])
    with pytest.raises(SystemExit, match="go on from it with --change"):
        main()
    monkeypatch.setattr("sys.argv", [*words, "2", "--change"])
    main()
    assert checkpoint.load("copies/slim").config["training"]["steps"] == 2


def test_what_cannot_be_narrowed_is_refused_in_a_sentence(teacher, tmp_path):
    checkpoint.save(tmp_path / "faces", tiny(), training={})
    options = {"steps": 1, "out": tmp_path / "out", "width": 4}
    with pytest.raises(ValueError, match="no translator"):
        narrowing(str(tmp_path / "faces"), **options)
    with pytest.raises(ValueError, match="--width 0"):
        narrowing(str(teacher), **options | {"width": 0})
    with pytest.raises(ValueError, match="holds the teacher"):
        narrowing(str(teacher), **options | {"out": teacher})
    with pytest.raises(ValueError, match="no translator"):
        systems.make("distillation", system="ogan")


def test_the_configuration_fits_its_teacher():
    """It starts from a checkpoint that ships."""
    run = config.load("distillation_shoes", [])
    system = systems.make(run.system, **run.model)
    init.fill(system, run.init)
    assert system.student.config["model"]["generator"]["width"] == 10
