"""Where a run writes: its own folder, which one process holds at a time, and its checkpoint's."""

import contextlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from gan_demo import checkpoint
from gan_demo.checkpoint.sheets import sheets_in
from gan_demo.files import check_writable, sendable
from train.config import DEFAULTS, ConfigError, Run

ID, LOCK, PROCESS, STATE = "id", "lock", "process", "state.pt"
RECORD, PROGRESS = "run.json", "progress.jsonl"  # what others read, see `record` and `Report`
CURVES, SHEETS = "tb", "sheets"  # folders
PUBLISHED = (checkpoint.WEIGHTS, checkpoint.CONFIG, checkpoint.METRICS, checkpoint.CARD)


@contextlib.contextmanager
def held(run: Run, replace: bool = False) -> Iterator[None]:
    """The run's folder for this process alone. The lock falls with the process, however it ends.

    Args:
        replace: the checkpoint that lies at the run's place may be another run's.

    Raises:
        ValueError: another process holds it, the disk refuses, or what lies there is not this
            run's.
    """
    for folder in (run.folder, run.checkpoint):
        check_writable(folder)
    _ordinary(run.folder, (ID, LOCK, PROCESS, STATE, RECORD, PROGRESS), (CURVES, SHEETS))
    _ordinary(run.checkpoint, (*PUBLISHED, *(path.name for path in sheets_in(run.checkpoint))))
    for name in (CURVES, SHEETS):  # links, for instance
        check_writable(run.folder / name)
    run.folder.mkdir(parents=True, exist_ok=True)
    note = run.folder / PROCESS
    try:
        lock = FileLock(run.folder / LOCK).acquire(timeout=1)  # others only look
    except Timeout:
        with contextlib.suppress(OSError):
            note = note.read_text("utf-8")
        raise ConfigError(
            f"{run.folder} is being trained by process {note}: wait until it ends, or give this "
            "run another name=..."
        ) from None
    with lock:
        try:
            note.write_text(str(os.getpid()), "utf-8")
            for part in run.folder.glob("*.part"):  # of a process that is gone
                part.unlink()
            _claim(run, replace)
            yield
        finally:
            note.unlink(missing_ok=True)


def record(run: Run, words: Sequence[str], processes: int) -> None:
    """How to go on, and where to: for whoever looks after runs.

    Args:
        words: what stood behind `python -m train`, but for its flags.
    """
    told = {
        "words": list(words),
        "cwd": str(Path.cwd()),
        "processes": processes,
        "system": run.system,
        "end": run.end,
        "out": str(Path(run.out).absolute()),
    }
    part = (run.folder / RECORD).with_suffix(".part")
    part.write_text(json.dumps(told), "utf-8")
    part.replace(run.folder / RECORD)


def identity(run: Run) -> str:
    """What the run's checkpoint is known by: the same until the run's folder is removed."""
    if not _known(run):
        part = (run.folder / ID).with_suffix(".part")
        part.write_text(uuid.uuid4().hex, "utf-8")
        part.replace(run.folder / ID)
    return _known(run)


def _known(run: Run) -> str:
    """The identity that lies in the run's folder; "" where none does."""
    path = run.folder / ID
    return path.read_text("utf-8", "replace") if path.exists() else ""


def finished(run: Run) -> int | None:
    """At which step the run's checkpoint is, if that is its last and its settings are the same."""
    try:
        facts = checkpoint.occupant(run.checkpoint) or {}
        mine = facts["run"] == _known(run)
        settings = Run.settings_of(facts["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    now, usual = map(_written, (run.settings, DEFAULTS))
    same = {k: v for k, v in usual.items() if k in now} | settings == now  # keys newer than it
    return facts["steps"] if mine and same and facts["steps"] >= run.end else None


def _written(settings: dict[str, Any]) -> dict[str, Any]:
    """As a checkpoint has them."""
    return json.loads(sendable(json.dumps(settings, ensure_ascii=False)))


def clear(run: Run) -> None:
    """Forget an earlier run of this name: its state, its curves, its sheets, nothing else."""
    if not (run.folder / ID).exists() and not (run.folder / STATE).exists():
        return
    for name in (STATE, PROGRESS):
        (run.folder / name).unlink(missing_ok=True)
    drawn = {CURVES: "events.out.tfevents.*", SHEETS: "*-[0-9][0-9][0-9][0-9][0-9][0-9]*.png"}
    for folder, pattern in drawn.items():
        for path in (run.folder / folder).glob(pattern):
            path.unlink()


def _claim(run: Run, replace: bool) -> None:
    facts = checkpoint.occupant(run.checkpoint)
    if facts is None or replace:
        return
    older = "run" not in facts and (run.folder / STATE).exists()  # begun before runs had an id
    known = _known(run)
    if not older and not (known and facts.get("run") == known):
        raise ConfigError(
            f"{run.checkpoint} holds a checkpoint that this run did not write: give another "
            "name=... or out=..., or say --replace."
        )


def _ordinary(folder: Path, names: Iterable[str], folders: Iterable[str] = ()) -> None:
    """Nothing there that could not be read or replaced: a pipe would be waited for for ever.

    Raises:
        ConfigError: something is.
    """
    right = dict.fromkeys(names, Path.is_file) | dict.fromkeys(folders, Path.is_dir)
    for name, test in right.items():
        path = folder / name
        if path.exists() and not test(path):
            kind = "file" if test is Path.is_file else "folder"
            raise ConfigError(f"{path} is no ordinary {kind}: move it away.")
