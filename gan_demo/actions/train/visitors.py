"""Who trains on a page for others: how much each may, and when it is all deleted.

A page is known by a random word that its browser keeps, its visitor by the word's digest. What a
visitor sent lies in a folder of that name, whose time says when the visitor was last here, so that
a server that starts again knows as much as before.
"""

import contextlib
import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from gan_demo.data import DataError

WORD = re.compile(r"[0-9a-f]{32}")
NAME = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True)
class Limits:
    """Of a page that others use.

    Args:
        kept: trainings of a visitor.
        waiting: trainings of all visitors that wait for their turn.
        sent: bytes that a visitor's pictures may have.
        room: bytes that all visitors' pictures may have.
        seconds: of a training.
        away: seconds after which a visitor has left.
    """

    kept: int = 3
    waiting: int = 8
    sent: int = 200_000_000
    room: int = 5_000_000_000
    seconds: int = 60 * 60
    away: int = 60 * 60

    def __str__(self) -> str:
        """In words, for the page."""
        span, away = hours(self.seconds), hours(self.away)
        return (
            "One training runs at a time, the others wait in the order they came. Each visitor "
            f"may keep {self.kept} trainings of at most {span} each, and send "
            f"{self.sent // 10**6} MB of pictures. {away.capitalize()} after you close the page, "
            "your pictures, trainings and models are deleted; until then others can use the models."
        )


def visitor(word: str) -> str:
    """
    Raises:
        DataError: this is no word of a page.
    """
    if not WORD.fullmatch(word):
        raise DataError("This page is not ready yet. Try again in a moment.")
    return hashlib.sha256(word.encode()).hexdigest()[:24]


def greet(folder: Path) -> None:
    """Note that a visitor is here; the folder is made by what they send."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(folder)


def here(folder: Path, limits: Limits) -> bool:
    """Whether a visitor has been here lately."""
    try:
        return time.time() - folder.stat().st_mtime < limits.away
    except FileNotFoundError:
        return False


def folders(pictures: Path) -> list[Path]:
    """Of all visitors who sent anything."""
    return [folder for folder in pictures.glob("*/") if NAME.fullmatch(folder.name)]


def check_sent(folder: Path, limits: Limits) -> None:
    """
    Raises:
        DataError: a visitor, or all together, have sent too much.
    """
    if _size(folder.parent, "*/*.zip") > limits.room:
        raise DataError("There is no room for more pictures here: try again in an hour.")
    sent = _size(folder, "*.zip")
    if sent > limits.sent:
        raise DataError(
            f"Each visitor may send {limits.sent // 10**6} MB of pictures, and these would make "
            f"{sent // 10**6} MB: send fewer or smaller ones, or delete a training."
        )


def forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def hours(seconds: int) -> str:
    return "one hour" if seconds == 3600 else f"{seconds / 3600:.3g} hours"


def _size(folder: Path, files: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(files))
