"""What became of a source: which of its folders are train, val and labels, and what is left out."""

from collections import Counter
from pathlib import PurePosixPath

from gan_demo.data import Pictures, Sources, opened, selection, title
from gan_demo.data.listing import LABELS, is_hidden, is_picture, shown

NAMED = 8  # classes or folders in a line


def account(source: Sources, train: Pictures, val: Pictures) -> str:
    """One line about a set that is trained on, for people.

    Args:
        train, val: what was read of it.
    """
    place = opened(source)
    placed = [selection.placed(name) for _, part in place.parts for name in part.names]
    folders = {split: Counter(f for s, f, _ in placed if s == split) for split in selection.SPLITS}
    told = [
        f"train {len(train):,}{_words(folders['train'])}",
        f"val {len(val):,}{_words(folders['val']) if folders['val'] else ' (held out of train)'}",
    ]
    if unused := folders["test"]:
        told.append(f"test {unused.total():,}{_words(unused)}, not used")
    labels = f"labels {_listed(list(train.classes))}" if train.classes else "no labels"
    names, skipped = set(place.names), [*train.skipped, *val.skipped]
    rest = len(placed) - unused.total() - len(train) - len(val)
    rest -= sum(name in names for name, _ in skipped)
    out = [f"{rest:,} by selection"] if rest > 0 else []
    others = [f for f in place.files if f not in names and f != LABELS and not is_picture(f)]
    kinds = Counter("hidden" if is_hidden(f) else _kind(f) for f in others)
    out += [f"{n:,} {kind}" for kind, n in kinds.most_common(NAMED)]
    out += [f"{len(skipped):,} skipped"] if skipped else []
    left = f"; left out: {', '.join(out)}" if out else ""
    return f"{shown(title(source), 200)}: {', '.join(told)}; {labels}{left}."


def _words(folders: Counter[str]) -> str:
    named = sorted(filter(None, folders))
    others = f"; {folders['']:,} in none of these" if folders[""] else ""
    return f" ({_listed(named)}{others})" if named else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(shown, names[:NAMED])) + more


def _kind(file: str) -> str:
    return shown(PurePosixPath(file).suffix.lower()) or "without suffix"
