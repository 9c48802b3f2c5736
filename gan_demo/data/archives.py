"""Pictures in a zip or tar file, read where they are: nothing is unpacked to disk."""

import contextlib
import posixpath
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from gan_demo.data.listing import Listing, is_wanted
from gan_demo.data.sources import LARGEST_FILE, DataError, Raw, Source, there

HEADER = 2**20  # bytes of what a tar file says about one of its files
LOCKED, UTF_8 = 0x1, 0x800  # flags of a file and of its name in a zip file
UNIX = 3  # the system whose kinds of files a zip file may state
CLIMBS = "its path leads out of the archive"


class Archive(Source):
    """One file that holds the others."""

    def __init__(self, path: str | Path):
        self.path = Path(path).expanduser()
        if not there(self.path.is_file):
            raise DataError(f"There is no file {str(self.path)!r}. Check the path of the archive.")
        self.title, self.key = repr(str(path)), self._stamp()

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        """
        Raises:
            DataError: it is damaged, or no longer the file that was listed, whose places in
                another one would be those of other pictures.
        """
        try:
            yield from self._read(names)
        except (OSError, zipfile.BadZipFile, DataError) as error:
            self._check_same(error)
            raise
        self._check_same()

    def _read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        raise NotImplementedError  # abstract: every archive answers it

    def _stamp(self) -> str:
        about = self.path.stat()
        return f"{self.path.resolve()} {about.st_size} {about.st_mtime_ns}"

    def _check_same(self, error: Exception | None = None) -> None:
        with contextlib.suppress(OSError):
            if self._stamp() == self.key:
                return
        raise DataError(
            f"{self.title} was replaced or removed while it was read. Wait until it is complete, "
            "and run the command again."
        ) from error


class Zip(Archive):
    @cached_property
    def listing(self) -> Listing[zipfile.ZipInfo]:
        found: Listing[zipfile.ZipInfo] = Listing()
        try:
            with zipfile.ZipFile(self.path) as archive:
                entries = archive.infolist()
        # The last is raised by zipfile itself, for a version of the format that it does not know.
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise _damaged(self.path, "zip", error) from error
        for info in entries:
            if own := _inside(_zip_name(info), found):
                kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == UNIX else 0
                if info.flag_bits & LOCKED and is_wanted(own):
                    found.skip(own, "it is locked by a password: unpack it")
                elif kind in (0, stat.S_IFREG):
                    found.add(own, info)
                elif is_wanted(own):
                    link = kind == stat.S_IFLNK
                    found.skip(own, "a link, not a picture" if link else "not an ordinary file")
        return found

    def _read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        with zipfile.ZipFile(self.path) as archive:
            for name in names:
                try:
                    with archive.open(self.listing.at[name]) as file:
                        yield name, _bounded(file)
                except Exception as error:  # zlib, lzma, encryption and checksums each have theirs
                    yield name, error


class Tar(Archive):
    @cached_property
    def listing(self) -> Listing[int]:
        """By the place of a file's header."""
        found: Listing[int] = Listing()
        links = []
        for _, member in self._members():
            if not member.isdir() and (own := _inside(member.name, found)):
                if member.isfile():
                    found.add(own, member.offset)
                elif not is_wanted(own):
                    continue
                elif member.islnk() or member.issym():
                    start = posixpath.dirname(own) if member.issym() else ""
                    links.append((own, _normal(posixpath.join(start, member.linkname)), member))
                else:
                    found.skip(own, "not an ordinary file")
        ahead = {own: target for own, target, _ in links}
        for own, target, member in links:
            passed = {own}
            while target in ahead and target not in passed:
                passed.add(target)
                target = ahead[target]
            if target not in found.known:
                found.skip(own, "a link to nothing in the archive")
            elif is_wanted(target):
                found.skip(own, f"the same picture as {found.known[target]}")
            else:
                found.add(own, member.offset)
        return found

    def _read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        wanted = {self.listing.at[name]: name for name in names}
        for archive, member in self._members() if wanted else ():
            if name := wanted.pop(member.offset, None):
                try:
                    yield name, _bounded(archive.extractfile(member))
                except Exception as error:  # a hole in the archive, or a file that is too large
                    yield name, error
                if not wanted:
                    return

    def _members(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        # One pass from front to back: seeking in a compressed archive would unpack it again.
        try:
            with tarfile.open(self.path, "r:*", tarinfo=_Header, encoding="utf-8") as archive:
                for member in archive:
                    yield archive, member
        except Exception as error:  # of tar, of each compression, of numbers in headers
            raise _damaged(self.path, "tar", error) from error


class _Header(tarfile.TarInfo):
    """Bounded, and never taken for the archive's end when it is damaged or missing."""

    @classmethod
    def fromtarfile(cls, archive):  # pyright: ignore
        try:
            return super().fromtarfile(archive)
        except tarfile.EmptyHeaderError:  # pyright: ignore
            raise tarfile.ReadError("its end is missing") from None

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        try:
            header = super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # pyright: ignore
            raise tarfile.ReadError(str(error)) from None
        if header.size < 0:
            raise tarfile.HeaderError("a file of negative size")
        ordinary = header.isreg() or header.type not in _EXTENDED
        if not ordinary and header.size > HEADER:
            raise tarfile.HeaderError(f"a header of {header.size / 1e6:.0f} MB")
        return header


_EXTENDED = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)


def _zip_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & UTF_8:
        return info.filename
    try:  # many programs write UTF-8 without saying so
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _inside(own: str, found: Listing) -> str:
    """The path in the archive; "" for a folder, and for what would lie outside, which is told."""
    path = _normal(own)
    if path.split("/")[0] == "..":
        found.skip(own, CLIMBS)
        return ""
    return "" if path == "." or own.endswith(("/", "\\")) else path


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/").lstrip("/"))


def _bounded(file) -> bytes:
    raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise ValueError("larger than 200 MB")
    return raw


def _damaged(path: Path, kind: str, error: Exception) -> DataError:
    reason = str(error).partition("\n")[0].rstrip(":") or type(error).__name__
    return DataError(
        f"{str(path)!r} cannot be read as a {kind} archive ({reason}). Check that it is one and "
        "was downloaded completely."
    )
