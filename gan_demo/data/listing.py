"""What a source holds: each picture once and under one name, and what is left out of it and why.

A name is text that is the same on every machine: Unicode in composed form, whatever the bytes of
the file's own name are, and "/" between folders.
"""

import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Generic, TypeVar

from gan_demo.data.decode import SUFFIXES

LABELS = "labels.csv"  # in the top folder, see `labels`
SHOWN = 80  # letters of a name in a sentence
T = TypeVar("T")


@dataclass
class Listing(Generic[T]):
    """
    Args:
        at: where each file lies, by its name here.
        skipped: names of what cannot be used, each with the reason.
    """

    at: dict[str, T] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)  # own name -> name here

    def add(self, own: str, place: T) -> None:
        """A file; a second one of exactly this name takes the place of the first."""
        if own in self.known:
            self.skip(own, "another one of this name stands further behind")
        else:
            self.known[own] = _free(composed(own), self.at)
        self.at[self.known[own]] = place

    def skip(self, own: str, reason: str) -> None:
        self.skipped.append((composed(own), reason))


def composed(name: str) -> str:
    """The name in composed Unicode; a part of it that is no UTF-8 is read as Latin-1."""
    return unicodedata.normalize("NFC", "/".join(map(_text, name.split("/"))))


def shown(name: str, most: int = SHOWN) -> str:
    """The name in a sentence: short, and without signs that move a terminal's cursor."""
    name = name if len(name) <= most else f"{name[: most // 2]}...{name[-most // 2 :]}"
    return name if name.isprintable() else ascii(name)[1:-1]


def is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES and not is_hidden(name)


def is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def is_wanted(name: str) -> bool:
    """Whether anybody would miss it."""
    return is_picture(name) or name == LABELS


def _text(part: str) -> str:
    raw = part.encode("utf-8", "surrogateescape")
    try:  # in the locale C the letters of UTF-8 come as signs for bytes, too
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _free(name: str, taken: dict[str, T]) -> str:
    path, n = PurePosixPath(name), 1
    while name in taken:
        n += 1
        name = path.with_name(f"{path.stem} ({n}){path.suffix}").as_posix()
    return name
