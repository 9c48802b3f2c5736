"""Replace a whole folder while others read it: they see all of the old one or all of the new."""

import contextlib
import glob
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 2.0  # seconds that a reader waits for a writer between its two renames


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A new hidden folder beside `folder`, which takes its place if the block succeeds."""
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = part.with_suffix(".old")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        for leftover in (part, old):
            shutil.rmtree(leftover, ignore_errors=True)


def reading(folder: Path, read: Callable[[], T]) -> T:
    """read(), and again as long as `folder` was being replaced meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while True:
        before = _identity(folder)
        try:
            result = read()
        except Exception:
            given_up = before is None and time.monotonic() > deadline
            if given_up or _settled(folder, before):
                raise
        else:
            if _settled(folder, before):
                return result
        time.sleep(0.01)


def _settled(folder: Path, before: tuple[int, int] | None) -> bool:
    if before is None:  # not there: never, or just between the two renames?
        parts = folder.parent.glob(f".{glob.escape(folder.name)}.*.part")
        return not any(parts) and _identity(folder) is None
    return _identity(folder) == before


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
