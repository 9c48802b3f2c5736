"""A page that others train on: one queue, limits of each visitor, and nothing stays behind."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import until
from test_training import place, soft  # noqa: F401 (a fixture)

from gan_demo.actions.train import visitors, wish
from gan_demo.actions.train.plan import Plan
from gan_demo.actions.train.runs import Runs
from gan_demo.actions.train.visitors import Limits
from gan_demo.actions.train.workshop import Workshop
from gan_demo.data import DataError
from gan_demo.tabs import serve
from gan_demo.ui import guard

ANN, BOB, EVE = ("0" * 31 + c for c in "abe")


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """Whose trainings do nothing, for long."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexec sleep 300")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    limits = Limits(kept=2, waiting=1, sent=20_000, away=1000)
    made = Workshop(Runs(tmp_path / "runs"), tmp_path / "out", tmp_path / "sent", False, limits)
    for word in (ANN, BOB, EVE):
        made.pictures(word).mkdir(parents=True)
    yield made
    for name in made.runs.names():
        if made.runs[name].busy:
            os.kill(made.runs[name].record["pid"], signal.SIGKILL)


def start(workshop, name, word):
    return workshop.start(Plan("DCGAN", ("zip:x.zip",), name, 32, runs=workshop.runs.folder), word)


def leave(workshop, word):
    os.utime(workshop.pictures(word), (0, 0))


def test_one_trains_the_next_waits_and_the_queue_is_bounded(workshop):
    assert start(workshop, "ann-1", ANN).state == "starting"
    waits = start(workshop, "bob-1", BOB)
    assert (waits.state, waits.said) == ("waiting", "Another training comes before it.")
    with pytest.raises(ValueError, match="1 trainings wait here already"):
        start(workshop, "eve-1", EVE)
    workshop.pause("ann-1", ANN)
    until(lambda: not workshop.runs["ann-1"].busy)
    workshop.tidy()
    assert workshop.runs.busy() == "bob-1" and not workshop.runs.waiting()


def test_another_visitor_s_training_is_as_good_as_none(workshop):
    start(workshop, "ann-1", ANN)
    assert (workshop.names(ANN), workshop.names(BOB), workshop.names("")) == (["ann-1"], [], [])
    said = set()
    for act in (workshop.run, workshop.pause, workshop.go_on, workshop.delete):
        with pytest.raises(ValueError, match="There is no training 'ann-1' here") as told:
            act("ann-1", BOB)
        said.add(str(told.value))
    assert len(said) == 1 and ANN not in str(workshop.runs["ann-1"].record)
    for word in ("", "../..", "0" * 40):
        with pytest.raises(DataError, match="not ready yet"):
            workshop.admit(word)


def test_who_has_enough_trainings_deletes_one(workshop):
    start(workshop, "ann-1", ANN)
    start(workshop, "ann-2", ANN)
    with pytest.raises(ValueError, match=r"You have 2 trainings here.*delete one"):
        start(workshop, "ann-3", ANN)
    workshop.delete("ann-2", ANN)
    workshop.admit(ANN)


def test_pictures_are_bounded_and_those_of_no_training_make_room(workshop, tmp_path):
    many = [str(p) for p in soft(10, workshop.sent / "many", (40, 40)).iterdir()]
    few = many[:3]
    workshop.source(few, "", ANN)
    with pytest.raises(DataError, match=r"Each visitor may send 0 MB.* or delete a training"):
        workshop.source(many, "", ANN)
    assert not [*workshop.pictures(ANN).iterdir()]
    workshop.source(few, "", ANN)
    full = replace(workshop, limits=replace(workshop.limits, room=1))
    with pytest.raises(DataError, match="no room for more pictures"):
        full.source(few, "", BOB)
    assert [*workshop.pictures(ANN).iterdir()] and not [*workshop.pictures(BOB).iterdir()]


def test_a_training_has_its_time(workshop):
    folder = start(workshop, "ann-1", ANN).folder
    moment = {"step": 5, "time": 1.0, "seconds": 3700.0, "pictures": 9}
    (folder / "progress.jsonl").write_text(json.dumps(moment) + "\n")
    workshop.tidy()
    until(lambda: not workshop.runs["ann-1"].busy)
    with pytest.raises(ValueError, match="ann-1 has had its time: one hour"):
        workshop.go_on("ann-1", ANN)
    assert workshop.efforts == ["Quick look", "An hour"]
    asked = wish.wish(ANN, "DCGAN", "Over night", "32", False, False, "x", None, "")
    with pytest.raises(ValueError, match="Choose how long it may take: Quick look or An hour"):
        wish.drawn_up(workshop, asked, wish.Looked([], [], []))


def test_nothing_stays_of_visitors_who_left(workshop):
    start(workshop, "ann-1", ANN)
    start(workshop, "bob-1", BOB)
    own = workshop.runs.start(["dcgan_faces"], "mine")  # of the person at this machine
    leave(workshop, ANN)
    leave(workshop, EVE)
    workshop.greet(BOB)
    workshop.tidy()
    until(lambda: not workshop.runs["ann-1"].busy)
    workshop.tidy()
    assert sorted(workshop.runs.names()) == ["bob-1", "mine"]
    assert workshop.runs.busy() == "bob-1" and own.state == "waiting"
    left = [folder.name for folder in visitors.folders(workshop.runs.pictures)]
    workshop.tidy()
    assert [visitors.visitor(BOB)] == [f.name for f in visitors.folders(workshop.runs.pictures)]
    assert visitors.visitor(EVE) not in left


def test_all_pictures_of_a_training_can_be_sent_at_once(workshop, tmp_path):
    for made in (workshop, Workshop(workshop.runs, tmp_path, tmp_path, local=True)):
        options = serve.launch_options(training=made)
        assert options["max_file_size"] == options["_app"].upload == made.heaviest
    assert serve.launch_options()["_app"].upload == guard.UPLOAD


def test_what_a_visitor_trains_on_is_decoded_into_their_folder(workshop):
    start(workshop, "ann-1", ANN)
    told = Path(f"/proc/{workshop.runs['ann-1'].record['pid']}/environ")
    wanted = f"GAN_DEMO_CACHE={workshop.pictures(ANN)}"
    until(lambda: wanted in told.read_text().split("\0"))  # empty while the process begins
