"""python -m train.packs NAME [--from DIR] [--out DIR]: make a pack from its public source.

Fetches the originals (or takes them from DIR, as archives or unpacked), frames and scales each, and
writes train/ and val/ as WebP into one stored zip beside labels.csv. Stopped, it goes on where it
was. Without a NAME: what there is.

A file points.csv in DIR, with the columns `file`, the ten of the points and any others, tells what
is known of the originals; faces that it does not name are found by `gan_demo.images.faces`.
"""

import argparse
import csv
import io
import json
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image as PILImage
from tqdm import tqdm

from gan_demo import images
from gan_demo.data import DataError, cache, decode
from gan_demo.data.archives import Tar, Zip
from gan_demo.data.labels import POINTS
from gan_demo.data.listing import LABELS
from gan_demo.data.packs import NAMES
from gan_demo.data.remote import Torchvision
from gan_demo.data.sources import Folder, Several, Source
from gan_demo.images import faces, frame
from gan_demo.spelling import near
from train.pack_sources import PACKS, Original, Pack

FRAME = 0.8
QUALITY = 90  # of WebP
WHITE = 245  # grey from which a page is taken for empty
ARCHIVES = {".zip": Zip, ".tgz": Tar, ".gz": Tar, ".xz": Tar, ".tar": Tar}
Locate = Callable[[PILImage.Image], np.ndarray | None]
Row = dict[str, str]


def build(name: str, given: Path | None, out: Path, locate: Locate | None = None) -> Path:
    """The file of the pack.

    Args:
        given: the folder of originals that are here already.
        locate: the five points of the largest face, (5, 2) pixels, or None.

    Raises:
        DataError: an unknown pack, originals that cannot be fetched or are not there.
    """
    if name not in PACKS:
        raise DataError(f"There is no pack {name!r}.{near(name, list(NAMES))}")
    pack, path, work = PACKS[name], out / f"{name}.zip", out / f".{name}.part"
    if path.exists():
        print(f"{path} is there already: {checked(path)}.")
        return path
    print(f"{name}: {pack.about}. Licence: {pack.licence}. From {pack.page}\n{pack.size}.")
    source = originals(given) if given else fetched(name, pack, out / "originals" / name)
    found = list(pack.find(source))
    if not found:
        raise DataError(f"None of the originals of {name} is in {source.title}: see {pack.page}")
    rows = _packed(pack, source, found, work, _known(given), locate or largest)
    _write(path, work, rows)
    print(f"{path}: {checked(path)}; published {pack.counts[0]:,} train, {pack.counts[1]:,} val.")
    shutil.rmtree(work)
    return path


def originals(folder: Path) -> Source:
    """Everything in a folder: its files, and those in the archives in it."""
    if (folder / "cifar-10-batches-py").is_dir():
        return Torchvision("CIFAR10", folder)
    loose = Folder(folder)
    parts: dict[str, Source] = {"loose": loose}
    for path in sorted(loose.root.iterdir()):
        if path.suffix in ARCHIVES:
            parts[path.name] = ARCHIVES[path.suffix](path)
    return Several(parts)


