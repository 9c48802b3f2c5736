"""The processes beside the page: the trial of a plan, and the command of a training."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PATIENCE, result, until

from gan_demo.actions.train import process, runs, trial
from gan_demo.actions.train.plan import Plan
from gan_demo.actions.train.runs import Runs


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(process, "NICE", 0)  # beside other tests the humble would starve


@pytest.fixture
def program(tmp_path, monkeypatch):
    """What stands in for Python: lines of a shell."""
    file = tmp_path / "python"

    def write(lines: str) -> None:
        file.write_text(f"#!/bin/sh\n{lines}")
        file.chmod(0o755)
        monkeypatch.setattr("sys.executable", str(file))

    return write


def test_a_trial_ends_when_nobody_waits_for_it(tmp_path, program):
    started = tmp_path / "started"
    program(f"echo $$ > {started}\nexec sleep 300")
    made = Plan("O-GAN, other", ("folder:x",), "mine", 32, pictures=64)
    trying = trial.planning(made, "Quick look")
    assert next(trying) is None
    until(lambda: started.exists() and started.read_text(), "its start")
    folder = f"gan-demo-{os.getpid()}-*/"  # which the next server removes when this one is killed
    assert list(Path(tempfile.gettempdir()).glob(folder))
    began = time.monotonic()
    trying.close()
    assert time.monotonic() - began < 2 and not runs.alive(int(started.read_text()))


def test_a_server_that_ends_takes_its_trial_along(tmp_path):
    """At once, also while a thread still looks at it."""
    started = tmp_path / "started"
    lines = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(300)"
    server = f"""if True:
        import os, threading, time
        from gan_demo.actions.train import process
        looking = process.alongside(["-c", {lines!r}])
        next(looking)
        while not os.path.exists({str(started)!r}) or not open({str(started)!r}).read():
            time.sleep(0.1)
        threading.Thread(target=lambda held: time.sleep(300), args=[looking], daemon=True).start()
    """
    subprocess.run([sys.executable, "-c", server], check=True, timeout=PATIENCE)
    assert not runs.alive(int(started.read_text()))


def test_no_thread_of_the_server_waits_for_a_trial(program):
    """Else it could not end before the trial."""
    program("exec sleep 300")
    before = threading.active_count()
    trying = trial.planning(Plan("O-GAN, other", ("folder:x",), "mine", 32), "Quick look")
    assert next(trying) is None and threading.active_count() == before
    trying.close()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("echo 'error: there is no room' >&2; exit 2", "^there is no room$"),
        ("kill -9 $$", "for want of memory: choose a smaller side"),
        ("exec sleep 300", "take more than 0 minutes here: choose a smaller side"),
    ],
)
def test_a_trial_that_fails_says_why(program, monkeypatch, lines, said):
    monkeypatch.setattr(trial, "PATIENCE", 3.0)
    program(lines)
    with pytest.raises(ValueError, match=said):
        result(trial.measured(Plan("O-GAN, other", ("folder:x",), "mine", 32, pictures=64)))


def test_what_runs_beside_the_page_may_say_much(program):
    """More than a pipe holds: a bar of progress does, after a minute."""
    program("head -c 200000 /dev/zero | tr '\\0' x >&2; echo >&2; echo error: at last >&2; exit 2")
    ended = result(process.alongside(["-m", "train.align"]))
    assert (ended.code, ended.why) == (2, "at last") and len(ended.said) > 200_000


def test_a_training_from_the_page_leaves_it_a_core(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for cores, threads in ((1, "1"), (2, "1"), (8, "7")):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert process.environment()["OMP_NUM_THREADS"] == threads
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert process.environment()["OMP_NUM_THREADS"] == "3"


def test_what_runs_beside_the_page_speaks_utf_8(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    said = subprocess.check_output(
        [sys.executable, "-c", "print('Füße 猫')"], env=process.environment()
    )
    assert said.decode().strip() == "Füße 猫"


def test_the_command_of_a_plan_is_what_runs(tmp_path, monkeypatch, program):
    program("exec sleep 300")
    made = Plan("DCGAN", ("folder:x y",), "mine", 32, pictures=64, steps=9, sheet=9)
    made = replace(made, runs=tmp_path / "runs", out=tmp_path / "out")
    run = Runs(made.runs).start(made.words, "mine")
    os.kill(run.record["pid"], signal.SIGKILL)
    said = made.command
    assert run.command == said
    assert shlex.split(said) == ["python", "-m", "train", *run.record["words"]]
    monkeypatch.chdir(tmp_path)
    assert run.command == f"cd {run.record['cwd']} && {said}"
    assert replace(run, record=run.record | {"processes": 2}).command == ""
