"""Where a run writes: what lies there already, who else writes there, and a disk that is full."""

import json
import os
import resource
import signal
from pathlib import Path

import pytest
from conftest import tiny
from small import edited, options, run, same, saved, settings_of, start
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_demo import checkpoint
from train import config, loop, run_folder, state
from train.__main__ import _sentence as sentence
from train.config import ConfigError


def test_another_models_checkpoint_is_not_replaced(tmp_path, pictures):
    first = run(tmp_path, pictures, "steps=1")
    before = {p: p.read_bytes() for p in first.checkpoint.iterdir()}
    with pytest.raises(ConfigError, match=r"did not write.*--replace"):
        run(tmp_path, pictures, "steps=1", f"runs={tmp_path}/others")
    assert before == {p: p.read_bytes() for p in first.checkpoint.iterdir()}
    run(tmp_path, pictures, "steps=2", f"runs={tmp_path}/others", replace=True)
    assert checkpoint.load(first.checkpoint).config["training"]["steps"] == 2
    with pytest.raises(ConfigError, match="did not write"):
        run(tmp_path, pictures, "steps=1", "until=1", fresh=True)


def test_a_folder_of_photos_is_refused_before_a_picture_is_decoded(tmp_path, pictures):
    with pytest.raises(ValueError, match="no checkpoint"):
        run(tmp_path, pictures, "steps=1", f"out={tmp_path}", "name=pictures")
    assert not (tmp_path / "cache").exists()
    assert len(list(pictures.iterdir())) == 14


def test_links_in_a_circle_are_told_before_a_picture_is_decoded(tmp_path, pictures):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/ring").symlink_to("ring")
    with pytest.raises(OSError, match="ring"):
        run(tmp_path, pictures, "steps=1", "name=ring")
    assert not (tmp_path / "cache").exists()


ODD = {
    "state.pt": os.mkfifo,
    "id": os.mkfifo,
    "progress.jsonl": os.mkfifo,
    "run.json": os.mkdir,
    "sheets": Path.touch,
    "tb": os.mkfifo,
}


@pytest.mark.parametrize("name", ODD)
def test_what_a_run_could_not_read_or_replace_is_told_before_a_picture_is_decoded(
    tmp_path, pictures, name
):
    settings = settings_of(tmp_path, pictures, "steps=1")
    settings.folder.mkdir(parents=True)
    ODD[name](settings.folder / name)
    with pytest.raises(ConfigError, match=rf"{name} is no ordinary (file|folder): move it away"):
        loop.train(settings)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["model.safetensors", "README.md", "samples.png"])
def test_a_folder_in_the_place_of_a_file_is_told_before_training(tmp_path, pictures, name):
    settings = run(tmp_path, pictures, "steps=2", "until=1")
    (settings.checkpoint / name).unlink(missing_ok=True)
    (settings.checkpoint / name).mkdir()
    with pytest.raises(ConfigError, match="no ordinary file"):
        run(tmp_path, pictures, "steps=2")
    assert state.load(settings.folder / "state.pt")["step"] == 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="where there is no /proc")
@pytest.mark.parametrize("key", ["out", "runs"])
def test_a_place_that_takes_no_files_is_refused_before_a_picture_is_decoded(
    tmp_path, pictures, key
):
    with pytest.raises(ValueError, match="/proc cannot be written to"):
        run(tmp_path, pictures, "steps=1", f"{key}=/proc")
    assert not (tmp_path / "cache").exists()


