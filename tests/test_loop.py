"""The real loop, small: a dozen pictures, a few steps, stopped and resumed and in two processes."""

import ast
import json
import os
import signal
import sys

import pytest
import torch
from small import options, run, same, saved, start

from gan_demo import checkpoint
from gan_demo.losses.schedule import at
from train import config, loop, state
from train.__main__ import main


@pytest.fixture
def said(monkeypatch, capsys):
    """The command in this process: its exit status and words; `test_a_closed_terminal_saves` is
    of a process."""

    def said(*arguments) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["train", *arguments])
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # Ctrl-C is pytest's here
        return main(), *capsys.readouterr()

    return said


def test_thirty_steps_of_the_command_make_a_checkpoint_that_samples(tmp_path, pictures, said):
    status, printed, _ = said("ogan_faces", *options(tmp_path, pictures, "steps=30", "sheet=15"))
    assert status == 0
    folder = tmp_path / "checkpoints" / "ogan-faces"
    assert f"Checkpoint: {folder}" in printed
    assert "python app.py --checkpoints" in printed
    assert checkpoint.find(folder.parent) == [str(folder)]
    loaded = checkpoint.load(folder)
    assert loaded.system.sample(3, seed=0).shape == (3, 3, 32, 32)
    assert loaded.config["training"]["images_seen"] == 120
    assert {"samples.png", "reconstructions.png"} <= {p.name for p in folder.iterdir()}
    curve = loaded.config["training"]["curve"]
    assert [point["step"] for point in curve] == [15, 30]
    assert all(0 < point["MSE"] < 4 for point in curve)


def test_resuming_equals_never_having_stopped(tmp_path, pictures):
    whole = run(tmp_path, pictures, "steps=6", "name=whole")
    run(tmp_path, pictures, "steps=6", "name=parts", "until=2")
    run(tmp_path, pictures, "steps=6", "name=parts", "until=5")
    parts = run(tmp_path, pictures, "steps=6", "name=parts")
    assert same(saved(whole), saved(parts))
    a, b = (state.load(r.folder / "state.pt") for r in (whole, parts))
    assert a["step"] == b["step"] == 6
    assert same(a["system"], b["system"])
    moments = [s["optimizers"]["G"]["state"][0]["exp_avg"] for s in (a, b)]
    assert torch.equal(*moments)


def test_what_its_weights_had_seen_before_is_told(tmp_path, pictures):
    first = run(tmp_path, pictures, "steps=3", "name=first")
    start = [f"init.{net}={first.checkpoint}" for net in "GE"]
    second = run(tmp_path, pictures, "steps=2", "name=second", *start)
    start = [f"init.{net}={second.checkpoint}" for net in "GE"]
    run(tmp_path, pictures, "steps=4", "name=third", "until=1", *start)
    third = run(tmp_path, pictures, "steps=4", "name=third", *start)
    told = checkpoint.load(third.checkpoint).config["training"]
    assert (told["images_seen"], told["images_seen_before"]) == (4 * 4, 3 * 4 + 2 * 4)
    assert "images_seen_before" not in checkpoint.load(first.checkpoint).config["training"]


def test_a_run_shows_its_encoder_other_photos_as_well(tmp_path, pictures):
    settings = run(tmp_path, pictures, f"data.photo.source=folder:{pictures}", "until=2", "steps=4")
    assert (settings.checkpoint / "redrawn.png").exists()
    run(tmp_path, pictures, f"data.photo.source=folder:{pictures}", "steps=4")
    assert checkpoint.load(settings.checkpoint).config["training"]["pictures photo"] == 13
    with pytest.raises(config.ConfigError, match="gan does not read data photo"):
        photos = [f"data.{key}=folder:{pictures}" for key in ("source", "photo.source")]
        loop.train(
            config.load("dcgan_faces", [*photos, f"out={tmp_path}/out", f"runs={tmp_path}/runs"])
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_stop_saves_and_goes_on(
    tmp_path, pictures, monkeypatch, capsys, number
):
    """How the command ends then: see `test_a_closed_terminal_saves`."""
    whole, step = run(tmp_path, pictures, "steps=5", "name=whole"), loop.Trainer._step

    def asked(trainer):
        step(trainer)
        if trainer.step == 3:
            os.kill(os.getpid(), number)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Trainer, "_step", asked)
        cut = run(tmp_path, pictures, "steps=5", "name=cut")
    assert "Stopped at step 3. The same command goes on" in capsys.readouterr().out
    assert state.load(cut.folder / "state.pt")["step"] == 3
    resumed = run(tmp_path, pictures, "steps=5", "name=cut")
    assert same(saved(whole), saved(resumed))


