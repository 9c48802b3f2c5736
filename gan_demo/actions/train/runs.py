"""Trainings as processes of their own, known by their folders alone.

A page may close and a server restart: what runs, goes on, and is found again, also if it was
started in a terminal. The lock of a run's folder says whether it is being trained, `launch.json`
whether it waits for its turn and whose it is, `run.json` how to go on, `progress.jsonl` how far it
is, `log.txt` what it said.
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
from pathlib import Path

from gan_demo import checkpoint
from gan_demo.actions.train import course
from gan_demo.actions.train.process import environment, humble
from gan_demo.actions.train.run import (
    LAUNCH,
    LOG,
    Record,
    Run,
    ended,
    held,
    log,
    owns,
    read,
    remark,
)
from gan_demo.actions.train.uploads import FACES, FOLDER
from gan_demo.files.replace import alive
from train.run_folder import PROCESS, RECORD

GRACE = 300.0  # seconds that a start may take before it holds the folder


class Runs:
    """The trainings of a folder, one at a time; the others wait in the order they came."""

    def __init__(self, folder: Path):
        self.folder, self.pictures = folder, folder / FOLDER
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
            launch = read(folder / LAUNCH)
            record = launch | read(folder / RECORD)
            if held(folder):
                return Run(name, folder, "running", remark(folder), record)
            if launch.get("waits"):
                return Run(name, folder, "waiting", self._told(name), record)
            if self._starts(name, launch):
                return Run(name, folder, "starting", "", record)
            child = self._children.get(name)
            killed = child is not None and (child.returncode or 0) < 0
            return Run(name, folder, *ended(folder, record, killed), record)

    def busy(self) -> str:
        """The one that is being trained; "" for none."""
        return next((name for name in self.names() if self[name].busy), "")

    def waiting(self) -> list[str]:
        """Those that wait, the next one first."""
        launches = {name: read(self.folder / name / LAUNCH) for name in self.names()}
        names = [name for name, launch in launches.items() if launch.get("waits")]
        return sorted(names, key=lambda name: launches[name]["time"])

    def start(self, words: Sequence[str], name: str, owner: str = "") -> Run:
        """At once, or after those that came before.

        Args:
            words: what stands behind `python -m train`, with `name=` and `runs=` as they are here.

        Raises:
            ValueError: there is one of this name.
            OSError: its folder cannot be written to.
        """
        with self._lock:
            if name in self.names():
                raise ValueError(f"There is a training {name!r} already: choose another name.")
            return self._enqueue(words, name, str(Path.cwd()), owner)

    def go_on(self, name: str) -> Run:
        """
        Raises:
            ValueError: it cannot go on.
        """
        with self._lock:
            run = self[name]
            if not run.can_go_on:
                raise ValueError(f"{name} cannot go on from here: it is {run.state}.")
            cwd = run.record.get("cwd", ".")
            return self._enqueue(run.record["words"], name, cwd, run.owner)

    def next(self) -> None:
        """Launches the one that has waited longest, where none is being trained."""
        with self._lock:
            if not self.busy() and (names := self.waiting()):
                self._launch(names[0])

    def pause(self, name: str) -> None:
        """Asks it to save and end; it goes on from there.

        Raises:
            ValueError: it is not being trained, and does not wait.
        """
        with self._lock:
            run = self[name]
            if run.state == "waiting":
                self._note(name, read(run.folder / LAUNCH) | {"waits": False})
            elif run.busy and (pid := self._process(run)):
                os.kill(pid, signal.SIGINT)
            else:
                raise ValueError(f"{name} is not being trained.")

    def delete(self, name: str) -> None:
        """The run with its checkpoint, and the pictures of its owner that no other run needs; what
        else lies beside the checkpoint stays.

        Raises:
            ValueError: it is being trained.
            OSError: the disk refuses.
        """
        with self._lock:
            run = self[name]
            if run.busy:
                raise ValueError(f"{name} is being trained: pause it first.")
            place = run.out / name
            if owns(run, place):
                checkpoint.remove(place, course.sheets(run.folder))
            shutil.rmtree(run.folder)
            self._children.pop(name, None)
            self.sweep(self.pictures / run.owner)

    def _enqueue(self, words: Sequence[str], name: str, cwd: str, owner: str) -> Run:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        launch = {"words": list(words), "cwd": cwd, "owner": owner, "time": time.time()}
        self._note(name, launch | {"waits": True})
        self.next()
        return self[name]

    def _launch(self, name: str) -> None:
        folder = self.folder / name
        launch = read(folder / LAUNCH)
        owner = launch.get("owner")
        with (folder / LOG).open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "train", *launch["words"]],
                cwd=launch["cwd"],
                env=environment(self.pictures / owner if owner else None),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # neither's end, nor its Ctrl-C, is the other's
            )
        humble(process.pid)
        self._children[name] = process
        self._note(name, launch | {"pid": process.pid, "time": time.time(), "waits": False})

    def _note(self, name: str, launch: Record) -> None:
        part = self.folder / name / f"{LAUNCH}.part"
        part.write_text(json.dumps(launch), "utf-8")
        part.replace(part.with_suffix(""))

    def _told(self, name: str) -> str:
        """To those who wait."""
        before = self.waiting().index(name) + 1
        come = "Another training comes" if before == 1 else f"{before} trainings come"
        return f"{come} before it."

    def _starts(self, name: str, launch: Record) -> bool:
        """Whether it was launched and has not held its folder yet."""
        if course.read(self.folder / name).begun > launch.get("time", 0):
            return False
        if child := self._children.get(name):
            return child.poll() is None
        young = time.time() - launch.get("time", 0) < GRACE
        return young and "pid" in launch and alive(launch["pid"]) and not log(self.folder / name)

    def _process(self, run: Run) -> int:
        """0 for none."""
        if run.state == "starting":
            return int(run.record.get("pid", 0))
        with contextlib.suppress(OSError, ValueError):
            return int((run.folder / PROCESS).read_text("utf-8"))
        return 0

    def sweep(self, pictures: Path) -> None:
        """Pictures in a folder that no run is made of."""
        records = [self.folder / name / file for name in self.names() for file in (RECORD, LAUNCH)]
        needed = "".join(str(read(record).get("words")) for record in records)
        for path in (*pictures.glob("*.zip"), *pictures.glob(f"*{FACES}")):
            if path.name not in needed:
                path.unlink() if path.is_file() else shutil.rmtree(path)
