"""What can go wrong with a run: one sentence each, nothing lost, and on to the same numbers."""

import json
import os
import resource
import signal

import pytest
import torch
from conftest import tiny
from small import command, options, run, same, saved, start
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from gan_demo import checkpoint
from gan_demo.files import checkpoints
from train import config, hardware, loop, run_folder, state
from train.__main__ import _sentence as sentence
from train.__main__ import main
from train.config import ConfigError
from train.stop import Unread


def settings_of(tmp_path, pictures, *more):
    return config.load("ogan_faces", options(tmp_path, pictures, *more))


def train(tmp_path, pictures, *more, **how):
    settings = settings_of(tmp_path, pictures, *more)
    loop.train(settings, **how)
    return settings


def edited(settings, **changes):
    path = settings.folder / "state.pt"
    kept = {k: v for k, v in state.load(path).items() if k != "settings"} | changes
    torch.save({k: v for k, v in kept.items() if v is not None}, path)


# -- files


def test_another_models_checkpoint_is_not_replaced(tmp_path, pictures):
    first = train(tmp_path, pictures, "steps=1")
    before = {p: p.read_bytes() for p in first.checkpoint.iterdir()}
    with pytest.raises(ConfigError, match=r"did not write.*--replace"):
        train(tmp_path, pictures, "steps=1", f"runs={tmp_path}/others")
    assert before == {p: p.read_bytes() for p in first.checkpoint.iterdir()}
    train(tmp_path, pictures, "steps=2", f"runs={tmp_path}/others", replace=True)
    assert checkpoint.load(first.checkpoint).config["training"]["steps"] == 2
    with pytest.raises(ConfigError, match="did not write"):
        train(tmp_path, pictures, "steps=1", "until=1", fresh=True)


def test_a_folder_of_photos_is_refused_before_a_picture_is_decoded(tmp_path, pictures):
    with pytest.raises(ValueError, match="no checkpoint"):
        train(tmp_path, pictures, "steps=1", f"out={tmp_path}", "name=pictures")
    assert not (tmp_path / "cache").exists()
    assert len(list(pictures.iterdir())) == 14


def test_links_in_a_circle_are_told_before_a_picture_is_decoded(tmp_path, pictures):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/ring").symlink_to("ring")
    with pytest.raises(OSError, match="ring"):
        train(tmp_path, pictures, "steps=1", "name=ring")
    assert not (tmp_path / "cache").exists()


def test_an_earlier_version_s_own_run_goes_on(tmp_path, pictures):
    settings = train(tmp_path, pictures, "steps=2", "until=1")
    (settings.folder / "id").unlink()
    path = settings.checkpoint / "config.json"
    facts = json.loads(path.read_text())
    del facts["training"]["run"]
    path.write_text(json.dumps(facts))
    edited(settings, pictures=None, processes=None, precision=None, data=None)
    train(tmp_path, pictures, "steps=2")
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
    settings = train(tmp_path, pictures, "steps=4")
    (settings.folder / "sheets/mine.png").write_text("a person's")
    train(tmp_path, pictures, "steps=2", "until=1", fresh=True)
    sheets = {p.name for p in (settings.folder / "sheets").iterdir()}
    assert sheets == {"mine.png", "samples-000001.png", "reconstructions-000001.png"}
    assert len(list((settings.folder / "tb").iterdir())) == 1


def test_curves_hold_each_step_once(tmp_path, pictures):
    settings = settings_of(tmp_path, pictures, "steps=8", "report=1")
    trainer = loop.Trainer(settings)
    trainer.report.begin(0)
    for step in range(5):  # and then it is killed: nothing was saved
        trainer._step()
        trainer.report.line(step + 1, 4, 1.0)
    trainer.report.close()
    train(tmp_path, pictures, "steps=8", "report=1", "until=6")
    train(tmp_path, pictures, "steps=8", "report=1")
    train(tmp_path, pictures, "steps=8", "report=1")  # finished
    events = EventAccumulator(str(settings.folder / "tb")).Reload()
    assert [e.step for e in events.Scalars("E/rho")] == list(range(1, 9))
    assert [e.step for e in events.Scalars("val/MSE")] == [6, 8]


# -- states


def test_a_finished_run_is_passed_over(tmp_path, pictures, capsys):
    settings = train(tmp_path, pictures, "steps=2")
    before = {p: p.stat().st_mtime_ns for p in settings.checkpoint.iterdir()}
    capsys.readouterr()
    train(tmp_path, pictures, "steps=2")
    assert capsys.readouterr().out.startswith("ogan-faces is finished: step 2 of 2.")
    assert before == {p: p.stat().st_mtime_ns for p in settings.checkpoint.iterdir()}


def test_a_flipped_byte_is_seen(tmp_path, pictures):
    settings = train(tmp_path, pictures, "steps=2", "until=1")
    path = settings.folder / "state.pt"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match="is damaged"):
        train(tmp_path, pictures, "steps=2")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"salt": None}, "'salt' is missing"),
        ({"curve": 3}, "'curve' is missing"),
        ({"run": "{"}, "not the state of a run"),
        ({"optimizers": {}}, "does not fit the networks"),
        ({"system": {"E.x": torch.ones(2)}}, "does not fit the networks"),
        ({"ema": {"E.x": "text"}}, "does not fit the networks"),
        ({"step": -4}, "step is -4"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"pictures": True}, "pictures is True"),
        ({"curve": [{"rho": 1.0}]}, "its curve names no steps"),
        ({"changes": [7]}, "its changes name none"),
    ],
)
def test_a_state_of_another_making_is_a_sentence(tmp_path, pictures, changes, sentence):
    settings = train(tmp_path, pictures, "steps=2", "until=1")
    edited(settings, **changes)
    with pytest.raises(ConfigError, match=sentence):
        train(tmp_path, pictures, "steps=2")


