"""Trainings as processes of their own, known by their folders alone.

A page may close and a server restart: what runs, goes on, and is found again, also if it was
started in a terminal. The lock of a run's folder says whether it is being trained, `run.json` how
to go on, `progress.jsonl` how far it is, `log.txt` what it said.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gan_demo import checkpoint
from gan_demo.actions.train import course
from gan_demo.actions.train.plan import CODE, OUT
from gan_demo.actions.train.uploads import FOLDER
from gan_demo.files.replace import alive
from train.run_folder import ID, LOCK, PROCESS, RECORD

LOG, LAUNCH = "log.txt", "launch.json"
NICE = 10  # enough that others come first, and not so much that it starves beside them
GRACE = 300.0  # seconds that a start may take before it holds the folder
TAIL = 20_000  # bytes of a log that are read
WAIT = 20.0  # seconds for a process that was killed to go

Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """How a training stands.

    Args:
        state: starting, running, paused, finished or failed.
        said: why it is not running, in a sentence; "".
        record: how it was started, see `train.run_folder.record`; {} where that is not known.
    """

    name: str
    folder: Path
    state: str
    said: str
    record: Record

    @property
    def busy(self) -> bool:
        return self.state in ("starting", "running")

    @property
    def end(self) -> int:
        """Its last step; 0 where that is not known."""
        return int(self.record.get("end", 0))

    @property
    def out(self) -> Path:
        """The folder that its checkpoint is in."""
        return Path(self.record.get("out", OUT))

    @property
    def can_go_on(self) -> bool:
        alone = self.record.get("processes", 1) == 1
        return not self.busy and self.state != "finished" and alone and "words" in self.record


class Runs:
    """The trainings of a folder, one at a time."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._children: dict[str, subprocess.Popen] = {}
        self._lock = threading.RLock()  # two pages may ask at once

    def names(self) -> list[str]:
        """The latest first."""
        found = []
        with contextlib.suppress(OSError):
            for place in self.folder.iterdir():
                marks = [place / name for name in (course.PROGRESS, RECORD, LAUNCH)]
                if times := [mark.stat().st_mtime for mark in marks if mark.is_file()]:
                    found.append((max(times), place.name))
        return [name for _, name in sorted(found, reverse=True)]

    def __getitem__(self, name: str) -> Run:
        """
        Raises:
            ValueError: no such run.
        """
        if name not in self.names():
            raise ValueError(f"There is no training {name[:80]!r} here.")
        with self._lock:
            folder = self.folder / name
            launch = _read(folder / LAUNCH)
            record = launch | _read(folder / RECORD)
            if _held(folder):
                return Run(name, folder, "running", "", record)
            if self._starts(name, launch):
                return Run(name, folder, "starting", "", record)
            return Run(name, folder, *self._ended(name, folder, record), record)

    def busy(self) -> str:
        """The one that is being trained; "" for none."""
        return next((name for name in self.names() if self[name].busy), "")

    def start(self, words: Sequence[str], name: str) -> Run:
        """
        Args:
            words: what stands behind `python -m train`, with `name=` and `runs=` as they are here.

        Raises:
            ValueError: another one is being trained.
            OSError: its folder cannot be written to.
        """
        with self._lock:
            if name in self.names():
                raise ValueError(f"There is a training {name!r} already: choose another name.")
            return self._launch(words, name, str(Path.cwd()))

    def go_on(self, name: str) -> Run:
        """
        Raises:
            ValueError: it cannot go on, or another one is being trained.
        """
        with self._lock:
            run = self[name]
            if not run.can_go_on:
                raise ValueError(f"{name} cannot go on from here: it is {run.state}.")
            return self._launch(run.record["words"], name, run.record.get("cwd", "."))

    def pause(self, name: str) -> None:
        """Asks it to save and end; it goes on from there.

        Raises:
            ValueError: it is not running.
        """
        run = self[name]
        if not (run.busy and (pid := self._process(run))):
            raise ValueError(f"{name} is not being trained.")
        os.kill(pid, signal.SIGINT)

    def delete(self, name: str) -> None:
        """The run with its checkpoint, and the uploaded pictures that no other run needs.

        Raises:
            ValueError: it is being trained.
            OSError: the disk refuses.
        """
        with self._lock:
            run = self[name]
            if run.busy:
                raise ValueError(f"{name} is being trained: pause it first.")
            place = run.out / name
            if _own(run, place):
                shutil.rmtree(place)
            shutil.rmtree(run.folder)
            self._children.pop(name, None)
            self._sweep()

    def _launch(self, words: Sequence[str], name: str, cwd: str) -> Run:
        if busy := self.busy():
            raise ValueError(f"{busy} is being trained, and one trains at a time: pause it first.")
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / LOG).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "train", *words],
                cwd=cwd,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # neither's end, nor its Ctrl-C, is the other's
            )
        humble(process.pid)
        self._children[name] = process
        launch = {"words": list(words), "cwd": cwd, "pid": process.pid, "time": time.time()}
        (folder / LAUNCH).write_text(json.dumps(launch))
        return self[name]

    def _starts(self, name: str, launch: Record) -> bool:
        """Whether it was launched and has not held its folder yet."""
        if course.read(self.folder / name).begun > launch.get("time", 0):
            return False
        if child := self._children.get(name):
            return child.poll() is None
        young = time.time() - launch.get("time", 0) < GRACE
        return young and alive(launch["pid"]) and not _log(self.folder / name)

    def _process(self, run: Run) -> int:
        """0 for none."""
        if run.state == "starting":
            return int(run.record.get("pid", 0))
        with contextlib.suppress(OSError, ValueError):
            return int((run.folder / PROCESS).read_text())
        return 0

    def _ended(self, name: str, folder: Path, record: Record) -> tuple[str, str]:
        """State, and why."""
        went, log = course.read(folder), _log(folder) if _spoke_last(folder) else ""
        if record.get("end") and went.saved >= record["end"]:
            return "finished", ""
        lines = [line.strip() for line in log.replace("\r", "\n").splitlines() if line.strip()]
        if errors := [line for line in lines if line.startswith("error: ")]:
            return "failed", errors[-1].removeprefix("error: ")
        if "Traceback (most recent call last):" in lines:
            return "failed", f"It ended with an error that it has no words for: {lines[-1][:200]}"
        child = self._children.get(name)
        stopped = any("Stopped" in line for line in lines)
        killed = child is not None and (child.returncode or 0) < 0
        if killed or (went.step > went.saved and not stopped):
            return "paused", (
                f"It was ended from outside after step {went.step}, by someone or for want of "
                f"memory. Nothing that was saved is lost: it goes on from step {went.saved}."
            )
        return "paused", ""

    def _sweep(self) -> None:
        """Uploaded pictures that no run is made of."""
        records = [self.folder / name / file for name in self.names() for file in (RECORD, LAUNCH)]
        needed = "".join(str(_read(record).get("words")) for record in records)
        for path in (self.folder / FOLDER).glob("*.zip"):
            if path.stem not in needed:
                path.unlink()


