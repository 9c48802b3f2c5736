"""Replace files of a folder while others read them: they see all of the old or all of the new.

New files are written into a hidden folder inside, `.PID.part`. Once complete it is called
`.PID.swap`, and they move over the old ones, one by one: what lies beside them stays, and the
folder may be a link or a mount. What a killed process leaves is swept by the next writer.
"""

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 2.0  # seconds that a reader waits for a writer that is moving files


def check_writable(folder: Path) -> None:
    """Whether files can be written there, without making the folder: asked before long work.

    Raises:
        ValueError: they cannot.
        OSError: links that lead in a circle, for instance.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        folder.stat()
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise ValueError(f"{there} is a file: choose another folder.")
    try:
        with tempfile.TemporaryFile(dir=there):  # rights alone do not tell: /proc has them all
            pass
    except OSError as error:
        raise ValueError(
            f"{there} cannot be written to ({error.strerror}): make it writable, or choose another "
            "folder."
        ) from None


@contextlib.contextmanager
def writing(folder: Path, own: Sequence[str] = (), last: Sequence[str] = ()) -> Iterator[Path]:
    """A hidden folder whose files take their places in `folder` if the block succeeds.

    Args:
        own: files that go unless the block wrote them again.
        last: files that move after all others, in this order.
    """
    folder = folder.resolve()
    part = folder / f".{os.getpid()}.part"
    ready = part.with_suffix(".swap")
    _sweep(folder)
    empty = not folder.exists()
    part.mkdir(parents=True)
    try:
        yield part
        obsolete = [name for name in own if not (part / name).exists()]
        part.rename(ready)
        for name in obsolete:
            (folder / name).unlink(missing_ok=True)
        _move(ready, last)
    finally:
        for leftover in (part, ready):
            shutil.rmtree(leftover, ignore_errors=True)
        if empty:
            with contextlib.suppress(OSError):  # it is not: something was written
                folder.rmdir()


def reading(folder: Path, read: Callable[[], T]) -> T:
    """read(), and again as long as files of `folder` were being replaced meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while True:
        before = _files(folder)
        try:
            result = read()
        except Exception:
            if _settled(folder, before) or time.monotonic() > deadline:
                raise
        else:
            if _settled(folder, before) or time.monotonic() > deadline:
                return result
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether there is such a process, on this machine."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True  # someone else's
    except (OSError, OverflowError):
        return False
    return True


def left(folder: Path, before: str, after: str) -> Iterator[Path]:
    """What processes that are gone left in `folder` under a name `before`PID`after`, two regular
    expressions."""
    for path in folder.iterdir() if folder.is_dir() else ():
        match = re.fullmatch(f"{before}([0-9]{{1,9}}){after}", path.name)
        if match and (int(match[1]) == os.getpid() or not alive(int(match[1]))):
            yield path


def _move(ready: Path, last: Sequence[str] = ()) -> None:
    names = {path.name for path in ready.iterdir()}
    for name in [*sorted(names - set(last)), *(name for name in last if name in names)]:
        (ready / name).replace(ready.parent / name)
    ready.rmdir()


def _sweep(folder: Path) -> None:
    """Finish what was ready to move, drop what was not; beside it, as versions to 0.3 had it."""
    for path in left(folder, r"\.", r"\.swap"):
        _move(path)
    beside = [*left(folder.parent, rf"\.{re.escape(folder.name)}\.", r"\.(part|old)")]
    for path in beside:
        if path.suffix == ".old" and not folder.exists():
            path.rename(folder)
    for path in [*left(folder, r"\.", r"\.part"), *beside]:
        shutil.rmtree(path, ignore_errors=True)


def _settled(folder: Path, before: dict[str, tuple[int, ...]]) -> bool:
    moving = folder.glob(".*.swap")
    if any(alive(int(path.name.split(".")[1])) for path in moving if path.name[1:-5].isdecimal()):
        return False
    return _files(folder) == before


def _files(folder: Path) -> dict[str, tuple[int, ...]]:
    """What changes when a file is replaced; {} where there is no folder."""
    found = {}
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if not path.name.startswith("."):
                stat = path.stat()
                found[path.name] = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    return found
