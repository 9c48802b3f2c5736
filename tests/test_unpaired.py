"""Two domains: halves without twins, independent orders, line drawings."""

import numpy as np
import pytest
import torch
from pictures import encoded, write
from PIL import Image

from gan_demo import systems
from gan_demo.data import DataError, Pictures, unpaired
from gan_demo.data.unpaired import Side
from gan_demo.images import edges, to_pixels
from train import config
from train.batches import feed
from train.loop import Trainer


@pytest.fixture
def styles(tmp_path, monkeypatch):
    """Forty glyphs in two styles, eight of them val; the level tells which glyph."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    for style, base in (("round", 0), ("square", 100)):
        for i in range(40):
            split = "val" if i % 5 == 0 else "train"
            file = {f"{split}/{style}/{i:04X}.png": encoded((base + 2 * i,) * 3)}
            write(tmp_path / style, file)
    return tmp_path


def sides(styles, **more):
    return [Side(f"folder:{styles}/{s}", half=h, **more) for s, h in (("round", 0), ("square", 1))]


def load(side, **options):
    return unpaired.domain(side, size=32, channels=1, **options)


def stems(pictures):
    return {name.rpartition("/")[2] for name in pictures.names}


def test_the_halves_share_no_glyph_and_together_hold_all_of_train(styles):
    a, b = (load(side) for side in sides(styles))
    assert len(a) + len(b) == 32
    assert not stems(a) & stems(b)
    assert min(len(a), len(b)) > 5
    assert unpaired.half("x/id00001_002.png") == unpaired.half("y/id00001_003.jpg")


def test_val_knows_no_halves_and_its_twins_show_the_same(styles):
    a, b = (load(side, split="val") for side in sides(styles))
    i, j = unpaired.twins(a, b)
    assert len(i) == len(a) == len(b) == 8
    assert torch.equal(a.x[i].int() + 100, b.x[j].int())
    none = unpaired.twins(load(sides(styles)[0]), load(sides(styles)[1]))
    assert [len(index) for index in none] == [0, 0]
    write(styles / "square", {"val/other/0000.png": encoded()})
    with pytest.raises(DataError, match="same file name"):
        unpaired.twins(a, load(sides(styles)[1], split="val"))


def test_the_order_of_one_side_says_nothing_about_the_other(styles):
    a, b = (load(Side(f"folder:{styles}/{s}")) for s in ("round", "square"))
    same = 0
    for step in range(16):
        batch = unpaired.pair(a, b, 8, seed=0, step=step)
        level = {k: ((v[:, 0, 0, 0] + 1) * 127.5).round() for k, v in batch.items()}
        same += int((level["a"] + 100 == level["b"]).sum())
    assert same < 20  # of 128; a common order gives all, chance 4
    again = unpaired.pair(a, b, 8, seed=0, step=3)
    assert torch.equal(again["b"], unpaired.pair(a, b, 8, seed=0, step=3)["b"])


def test_jitter_crops_a_larger_picture_anywhere_and_the_same_place_in_both_of_twins(styles):
    slope = torch.arange(20, dtype=torch.uint8)
    x = (10 * slope[:, None] + slope).expand(40, 1, 20, 20).contiguous()
    numbers = Pictures(x, None, (), [str(i) for i in range(40)], [])
    options: dict = {"seed": 0, "step": 2, "crop": 16}
    batch = unpaired.pair(numbers, numbers, 40, twins=True, flip=True, **options)
    assert batch["a"].shape == (40, 1, 16, 16)
    assert torch.equal(batch["a"], batch["b"])
    apart = unpaired.pair(numbers, numbers, 40, **options)
    corners = {k: to_pixels(v)[:, 0, 0, 0].tolist() for k, v in apart.items()}
    assert corners["a"] != corners["b"]
    assert {c // 10 for c in corners["a"]} == {c % 10 for c in corners["a"]} == set(range(5))
    assert (
        corners["a"]
        == to_pixels(unpaired.pair(numbers, numbers, 40, **options)["a"])[:, 0, 0, 0].tolist()
    )
    with pytest.raises(config.ConfigError, match="needs two sets"):
        config.load("ogan", ["data.source=folder:x", "data.jitter=1.1"])


def test_a_half_that_is_too_small_is_refused(styles):
    with pytest.raises(DataError, match=r"Half 0 .* holds .* at least 30"):
        load(sides(styles)[0], minimum=30)
    with pytest.raises(DataError, match="choose 0 or 1"):
        Side("folder:x", half=2)
    with pytest.raises(DataError, match="is not one of"):
        Side("folder:x", view="sketch")


def test_a_drawing_has_dark_lines_on_white_where_the_picture_changes():
    disc = np.full((64, 64), 60, np.uint8)
    y, x = np.mgrid[:64, :64]
    disc[(x - 32) ** 2 + (y - 32) ** 2 < 400] = 200
    pixels = torch.from_numpy(np.stack([disc, np.full((64, 64), 128, np.uint8)]))[:, None]
    drawn = edges.traced(pixels)
    assert set(drawn.unique().tolist()) == {0, 255}
    radius = torch.from_numpy(np.hypot(x - 32, y - 32))
    lines = drawn[0, 0] == 0
    assert lines.sum() > 100
    assert ((radius[lines] > 17) & (radius[lines] < 23)).all()
    assert (drawn[1] == 255).all()  # nothing to draw
    colour = edges.traced(pixels.expand(-1, 3, -1, -1))
    assert torch.equal(colour[:, :1], drawn)
    assert Image.fromarray(drawn[0, 0].numpy()).getextrema() == (0, 255)


STYLES = "round", "square"
SMALL = ["batch=4", "model.size=32", "model.generator.width=4", "model.discriminator.width=4"]


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("data.source=folder:x", "does not read data x"),
        ("data.a.half=3", "choose 0 or 1"),
        ("data.a.hlaf=0", "Did you mean 'half'"),
        ("batch=40", r"at least 40 .*: lower batch to 1\d, the largest that works"),
    ],
)
def test_tables_that_do_not_fit_are_told(styles, override, sentence):
    places = [f"data.{k}.source=folder:{styles}/{s}" for k, s in zip("ab", STYLES, strict=True)]
    out = [f"out={styles}/checkpoints", f"runs={styles}/runs"]
    with pytest.raises(ValueError, match=sentence):
        Trainer(config.load("cyclegan_emoji", [*places, *out, *SMALL, override]))


def test_declared_twins_must_be_there(styles):
    write(styles / "other", {f"{s}/{i}.png": encoded() for s in ("train", "val") for i in range(9)})
    places = [f"data.{k}.source=folder:{styles}/{s}" for k, s in (("a", "round"), ("b", "other"))]
    run = config.load("cyclegan_emoji", [*places, f"runs={styles}", *SMALL, "data.b.half=1"])
    with pytest.raises(DataError, match=r"no val picture of data\.a has the file name"):
        feed(run, systems.make(run.system, **run.model))


def test_a_translator_trains_resumes_exactly_and_publishes(styles):
    places = [f"data.{k}.source=folder:{styles}/{s}" for k, s in zip("ab", STYLES, strict=True)]
    out = [f"out={styles}/checkpoints", f"runs={styles}/runs", "steps=4", "threads=1"]

    def run(*more):
        trainer = Trainer(config.load("cyclegan_emoji", [*places, *out, *SMALL, *more]))
        trainer.run_to_end()
        return trainer

    whole = run("name=whole", "model.pool=3")
    run("name=parts", "model.pool=3", "until=2")
    parts = run("name=parts", "model.pool=3")
    a, b = whole.system.state_dict(), parts.system.state_dict()
    assert all(torch.equal(a[k], b[k]) for k in a)  # the pool, too
    sheets = {path.name for path in (styles / "checkpoints" / "whole").glob("*.png")}
    assert sheets == {"flat-to-3d.png", "3d-to-flat.png"}
    assert "twin L1 3d" in whole.curve[-1]


def test_sets_numbered_alike_are_no_twins_unless_declared(styles):
    places = [f"data.{k}.source=folder:{styles}/{s}" for k, s in zip("ab", STYLES, strict=True)]
    out = [f"out={styles}/checkpoints", f"runs={styles}/runs", "steps=1", "threads=1"]
    trainer = Trainer(config.load("cyclegan", [*places, *out, *SMALL]))
    trainer.run_to_end()
    assert not trainer.feed.twins
    assert "cycle L1 B" in trainer.curve[-1] and not any("twin" in k for k in trainer.curve[-1])
    with pytest.raises(config.ConfigError, match="needs two sets"):
        config.load("ogan", ["data.source=folder:x", "data.pairs=true"])
