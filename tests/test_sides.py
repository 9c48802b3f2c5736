"""One source with two labels is two sides."""

import pytest
from PIL import Image

from gan_demo import checkpoint
from train import __main__, config, sides
from train.tables import ConfigError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """How to make one, with seven grey pictures of a shade in each folder that is named."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))

    def make(*names):
        for shade, name in enumerate(names):
            (tmp_path / "set" / name).mkdir(parents=True)
            for i in range(7):
                picture = Image.new("L", (20, 20), 60 * shade + i)
                picture.save(tmp_path / "set" / name / f"{i}.png")
        return f"data.source=folder:{tmp_path / 'set'}"

    return make


def run(*overrides):
    return sides.parted(config.load("cyclegan", list(overrides)))


@pytest.mark.parametrize(
    ("folders", "domains"),
    [
        (("summer", "winter"), ["summer", "winter"]),
        (("trainA", "trainB", "testA", "testB"), ["A", "B"]),
    ],
)
def test_two_labels_are_two_sides(folder, folders, domains):
    parted = run(folder(*folders))
    a, b = parted.data.a, parted.data.b
    assert (a.classes, b.classes) == ([domains[0]], [domains[1]])
    assert a.source == b.source and parted.data.source == ""
    assert parted.model["domains"] == domains


def test_classes_choose_two_of_more_and_domains_may_have_other_names(folder):
    source = folder("spring", "summer", "winter")
    with pytest.raises(ConfigError, match=r"labels spring, summer, winter: .* data\.classes"):
        run(source)
    parted = run(source, 'data.classes=["winter", "spring"]', 'model.domains=["cold", "mild"]')
    assert (parted.data.a.classes, parted.data.b.classes) == (["winter"], ["spring"])
    assert parted.model["domains"] == ["cold", "mild"]


def test_one_label_is_no_two_sides(folder):
    with pytest.raises(ConfigError, match=r"has the labels none: .* data\.a\.source"):
        run(folder("summer"))


def test_other_runs_stay_as_they_are(folder):
    source = folder("summer", "winter")
    for one in (
        config.load("ogan", [source]),
        config.load("cyclegan", ["data.a.source=folder:x", "data.b.source=folder:y"]),
    ):
        assert sides.parted(one) is one


def test_it_trains_and_is_published(folder, tmp_path, monkeypatch):
    """Each side holds a picture of its own back, however few there are."""
    source = folder("summer", "winter")
    small = ["model.size=16", "model.generator.width=4", "model.discriminator.width=4", "batch=2"]
    places = [f"out={tmp_path / 'out'}", f"runs={tmp_path / 'runs'}", "steps=2", "threads=1"]
    monkeypatch.setattr("sys.argv", ["train", "cyclegan", "name=it", source, *small, *places])
    assert __main__.main() == 0
    loaded = checkpoint.load(tmp_path / "out" / "it")
    assert loaded.system.domains == ("summer", "winter")
    assert loaded.config["training"]["pictures a"] == 6
