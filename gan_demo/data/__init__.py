"""Pictures -> uint8 pixels, decoded once and cached -> batches, a function of (seed, step).

A source is a prefix and a place:

    folder:DIR   zip:FILE   tar:FILE (also .tar.gz, .tar.xz)   hub:owner/name   torchvision:CIFAR10

A split is a folder called train, val (or valid, validation, dev) or test somewhere above the
pictures; a picture under none of them counts as train. Where no folder is val, val is the 5 % of
train whose hash of the name says so: the same pictures on every machine. The folder that holds a
picture is its label, if there are at least two such folders and no picture is without.
"""

import hashlib
import json
import os
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from gan_demo.data import decode
from gan_demo.data.order import rows
from gan_demo.data.ready import ready
from gan_demo.data.remote import Hub, Torchvision
from gan_demo.data.sources import DataError, Folder, Source, Tar, Zip
from gan_demo.images import from_pixels
from gan_demo.types import Label, Pixels

__all__ = ["DataError", "Pictures", "batch", "cache", "load", "names"]

SPLITS = {"train": "train", "test": "test"} | dict.fromkeys(
    ("val", "valid", "validation", "dev"), "val"
)
EXAMPLES = "folder:DIR, zip:FILE, tar:FILE, hub:owner/name or torchvision:CIFAR10"
FORMAT = 1  # of the cache: a change in decoding must not find old pixels


@dataclass(frozen=True)
class Pictures:
    """A decoded set.

    Args:
        x: the pixels, memory-mapped from the cache.
        y: index into `classes`, or None when there are fewer than two.
        names: where each picture is within its source.
        skipped: names of the unreadable ones, each with the reason.
    """

    x: Pixels
    y: Label | None
    classes: tuple[str, ...]
    names: list[str]
    skipped: list[tuple[str, str]]

    def __len__(self) -> int:
        return len(self.x)


def load(
    source: str,
    *,
    size: int,
    channels: int,
    split: str | None = "train",
    minimum: int = 1,
    classes: Sequence[str] | None = None,
) -> Pictures:
    """Decode a source, or find it in the cache.

    Args:
        split: "train", "val" or "test"; None takes every picture.
        minimum: fewer readable pictures than this are refused.
        classes: keep these label folders only, in this order.

    Raises:
        DataError: a source that is not there, is damaged or holds too few pictures.
    """
    if split is not None and split not in SPLITS.values():
        raise DataError(f"Unknown split {split!r}: choose train, val or test.")
    place = _open(source)
    wanted = None if classes is None else list(classes)
    plan = json.dumps([FORMAT, place.key, size, channels, split, wanted])
    path = cache() / f"pictures-{hashlib.sha256(plan.encode()).hexdigest()[:24]}.safetensors"
    pictures = _cached(path)
    if pictures is None:
        names, labels = _choose(place, split, wanted)
        if len(names) < minimum or not names:
            raise DataError(_too_few(source, place, split, wanted, len(names), minimum))
        ready(path.parent)
        pictures = _decode(place, names, labels, wanted, size, channels)
        _store(path, pictures)
    if pictures.skipped:
        first = "; ".join(f"{name}: {reason}" for name, reason in pictures.skipped[:3])
        warnings.warn(f"{source}: {len(pictures.skipped)} files skipped ({first})", stacklevel=2)
    if len(pictures) < max(minimum, 1):
        raise DataError(_too_few(source, place, split, wanted, len(pictures), minimum))
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
) -> dict[str, Tensor]:
    """The `process`-th n pictures of the n · `processes` that make step `step`: "x", and "y" when
    labelled. Every epoch is a new permutation; a batch may reach from one epoch into the next.

    Args:
        flip: mirror about half of the pictures, others in every epoch.
    """
    index, coin = rows(len(pictures), n, seed=seed, step=step, process=process, processes=processes)
    p = pictures.x[index]
    if flip:
        mirror = coin.bool()
        p[mirror] = p[mirror].flip(3)
    x = {"x": from_pixels(p)}
    return x if pictures.y is None else x | {"y": pictures.y[index]}


def names(
    source: str, *, split: str | None = "train", classes: Sequence[str] | None = None
) -> list[str]:
    """What the files of a split are called, without looking into them.

    Raises:
        DataError: a source that is not there.
    """
    return _choose(_open(source), split, None if classes is None else list(classes))[0]


def cache() -> Path:
    """The folder of everything that can be made again: $GAN_DEMO_CACHE or ./.cache."""
    return Path(os.environ.get("GAN_DEMO_CACHE") or ".cache")


def _open(source: str) -> Source:
    prefix, _, place = source.partition(":")
    match prefix if place else "":
        case "folder":
            return Folder(place)
        case "zip":
            return Zip(place)
        case "tar":
            return Tar(place)
        case "hub":
            return Hub(place)
        case "torchvision":
            return Torchvision(place, cache() / "torchvision")
    raise DataError(f"{source!r} is not a data source: write {EXAMPLES}.")