def test_weights_of_another_kind_of_number_are_not_loaded(tmp_path, pictures):
    settings = train(tmp_path, pictures, "steps=2", "until=1")
    system = state.load(settings.folder / "state.pt")["system"]
    edited(settings, system={name: weight.int() for name, weight in system.items()})
    with pytest.raises(ConfigError, match=r"does not fit .* was torch.int32, is torch.float32"):
        train(tmp_path, pictures, "steps=2")


def test_a_state_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    (tmp_path / "state.pt").mkdir()  # root, too, is refused
    with pytest.raises(OSError) as error:
        state.load(tmp_path / "state.pt")
    assert "--fresh" not in str(error.value)


def test_changes_that_cannot_be_taken_over_are_named(tmp_path, pictures):
    train(tmp_path, pictures, "steps=2", "until=1")
    wide = "model.generator.width=8"
    with pytest.raises(ConfigError, match=r"model\.generator\.width was 4, is 8"):
        train(tmp_path, pictures, "steps=2", wide)
    with pytest.raises(ConfigError, match="does not fit the networks") as error:
        train(tmp_path, pictures, "steps=2", wide, change=True)
    assert "\n" not in str(error.value)


def test_pictures_seen_are_added_up_and_new_ones_are_told(tmp_path, pictures, capsys):
    train(tmp_path, pictures, "steps=4", "until=2")
    (pictures / "0.png").rename(pictures / "another.png")
    settings = train(tmp_path, pictures, "steps=4", "batch=2", change=True)
    recorded = checkpoint.load(settings.checkpoint).config["training"]
    assert recorded["images_seen"] == 2 * 4 + 2 * 2
    assert "this run is another: pictures" in capsys.readouterr().out
    (change,) = recorded["changes"]
    assert change["settings were"].keys() == {"batch", "pictures"}


def test_divergence_after_a_change_returns_to_what_was_saved(tmp_path, pictures):
    train(tmp_path, pictures, "steps=4", "until=2")
    settings = settings_of(tmp_path, pictures, "steps=4", "model.lam_E=2.0")
    trainer = loop.Trainer(settings, change=True)
    player, calls = trainer.players[0], []

    def poisoned(batch):
        calls.append(trainer.step)
        terms = player.loss(batch)
        return {k: v * float("nan") for k, v in terms.items()} if len(calls) == 1 else terms

    trainer.players[0] = loop.Player(player.name, player.nets, poisoned)
    trainer.run_to_end()
    assert calls == [2, 2, 3] and len(trainer.changes) == 1


def test_divergence_while_the_fastest_way_is_looked_for_says_what_to_do(tmp_path, pictures):
    settings = settings_of(tmp_path, pictures, "steps=400", "optim.lr=1e30")
    assert settings.end > hardware.WORTH
    with pytest.raises(ValueError, match=r"diverged at step \d.*Lower the learning rate"):
        loop.train(settings)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you ...")]
)
def test_want_of_memory_is_a_sentence(tmp_path, pictures, monkeypatch, capsys, error):
    monkeypatch.setattr("sys.argv", command(tmp_path, pictures)[1:])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(loop, "train", lambda *_, **how: (_ for _ in ()).throw(error))
    assert main() == 2
    assert "not enough memory: lower batch or the side" in capsys.readouterr().err


def test_a_player_that_does_not_exist_is_named(tmp_path, pictures):
    with pytest.raises(ConfigError, match=r"optim\.D: ogan has no such player"):
        train(tmp_path, pictures, "steps=1", "optim.D.lr=1e-3")


# -- signals


def test_an_output_that_was_closed_from_the_start_is_silence():
    print("a line", file=Unread(None), flush=True)


def test_a_closed_terminal_saves(tmp_path, pictures):
    process = start(tmp_path, command(tmp_path, pictures, "steps=5000"))
    while "img/s" not in process.stdout.readline(200):
        assert process.poll() is None
    process.send_signal(signal.SIGHUP)
    process.stdout.close()  # who would read is gone
    assert process.wait(timeout=600) == 0
    assert state.load(tmp_path / "runs/ogan-faces/state.pt")["step"] > 0


def test_ctrl_c_before_the_first_step_is_a_line(tmp_path, pictures):
    process = start(tmp_path, ["-X", "importtime", *command(tmp_path, pictures, "steps=5")])
    while "tomllib" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 130 and "Stopped before the first step" in printed
    assert "Traceback" not in printed


# -- several


def test_several_configurations_in_one_command(tmp_path, pictures):
    places = options(tmp_path, pictures, "steps=1")
    process = start(tmp_path, ["-m", "train", "nothing", *places, "ogan_faces_small"])
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 2
    assert "There is no configuration 'nothing'" in printed
    assert "1 of 2 failed: nothing." in printed
    trained = checkpoint.load(tmp_path / "checkpoints/ogan-small").config["training"]
    assert trained["steps"] == 1


def test_everything_that_ships_has_a_configuration():
    named = {config.load(name, ["data.source=folder:x"]).name for name in config.shipped()}
    models = {p.parent.name for p in checkpoints.CHECKOUT.glob("*/config.json")}
    # what others grow out of need not ship
    grown = {"ogan-portraits64", "ogan-portraits-grown", "ogan-cats64", "ogan-cats-grown"}
    start = grown | {"ogan-people-first"}
    assert named - start == {name for name in models if not name.startswith("features-")}