PAIR = """
import os, sys, torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch
import torch._dynamo  # before the fork: the optimizers' steps import it
from train import config
from train.loop import Trainer

def work():
    trainer = Trainer(config.load("ogan_faces", sys.argv[2:]), fresh=True)
    trainer.run_to_end()
    torch.save(trainer.system.state_dict(), sys.argv[1] + os.environ["RANK"])

alone = {"min_nodes": 1, "max_nodes": 1, "nproc_per_node": 2, "start_method": "fork"}
meeting = {"rdzv_backend": "c10d", "rdzv_endpoint": "localhost:0", "run_id": "test"}
elastic_launch(LaunchConfig(**alone, **meeting, monitor_interval=0.1), work)()
"""


def test_two_processes_end_with_identical_weights(tmp_path, pictures):
    """What torchrun does, but each process is a fork: none imports PyTorch itself."""
    out = tmp_path / "weights"
    arguments = ["-c", PAIR, str(out), *options(tmp_path, pictures, "steps=3")]
    process = start(tmp_path, arguments)
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == 0, printed
    a, b = (torch.load(f"{out}{rank}", weights_only=True) for rank in "01")
    assert all(torch.equal(a[k], b[k]) for k in a)
    alone = run(tmp_path, pictures, "steps=3", "name=alone")
    assert not same(state.load(alone.folder / "state.pt")["system"], a)  # it saw fewer pictures


def test_accumulation_takes_the_mean_over_the_whole_batch(tmp_path, pictures):
    """Where no norm couples the pictures, two halves give the gradient of the whole."""
    weights = []
    for accumulate in (1, 2):
        more = (f"name=by-{accumulate}", f"accumulate={accumulate}", "steps=1", "data.flip=false")
        settings = config.load("ogan_faces", options(tmp_path, pictures, *more))
        trainer = loop.Trainer(settings, fresh=True)
        E = trainer.system.E
        trainer.players = [
            loop.Player("E", (E,), lambda batch, E=E: {"square": E(batch["x"]).square().mean()})
        ]
        trainer._step()
        weights.append(E.end.weight.detach().clone())
    torch.testing.assert_close(*weights, atol=1e-6, rtol=0)


def test_a_run_with_other_settings_is_not_continued(tmp_path, pictures):
    run(tmp_path, pictures, "steps=1")
    with pytest.raises(ValueError, match=r"other settings.*--fresh"):
        run(tmp_path, pictures, "steps=1", "optim.lr=1e-5")
    run(tmp_path, pictures, "steps=1", "optim.lr=1e-5", fresh=True)


def test_a_state_that_is_older_than_a_setting_goes_on(tmp_path, pictures):
    run(tmp_path, pictures, "steps=2", "until=1")
    settings = config.load("ogan_faces", options(tmp_path, pictures, "steps=2"))
    path = settings.folder / "state.pt"
    saved = state.load(path)
    known = {k: v for k, v in ast.literal_eval(saved["run"]).items() if k != "optim.history"}
    state.save(path, saved | {"run": repr(known)})
    loop.train(settings)
    assert checkpoint.load(settings.checkpoint).config["training"]["steps"] == 2


