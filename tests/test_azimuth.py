"""The azimuth experiment: its formula, its sets and readers, and all of it once, small."""

import numpy as np
import pytest
import torch
from PIL import Image

from gan_demo import data
from train import loop
from train.config import ConfigError
from train.experiments import angles, azimuth
from train.scatter import scatter

TINY = ["threads=1", "batch=4", "model.generator.width=4", "model.discriminator.width=4"]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))


def experiment(*overrides, kinds=("cars", "heads"), **options):
    options = {"pictures": (40, 20), "reading": 2, "seeds": 1} | options
    return azimuth.experiment(kinds, [*TINY, *overrides], **options)


def test_the_sign_is_free_and_the_scale_is_not():
    x = torch.linspace(-75, 75, 301)
    for sign in (1, -1):
        same, half = angles.relation(x, sign * x), angles.relation(x, sign * x / 2)
        assert (same.sign, same.rmse, same.views) == (sign, 0, 10)
        assert half.sign == sign
        assert half.rmse == pytest.approx(75 / 2 / 3**0.5, rel=0.01)
        assert half.correlation == pytest.approx(sign)
        assert half.views == 6


def test_what_ignores_its_input_is_told_from_what_follows_it():
    g = torch.Generator().manual_seed(0)
    x, y = 150 * torch.rand(2, 5000, generator=g) - 75
    front, any_of_all = angles.relation(x, 0 * x + 2), angles.relation(x, y)
    assert front.rmse == pytest.approx(75 / 3**0.5, rel=0.02)
    assert (front.correlation, front.views) == (0, 1)
    assert any_of_all.rmse == pytest.approx(75 * (2 / 3) ** 0.5, rel=0.02)
    assert any_of_all.views == 10


def test_sets_are_drawn_once_and_carry_their_azimuths():
    folder = angles.rendered("heads", 0, 32, 30, 10)
    drawn = {f: f.stat().st_mtime_ns for f in folder.rglob("*.png")}
    assert angles.rendered("heads", 0, 32, 30, 10) == folder
    assert {f: f.stat().st_mtime_ns for f in folder.rglob("*.png")} == drawn
    sets = [
        data.load(f"folder:{folder}", size=32, channels=1, split=split)
        for split in ("train", "val")
    ]
    assert [len(s) for s in sets] == [30, 10]
    truth = angles.azimuths(sets[0].names)
    right = truth > 30  # the dark hair is behind
    left, other = (sets[0].x[right, 0, :14, half].float().mean() for half in halves())
    assert left < other - 20


def halves():
    return slice(0, 16), slice(16, 32)


def test_a_reader_learns_to_read():
    torch.manual_seed(0)
    here = angles.world("heads", angles.rendered("heads", 0, 32, 300, 60), 32, 60)
    error = here.read(here.val) - here.truth
    assert error.square().mean().sqrt() < 15  # 43 for one that always says 0


def test_all_variants_are_trained_measured_and_shown(tmp_path):
    worlds, found = experiment("steps=2")
    ways = [(f.variant, f.here.name, f.there.name) for f in found]
    there, back = ("cars", "heads"), ("heads", "cars")
    assert ways == [
        ("gan", *there),
        ("recon", *there),
        ("recon", *back),
        ("disco", *there),
        ("disco", *back),
    ]
    text = azimuth.table(worlds, found)
    assert text.count("| cars to heads | 0 |") == 3
    assert "43° where it always draws the front, 61° where" in text
    azimuth.plots(worlds, found, tmp_path / "plots")
    sheets = {path.name: Image.open(path).size for path in (tmp_path / "plots").iterdir()}
    assert set(sheets) == {
        "worlds.png",
        *(f"{what}-{way}.png" for what in ("scatter", "translations") for way in WAYS),
    }
    assert sheets["scatter-cars-heads.png"][0] > 2.9 * sheets["scatter-cars-heads.png"][1]
    again = experiment("steps=2")[1]
    assert all((f.drawn == g.drawn).all() for f, g in zip(found, again, strict=True))


WAYS = ("cars-heads", "heads-cars")


def test_two_sets_of_one_kind_show_different_objects():
    worlds, found = experiment("steps=1", kinds=("cars", "cars"), variants=["gan"])
    assert [w.name for w in worlds] == ["cars", "other-cars"]
    assert (worlds[0].train != worlds[1].train).any()
    assert len(found) == 1


def test_a_stopped_experiment_is_not_measured(monkeypatch):
    experiment("steps=3", "until=1", variants=["gan"])
    monkeypatch.setattr(loop, "train", lambda run, fresh: None)  # stopped before its next step
    with pytest.raises(ConfigError, match="same command goes on"):
        experiment("steps=3", variants=["gan"])


def test_mistakes_are_said_before_the_work(monkeypatch):
    monkeypatch.setattr(azimuth, "rendered", None)
    monkeypatch.setattr("sys.argv", ["azimuth", "model.sice=32"])
    with pytest.raises(SystemExit, match="Did you mean 'size'"):
        azimuth.main()


def test_a_point_on_the_line_is_drawn_on_the_line():
    one = {"title": "", "labels": ("in", "out")}
    empty, point = (
        np.asarray(scatter(torch.tensor(v), torch.tensor(v), **one), int) for v in ([], [45.0])
    )
    y, x = (where.mean() for where in np.abs(point - empty).sum(2).nonzero())
    assert x + y == pytest.approx(len(point) - 1, abs=1.5)
    assert x == pytest.approx(44 + 260 * 0.75, abs=1.5)
