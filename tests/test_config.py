"""Configurations: overrides, and mistakes answered with a sentence."""

from functools import partial

import pytest

from gan_demo import systems
from gan_demo.checkpoint import untrusted
from gan_demo.systems import Reads
from train import config
from train.config import ConfigError


def write(tmp_path, text):
    path = tmp_path / "my_run.toml"
    path.write_text(text)
    return str(path)


MINIMAL = 'system = "gan"\nsteps = 5\n[data]\nsource = "folder:x"\n'


def test_defaults_overrides_and_the_name(tmp_path):
    path = write(tmp_path, MINIMAL)
    run = config.load(path, ["batch=8", "model.size=32", "optim.lr=[1e-3, 1e-4]", "out=elsewhere"])
    assert (run.name, run.batch, run.model) == ("my-run", 8, {"size": 32})
    assert run.optim.lr == [1e-3, 1e-4]
    assert str(run.checkpoint) == "elsewhere/my-run"
    assert run.end == 5
    assert config.load(path, ["until=3"]).end == 3


def test_a_player_can_have_its_own_optimizer_settings(tmp_path):
    run = config.load(write(tmp_path, MINIMAL), ["optim.lr=1e-3", "optim.D.lr=4e-3"])
    assert run.optim.of("D").lr == 4e-3
    assert run.optim.of("G").lr == 1e-3
    assert run.optim.of("D").betas == run.optim.betas


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("stepz=4", "Unknown key stepz. Did you mean 'steps'?"),
        ("data.sorce=zip:x", "Unknown key data.sorce. Did you mean 'source'?"),
        ("optim.D.lrr=1", "Unknown key optim.D.lrr. Did you mean 'lr'?"),
        ("steps=many", "steps = 'many': wanted is a whole number"),
        ("steps=true", "steps = True: wanted is a whole number"),
        ("steps=0", "steps must be at least 1"),
        ("batch=7", "does not divide"),
        ("precision=fp8", "auto, bf16, no"),
        ("steps", "is not key=value"),
        ("steps.a=1", "steps is a value"),
        (f"optim.lr={'[' * 5000}", "optim.lr = '[[["),
        (f"steps={'9' * 5000}", "wanted is a whole number"),
    ],
)
def test_mistakes_are_named(tmp_path, override, sentence):
    overrides = ["accumulate=2", override] if "batch" in override else [override]
    with pytest.raises(ConfigError) as error:
        config.load(write(tmp_path, MINIMAL), overrides)
    assert sentence in str(error.value)


def test_missing_files_keys_and_broken_toml(tmp_path):
    with pytest.raises(ConfigError, match="Did you mean 'ogan_faces'"):
        config.load("ogan_face", [])
    with pytest.raises(ConfigError, match="Missing key system"):
        config.load(write(tmp_path, 'steps = 5\n[data]\nsource = "folder:x"'), [])
    with pytest.raises(ConfigError, match=r"data\.source is missing"):
        config.load(write(tmp_path, 'system = "gan"\nsteps = 5'), [])
    for text in ("steps = = 5", f"steps = {'[' * 5000}", f"steps = {'9' * 5000}"):
        with pytest.raises(ConfigError, match="not valid TOML"):
            config.load(write(tmp_path, text), [])


def test_a_base_completes_a_configuration_table_by_table(tmp_path):
    text = 'base = "small"\nsystem = "gan"\nsteps = 5\n[model.generator]\nwidth = 8\n'
    run = config.load(write(tmp_path, text), ["model.generator.cap=16"])
    assert (run.name, run.steps, run.data.source) == ("my-run", 5, "pack:portraits")
    assert run.model["generator"] == {"width": 8, "cap": 16} and run.model["z_dim"] == 64
    with pytest.raises(ConfigError, match=r"no base 'smal'\. Did you mean 'small'"):
        config.load(write(tmp_path, text.replace("small", "smal")), [])


@pytest.mark.parametrize("name", config.names())
def test_every_shipped_configuration_makes_its_system(name):
    run = config.load(name, ["data.source=folder:x"])
    learned = {"vocabulary": ["heart"]} if issubclass(systems.find(run.system), Reads) else {}
    make = partial(systems.make, run.system, **learned, **run.model)
    assert untrusted.planned(make).players() and make().players()  # as a training makes it


def test_a_home_that_the_shell_left_is_the_home_and_a_name_is_no_option(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    given = ["data.source=folder:x", "out=~/models", "runs=~nobody-here/runs"]
    run = config.load("ogan_faces", given)
    assert (run.out, run.runs) == ("/home/me/models", "~nobody-here/runs")
    for name in ("-rf", "~"):
        with pytest.raises(config.ConfigError, match="choose another"):
            config.load("ogan_faces", [*given, f"name={name}"])


@pytest.mark.parametrize(
    ("coding", "name", "sentence"),
    [
        ("ascii", "Kätzchen", "'Kätzchen' holds letters that ascii does not.*PYTHONUTF8=1"),
        ("ascii", "K\udcc3\udca4tzchen", "'Kätzchen' holds letters that ascii does not"),
        ("utf-8", "K\udce4", "'K�' holds letters that utf-8 does not.*choose others"),
    ],
)
def test_a_name_that_no_file_can_have_names_the_cause(monkeypatch, coding, name, sentence):
    monkeypatch.setattr("sys.getfilesystemencoding", lambda: coding)
    with pytest.raises(ConfigError, match=sentence):
        config.load("ogan_faces", [f'name="{name}"'])
