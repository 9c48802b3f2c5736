"""Where pictures come from: a folder, or (see `archives`, `remote`) a file or the network.

A source lists the names of its pictures, as paths whose folders may be a split and a class, and
reads any of them.
"""

import hashlib
import os
import stat
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from PIL.Image import Image as Picture

from gan_demo.data.listing import Listing, composed, is_hidden, is_picture, is_wanted, shown
from gan_demo.files import read

LARGEST_FILE = 200 * 2**20
Raw = bytes | Picture | Exception  # an exception: this picture could not be read, the rest can


class DataError(ValueError):
    """The data cannot be used, with a sentence that says why and what to do."""


class Source:
    """Names and contents of pictures.

    Attributes:
        key: changes when the contents do.
        title: what it is called in sentences.
    """

    title: str

    @cached_property
    def key(self) -> str:
        raise NotImplementedError  # abstract: every source answers it

    @cached_property
    def listing(self) -> Listing[Any]:
        raise NotImplementedError  # abstract: every source answers it

    @property
    def files(self) -> Collection[str]:
        """Every file, a picture or not, and folders that are hidden."""
        return self.listing.at.keys()

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """What stands there and is no file that can be read, with the reason."""
        return self.listing.skipped

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        """The named pictures, in an order of the source's own."""
        raise NotImplementedError  # abstract: every source answers it

    @cached_property
    def names(self) -> list[str]:
        return sorted(filter(is_picture, self.files))

    @property
    def parts(self) -> list[tuple[str, "Source"]]:
        """The sources it is made of, each with what stands before its names here."""
        return [("", self)]

    def contents(self, name: str) -> bytes:
        """One file, a picture or not.

        Raises:
            DataError: it cannot be read.
        """
        for _, raw in self.read([name]):
            if isinstance(raw, bytes):
                return raw
            raise DataError(f"{name} of {self.title} cannot be read: {raw}")
        raise DataError(f"There is no {name} in {self.title}.")

    def inventory(self) -> str:
        """What is there besides pictures, for the sentence that refuses an empty source."""
        kinds = Counter(PurePosixPath(f).suffix.lower() or "no suffix" for f in self.files)
        listed = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(4))
        return listed or "no file at all"


class Folder(Source):
    def __init__(self, path: str | Path):
        self.root = Path(path).expanduser()
        if not there(self.root.is_dir):
            raise DataError(
                f"There is no folder {str(self.root)!r}. Name one that holds pictures, "
                "for instance folder:data/cats."
            )
        self.title = repr(str(path))

    @cached_property
    def listing(self) -> Listing[Any]:
        return self.walked

    @cached_property
    def walked(self) -> Listing[tuple[Path, os.stat_result]]:
        """Links are followed after everything else, so that none takes the place of what it shows;
        a folder and a picture that was seen is not seen again."""
        found: Listing[tuple[Path, os.stat_result]] = Listing()
        first: dict[tuple[int, int] | Path, str] = {}
        folders, links = deque([""]), deque()
        while folders or links:
            own = folders.popleft() if folders else links.popleft()
            path = self.root / own
            try:
                about = path.stat()
                if stat.S_ISDIR(about.st_mode) and is_hidden(own):
                    found.add(f"{own}/", (path, about))  # closed: a link may still lead into it
                    continue
                inside = (
                    sorted(os.scandir(path), key=_name) if stat.S_ISDIR(about.st_mode) else None
                )
            except OSError as error:
                found.skip(own or ".", _unseen(path, error))
                continue
            if inside is None and not is_wanted(own):
                if stat.S_ISREG(about.st_mode):
                    found.add(own, (path, about))
                continue
            place = (about.st_dev, about.st_ino) if about.st_ino else path.resolve()
            if (same := first.setdefault(place, own)) != own:
                kind = "picture" if inside is None else "folder"
                found.skip(own, f"the same {kind} as {shown(composed(same)) or 'the whole'}")
            elif inside is not None:
                below = f"{own}/" if own else ""
                for entry in inside:
                    (links if entry.is_symlink() else folders).append(below + entry.name)
            elif stat.S_ISREG(about.st_mode):
                found.add(own, (path, about))
            else:
                found.skip(own, "not an ordinary file")
        return found

    @cached_property
    def key(self) -> str:
        digest = hashlib.sha256(os.fsencode(self.root.resolve()))
        for name in sorted(filter(self.counts, self.walked.at)):
            _, about = self.walked.at[name]
            digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
        digest.update(repr(sorted(self.walked.skipped)).encode())
        return digest.hexdigest()

    def counts(self, name: str) -> bool:
        """Whether a change of this file is one of the set."""
        return is_wanted(name)

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        for name in names:
            try:
                yield name, read(self.walked.at[name][0], LARGEST_FILE)
            except (OSError, ValueError) as error:
                yield name, error


class Several(Source):
    """One set made of several; a name begins with the word for its part."""

    def __init__(self, parts: dict[str, Source]):
        self._parts = parts
        self.title = " and ".join(part.title for part in parts.values())

    @property
    def parts(self) -> list[tuple[str, Source]]:
        return [(f"{word}/", part) for word, part in self._parts.items()]

    @cached_property
    def listing(self) -> Listing[str]:
        found: Listing[str] = Listing()
        for prefix, part in self.parts:
            found.at |= {prefix + name: prefix for name in part.files}
            found.skipped += [(prefix + name, reason) for name, reason in part.skipped]
        return found

    @cached_property
    def names(self) -> list[str]:
        return [prefix + name for prefix, part in self.parts for name in part.names]

    @cached_property
    def key(self) -> str:
        return "\n".join(f"{prefix} {part.key}" for prefix, part in self.parts)

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        of = {prefix: [] for prefix, _ in self.parts}
        for name in names:
            word, _, rest = name.partition("/")
            of[f"{word}/"].append(rest)
        for prefix, part in self.parts:
            for name, raw in part.read(of[prefix]):
                yield prefix + name, raw


def there(test: Callable[[], bool]) -> bool:
    """The answer of `is_dir` or `is_file`, also about names that no file could have."""
    try:
        return test()
    except (OSError, ValueError):
        return False


def _name(entry: os.DirEntry) -> str:
    return entry.name


def _unseen(path: Path, error: OSError) -> str:
    if path.is_symlink() and not isinstance(error, PermissionError):
        return "a link to nothing"
    return f"cannot be looked into ({error.strerror or error})"
