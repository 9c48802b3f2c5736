"""Files of strangers, read whole: ordinary ones only, and no more than was asked for."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

DEEPEST = 20  # levels of JSON


def opened(path: str | Path) -> BinaryIO:
    """An ordinary file, open for reading. Never a pipe or a device: opening one may wait for ever.

    Raises:
        OSError: not there, or no ordinary file.
    """
    return open(path, "rb", opener=_ordinary)


def read(path: str | Path, most: int) -> bytes:
    """The bytes of an ordinary file. Never a memory map: a file that shrinks under one ends the
    process.

    Args:
        most: bytes.

    Raises:
        OSError: as `opened`.
        ValueError: larger than `most`.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        raw = file.read(min(size, most) + 1)  # so much is allocated first
    if len(raw) > most:
        raise ValueError(f"larger than {most / 1e6:.0f} MB")
    return raw


def inside(path: str | Path, folder: str | Path) -> bool:
    """Whether it lies below the folder after every link and `..` is followed."""
    try:
        return Path(path).resolve().is_relative_to(Path(folder).resolve())
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL in the name
        return False


def beside(path: Path, most: int) -> bytes:
    """The bytes of a checkpoint's file. A link out of its folder could show anything of the
    machine, so it is not followed; the Hub's cache links into blobs of its own.

    Raises:
        OSError, ValueError: as `read`, and a link that leads out.
    """
    home = path.parent.parent.parent if path.parent.parent.name == "snapshots" else path.parent
    if not inside(path, home):
        raise OSError("a link that leads out of its folder")
    return read(path, most)


def parsed(raw: bytes) -> Any:
    """JSON that can be shown and written again: whole numbers beyond 18 digits become floats.

    Raises:
        ValueError: no JSON, too many levels, text that is no Unicode.
    """
    try:
        content = json.loads(raw, parse_int=lambda digits: (float, int)[len(digits) < 19](digits))
    except RecursionError:
        raise ValueError("too many levels") from None
    except UnicodeDecodeError:
        raise ValueError("no text in UTF-8") from None
    waiting = [(content, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise ValueError("too many levels")
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:
                raise ValueError("text with halves of letters") from None
        elif isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
    return content


def sendable(said: str) -> str:
    """Text that UTF-8 can hold: the signs that stand for bytes of a file's name become the letters
    that the bytes are, or �."""
    return said.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _ordinary(path: str, flags: int) -> int:
    """Opens a pipe without waiting for its writer, and closes it again."""
    file = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not an ordinary file", path)
    return file
