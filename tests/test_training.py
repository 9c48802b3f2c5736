"""Trainings from the page, without the page: doctor, plan, runs."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import result, until
from drawn import face, scene
from PIL import Image as PILImage

from gan_demo import systems
from gan_demo.actions.train import course, doctor, process, trial, uploads, wish
from gan_demo.actions.train.plan import RECIPES, SIDES, Plan
from gan_demo.actions.train.run import remark
from gan_demo.actions.train.runs import Runs
from gan_demo.actions.train.workshop import Workshop
from gan_demo.data import DataError
from train import config, init


def soft(n, folder: Path, size=(40, 48)) -> Path:
    """A folder of n coarse pictures."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for i in range(n):
        coarse = rng.integers(0, 255, (6, 6, 3), np.uint8)
        PILImage.fromarray(coarse).resize(size).save(folder / f"{i:03}.png")
    return folder


NARROW = """
system = "ogan"
steps = 1000
batch = 16
[model]
size = 32
channels = 3
z_dim = 8
generator = {width = 8, cap = 32}
encoder = {width = 8, cap = 32}
"""


@pytest.fixture
def narrow(tmp_path, monkeypatch):
    """The recipes of O-GAN, of networks whose steps take no time."""
    file = tmp_path / "narrow.toml"
    file.write_text(NARROW)
    for name in ("O-GAN, faces", "O-GAN, other"):
        monkeypatch.setitem(RECIPES, name, replace(RECIPES[name], config=str(file)))


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(process, "NICE", 0)  # beside other tests the humble would starve
    return tmp_path


def test_the_doctor_counts_what_is_there(tmp_path):
    folder = soft(40, tmp_path / "pictures")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "again.png").write_bytes((folder / "007.png").read_bytes())
    *_, health = doctor.examining(f"folder:{folder}")
    assert (health.total, health.usable) == (42, 41)
    assert list(health.broken.values()) == [["broken.png"]]
    assert len(health.twice) == 1 and set(health.sides) == {40}
    said = "from 200 on variations, from 2,000 on recognisable new pictures"
    assert "learnt by heart" in health.advice
    assert health.facts["With more"] == f"{said}, from 20,000 on varied ones"
    assert "all readable" not in health.facts["Pictures"]
    many = replace(health, total=2100, looked=42, broken={})
    assert many.facts["Expect"].startswith("recognisable") and "all readable" in str(many.facts)
    assert many.facts["With more"] == "from 20,000 on varied ones"
    assert "With more" not in replace(health, total=21_000).facts


