"""Pictures -> uint8 pixels, decoded once and cached -> batches, a function of (seed, step).

A source is a prefix and a place, or a list of such, which are one set:

    folder:DIR   zip:FILE   tar:FILE (also .tar.gz, .tar.xz)   pack:NAME (see `packs`)
    hub:owner/name   torchvision:CIFAR10

A split is a folder called train, val (or valid, validation, dev) or test somewhere above the
pictures; a picture under none of them counts as train. Where no folder is val, val is the 5 % of
train whose hash of the name says so: the same pictures on every machine. The folder that holds a
picture is its label, if there are at least two such folders and no picture is without; or a column
of labels.csv is, see `labels`.
"""

import hashlib
import json
import os
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gan_demo.data import decode, labels, listing, packs, selection
from gan_demo.data.archives import Tar, Zip
from gan_demo.data.cache_folder import ready
from gan_demo.data.order import corners, rows
from gan_demo.data.packs import cache
from gan_demo.data.pictures import Pictures, store, stored
from gan_demo.data.remote import Hub, Torchvision
from gan_demo.data.selection import Chosen, Wanted
from gan_demo.data.sources import DataError, Folder, Several, Source
from gan_demo.images import from_pixels
from gan_demo.images.frame import Square
from gan_demo.types import Pixels

__all__ = [
    "DataError",
    "Pictures",
    "batch",
    "cache",
    "classes",
    "columns",
    "load",
    "names",
    "opened",
    "points",
    "title",
]

EXAMPLES = "folder:DIR, zip:FILE, tar:FILE, pack:NAME, hub:owner/name or torchvision:CIFAR10"
FORMAT = 4  # of the cache: a change in decoding must not find old pixels
AHEAD = 800 * 2**20  # bytes of memory for pictures that are read and not decoded yet
NAMED = 5  # files that are named for each reason to skip some
Sources = str | Sequence[str]


def load(
    source: Sources,
    *,
    size: int,
    channels: int,
    split: str | None = "train",
    minimum: int = 1,
    classes: Sequence[str] | None = None,
    label: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    frame: float | None = None,
) -> Pictures:
    """Decode a source, or find it in the cache.

    Args:
        split: "train", "val" or "test"; None takes every picture.
        minimum: fewer readable pictures than this are refused.
        classes: keep pictures of these labels only, in this order.
        label: the column of labels.csv that is the label, instead of the folder; pictures that
            have no value there are left out.
        where: column -> the value, or the values, that a picture must have there.
        frame: cut each picture to this frame by its five points, see `gan_demo.images.frame`;
            pictures without points are left out.

    Raises:
        DataError: a source that is not there, is damaged or holds too few pictures.
    """
    if channels not in (1, 3) or size < 1:
        raise DataError(
            f"Pictures of {size} x {size} with {channels} channels: choose channels = 1 for grey "
            "or 3 for colour, and a size of at least 1."
        )
    place, wanted = opened(source), Wanted(split, classes, label, where, frame)
    plan = json.dumps([FORMAT, place.key, size, channels, *wanted.plan])
    path = cache() / f"pictures-{hashlib.sha256(plan.encode()).hexdigest()[:24]}.safetensors"
    pictures = stored(path)
    if pictures is None:
        chosen = selection.choose(place, wanted)
        if not chosen.names:
            raise DataError(_too_few(place, wanted, 0, minimum, chosen.skipped))
        ready(path.parent)
        pictures, passing = _decode(place, chosen, wanted, size, channels)
        if not passing:
            store(path, pictures)
    if pictures.skipped:
        n, reasons = len(pictures.skipped), _reasons(pictures.skipped)
        told = f"{n} files skipped ({reasons}), {len(pictures)} of {len(pictures) + n} read"
        warnings.warn(f"{title(source)}: {told}", stacklevel=2)
    if pictures.left_out:
        counts = ", ".join(f"{n} without {what}" for what, n in pictures.left_out.items())
        warnings.warn(f"{title(source)}: pictures left out: {counts}", stacklevel=2)
    if len(pictures) < max(minimum, 1):
        raise DataError(_too_few(place, wanted, len(pictures), minimum, pictures.skipped))
    return pictures


def batch(
    pictures: Pictures,
    n: int,
    *,
    seed: int,
    step: int,
    process: int = 0,
    processes: int = 1,
    flip: bool = False,
    crop: int = 0,
) -> dict[str, Tensor]:
    """The `process`-th n pictures of the n · `processes` that make step `step`: "x", and "y" when
    labelled. Every epoch is a new permutation; a batch may reach from one epoch into the next.

    Args:
        flip: mirror about half of the pictures, others in every epoch.
        crop: side of the square that is cut out of each, somewhere; 0 takes the whole picture.
    """
    place = {"seed": seed, "step": step, "process": process, "processes": processes}
    index, coin = rows(len(pictures), n, **place)
    p = pictures.x[index]
    if crop and (room := p.shape[-1] - crop):
        cuts = zip(p, corners(room, n, **place), strict=True)
        p = torch.stack([x[:, i : i + crop, j : j + crop] for x, (i, j) in cuts])
    if flip:
        mirror = coin.bool()
        p[mirror] = p[mirror].flip(3)
    x = {"x": from_pixels(p)}
    return x if pictures.y is None else x | {"y": pictures.y[index]}


