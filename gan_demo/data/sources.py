"""Where pictures come from: a folder, an archive, or (see `remote`) the network.

A source lists the names of its pictures, as paths whose folders may be a split and a class, and
reads any of them. Nothing is unpacked to disk.
"""

import hashlib
import os
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from PIL.Image import Image as Picture

from gan_demo.data.decode import SUFFIXES

LARGEST_FILE = 200 * 2**20
LABELS = "labels.csv"  # in the top folder, see `labels`
Raw = bytes | Picture | Exception  # an exception: this picture could not be read, the rest can


class DataError(ValueError):
    """The data cannot be used, with a sentence that says why and what to do."""


class Source:
    """Names and contents of pictures.

    Attributes:
        key: changes when the contents do.
        title: what it is called in sentences.
    """

    key: str
    title: str

    @cached_property
    def files(self) -> list[str]:
        """Every file, a picture or not."""
        raise NotImplementedError  # abstract: every source answers it

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        """The named pictures, in an order of the source's own."""
        raise NotImplementedError  # abstract: every source answers it

    @cached_property
    def names(self) -> list[str]:
        return sorted({f for f in self.files if _is_picture(f)})

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
        if not self.root.is_dir():
            raise DataError(
                f"There is no folder {str(self.root)!r}. Name one that holds pictures, "
                "for instance folder:data/cats."
            )
        self.title = repr(str(path))

    @cached_property
    def files(self) -> list[str]:
        found = (Path(top, f) for top, _, fs in os.walk(self.root, followlinks=True) for f in fs)
        return [f.relative_to(self.root).as_posix() for f in found]

    @cached_property
    def key(self) -> str:
        digest = hashlib.sha256(str(self.root.resolve()).encode())
        for name in [*self.names, *(f for f in self.files if f == LABELS)]:
            stat = (self.root / name).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        for name in names:
            try:
                with (self.root / name).open("rb") as file:
                    yield name, _bounded(file)
            except (OSError, ValueError) as error:
                yield name, error


class Archive(Source):
    """One file that holds the others."""

    def __init__(self, path: str | Path):
        self.path = Path(path).expanduser()
        if not self.path.is_file():
            raise DataError(f"There is no file {str(self.path)!r}. Check the path of the archive.")
        self.title, stat = repr(str(path)), self.path.stat()
        self.key = f"{self.path.resolve()} {stat.st_size} {stat.st_mtime_ns}"


class Zip(Archive):
    @cached_property
    def files(self) -> list[str]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                return [i.filename for i in archive.infolist() if not i.is_dir()]
        except (zipfile.BadZipFile, OSError) as error:
            raise _damaged(self.path, "zip", error) from error

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        with zipfile.ZipFile(self.path) as archive:
            for name in names:
                try:
                    with archive.open(name) as file:
                        yield name, _bounded(file)
                except Exception as error:  # zlib, lzma, encryption and checksums each have theirs
                    yield name, error


class Tar(Archive):
    @cached_property
    def files(self) -> list[str]:
        return [member.name for _, member in self._members()]

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        wanted = set(names)
        for archive, member in self._members():
            if member.name in wanted:
                try:
                    yield member.name, _bounded(archive.extractfile(member))
                except Exception as error:  # a hole in the archive, or a file that is too large
                    yield member.name, error

    def _members(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        # One pass from front to back: seeking in a compressed archive would unpack it again.
        try:
            with tarfile.open(self.path, "r:*") as archive:
                for member in archive:
                    if member.isfile():
                        yield archive, member
        except (tarfile.TarError, EOFError, OSError) as error:
            raise _damaged(self.path, "tar", error) from error
        except Exception as error:
            if type(error).__module__ in ("lzma", "_lzma", "zlib"):
                raise _damaged(self.path, "tar", error) from error
            raise


class Several(Source):
    """One set made of several; a name begins with the word for its part."""

    def __init__(self, parts: dict[str, Source]):
        self._parts = parts
        self.title = " and ".join(part.title for part in parts.values())

    @property
    def parts(self) -> list[tuple[str, Source]]:
        return [(f"{word}/", part) for word, part in self._parts.items()]

    @cached_property
    def files(self) -> list[str]:
        return [prefix + name for prefix, part in self.parts for name in part.files]

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


def _is_picture(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def _bounded(file) -> bytes:
    raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise ValueError("larger than 200 MB")
    return raw


def _damaged(path: Path, kind: str, error: Exception) -> DataError:
    return DataError(
        f"{str(path)!r} cannot be read as a {kind} archive ({error}). Check that it is one and was "
        "downloaded completely."
    )