def test_a_change_of_settings_is_asked_for_and_recorded(tmp_path, pictures):
    run(tmp_path, pictures, "steps=4", "until=2")
    settings = config.load("ogan_faces", options(tmp_path, pictures, "steps=4", "model.lam_E=2.0"))
    loop.train(settings, change=True)
    loop.train(settings)  # from here on these are its settings
    recorded = checkpoint.load(settings.checkpoint).config["training"]
    (change,) = recorded["changes"]
    assert change == {"until step": 2, "settings were": {"model.lam_E": 0.5}}
    assert recorded["config"]["model"]["lam_E"] == 2.0
    assert recorded["steps"] == 4
    assert "Until step 2 `model.lam_E` was 0.5." in (settings.checkpoint / "README.md").read_text()


def test_divergence_returns_to_the_last_good_state(tmp_path, pictures, capfd):
    settings = config.load("ogan_faces", options(tmp_path, pictures, "steps=6", "sheet=2"))
    trainer = loop.Trainer(settings, fresh=True)
    player, calls = trainer.players[0], []

    def poisoned(batch):
        calls.append(trainer.step)
        terms = player.loss(batch)
        return terms | {"nan": terms["rho"] * float("nan")} if len(calls) == 4 else terms

    trainer.players[0] = loop.Player(player.name, player.nets, poisoned)
    trainer.run_to_end()
    assert calls == [0, 1, 2, 3, 2, 3, 4, 5]
    assert trainer.salt == 1
    assert "E/nan is not finite" in capfd.readouterr().out
    assert all(torch.isfinite(v).all() for v in saved(settings).values())


def test_endless_divergence_says_what_to_do(tmp_path, pictures):
    with pytest.raises(ValueError, match="Lower the learning rate"):
        run(tmp_path, pictures, "steps=4", "model.loss_options.r1=1e300")


def test_a_damaged_state_says_so(tmp_path, pictures):
    settings = run(tmp_path, pictures, "steps=1")
    (settings.folder / "state.pt").write_bytes(b"not a state")
    with pytest.raises(ValueError, match=r"damaged.*--fresh"):
        run(tmp_path, pictures, "steps=1")


def test_too_few_pictures_are_refused(tmp_path, pictures):
    with pytest.raises(ValueError, match=r"13 readable.*lower batch to 13"):
        run(tmp_path, pictures, "steps=1", "batch=64")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "There is no configuration 'nothing'"),
        (["ogan_faces", "name=new", "data.source=zip:nowhere.zip"], "nowhere.zip"),
    ],
)
def test_the_command_answers_mistakes_with_a_sentence_and_2(tmp_path, said, arguments, sentence):
    status, _, error = said(*arguments, f"runs={tmp_path}")
    assert status == 2 and sentence in error


def test_the_average_has_its_half_life():
    now, then = torch.nn.Linear(1, 1, bias=False), torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        now.weight.fill_(1.0)
        then.weight.fill_(0.0)
    average = state.Average(now, then, half_life=100)
    for _ in range(10):
        average.update(pictures=10, seen=10**6)
    assert then.weight.item() == pytest.approx(0.5)
    early = state.Average(now, then, half_life=10**6)
    early.update(pictures=10, seen=100)  # 5 % of 100 pictures: half-life 5
    assert then.weight.item() == pytest.approx(1 - 0.5 * 0.25)


def test_schedules_are_half_a_cosine():
    assert at(3, 0.7) == 3.0
    assert [at([2.0, 0.0], p) for p in (0.0, 0.5, 1.0)] == pytest.approx([2.0, 1.0, 0.0])


def test_states_hold_what_json_cannot(tmp_path):
    path = tmp_path / "deep" / "state.pt"
    state.save(path, {"step": 3, "w": torch.ones(2)})
    assert state.read(path)["step"] == 3
    assert [p.name for p in path.parent.iterdir()] == ["state.pt"]
    assert json.dumps(state.read(path)["step"]) == "3"
    assert state.read(tmp_path / "none.pt") is None