def _split(name: str) -> str:
    folders = PurePosixPath(name).parts[:-1]
    return next((SPLITS[f.lower()] for f in folders if f.lower() in SPLITS), "train")


def _label(name: str) -> str:
    folder = PurePosixPath(name).parent.name
    return "" if folder.lower() in SPLITS else folder


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


def _choose(
    place: Source, split: str | None, wanted: list[str] | None
) -> tuple[list[str], dict[str, str]]:
    """The names of a split and the label folder of every picture in the source."""
    labels = {name: _label(name) for name in place.names}
    splits = {name: _split(name) for name in labels}
    train = [name for name, s in splits.items() if s == "train"]
    if "val" not in splits.values() and len(train) > 1:
        held_out = [name for name in train if _hash(name) % 20 == 0] or [min(train, key=_hash)]
        splits |= dict.fromkeys(held_out, "val")
    if wanted is not None:
        known = set(labels.values())
        if missing := [c for c in wanted if c not in known]:
            listed = ", ".join(sorted(known - {""})) or "none"
            raise DataError(f"No label folder is called {missing[0]!r}. There are: {listed}.")
    names = [
        name
        for name, s in splits.items()
        if split in (None, s) and (wanted is None or labels[name] in wanted)
    ]
    return names, labels


def _decode(
    place: Source,
    names: list[str],
    labels: dict[str, str],
    wanted: list[str] | None,
    size: int,
    channels: int,
) -> Pictures:
    pixels = torch.empty(len(names), channels, size, size, dtype=torch.uint8)
    row = {name: i for i, name in enumerate(names)}
    failed: dict[str, str] = {}
    jobs = _decoded(place, names, size, channels)
    for name, result in tqdm(jobs, "decoding", len(names), unit=" pictures"):
        if isinstance(result, Exception):
            failed[name] = str(result) or type(result).__name__
        else:
            pixels[row[name]] = result[0]
    kept = [name for name in names if name not in failed]
    classes = sorted(set(labels.values())) if wanted is None else wanted
    if len(classes) < 2 or "" in classes:
        classes, y = [], None
    else:
        index = {label: i for i, label in enumerate(classes)}
        y = torch.tensor([index[labels[name]] for name in kept], dtype=torch.long)
    if failed:
        pixels = pixels[[row[name] for name in kept]]
    return Pictures(pixels, y, tuple(classes), kept, sorted(failed.items()))


def _decoded(
    place: Source, names: list[str], size: int, channels: int
) -> Iterator[tuple[str, Pixels | Exception]]:
    """Read in this thread, decode in others, a bounded number ahead."""

    def work(raw) -> Pixels | Exception:
        try:
            if isinstance(raw, Exception):
                return raw
            return decode.pixels(raw, size, channels)
        except Exception as error:  # PIL's plugins raise what they like on bad bytes
            return error

    waiting = deque()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, raw in place.read(names):
            waiting.append((name, pool.submit(work, raw)))
            if len(waiting) > 64:
                name, job = waiting.popleft()
                yield name, job.result()
        for name, job in waiting:
            yield name, job.result()


def _store(path: Path, pictures: Pictures) -> None:
    tensors = {"x": pictures.x} | ({} if pictures.y is None else {"y": pictures.y})
    about = {k: getattr(pictures, k) for k in ("classes", "names", "skipped")}
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        save_file(tensors, part, {k: json.dumps(v) for k, v in about.items()})
        part.replace(path)  # a reader, or a second process, never sees half a file
    except (SafetensorError, OSError) as error:
        part.unlink(missing_ok=True)
        raise DataError(f"The decoded pictures do not fit into {path.parent}: {error}.") from None


def _cached(path: Path) -> Pictures | None:
    try:
        with safe_open(path, "pt") as file:
            about = {k: json.loads(v) for k, v in file.metadata().items()}
            y = file.get_tensor("y") if "y" in set(file.keys()) else None
            x = file.get_tensor("x")
    except Exception:  # not there, or damaged: it is made again
        return None
    skipped = [(name, reason) for name, reason in about["skipped"]]
    return Pictures(x, y, tuple(about["classes"]), about["names"], skipped)


def _too_few(
    source: str, place: Source, split: str | None, wanted: list[str] | None, n: int, minimum: int
) -> str:
    """The sentence that refuses a set: what was found, and what to do."""
    kind = "pictures" if split is None else f"{split} pictures"
    of = "" if wanted is None else f" of {', '.join(wanted)}"
    splits = Counter(_split(name) for name in place.names)
    folders = ", ".join(f"{count} in {s}" for s, count in splits.items())
    found = f"{len(place.names)} pictures in all ({folders})" if splits else place.inventory()
    smaller = f", lower batch to {n}" if 0 < n < minimum else ""
    return (
        f"{source} holds {n} readable {kind}{of}, at least {max(minimum, 1)} are needed; found "
        f"{found}. Add pictures (JPEG, PNG or WebP, {decode.SMALLEST} pixels a side or more)"
        f"{smaller} or choose another source."
    )
