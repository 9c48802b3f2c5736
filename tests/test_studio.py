import shutil

import pytest
import torch
from conftest import tiny

from gan_demo import checkpoint, systems
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples, Translates


@pytest.fixture
def folder(tmp_path):
    checkpoint.save(tmp_path / "one", tiny(), training={})
    return tmp_path


def test_abilities_decide_who_is_offered(folder):
    studio = Studio([str(folder)])
    assert studio.names(Samples) == studio.names(Encodes) == ["one"]
    assert studio.names(Translates) == []
    assert studio.able("one", Samples) is studio["one"]
    with pytest.raises(ValueError, match="cannot do this"):
        studio.able("one", Translates)


def test_larger_then_colour_then_an_encoder_then_longest(tmp_path):
    gan = systems.make("gan", size=32, channels=3, z_dim=8)
    for name, system, seen in (
        ("grey", tiny(), 9),
        ("short", tiny(channels=3), 1),
        ("long", tiny(channels=3), 2),
        ("blind", gan, 9),
        ("large", tiny(size=64), 0),
    ):
        checkpoint.save(tmp_path / name, system, training={"images_seen": seen})
    order = ["large", "long", "short", "blind", "grey"]
    assert Studio([str(tmp_path)]).names(Samples) == order


def test_unknown_names_are_answered_with_the_known_ones(folder):
    with pytest.raises(ValueError, match=r"no model 'two' here\. Models: one"):
        Studio([str(folder)])["two"]


def test_a_broken_checkpoint_costs_only_itself(folder):
    checkpoint.save(folder / "bad", tiny(), training={})
    weights = folder / "bad" / checkpoint.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:50])
    studio = Studio([str(folder), "no/such/folder"])
    assert studio.names(Samples) == ["one"]
    assert set(studio.problems) == {"bad", "folder"}
    assert "damaged" in studio.problems["bad"]


def test_refresh_sees_new_changed_and_vanished(folder):
    studio = Studio([str(folder)])
    before = studio["one"]
    studio.refresh()
    assert studio["one"] is before  # nothing changed: nothing read
    checkpoint.save(folder / "two", tiny(), training={})
    checkpoint.save(folder / "one", tiny(z_dim=16), training={})
    studio.refresh()
    assert studio.names(Samples) == ["one", "two"]
    assert studio["one"].z_dim == 16
    shutil.rmtree(folder / "one")
    studio.refresh()
    assert studio.names(Samples) == ["two"]
    assert studio.problems == {}


def test_a_repaired_checkpoint_returns(folder):
    good = (folder / "one" / checkpoint.CONFIG).read_text()
    (folder / "one" / checkpoint.CONFIG).write_text("{")
    studio = Studio([str(folder)])
    assert "one" in studio.problems
    (folder / "one" / checkpoint.CONFIG).write_text(good)
    studio.refresh()
    assert studio.names(Samples) == ["one"] and not studio.problems


def test_two_of_the_same_name_are_both_offered(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    checkpoint.save(other / "one", tiny(z_dim=16), training={})
    studio = Studio([str(folder), str(other)])
    assert studio.names(Samples) == ["one", "one (2)"]
    assert studio["one (2)"].z_dim == 16


def test_memory_is_bounded_and_reloading_changes_nothing(folder):
    checkpoint.save(folder / "two", tiny(z_dim=16), training={})
    studio = Studio([str(folder)], kept=1)
    assert not studio._loaded  # they were only read
    first = studio["one"].sample(1, seed=3)
    assert studio["two"].z_dim == 16
    assert len(studio._loaded) == 1
    assert torch.equal(studio["one"].sample(1, seed=3), first)


def test_an_empty_folder_is_no_error(tmp_path):
    studio = Studio([str(tmp_path)])
    assert (studio.names(Samples), studio.problems) == ([], {})


def test_a_line_says_what_a_checkpoint_learned_from(folder):
    hostile = "drawn_portraits of nobody, <b>![x](http://there/x.png) and more"
    checkpoint.save(folder / "two", tiny(z_dim=16), training={"data_source": hostile})
    studio = Studio([str(folder)])
    assert studio.about("two") == "32 pixels, grey; learned from drawn portraits of nobody"
    assert studio.about("one") == "32 pixels, grey"
    assert studio.about("none") == studio.about(None) == ""