def test_an_earlier_version_s_own_run_goes_on(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=2", "until=1")
    (settings.folder / "id").unlink()
    path = settings.checkpoint / "config.json"
    facts = json.loads(path.read_text())
    del facts["training"]["run"]
    path.write_text(json.dumps(facts))
    edited(settings, pictures=None, processes=None, precision=None, data=None)
    run(tmp_path, pictures, "steps=2")
    assert checkpoint.load(settings.checkpoint).config["training"]["images_seen"] == 8


def test_a_second_process_is_told_which_one_trains(tmp_path, pictures):
    settings = settings_of(tmp_path, pictures, "steps=1")
    told = f"process {os.getpid()}:"
    with (
        run_folder.held(settings),
        pytest.raises(ConfigError, match=told),
        run_folder.held(settings),
    ):
        raise AssertionError
    code = (
        "import os, sys; from train import config, run_folder\n"
        "with run_folder.held(config.load('ogan_faces', sys.argv[1:])): os.kill(os.getpid(), 9)"
    )
    killed = start(tmp_path, ["-c", code, *options(tmp_path, pictures, "steps=1")])
    assert killed.wait(timeout=600) == -signal.SIGKILL
    with run_folder.held(settings):
        pass


def test_a_full_disk_is_a_sentence_and_costs_nothing(tmp_path, pictures):
    whole = run(tmp_path, pictures, "steps=4", "name=whole")
    full = run(tmp_path, pictures, "steps=4", "name=full", "until=2")
    before = {p: p.read_bytes() for p in full.checkpoint.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError) as error:
            run(tmp_path, pictures, "steps=4", "name=full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    said = sentence(error.value)
    assert said.startswith("there is no room to write") and "full" in said
    assert not [*tmp_path.glob("*/full/*.part"), *tmp_path.glob("*/full/.*")]
    assert before == {p: p.read_bytes() for p in full.checkpoint.iterdir()}
    run(tmp_path, pictures, "steps=4", "name=full")
    assert same(saved(whole), saved(full))


def test_a_full_disk_keeps_the_checkpoint_of_before(tmp_path, monkeypatch):
    folder = checkpoint.save(tmp_path / "cats", tiny(), training={"steps": 1})
    before = {p: p.read_bytes() for p in folder.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        with pytest.raises(OSError):
            checkpoint.save(folder, tiny(z_dim=9), training={"steps": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert before == {p: p.read_bytes() for p in folder.iterdir()}


def test_fresh_clears_what_the_run_drew_and_nothing_else(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=4")
    (settings.folder / "sheets/mine.png").write_text("a person's")
    run(tmp_path, pictures, "steps=2", "until=1", fresh=True)
    sheets = {p.name for p in (settings.folder / "sheets").iterdir()}
    assert sheets == {"mine.png", "samples-000001.png", "reconstructions-000001.png"}
    assert len(list((settings.folder / "tb").iterdir())) == 1


def test_a_folder_s_name_that_is_no_utf_8_costs_no_checkpoint(tmp_path, pictures):
    place = tmp_path / "caf\udce9"
    place.symlink_to(pictures)
    settings = run(tmp_path, place, "steps=2", "sheet=1")  # published twice
    known = checkpoint.load(settings.checkpoint)
    assert known.data["source"].endswith("caf\N{REPLACEMENT CHARACTER}")
    assert run_folder.finished(settings) == 2


def test_labels_that_changed_are_told(tmp_path, pictures, capsys):
    root, rows = tmp_path / "set", ["file,kind"]
    root.mkdir()
    for i, path in enumerate(sorted(Path(pictures).rglob("*.png"))):
        (root / f"{i}.png").write_bytes(path.read_bytes())
        rows.append(f"{i}.png,{'ab'[i % 2]}")
    (root / "labels.csv").write_text("\n".join(rows))
    given = options(tmp_path, root, "data.label=kind", "steps=4")
    loop.train(config.load("ogan_faces", [*given, "until=1"]))
    rows[1:3] = [rows[1].replace(",a", ",b"), rows[2].replace(",b", ",a")]
    (root / "labels.csv").write_text("\n".join(rows))
    capsys.readouterr()
    loop.train(config.load("ogan_faces", [*given, "until=2"]))
    assert "Since step 1 this run is another: labels 2 (" in capsys.readouterr().out


def test_curves_hold_each_step_once(tmp_path, pictures):
    settings = settings_of(tmp_path, pictures, "steps=8", "report=1")
    trainer = loop.Trainer(settings)
    trainer.report.begin(0)
    for step in range(5):  # and then it is killed: nothing was saved
        trainer._step()
        trainer.report.line(step + 1, 4, 1.0)
    trainer.report.close()
    run(tmp_path, pictures, "steps=8", "report=1", "until=6")
    run(tmp_path, pictures, "steps=8", "report=1")
    run(tmp_path, pictures, "steps=8", "report=1")  # finished
    events = EventAccumulator(str(settings.folder / "tb")).Reload()
    assert [e.step for e in events.Scalars("E/rho")] == list(range(1, 9))
    assert [e.step for e in events.Scalars("val/MSE")] == [6, 8]