def fetched(name: str, pack: Pack, folder: Path) -> Source:
    """The originals, from where the pack says."""
    if name == "cifar10":
        return Torchvision("CIFAR10", folder)
    if not pack.urls and not pack.npm:
        raise DataError(
            f"The originals of {name} cannot be fetched without you: get them from {pack.page}, "
            f"then `python -m train.packs {name} --from FOLDER`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for file, url in pack.urls.items():
            _fetch(url, folder / file)
        if pack.npm and not any(folder.glob("*.tgz")):
            command = ["npm", "pack", *pack.npm, "--silent", "--pack-destination", str(folder)]
            subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DataError(
            f"The originals of {name} could not be fetched ({error}). Try again, it goes on where "
            f"it was; or get them from {pack.page}, then --from FOLDER."
        ) from error
    return originals(folder)


def largest(picture: PILImage.Image) -> np.ndarray | None:
    """The points of the largest face."""
    found = faces.find(picture)
    return found[0].points if found else None


def made(pack: Pack, picture: PILImage.Image, points: np.ndarray | None) -> tuple[np.ndarray, Row]:
    """The picture (side, side, 3) as packed, and its points there."""
    if pack.cut == "face":
        assert points is not None
        square = frame.square(points, FRAME)
        return frame.cut(np.asarray(picture), square, pack.side), _cells(
            frame.within(points, square, pack.side)
        )
    if pack.cut == "object":
        picture = on_white(picture)
    small = images.square(picture, pack.side, 3)[0].permute(1, 2, 0).numpy()
    if pack.cut != "whole":
        return small, {}
    margin = (np.array(picture.size) - min(picture.size)) / 2
    scale = pack.side / min(picture.size)
    return small, _cells(None if points is None else (points - margin) * scale)


def on_white(picture: PILImage.Image) -> PILImage.Image:
    """A white page cut to what is on it, and made square."""
    y, x = np.nonzero(np.asarray(picture.convert("L")) < WHITE)
    if not len(x):
        return picture
    box = int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1
    wide, high = box[2] - box[0], box[3] - box[1]
    side = round(1.06 * max(wide, high))
    page = PILImage.new("RGB", (side, side), "white")
    page.paste(picture.crop(box), ((side - wide) // 2, (side - high) // 2))
    return page


def checked(path: Path) -> str:
    """How much is in a pack, once every picture in it is whole and labels.csv names just these.

    Raises:
        DataError: it is damaged.
    """
    source = Zip(path)
    rows = list(csv.DictReader(io.StringIO(source.contents(LABELS).decode())))
    broken = zipfile.ZipFile(path).testzip()
    if broken or sorted(row["file"] for row in rows) != source.names:
        raise DataError(f"{path} is damaged{f' at {broken}' if broken else ''}: delete it.")
    counts = Counter(row["file"].partition("/")[0] for row in rows)
    return f"{counts['train']:,} train, {counts['val']:,} val"


def _packed(
    pack: Pack,
    source: Source,
    found: list[Original],
    work: Path,
    known: dict[str, Row],
    locate: Locate,
) -> list[Row]:
    """A row of labels.csv for each picture, and its file in `work`."""
    work.mkdir(parents=True, exist_ok=True)
    log = work / "rows.jsonl"  # a line once a picture is done; without a file: left out
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    done = {entry["of"]: entry for entry in map(_whole, lines) if entry}
    wanted = {o.name: o for o in found if o.split and o.name not in done}
    with log.open("a", encoding="utf-8") as file:
        file.write("\n" if lines else "")  # the last line may have been cut off
        for name, raw in tqdm(source.read(wanted), "packing", len(wanted), unit=" pictures"):
            done[name] = {"of": name} | _one(pack, wanted[name], raw, work, known, locate)
            print(json.dumps(done[name]), file=file, flush=True)
    if left_out := Counter(entry["why"] for entry in done.values() if "why" in entry):
        print("Left out:", ", ".join(f"{n} {why}" for why, n in left_out.items()))
    return [entry["row"] for entry in done.values() if "row" in entry]


def _one(
    pack: Pack, original: Original, raw, work: Path, known: dict[str, Row], locate: Locate
) -> dict[str, Any]:
    """Pack one; its row, or why there is none."""
    try:
        if isinstance(raw, Exception):
            raise raw
        if original.name.endswith(".svg"):
            raw = _drawn(raw, 4 * pack.side)
        picture = decode.photo(raw, most=None).convert("RGB")
    except (OSError, ValueError) as error:
        return {"why": f"unreadable ({error})"}
    row = known.get(PurePosixPath(original.name).name, {})
    points = None
    if all(row.get(column) for column in POINTS):
        points = np.array([row[column] for column in POINTS], float).reshape(5, 2)
    elif pack.cut in ("face", "whole"):
        points = locate(picture)
    if points is None and pack.cut == "face":
        return {"why": "without a face"}
    small, cells = made(pack, picture, points)
    file = f"{original.split}/{original.stem}.webp"
    (work / file).parent.mkdir(parents=True, exist_ok=True)
    PILImage.fromarray(small).save(work / file, "WEBP", quality=QUALITY, method=6)
    others = {k: v for k, v in row.items() if k not in ("file", *POINTS)}
    return {"row": {"file": file} | original.row | others | cells}


def _drawn(svg: bytes, side: int) -> bytes:
    """The PNG of a drawing."""
    try:
        import resvg_py  # pyright: ignore[reportMissingImports]  # for two packs alone
    except ImportError:
        sys.exit("These emoji are drawings in SVG: pip install resvg-py, then try again.")
    return resvg_py.svg_to_bytes(svg_string=svg.decode(), width=side)


def _write(path: Path, work: Path, rows: list[Row]) -> None:
    rows = sorted(rows, key=lambda row: row["file"])
    columns = dict.fromkeys(column for row in rows for column in row)
    table = io.StringIO()
    writer = csv.DictWriter(table, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for file in [LABELS, *(row["file"] for row in rows)]:
            raw = table.getvalue() if file == LABELS else (work / file).read_bytes()
            archive.writestr(zipfile.ZipInfo(file), raw)
    part.replace(path)


def _fetch(url: str, path: Path) -> None:
    """Go on where an earlier try stopped."""
    if path.exists():
        return
    part = path.with_name(f"{path.name}.part")
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        on = have if answer.status == 206 else 0  # 200: the server sends all of it again
        total = on + int(answer.headers["Content-Length"] or 0) or None
        bar = tqdm(desc=path.name, total=total, initial=on, unit="B", unit_scale=True)
        with part.open("ab" if on else "wb") as file, bar:
            while block := answer.read(2**20):
                file.write(block)
                bar.update(len(block))
    part.replace(path)


def _known(folder: Path | None) -> dict[str, Row]:
    """The rows of points.csv by the last part of the file's name."""
    path = folder / "points.csv" if folder else None
    if path is None or not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {PurePosixPath(row["file"]).name: row for row in csv.DictReader(file)}


def _cells(points: np.ndarray | None) -> Row:
    values = [""] * 10 if points is None else [f"{v:.1f}" for v in points.flatten()]
    return dict(zip(POINTS, values, strict=True))


def _whole(line: str) -> dict[str, Any] | None:
    try:
        return json.loads(line)
    except ValueError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train.packs", description="Make a pack from its public source."
    )
    parser.add_argument("name", nargs="?", help="of the pack; without one: what there is")
    parser.add_argument("--from", dest="given", type=Path, help="originals that are here already")
    parser.add_argument("--out", type=Path, help="default: the cache, where pack:NAME looks")
    args = parser.parse_args()
    if args.name is None:
        for name in NAMES:
            pack = PACKS[name]
            print(f"{name:12} {pack.about}. {pack.licence}. {pack.size}. {pack.page}")
        return
    try:
        build(args.name, args.given, args.out or cache() / "packs")
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(f"Stopped; `python -m train.packs {args.name}` goes on where it was.")


if __name__ == "__main__":
    main()
