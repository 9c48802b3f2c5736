"""Pictures that were sent to the page -> one zip that stays when the upload folder is swept.

A zip is kept as it is, several pictures are put into one. What may be sent is bounded in number and
bytes; pixels are bounded where a picture is decoded. The name is a digest: the same pictures are
kept once.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from gan_demo import files
from gan_demo.data import DataError
from gan_demo.data.archives import Zip

FOLDER, FACES = "pictures", "-faces"  # among the runs; how the folder of aligned ones ends
MOST, HEAVIEST = 20_000, 500_000_000  # pictures, bytes
UNPACKED = 2_000_000_000  # bytes that a zip may unpack to


def keep(paths: Sequence[str], sent: Path, to: Path) -> str:
    """A source for the data layer.

    Args:
        paths: of uploaded files.
        sent: the folder that uploads lie in: nothing else is taken.
        to: the folder that the zip is kept in.

    Raises:
        DataError: nothing, too much, or what is no picture and no zip of some.
    """
    places = [Path(path) for path in paths]
    if not places:
        raise DataError("Give pictures first: a zip, or several files at once.")
    if not all(files.inside(place, sent) and place.is_file() for place in places):
        raise DataError("These files were not sent to this page. Choose them again.")
    archives = [place for place in places if place.suffix.lower() == ".zip"]
    if archives and len(places) > 1:
        raise DataError("Send one zip, or pictures, not both and not several zips.")
    if len(places) > MOST or sum(place.stat().st_size for place in places) > HEAVIEST:
        raise DataError(f"At most {MOST:,} pictures of {HEAVIEST // 10**6} MB together are taken.")
    digest = hashlib.sha256()
    for place in places:
        if not archives:
            digest.update(place.name.encode(errors="replace") + b"\0")
        with place.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    kept = to / f"{digest.hexdigest()[:16]}.zip"
    if not kept.exists():
        to.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        try:
            if archives:
                shutil.copyfile(archives[0], part)
            else:
                _pack(places, part)
            _check(part)
        except (DataError, OSError):  # of a disk that is full, too
            part.unlink(missing_ok=True)
            raise
        part.replace(kept)
    return f"zip:{kept}"


def _pack(places: Sequence[Path], to: Path) -> None:
    """Numbered, because two folders may hold pictures of one name."""
    with zipfile.ZipFile(to, "w") as archive:
        for i, place in enumerate(places):
            archive.write(place, f"{i:05}-{place.name}")


def _check(path: Path) -> None:
    source = Zip(path)
    listing = source.listing.at
    if len(source.names) > MOST or sum(info.file_size for info in listing.values()) > UNPACKED:
        raise DataError(
            f"This zip holds more than {MOST:,} pictures, or unpacks to more than "
            f"{UNPACKED // 10**9} GB: send fewer, or smaller ones."
        )
    if not source.names:
        raise DataError(f"This zip holds no picture; found {source.inventory()}.")
