"""One training, as its folder tells of it."""

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gan_demo import checkpoint
from gan_demo.actions.train import course
from gan_demo.actions.train.plan import COMMAND, OUT
from gan_demo.actions.train.process import lines
from gan_demo.files import room
from train.run_folder import ID, LOCK, PROCESS

LOG, LAUNCH = "log.txt", "launch.json"
TAIL = 20_000  # bytes of a log that are read

Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """How a training stands.

    Args:
        state: waiting, starting, running, paused, finished or failed.
        said: why it is not running, or what is not as it was when it was paused, in a sentence; "".
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
    def owner(self) -> str:
        """The visitor whose it is, see `visitors`; "" for the person at this machine."""
        return str(self.record.get("owner", ""))

    @property
    def end(self) -> int:
        """Its last step; 0 where that is not known."""
        return int(self.record.get("end", 0))

    @property
    def out(self) -> Path:
        """The folder that its checkpoint is in."""
        return Path(self.record.get("out", OUT))

    @property
    def command(self) -> str:
        """For a terminal in the current folder; "" where it is not known."""
        if not self.alone or "words" not in self.record:
            return ""
        there = Path(self.record.get("cwd", ".")).absolute()
        first = "" if there == Path.cwd() else f"cd {shlex.quote(str(there))} && "
        return first + shlex.join([*COMMAND, *self.record["words"]])

    @property
    def alone(self) -> bool:
        """Whether one process trains it."""
        return self.record.get("processes", 1) == 1

    @property
    def can_go_on(self) -> bool:
        stands = self.state in ("paused", "failed")
        return stands and self.alone and "words" in self.record


def held(folder: Path) -> bool:
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


def ended(folder: Path, record: Record, killed: bool) -> tuple[str, str]:
    """State, and why.

    Args:
        killed: whether it is known that something outside ended it.
    """
    went, said = course.read(folder), log(folder) if _spoke_last(folder) else ""
    if record.get("end") and went.saved >= record["end"]:
        return "finished", ""
    told = lines(said)
    if errors := [line for line in told if line.startswith("error: ")]:
        return "failed", errors[-1].removeprefix("error: ")
    if "Traceback (most recent call last):" in told:
        return "failed", f"It ended with an error that it has no words for: {told[-1][:200]}"
    stopped = any("Stopped" in line for line in told)
    if killed or (went.step > went.saved and not stopped):
        kept = (
            f"Nothing that was saved is lost: it goes on from step {went.saved}."
            if went.saved >= 0
            else "Nothing was saved yet: it begins again."
        )
        if room.is_short(folder):  # too little for its own last word
            return "failed", f"There is no room on the disk of {folder}. Make some. {kept}"
        return "paused", (
            f"It was ended from outside after step {went.step}, by someone or for want of "
            f"memory. {kept}"
        )
    return "paused", ""


def remark(folder: Path) -> str:
    """What is not as it was when it was paused, such as pictures that are gone."""
    said = lines(log(folder)) if _spoke_last(folder) else []
    return next((line for line in said if line.startswith("Since step ")), "")


def owns(run: Run, place: Path) -> bool:
    """Whether a checkpoint is this run's."""
    try:
        facts = checkpoint.occupant(place) or {}
        return facts.get("run") == (run.folder / ID).read_text("utf-8")
    except (OSError, ValueError):
        return False


def read(path: Path) -> Record:
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


def log(folder: Path) -> str:
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
