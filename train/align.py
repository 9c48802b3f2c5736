"""python -m train.align folder:photos --out faces: a training set out of anybody's photos.

    photo -> faces -> square of the five points -> picture of its own + a line of labels.csv

Left out, and listed in left-out.csv with the reason: what cannot be read, photos without a face,
and faces that are too small, blurred, seen from the side, or there already (perceptual hash). What
came in and what did not is shown in contact.html. The photos are only read. A run that was stopped
goes on by the same command: journal.jsonl has a line for each photo that is done.
"""

import argparse
import csv
import html
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from PIL import Image as PILImage
from tqdm import tqdm

from gan_demo import data
from gan_demo.data import DataError, decode
from gan_demo.data.sources import Folder, Raw, Source
from gan_demo.images import faces
from gan_demo.images.faces import Face
from gan_demo.images.frame import cut, within
from gan_demo.images.landmarks import COLUMNS

JOURNAL, LABELS, LEFT_OUT, CONTACT = "journal.jsonl", "labels.csv", "left-out.csv", "contact.html"
LARGEST = 2048  # pixels of the long side of a photo that is searched
SIDEWAYS = 0.6  # of half the distance of the eyes: the nose beside their middle
SHARP = 128  # pixels of the picture whose sharpness is measured
HASH, LOW, ALIKE = 32, 8, 6  # pixels, frequencies a side; bits in which two of one face may differ
QUALITY = 95  # of WebP


@dataclass(frozen=True)
class Wish:
    """What the pictures shall be.

    Args:
        size: side, pixels.
        frame: see `gan_demo.images.frame`.
        least: side of the square in the photo, pixels.
        blur: sharpness below this is blurred, see `sharpness`.
    """

    source: str
    size: int = 128
    frame: float = faces.FRAME
    least: int = 64
    blur: float = 0.07

    def __post_init__(self):
        if not 16 <= self.size <= 1024:
            raise ValueError("--size is 16 to 1024 pixels, for instance 128.")
        if not 0.3 <= self.frame <= 3:
            raise ValueError("--frame is 0.3 to 3, for instance 0.8: larger shows more around.")


def sharpness(picture: np.ndarray) -> float:
    """std of the Laplacian / std of the picture, at SHARP pixels: white noise has 4.5, a face in
    focus 0.15 and more, one blurred by 2 pixels about 0.06."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = cv2.resize(grey, (SHARP, SHARP), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_32F).std() / max(grey.std(), 1.0))


def sideways(face: Face) -> float:
    """How far the nose is beside the middle of the eyes, in halves of their distance: 0 from the
    front, 1 where it hides the cheek."""
    e = face.points[1] - face.points[0]
    nose = face.points[2] - face.points[:2].mean(0)
    return float(abs(nose @ e) / (e @ e) * 2)


def fingerprint(picture: np.ndarray) -> int:
    """64 bits: which of the lowest frequencies of a DCT lie above their median."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (HASH, HASH), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:LOW, :LOW].ravel()
    bits = low > np.median(low[1:])  # the first is the light of the whole
    return int("".join("01"[int(bit)] for bit in bits), 2)