def environment() -> dict[str, str]:
    """Of a process beside the page: it leaves one core to it, unless told otherwise."""
    threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) - 1))}
    return threads | os.environ | {"PYTHONPATH": str(CODE), "PYTHONUNBUFFERED": "1"}


def humble(pid: int) -> None:
    """Every other process comes first. Linux weighs sessions against each other, where the number
    of `nice` counts only within one: a session of its own has a number of its own."""
    with contextlib.suppress(OSError, AttributeError):  # another system
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICE))


def _held(folder: Path) -> bool:
    """Whether a process trains it; the lock falls with the process, however it ends."""
    if not (folder / LOCK).exists():
        return False
    try:
        FileLock(folder / LOCK).acquire(timeout=0).lock.release()
    except Timeout:
        return True
    except OSError:  # not ours to write
        return (folder / PROCESS).exists()
    return False


def _own(run: Run, place: Path) -> bool:
    """Whether a checkpoint is this run's."""
    try:
        facts = checkpoint.occupant(place) or {}
        return facts.get("run") == (run.folder / ID).read_text()
    except (OSError, ValueError):
        return False


def _read(path: Path) -> Record:
    try:
        known = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _spoke_last(folder: Path) -> bool:
    """Whether the log is of the last start, which may have been in a terminal."""
    try:
        progress = (folder / course.PROGRESS).stat().st_mtime
        return (folder / LOG).stat().st_mtime >= progress - 1
    except OSError:
        return True


def _log(folder: Path) -> str:
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
