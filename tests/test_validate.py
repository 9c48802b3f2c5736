"""Values against annotations, and every kind of field of a configuration."""

import datetime
from collections.abc import Sequence
from typing import Any

import pytest

from gan_demo import systems, validate
from gan_demo.data import order
from gan_demo.types import Schedule
from train import config
from train.config import ConfigError

MINIMAL = 'system = "gan"\nsteps = 5\n[data]\nsource = "folder:x"\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(MINIMAL)
    return str(path)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (int, [0, -3], [True, 1.5, "1", None, [1]]),
        (float, [0, 1.5], [True, "1.5", float("nan"), float("inf")]),
        (bool, [True], [1, "true"]),
        (str, ["", "a"], [1, ["a"]]),
        (Schedule, [1, 0.5, [1, 0.5], (1.0, 2.0)], [".5", [1], [1, 2, 3], [1, "a"], True]),
        (tuple[float, float], [[0.5, 1]], [[1], 0.5, [1, 2, 3], "ab"]),
        (list[str] | None, [None, [], ["a"]], ["a", [1]]),
        (Sequence[str], [("a", "b"), ["a"]], ["ab", [1], {"a": 1}]),
        (dict[str, dict[str, Any]], [{}, {"a": {"b": 1}}], [{"a": 1}, [], "a"]),
        (dict | None, [None, {}], [[], "a"]),
    ],
)
def test_what_fits(kind, good, bad):
    assert all(validate.fits(value, kind) for value in good)
    assert not any(validate.fits(value, kind) for value in bad)
    assert validate.words(kind)


@pytest.mark.parametrize(
    ("override", "wanted"),
    [
        (
            "optim.lr=.0002",
            "optim.lr = '.0002': wanted is a number, or two: [first, last] of at least 0.",
        ),
        ("optim.lr=[1e-3]", "or two"),
        ("optim.D.lr=fast", "optim.D.lr = 'fast'"),
        ("optim.betas=0.5", "a list of 2"),
        ("optim.lr=[1e-3, -1e-3]", "optim.lr = [0.001, -0.001]: wanted"),
        ("optim.G.betas=[0.5, 1.0]", "optim.G.betas = [0.5, 1.0]: wanted"),
        ("optim.eps=-1e-8", "optim.eps = -1e-08: wanted"),
        ("optim.history=-0.1", "optim.history = -0.1: wanted"),
        ("model.loss_options={r1 = [0, -3]}", "model.loss_options.r1 = [0, -3]: wanted"),
        ("threads=50000", "threads = 50000: 1024 at most"),
        ("ema=nan", "ema = nan: wanted is a number."),
        ("compile=1", "true or false"),
        ("model=3", "model = 3: wanted is a table."),
        ("data=3", "data = 3"),
        ("optim=3", "optim = 3"),
        ("data.a=3", "data.a = 3"),
        ("data.classes=cats", "a list, each part text"),
        ("name=12", "name = 12"),
        ("until=-3", "until must be at least 0"),
        ("threads=-1", "threads must be at least 0"),
        ("seed=18446744073709551616", "seed = 18446744073709551616"),
        ("out=", "out and runs are folders"),
    ],
)
def test_the_key_the_value_and_what_is_wanted(file, override, wanted):
    with pytest.raises(ConfigError) as error:
        config.load(file, [override])
    assert wanted in str(error.value)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../evil", ".git", "a\nb", "x" * 101, " a", "C:", "ü\0"]
)
def test_a_name_is_that_of_a_folder(file, name):
    with pytest.raises(ConfigError, match="choose another"):
        config.load(file, [f"name={name}" if name != "a\nb" else 'name="a\\nb"'])
    assert config.load(file, ["name=2026-11-25"]).name == "2026-11-25"
    assert config.load(file, ["name=Züge 2"]).name == "Züge 2"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_read_as_meant(tmp_path, encoding):
    path = tmp_path / "run.toml"
    path.write_bytes(MINIMAL.encode(encoding))
    assert config.load(str(path), []).steps == 5
    path.write_bytes(b'name = "\xfc"\n')
    with pytest.raises(ConfigError, match="UTF-8"):
        config.load(str(path), [])


def test_options_of_a_system_are_checked_by_name():
    with pytest.raises(ValueError, match=r"OGAN: size = 'big': wanted is a whole number"):
        systems.make("ogan", size="big")


def test_seeds_below_zero_have_an_order_of_their_own():
    one, other = (order.rows(100, 50, seed=seed, step=0)[0].tolist() for seed in (1, -1))
    assert one != other


def test_a_date_is_told_as_it_was_written():
    said = validate.told("steps", datetime.date(1979, 5, 27), int)
    assert said == "steps = 1979-05-27: wanted is a whole number."
