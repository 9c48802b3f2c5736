"""What can go wrong with a run: one sentence each, nothing lost, and on to the same numbers."""

import signal

import pytest
import torch
from PIL import Image as PILImage
from small import command, edited, options, run, settings_of, start

from gan_demo import checkpoint
from gan_demo.files import checkpoints
from train import config, hardware, loop, state
from train.__main__ import main
from train.config import ConfigError
from train.stop import Unread

# -- states


def test_a_finished_run_is_passed_over(tmp_path, pictures, capsys):
    settings = run(tmp_path, pictures, "steps=2")
    before = {p: p.stat().st_mtime_ns for p in settings.checkpoint.iterdir()}
    capsys.readouterr()
    run(tmp_path, pictures, "steps=2")
    assert capsys.readouterr().out.startswith("ogan-faces is finished: step 2 of 2.")
    assert before == {p: p.stat().st_mtime_ns for p in settings.checkpoint.iterdir()}


def test_a_flipped_byte_is_seen(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=2", "until=1")
    path = settings.folder / "state.pt"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match="is damaged"):
        run(tmp_path, pictures, "steps=2")


def test_another_size_is_told_in_plain_words(tmp_path, pictures):
    run(tmp_path, pictures, "steps=2", "until=1")
    with pytest.raises(
        ConfigError, match=r"\(G\S+ was [0-9x ]+ of float32, is [0-9x ]+ of float32\)"
    ):
        run(tmp_path, pictures, "steps=2", "model.z_dim=4", change=True)


def test_an_id_that_is_no_text_is_another_runs(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=2", "until=1")
    (settings.folder / "id").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="did not write"):
        run(tmp_path, pictures, "steps=2")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"salt": None}, "'salt' is missing"),
        ({"curve": 3}, "'curve' is missing"),
        ({"run": "{"}, "not the state of a run"),
        ({"run": "{None: 1, 'steps': 2}"}, "not the state of a run"),
        ({"optimizers": {}}, "does not fit the networks"),
        ({"system": {"E.x": torch.ones(2)}}, r"was no weight, is [0-9x ]+ of float32\)"),
        ({"ema": {"E.x": "text"}}, "does not fit the networks"),
        ({"step": -4}, "step is -4"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"pictures": True}, "pictures is True"),
        ({"curve": [{"rho": 1.0}]}, "its curve names no steps"),
        ({"changes": [7]}, "its changes name none"),
    ],
)
def test_a_state_of_another_making_is_a_sentence(tmp_path, pictures, changes, sentence):
    settings = run(tmp_path, pictures, "steps=2", "until=1")
    edited(settings, **changes)
    with pytest.raises(ConfigError, match=sentence):
        run(tmp_path, pictures, "steps=2")


def test_weights_of_another_kind_of_number_are_not_loaded(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=2", "until=1")
    system = state.load(settings.folder / "state.pt")["system"]
    edited(settings, system={name: weight.int() for name, weight in system.items()})
    with pytest.raises(ConfigError, match=r"does not fit .* of int32, is .* of float32"):
        run(tmp_path, pictures, "steps=2")


def test_a_state_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    (tmp_path / "state.pt").mkdir()  # root, too, is refused
    with pytest.raises(OSError) as error:
        state.load(tmp_path / "state.pt")
    assert "--fresh" not in str(error.value)


def test_changes_that_cannot_be_taken_over_are_named(tmp_path, pictures):
    run(tmp_path, pictures, "steps=2", "until=1")
    wide = "model.generator.width=8"
    with pytest.raises(ConfigError, match=r"model\.generator\.width was 4, is 8"):
        run(tmp_path, pictures, "steps=2", wide)
    with pytest.raises(ConfigError, match="does not fit the networks") as error:
        run(tmp_path, pictures, "steps=2", wide, change=True)
    assert "\n" not in str(error.value)


def test_a_translator_goes_on_with_larger_pictures(tmp_path, pictures):
    words = [f"data.{side}.source=folder:{pictures}" for side in "ab"]
    words += [f"out={tmp_path}/checkpoints", f"runs={tmp_path}/runs", "threads=1", "batch=2"]
    words += ["steps=2", "model.pool=3", "model.generator.width=4", "model.generator.blocks=1"]
    words += ["model.discriminator.width=4", "model.discriminator.layers=1"]
    loop.train(config.load("cyclegan", [*words, "until=1", "model.size=32"]))
    settings = config.load("cyclegan", [*words, "model.size=64"])
    loop.train(settings, change=True)  # the pool's pictures do not fit, and it begins anew
    kept = state.load(settings.folder / "state.pt")
    assert kept["step"] == 2
    assert kept["system"]["pool_A.kept"].shape == (3, 4 * 3 * 64 * 64)


def test_pictures_seen_are_added_up_and_new_ones_are_told(tmp_path, pictures, capsys):
    run(tmp_path, pictures, "steps=4", "until=2")
    (pictures / "0.png").rename(pictures / "another.png")
    settings = run(tmp_path, pictures, "steps=4", "batch=2", change=True)
    recorded = checkpoint.load(settings.checkpoint).config["training"]
    assert recorded["images_seen"] == 2 * 4 + 2 * 2
    assert "this run is another: pictures" in capsys.readouterr().out
    (change,) = recorded["changes"]
    assert change["settings were"].keys() == {"batch", "pictures", "pixels at 32 px"}  # their order


def test_other_pixels_under_the_same_names_are_told(tmp_path, pictures, capsys):
    run(tmp_path, pictures, "steps=4", "until=1")
    run(tmp_path, pictures, "steps=4", "until=2")
    assert "another" not in capsys.readouterr().out
    PILImage.new("RGB", (40, 40), "teal").save(pictures / "0.png")
    run(tmp_path, pictures, "steps=4")
    assert "Since step 2 this run is another: pixels at 32 px" in capsys.readouterr().out


def test_divergence_after_a_change_returns_to_what_was_saved(tmp_path, pictures):
    run(tmp_path, pictures, "steps=4", "until=2")
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
        run(tmp_path, pictures, "steps=1", "optim.D.lr=1e-3")


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