class Journal:
    """What is done, a line a photo; opened again it goes on.

    Args:
        out: the folder of the pictures.

    Raises:
        ValueError: it was made in another way.
    """

    def __init__(self, out: Path, wish: Wish):
        self.path, self.done = out / JOURNAL, {}
        out.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            if any(out.iterdir()):
                raise ValueError(f"{out} holds other files: name a new folder with --out.")
            self._write(asdict(wish))
            return
        lines = self.path.read_text("utf-8").splitlines(keepends=True)
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        if whole[:1] != [asdict(wish)]:
            raise ValueError(
                f"{out} was made from another source or with other options: repeat those, or "
                "name a new folder with --out."
            )
        self.done = {entry["photo"]: entry for entry in whole[1:]}
        if lines and not lines[-1].endswith("\n"):  # stopped in the middle of a line
            self.path.write_text("".join(lines[:-1]), "utf-8")

    def add(self, entry: dict[str, Any]) -> None:
        self.done[entry["photo"]] = entry
        self._write(entry)

    @property
    def kept(self) -> list[dict[str, Any]]:
        return [face for entry in self.done.values() for face in entry["faces"]]

    @property
    def left_out(self) -> list[tuple[str, str]]:
        return [(e["photo"], reason) for e in self.done.values() for reason in e["left out"]]

    def _write(self, entry: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def align(source: Source, out: Path, wish: Wish) -> Journal:
    """Every photo that the journal lacks; stopped by Ctrl-C it keeps what is done.

    Raises:
        ValueError: a folder that was made in another way.
    """
    journal = Journal(out, wish)
    known = [face["hash"] for face in journal.kept]
    todo = [name for name in source.names if name not in journal.done]
    try:
        for name, raw in tqdm(source.read(todo), "aligning", len(todo), unit=" photos"):
            entry: dict[str, Any] = {"photo": name, "faces": [], "left out": []}
            for picture, points, reason in _of_photo(raw, wish, known):
                if picture is None:
                    entry["left out"].append(reason)
                    continue
                file = f"{_below(name)}-{len(entry['faces']) + 1}.webp"
                _save(out / file, picture)
                known.append(fingerprint(picture))
                face = {"file": file, "points": points.round(1).tolist(), "hash": known[-1]}
                entry["faces"].append(face)
            journal.add(entry)
    except KeyboardInterrupt:
        print("\nStopped: the same command goes on from here.", file=sys.stderr)
    _tables(journal, out)
    return journal


def _of_photo(
    raw: Raw, wish: Wish, known: list[int]
) -> Iterator[tuple[np.ndarray | None, np.ndarray, str]]:
    """Each face as (picture, points in it, ""), or (None, no points, why it is left out)."""
    nothing = np.zeros((0, 2))
    try:
        if isinstance(raw, Exception):
            raise raw
        photo = decode.photo(raw, None).convert("RGB")
    except Exception:  # whatever the reader of the source met
        yield None, nothing, "not readable"
        return
    small = photo.copy()
    small.thumbnail((LARGEST, LARGEST))
    scale = photo.width / small.width
    found = faces.find(small)
    if not found:
        yield None, nothing, "no face"
    for face in (Face(face.points * scale, face.sure) for face in found):
        square = face.square(wish.frame)
        picture = cut(np.asarray(photo), square, wish.size)
        if 2 * square.half < wish.least:
            yield None, nothing, "too small"
        elif sideways(face) > SIDEWAYS:
            yield None, nothing, "side view"
        elif sharpness(picture) < wish.blur:
            yield None, nothing, "blurred"
        elif any((fingerprint(picture) ^ other).bit_count() <= ALIKE for other in known):
            yield None, nothing, "duplicate"
        else:
            yield picture, within(face.points, square, wish.size), ""


def _below(name: str) -> str:
    """A name in an archive as a path that stays below the folder it is written to."""
    return "/".join(part for part in name.split("/") if part not in ("", ".", ".."))


def _save(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    PILImage.fromarray(picture).save(part, "WEBP", quality=QUALITY)
    part.replace(path)


def _tables(journal: Journal, out: Path) -> None:
    """labels.csv, left-out.csv and contact.html, written anew."""
    points = [[face["file"], *np.ravel(face["points"])] for face in journal.kept]
    for name, head, lines in (
        (LABELS, ["file", *COLUMNS], points),
        (LEFT_OUT, ["photo", "reason"], journal.left_out),
    ):
        with (out / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *lines])
    files = [face["file"] for face in journal.kept]
    shown = "".join(
        f'<img src="{quote(file)}" title="{html.escape(file)}" loading="lazy">' for file in files
    )
    listed = "".join(
        f"<tr><td>{html.escape(photo)}</td><td>{html.escape(reason)}</td></tr>"
        for photo, reason in journal.left_out
    )
    (out / CONTACT).write_text(
        "<!doctype html><meta charset='utf-8'><title>Faces</title>"
        "<style>body{font:15px system-ui;margin:1.5rem}img{width:96px;margin:1px}"
        "td{padding:.1rem 1rem .1rem 0}</style>"
        f"<h1>{summary(journal)}</h1>{shown}<h2>Left out</h2><table>{listed}</table>",
        encoding="utf-8",
    )


def summary(journal: Journal) -> str:
    counts = Counter(reason for _, reason in journal.left_out)
    listed = ", ".join(f"{reason} {n}" for reason, n in counts.most_common()) or "nothing"
    n = len(journal.kept)
    return f"{n} face{'s' * (n != 1)} of {len(journal.done)} photos. Left out: {listed}."


def _source(text: str) -> Source:
    source = data.opened(text)
    if not source.names:
        raise DataError(f"{text} holds no photo; found {source.inventory()}.")
    return source


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Aligned faces out of any photos.")
    parser.add_argument("source", help=f"{data.EXAMPLES}")
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or one to go on")
    parser.add_argument("--size", type=int, default=Wish.size, help="side of a face, pixels")
    parser.add_argument("--frame", type=float, default=Wish.frame, help="more shows more around")
    parser.add_argument("--least", type=int, default=Wish.least, help="pixels it has in the photo")
    parser.add_argument("--blur", type=float, default=Wish.blur, help="0 keeps blurred faces too")
    args = parser.parse_args(given)
    try:
        source = _source(args.source)
        if isinstance(source, Folder) and _inside(args.out, source.root):
            raise ValueError("--out lies among the photos, which stay untouched: name another.")
        options = {key: getattr(args, key) for key in ("source", "size", "frame", "least", "blur")}
        journal = align(source, args.out, Wish(**options))
    except ValueError as error:
        sys.exit(f"{error}")
    print(f"{summary(journal)} See {args.out / CONTACT}.")
    if len(journal.done) == len(source.names):
        print(f"Train with data.source=folder:{args.out}")


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


if __name__ == "__main__":
    main()