def test_faces_that_are_framed_differently_are_to_be_aligned(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST", 10)
    alike, apart = tmp_path / "alike", tmp_path / "apart"
    for folder in (alike, apart):
        folder.mkdir()
    for i in range(doctor.LEAST):
        face(96, background=60 + 16 * i).save(alike / f"{i:02}.png")
        at = 10 + 10 * i, 10 + 2 * (i % 7), 120
        scene(at, size=(260, 200)).save(apart / f"{i:02}.png")
    *_, health = doctor.examining(f"folder:{alike}")
    assert health.faces == health.searched and not health.to_align
    *_, health = doctor.examining(f"folder:{apart}")
    assert health.to_align and "not framed alike" in health.facts["Faces"]

    workshop = Workshop(Runs(tmp_path / "runs"), tmp_path, tmp_path, local=True)
    *_, aligned = workshop.aligning(f"folder:{apart}")
    assert aligned.source.startswith(f"folder:{tmp_path}/runs/pictures/")
    assert f"train.align folder:{apart} --out {aligned.source[7:]} --size 128" in aligned.command
    assert list(Path(aligned.source[7:]).glob("*.webp"))  # of equal faces the first is kept


def test_the_doctor_says_how_far_he_is_so_that_he_can_be_sent_away(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "WAIT", -1)
    *counts, last = doctor.examining(f"folder:{soft(40, tmp_path / 'pictures')}")
    assert counts == list(range(1, 41)) and isinstance(last, doctor.Health)


def test_too_few_pictures_are_refused_with_what_was_found(tmp_path):
    folder = soft(3, tmp_path / "pictures")
    with pytest.raises(DataError, match=r"holds 3 pictures.* at least 32.*3 \.png"):
        list(doctor.examining(f"folder:{folder}"))
    with pytest.raises(DataError, match="There is no folder"):
        list(doctor.examining(f"folder:{tmp_path}/gone"))


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("side", SIDES)
def test_every_plan_is_a_configuration(recipe, side):
    two = RECIPES[recipe].two
    names = ("day", "night") if two else ()
    made = Plan(recipe, ("folder:x y",) * (1 + two), "true", side, names=names, pictures=50)
    made = replace(made.within(3600, 0.5, 20, 2), start=side != 32)
    run = config.load(made.words[0], made.words[1:])
    assert (run.name, run.model["size"], run.steps) == ("true", side, made.steps)
    sent = replace(made, origin="sent by Ann").words
    assert config.load(sent[0], sent[1:]).data.origin == "sent by Ann"
    assert run.batch <= 42 and run.data.origin == "" and run.data.licence == "unknown"
    assert {side.source for side in run.data.sides.values()} == {"folder:x y"}
    assert set(run.init) == (set("GE") if made.begins else set())


@pytest.mark.parametrize(
    ("recipe", "side", "begins"),
    [
        ("O-GAN, faces", 64, "ogan-people"),
        ("O-GAN, faces", 128, "ogan-portraits"),
        ("O-GAN, other", 64, "ogan-people"),
        ("O-GAN, other", 128, "ogan-cats"),
    ],
)
def test_a_shipped_model_is_where_it_starts(recipe, side, begins):
    made = Plan(recipe, ("folder:x",), "mine", side)
    assert made.begins == begins and replace(made, side=32).startable == [64, 128]
    run = config.load(made.words[0], made.words[1:])
    init.fill(systems.make(run.system, **run.model), run.init)  # or it raises


def test_an_effort_is_a_time_and_sheets_take_little_of_it():
    made = Plan("DCGAN", ("folder:x",), "mine").within(3600, 0.5, 20, 2)
    assert 3000 < trial.Pace(0.5, 20, 2).of(made) < 3700
    dear = made.within(300, 0.1, 20, 60)
    assert -(-dear.steps // dear.sheet) <= 5


def test_only_what_was_sent_here_is_kept(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    sent, kept = tmp_path / "sent", tmp_path / "runs"
    pictures = sorted(soft(3, sent / "a").iterdir())
    source = uploads.keep([str(p) for p in pictures], sent, kept)
    assert source == uploads.keep([str(p) for p in pictures], sent, kept)
    with zipfile.ZipFile(source.removeprefix("zip:")) as archive:
        assert len(archive.namelist()) == 3
    (sent / "link.png").symlink_to("/etc/hostname")
    for path in ("/etc/hostname", str(sent / "link.png"), str(sent / "../sent/gone.png")):
        with pytest.raises(DataError, match="were not sent to this page"):
            uploads.keep([path], sent, kept)
    (sent / "no.zip").write_bytes(b"PK no")
    with pytest.raises(DataError, match="cannot be read as a zip"):
        uploads.keep([str(sent / "no.zip")], sent, kept)
    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(OSError):
        uploads.keep([str(p) for p in pictures[:2]], sent, kept)
    assert len([*kept.rglob("*.*")]) == 1


def test_sources_are_typed_on_this_machine_only(tmp_path):
    places = Runs(tmp_path / "runs"), tmp_path, tmp_path
    assert Workshop(*places, local=True).source(None, "pack:cats") == "pack:cats"
    for typed in ("folder:/etc", "pack:cats", "hub:a/b"):
        with pytest.raises(DataError, match="uploaded pictures only"):
            Workshop(*places, local=False).source(None, typed)


def test_lines_of_later_steps_are_void_once_a_run_goes_on(tmp_path):
    moments = [("begin", 0, True), ("terms", 5, {"G/a": 1.0, "G/b": 2.0}), ("saved", 5, {"rho": 0})]
    moments += [("terms", 9, {"G/a": 7.0, "G/b": 7.0}), ("begin", 5, True)]
    lines = [json.dumps({"step": s, "time": 9.0, kind: told}) for kind, s, told in moments]
    (tmp_path / "progress.jsonl").write_text("\n".join([*lines, '{"step": 7, "ti']))
    went = course.read(tmp_path)
    assert (went.step, went.saved) == (5, 5)
    assert went.losses == {"G": [(5, 3.0)]} and went.figures == {"rho": [(5, 0)]}


@pytest.mark.parametrize(
    ("log", "state", "said"),
    [
        ("error: there is no room to write x (No space left). Make some.", "failed", "no room"),
        ("error: Training diverged at step 3. Lower the learning rate", "failed", "Lower the"),
        ("Traceback (most recent call last):\n  x\nKeyError: 'a'", "failed", "KeyError"),
        ("mine: 3%\rStopped at step 3. The same command goes on from here.", "paused", "^$"),
    ],
)
def test_a_run_that_ended_says_why(tmp_path, log, state, said):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "launch.json").write_text(json.dumps({"words": ["ogan"], "pid": 1, "time": 0}))
    (folder / "log.txt").write_text(log)
    run = Runs(tmp_path)["mine"]
    assert run.state == state and run.can_go_on
    assert re.search(said, run.said)


@pytest.mark.parametrize(
    ("saved", "free", "state", "said"),
    [
        ([3], 10**9, "paused", "for want of memory. .* it goes on from step 3"),
        ([], 10**9, "paused", "Nothing was saved yet: it begins again"),
        ([3], 0, "failed", "no room on the disk of .*mine. Make some. .* goes on from step 3"),
    ],
)
def test_a_run_that_ended_without_a_word_is_told_from_its_surroundings(
    tmp_path, monkeypatch, saved, free, state, said
):
    folder = tmp_path / "mine"
    folder.mkdir()
    moments = [{"step": s, "time": 1.0, "saved": {}} for s in saved] + [{"step": 5, "time": 2.0}]
    (folder / "progress.jsonl").write_text("\n".join(map(json.dumps, moments)))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    run = Runs(tmp_path)["mine"]
    assert run.state == state and re.search(said, run.said)


def test_a_data_set_of_the_hub_is_asked_for_by_its_name(tmp_path, monkeypatch):
    folder = soft(40, tmp_path / "pictures")
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda repo, **_: str(folder))
    workshop = Workshop(Runs(tmp_path / "runs"), tmp_path, tmp_path, local=True)
    asked = wish.wish("", "DCGAN", "Quick look", "32", True, False, "pets", None, "hub:me/pets")
    said, *_, looked = wish.look(workshop, asked)
    assert said == "Fetching the pictures." and looked.found[0].facts["Pictures"].startswith("40")
    assert 'data={source = "hub:me/pets"}' in wish.drawn_up(workshop, asked, looked).words


def test_a_run_that_goes_on_with_other_pictures_says_so(tmp_path):
    said = "Since step 22 this run is another: pictures 39 then, 29 now."
    (tmp_path / "log.txt").write_text(f"folder:x: train 29\n{said}\nmine: 3%\r")
    assert remark(tmp_path) == said
    (tmp_path / "log.txt").write_text("folder:x: train 29\n")
    assert remark(tmp_path) == ""


SERVER = """if True:
    import os, sys, time
    from pathlib import Path
    from gan_demo.actions.train import process, runs
    os.setsid()
    process.NICE = 0
    runs.Runs(Path(sys.argv[1])).start(sys.argv[2:], "long")
    time.sleep(300)
"""


def test_a_training_takes_as_long_as_said_and_outlives_the_server(tmp_path, narrow):
    source = f"folder:{soft(64, tmp_path / 'pictures')}"
    where = {"out": tmp_path / "out", "runs": tmp_path / "runs"}
    made = Plan("O-GAN, other", (source,), "mine", 32, pictures=64, steps=120, sheet=30, **where)
    expected, started = result(trial.measured(made)).of(made), time.monotonic()
    server = Runs(tmp_path / "runs")
    server.start(made.words, "mine")
    with pytest.raises(ValueError, match="is a training 'mine' already"):
        server.start(made.words, "mine")
    waits = server.start([*made.words, "name=other"], "other")
    assert (waits.state, waits.said) == ("waiting", "Another training comes before it.")
    server.pause("other")
    assert server["other"].state == "paused" and server.waiting() == []
    server.delete("other")
    until(lambda: not server["mine"].busy, "the end")
    assert server["mine"].state == "finished", server["mine"].said
    took = time.monotonic() - started
    if not 1 / 2 < took / expected < 2:  # others may have come or gone meanwhile
        trial._known.clear()
        expected = result(trial.measured(made)).of(made)
        assert 1 / 2 < took / expected < 2
    assert [step for step, _ in course.sheets(where["runs"] / "mine")["samples"]] == [
        *(30, 60, 90, 120)
    ]

    long = replace(made, name="long", steps=5000)
    folder = where["runs"] / "long"
    with subprocess.Popen([sys.executable, "-c", SERVER, where["runs"], *long.words]) as serving:
        until(lambda: course.read(folder).step >= 40, "step 40")
        os.killpg(serving.pid, signal.SIGKILL)
    again = Runs(where["runs"])  # the server, anew
    assert again.busy() == "long"
    os.kill(int((folder / "process").read_text()), signal.SIGKILL)
    until(lambda: not again["long"].busy, "its death")
    assert again["long"].state == "paused" and "goes on from step 30" in again["long"].said
    again.go_on("long")
    until(lambda: course.read(folder).begun > again["long"].record["time"], "going on")
    assert course.read(folder).step >= 30
    again.pause("long")
    until(lambda: not again["long"].busy, "the pause")
    assert (again["long"].state, again["long"].said) == ("paused", "")
    again.delete("long")
    assert again.names() == ["mine"] and not (where["out"] / "long").exists()
    assert (where["out"] / "mine").exists()
