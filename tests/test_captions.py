"""File names become captions, phrases become tokens, and a run hands both to its system."""

import dataclasses
import zipfile

import pytest
import torch
from pictures import encoded, write

from gan_demo import data, systems
from gan_demo.data import captions
from train import batches
from train.config import ConfigError, Data, Run

CIRCLES = ["a red circle", "a blue circle", "a red square", "an old owl"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pack/train/noto/1F600.png", "grinning face"),
        ("1F9D1-200D-1F680.png", "astronaut"),
        ("1f44d_1f3fd.png", "thumbs up medium skin tone"),
        ("1F3F4-E0067-E0062-E0073-E0063-E0074-E007F.png", "Scotland"),
        ("folder/a_red-circle.jpeg", "a red-circle"),
        ("train/woman-with-headscarf.webp", "woman with headscarf"),
        ("000123.png", "000123"),
        ("bead.png", "bead"),
        ("110000000.png", "110000000"),
        ("-1.png", "-1"),
    ],
)
def test_a_file_is_called_by_its_code_points_or_by_its_name(name, said):
    assert captions.caption(name) == said


def test_case_and_punctuation_do_not_matter():
    assert captions.words("Man’s shoe, (UP-left)!  ") == ["man's", "shoe", "up", "left"]
    assert captions.words("MAN'S Shoe_up left") == ["man's", "shoe", "up", "left"]
    assert captions.words("...") == []


def test_an_emoji_in_a_phrase_is_its_name():
    assert captions.words("big 😀!") == ["big", "grinning", "face"]


def test_tokens_leave_unknown_words_out_and_end_in_zeros():
    known = captions.vocabulary(CIRCLES)
    assert known == ["a", "an", "blue", "circle", "old", "owl", "red", "square"]
    t = captions.tokens(["Red, RED xylophone square!", "owl", "xylophone"], known)
    assert t.tolist() == [[7, 7, 8], [6, 0, 0], [0, 0, 0]]
    assert captions.tokens([], known).shape == (0, 1)
    assert captions.unknown("Xylophone: red xylophone, zebra", known) == ["xylophone", "zebra"]


def test_examples_are_captions_each_once_and_always_the_same():
    some = captions.examples(CIRCLES * 3, 3)
    assert len(set(some)) == 3 and set(some) < set(CIRCLES)
    assert some == captions.examples(CIRCLES, 3)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Twenty-one grey levels: picture i of "shade i" has level 10 i; seven of them are val."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    files = {
        f"{'val' if i % 3 == 2 else 'train'}/shade {i}.png": encoded((10 * i,) * 3)
        for i in range(21)
    }
    write(tmp_path / "shades", files)
    with zipfile.ZipFile(tmp_path / "shades.zip", "w") as file:
        for name, raw in files.items():
            file.writestr(name, raw)
    return Run(
        "words",
        "gan_int_cls",
        steps=10,
        batch=4,
        model={"size": 32, "channels": 1},
        data=Data(source=f"zip:{tmp_path}/shades.zip", flip=False),
    )


def test_a_run_learns_words_and_phrases_from_training_names_alone(run):
    options = batches.learned(run)
    assert options["vocabulary"] == sorted(["shade", *(str(i) for i in range(21) if i % 3 != 2)])
    assert set(options["phrases"]) == {f"shade {i}" for i in range(21) if i % 3 != 2}
    val = data.names(run.data.source, split="val")
    assert set(val) == {f"val/shade {i}.png" for i in range(2, 21, 3)}


def test_phrases_that_are_named_stand_first_where_pictures_are_called_so(run):
    plain = batches.learned(run)["phrases"]
    named = dataclasses.replace(run, model={"phrases": ["shade 4", "dawn", plain[0]]})
    first, second, *others = batches.learned(named)["phrases"]
    assert (first, second) == ("shade 4", plain[0])
    assert others == [phrase for phrase in plain if phrase not in (first, second)]


def test_a_batch_carries_the_words_of_its_own_pictures(run):
    system = systems.make(run.system, **batches.learned(run))
    eats = batches.feed(run, system)
    for step in range(8):  # beyond the first epoch
        batch = eats.batch(step, 0, 1)
        levels = ((batch["x"][:, 0, 0, 0] + 1) * 127.5 / 10).round().int().tolist()
        assert torch.equal(
            batch["t"], captions.tokens((f"shade {i}" for i in levels), system.vocabulary)
        )


def test_other_systems_learn_nothing_from_names(run):
    gan = Run("gan", "gan", steps=1, data=run.data)
    assert batches.learned(gan) == gan.model


def test_a_reader_without_pictures_is_refused(run):
    sides = Data(a=run.data.sides["x"], b=run.data.sides["x"])
    alone = Run("words", "gan_int_cls", steps=1, data=sides)
    assert batches.learned(alone) == alone.model
    with pytest.raises(ConfigError, match=r"data\.source"):
        batches.feed(alone, systems.make("gan_int_cls"))
