"""Which pictures of a source are meant: a split, some classes, some rows of labels.csv."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from gan_demo.data import decode, labels
from gan_demo.data.listing import composed
from gan_demo.data.sources import DataError, Source
from gan_demo.images import frame
from gan_demo.images.frame import Square

SPLITS = {
    "train": r"train(ing|val)?|trn",
    "val": r"val(id(ation|ate)?)?|dev(elopment)?|eval(uations?)?|h(o|e)ld[ _.-]?out",
    "test": r"test(ing)?|tst",
}
OF = r"\s*(\d+[ _.-]*)?((images?|imgs?|pictures?|photos?|data|seg)[ _.-]?)?"
WHAT = r"[ _.-]?(set|split|data|images?|imgs?|pictures?|photos?|files?|\d+)"
DOMAIN = r"(?-i:(?P<domain>[AB])|[ _.-](?P<other>[AaBb]))"  # trainA, the layout of CycleGAN
WORDS = {s: re.compile(f"{OF}({w})({WHAT}|{DOMAIN})?\\s*", re.I) for s, w in SPLITS.items()}


@dataclass(frozen=True)
class Wanted:
    """What is asked of a source, see `gan_demo.data.load`."""

    split: str | None = "train"
    classes: Sequence[str] | None = None
    label: str | None = None
    where: Mapping[str, str | Sequence[str]] | None = None
    frame: float | None = None

    def __post_init__(self):
        if self.split not in (None, *SPLITS):
            raise DataError(f"Unknown split {self.split!r}: choose train, val or test.")
        if self.classes is not None:  # as names are
            object.__setattr__(self, "classes", [composed(c) for c in self.classes])
            for name, n in Counter(self.classes).items():
                if n > 1:
                    raise DataError(f"classes names {name!r} {n} times: once is enough.")
        if self.frame is not None and not 0 < self.frame < 10:
            raise DataError(f"frame = {self.frame}: choose a share such as 0.62, above 0.")

    @property
    def plan(self) -> list:
        """For the name of the cache file: equal for what is meant alike."""
        where = {
            column: sorted(listed(values)) for column, values in sorted((self.where or {}).items())
        }
        classes = None if self.classes is None else list(self.classes)
        return [self.split, classes, self.label, where, self.frame]

    @property
    def words(self) -> str:
        """Behind "pictures" in a sentence."""
        rows = (
            f"{column} {' or '.join(listed(values))}"
            for column, values in (self.where or {}).items()
        )
        chosen = [", ".join(self.classes)] if self.classes else []
        return "".join(f" of {words}" for words in (*chosen, *rows))


@dataclass(frozen=True)
class Chosen:
    """The answer.

    Args:
        names: of the pictures.
        labels: of these and of those in other splits.
        squares: what is cut out of each, if something is.
        left_out: what pictures of the split lack -> how many there are.
        skipped: what stands in the split and is no file that can be read, with the reason.
    """

    names: list[str]
    labels: dict[str, str]
    squares: dict[str, Square] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def classes(self) -> list[str]:
        """All labels in order; none if a picture is without, or when there is only one."""
        found = sorted(set(self.labels.values()))
        return [] if "" in found or len(found) < 2 else found


def choose(source: Source, wanted: Wanted) -> Chosen:
    """
    Raises:
        DataError: labels.csv is missing where it is needed, or has no such column or value.
    """
    table = None
    if wanted.label or wanted.where or wanted.frame:
        table = labels.table(source)
    names = source.names
    if table and wanted.where:
        kept = table.where(wanted.where)
        names = [name for name in names if name in kept]
    label = {p + name: folder(name) for p, part in source.parts for name in part.names}
    if table and wanted.label:
        label = table.values(wanted.label)
    if wanted.classes is not None:
        _check(wanted, label)
        # before some are held back, or all those may be another's
        names = [name for name in names if label.get(name) in (None, *wanted.classes)]
    splits = _splits(source, set(names))
    names = [name for name in names if wanted.split in (None, splits[name])]
    left_out, squares = {}, {}
    if wanted.label:
        left_out[wanted.label] = sum(name not in label for name in names)
        names = [name for name in names if name in label]
    if table and wanted.frame:
        points = table.points
        left_out["points"] = sum(name not in points for name in names)
        names = [name for name in names if name in points]
        squares = {name: frame.square(points[name], wanted.frame) for name in names}
    label = {name: label[name] for name in splits if name in label}
    skipped = [
        (prefix + name, reason)
        for prefix, part in source.parts
        for name, reason in part.skipped
        if wanted.split in (None, split(name))
    ]
    return Chosen(names, label, squares, {k: n for k, n in left_out.items() if n}, skipped)


def listed(values: str | Sequence[str]) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def placed(name: str) -> tuple[str, str, str]:
    """The split, the folder that says so and the label."""
    folders = PurePosixPath(name).parts[:-1]
    for i, word in enumerate(folders):
        for meant, known in WORDS.items():
            if match := known.fullmatch(word):
                domain = (match["domain"] or match["other"] or "").upper()
                return meant, word, folders[-1] if i < len(folders) - 1 else domain
    return "train", "", folders[-1] if folders else ""


def split(name: str) -> str:
    """The first folder above the picture that is a split; train if there is none."""
    return placed(name)[0]


def folder(name: str) -> str:
    """The folder that holds the picture, if it is not its split; A of trainA."""
    return placed(name)[2]


def declared(path: str) -> str:
    """The split that the words of a path name, the last of them; train if none does."""
    words = re.findall(r"[a-z]+", path.lower())
    found = (s for word in reversed(words) for s, known in WORDS.items() if known.fullmatch(word))
    return next(found, "train")


def _splits(source: Source, kept: set[str]) -> dict[str, str]:
    """The split of every picture that is kept. A part without a val folder holds some back."""
    found = {}
    for prefix, part in source.parts:
        splits = {name: split(name) for name in part.names}
        own = {name: s for name, s in splits.items() if prefix + name in kept}
        train = [name for name, s in own.items() if s == "train"]
        if "val" not in splits.values() and len(train) > 1:
            own |= dict.fromkeys(_held_back(part, train), "val")
        found |= {prefix + name: s for name, s in own.items()}
    return found


def _held_back(part: Source, train: Sequence[str]) -> list[str]:
    """A twentieth, by the hash of their names; if none of it can be read, the next that can."""
    order = sorted(train, key=_hash)
    some = [name for name in order if _hash(name) % 20 == 0] or order[:1]
    if not any(decode.readable(raw) for name in some for _, raw in part.read([name])):
        rest = order[len(some) :]
        some += next(([n] for n in rest for _, raw in part.read([n]) if decode.readable(raw)), [])
    return some


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


def _check(wanted: Wanted, label: Mapping[str, str]) -> None:
    known = set(label.values()) - {""}
    if missing := [c for c in wanted.classes or () if c not in known]:
        if wanted.label:
            raise DataError(labels.unknown(wanted.label, missing[0], label.values()))
        listed = ", ".join(sorted(known)) or "none"
        raise DataError(f"No label folder is called {missing[0]!r}. There are: {listed}.")