def opened(source: Sources) -> Source:
    """
    Raises:
        DataError: a source that is not there.
    """
    if not isinstance(source, str):
        parts = {}
        for one in source:
            word = PurePosixPath(one.partition(":")[2]).name.partition(".")[0] or "set"
            parts[word if word not in parts else f"{word}-{len(parts)}"] = opened(one)
        if not parts:
            raise DataError(f"An empty list is no data source: name {EXAMPLES}.")
        return Several(parts)
    prefix, _, place = source.partition(":")
    match prefix if place else "":
        case "folder":
            return Folder(place)
        case "zip":
            return Zip(place)
        case "tar":
            return Tar(place)
        case "pack":
            return packs.find(place)
        case "hub":
            return Hub(place)
        case "torchvision":
            return Torchvision(place, cache() / "torchvision")
    raise DataError(f"{source!r} is not a data source: write {EXAMPLES}.")


def names(source: Sources, **wanted) -> list[str]:
    """What the files of a set are called, without looking into them.

    Args:
        wanted: split, classes, label, where, frame as in `load`.

    Raises:
        DataError: a source that is not there.
    """
    return selection.choose(opened(source), Wanted(**wanted)).names


def classes(source: Sources, **wanted) -> list[str]:
    """The labels of a set in order, without looking into its files; see `names`.

    Raises:
        DataError: a source that is not there.
    """
    if wanted.get("classes") is not None:
        return list(wanted["classes"])
    return selection.choose(opened(source), Wanted(**wanted)).classes


def columns(source: Sources, names: Sequence[str]) -> dict[str, list[str]]:
    """All columns of labels.csv, each with a value for every name; "" where it is not known.

    Raises:
        DataError: no labels.csv, or one that cannot be read as meant.
    """
    table = labels.table(opened(source))
    return {c: [table.rows.get(name, {}).get(c, "") for name in names] for c in table.columns}


def points(source: Sources, names: Sequence[str]) -> np.ndarray:
    """The five points of each face, (n, 5, 2) in pixels of its file, nan where they are not known.

    Raises:
        DataError: no labels.csv, or one without points.
    """
    known, none = labels.table(opened(source)).points, np.full((5, 2), np.nan)
    return np.array([known.get(name, none) for name in names]).reshape(-1, 5, 2)


def title(source: Sources) -> str:
    """A source, or several, in words."""
    return listing.composed(source if isinstance(source, str) else " and ".join(source))


def _decode(
    place: Source, chosen: Chosen, wanted: Wanted, size: int, channels: int
) -> tuple[Pictures, bool]:
    """The set, and whether some of it may be readable another time."""
    names = chosen.names
    pixels = torch.empty(len(names), channels, size, size, dtype=torch.uint8)
    row = {name: i for i, name in enumerate(names)}
    failed: dict[str, str] = {}
    passing = False
    jobs = _decoded(place, chosen, size, channels)
    for name, result in tqdm(jobs, "decoding", len(names), unit=" pictures"):
        if isinstance(result, Exception):
            failed[name] = getattr(result, "strerror", None) or str(result) or repr(result)
            passing = passing or isinstance(result, OSError | MemoryError)
        else:
            pixels[row[name]] = result[0]
    kept = [name for name in names if name not in failed]
    classes = chosen.classes if wanted.classes is None else list(wanted.classes)
    if len(classes) < 2:
        classes, y = [], None
    else:
        index = {label: i for i, label in enumerate(classes)}
        y = torch.tensor([index[chosen.labels[name]] for name in kept], dtype=torch.long)
    if failed:
        pixels = pixels[[row[name] for name in kept]]
    skipped = sorted([*failed.items(), *chosen.skipped])
    return Pictures(pixels, y, tuple(classes), kept, skipped, chosen.left_out), passing


def _decoded(
    place: Source, chosen: Chosen, size: int, channels: int
) -> Iterator[tuple[str, Pixels | Exception]]:
    """Read in this thread, decode in others, as far ahead as memory allows."""

    def work(raw, square: Square | None) -> Pixels | Exception:
        try:
            if isinstance(raw, Exception):
                return raw
            return decode.pixels(raw, size, channels, square)
        except Exception as error:  # PIL's plugins raise what they like on bad bytes
            return error

    waiting, heavy = deque(), 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, raw in place.read(chosen.names):
            weight = decode.weight(raw)
            while waiting and (heavy + weight > AHEAD or len(waiting) > 64):
                first, job, weighed = waiting.popleft()
                heavy -= weighed
                yield first, job.result()
            waiting.append((name, pool.submit(work, raw, chosen.squares.get(name)), weight))
            heavy += weight
        for name, job, _ in waiting:
            yield name, job.result()


def _reasons(skipped: Sequence[tuple[str, str]]) -> str:
    """The names of each reason; of many the first."""
    of: dict[str, list[str]] = {}
    for name, reason in skipped:
        of.setdefault(reason.rstrip("."), []).append(listing.shown(name))
    told = []
    for reason, names in sorted(of.items(), key=lambda item: -len(item[1])):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        told.append(f"{', '.join(names[:NAMED])}{more}: {listing.shown(reason, 200)}")
    return "; ".join(told)


def _too_few(
    place: Source, wanted: Wanted, n: int, minimum: int, skipped: Sequence[tuple[str, str]]
) -> str:
    """The sentence that refuses a set: what was found, and what to do."""
    kind = "pictures" if wanted.split is None else f"{wanted.split} pictures"
    splits = Counter(selection.split(name) for _, part in place.parts for name in part.names)
    folders = ", ".join(f"{count} in {s}" for s, count in splits.items())
    found = f"{len(place.names)} pictures in all ({folders})" if splits else place.inventory()
    found += f"; skipped: {_reasons(skipped)}" if skipped else ""
    return (
        f"{place.title} holds {n} readable {kind}{wanted.words}, at least {max(minimum, 1)} are "
        f"needed; found {found}. Add pictures (JPEG, PNG or WebP, {decode.SMALLEST} pixels a side "
        f"or more) or choose another source."
    )
