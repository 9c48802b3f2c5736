"""python -m train.results: the tables of README.md and docs/results.md, from the checkpoints.

A table stands between two comments, and names its rows or takes every shipped model that has its
figures:

    <!-- table codes: ogan-portraits ogan-cats -->
    <!-- /table -->

Its figures come from metrics.json and config.json, never from a hand; a test runs this command and
finds nothing to write.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import safe_open

from gan_demo import checkpoint

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "README.md", ROOT / "docs/results.md"
BLOCK = re.compile(r"(<!-- table (\w+)(?:: ([\w\- ]+))? -->\n).*?(<!-- /table -->)", re.DOTALL)
CODES, SAMPLES, TRANSLATION = "Codes and reconstructions", "Samples", "Translation"


class Row(NamedTuple):
    """What is known about a model: its name, what its metrics.json and its config.json say."""

    name: str
    figures: Mapping[str, Any]
    config: Mapping[str, Any]
    weights: int

    @property
    def training(self) -> Mapping[str, Any]:
        return self.config["training"]


def seen(row: Row) -> str:
    """Pictures, and those that its weights had seen in the runs before, see `train.init`."""
    before = row.training.get("images_seen_before", 0)
    return f"{row.training['images_seen']:,}" + (f" after {before:,}" if before else "")


Cells = list[str]
Table = tuple[Cells, Callable[[Row], Iterator[Cells]]]  # heads, and the rows of a model


def codes(row: Row) -> Iterator[Cells]:
    if CODES in row.figures and SAMPLES in row.figures:
        measured = row.figures[CODES]
        yield [
            f"`{row.name}`",
            f"{about(row, 'data')}, {about(row, 'val photos'):,}",
            str(row.config["model"]["size"]),
            seen(row),
            f"{measured['rho fresh']:.3f}",
            f"{measured['MSE / random photo']:.3f}",
            f"{100 * measured['top-1 features']:.0f} %" if "top-1 features" in measured else "",
            spread(row.figures[SAMPLES], "FD"),
            pair(row),
        ]


def family(row: Row) -> Iterator[Cells]:
    """A line for every model, measured or not; for a translator one for each direction."""
    ways = {way: rows["translated"] for way, rows in row.figures.get(TRANSLATION, {}).items()}
    for way, figures in (ways or {"": row.figures.get(SAMPLES, {})}).items():
        yield [
            f"`{row.name}`{way and ', '}{way}",
            row.config["system"],
            " and ".join(
                re.split("[:/]", part)[-1] for part in row.training["data"].split(" and ")
            ),
            str(row.config["model"]["size"]),
            seen(row),
            f"{row.training['seconds']:,}",
            f"{row.weights / 1e6:.1f}",
            *(spread(figures, what) if figures else "" for what in ("FD", "KD")),
            pair(row) if SAMPLES in row.figures else "",
            told(row.figures, {CODES: "{MSE / random photo:.3f}"}),
            told({TRANSLATION: figures} if way else row.figures, OWN),
        ]


OWN = {  # by the title of what was measured, the figure of what a system is for
    TRANSLATION: "way back, L1 {cycle L1:.3f}",
    CODES: "ρ {rho fresh:.3f}",
    "Wanted classes": "wanted class seen {called as wanted:.0%}, "
    "val {called as labelled, val photos:.0%}",
    "Retrieval": "held-out name {by name[held out, all words known][top-1 pixels]:.0%}, "
    "nearest name {by name[the same, nearest name][top-1 pixels]:.0%}",
    "Pairs": "edge correlation {rho:.2f}, shuffled {rho shuffled:.2f}",
    "Classes": "error {error:.1%} ± {error ±:.1%}",
    "Linear SVM on the critic's maps": "SVM on D {accuracy, 5,000 labels:.1%}, "
    "untrained {accuracy, 5,000 labels, untrained:.1%}",
}


def told(figures: Mapping[str, Any], how: Mapping[str, str]) -> str:
    """The first of these that was measured, "" if none was."""
    for title, form in how.items():
        with suppress(KeyError):
            return form.format(**figures[title])
    return ""


def translators(row: Row) -> Iterator[Cells]:
    for direction, rows in row.figures.get(TRANSLATION, {}).items():
        fd = first(rows["translated"], "FD")
        shown = [rows.get(key, {}).get(fd) for key in ("translated", "identity map", REAL)]
        yield [
            f"`{row.name}`",
            direction,
            str(row.config["model"]["size"]),
            seen(row),
            f"{fd.removeprefix('FD-')}: {plain(shown[0])}",
            *map(plain, shown[1:]),
            f"{rows['translated']['cycle L1']:.3f}" if "cycle L1" in rows["translated"] else "",
        ]


REAL = "real val pictures"
TABLES: dict[str, Table] = {
    "codes": (
        [
            "model",
            "data, `val` pictures",
            "side",
            "pictures seen",
            "ρ on fresh z",
            "MSE / random photo",
            "top-1, features",
            "FD",
            "precision, recall",
        ],
        codes,
    ),
    "family": (
        [
            "model",
            "system",
            "data",
            "side",
            "pictures seen",
            "seconds",
            "million weights",
            "FD",
            "KD",
            "precision, recall",
            "MSE / random photo",
            "its own",
        ],
        family,
    ),
    "translators": (
        [
            "model",
            "direction",
            "side",
            "pictures seen",
            "FD translated",
            "untranslated",
            "real val",
            "cycle L1",
        ],
        translators,
    ),
}


def written(page: str, rows: Mapping[str, Row]) -> str:
    """A page with its tables made anew.

    Raises:
        ValueError: a table or a model that is not there.
    """

    def made(found: re.Match) -> str:
        head, name, models, tail = found.groups()
        if name not in TABLES:
            raise ValueError(f"There is no table {name!r}. Choose from {', '.join(TABLES)}.")
        heads, cells = TABLES[name]
        if missing := [model for model in (models or "").split() if model not in rows]:
            raise ValueError(f"No checkpoint {missing[0]} has metrics: python -m train.evaluate.")
        chosen = models.split() if models else sorted(rows)
        lines = [heads, ["---"] * len(heads), *(c for m in chosen for c in cells(rows[m]))]
        return head + "".join(f"| {' | '.join(line)} |\n" for line in lines) + tail

    return BLOCK.sub(made, page)


def shipped(folder: str = str(ROOT / "checkpoints")) -> dict[str, Row]:
    """Every checkpoint that was measured, by name."""
    rows = {}
    for path in map(Path, checkpoint.find(folder)):
        measured = path / checkpoint.METRICS
        figures = json.loads(measured.read_text("utf-8")) if measured.is_file() else {}
        config = json.loads((path / checkpoint.CONFIG).read_text("utf-8"))
        rows[path.name] = Row(path.name, figures, config, weights(path / checkpoint.WEIGHTS))
    return rows


def weights(path: Path) -> int:
    with safe_open(path, "pt") as file:
        return sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118


def about(row: Row, key: str) -> Any:
    return row.figures["Protocol"][key]


def first(figures: Mapping[str, Any], start: str) -> str:
    """The name of a figure that begins so: its end says in what it was taken, and of how many."""
    return next(key for key in figures if key.startswith(start) and not key.endswith("±"))


def spread(figures: Mapping[str, Any], start: str) -> str:
    key = first(figures, start)
    value, error = figures[key], figures.get(f"{key} ±")
    where = f"{key.partition('-')[2]}: " if start == "FD" else ""
    return f"{where}{value:.3g}" + ("" if error is None else f" ± {error:.1g}")


def pair(row: Row) -> str:
    return "{precision:.2f}, {recall:.2f}".format(**row.figures[SAMPLES])


def plain(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the tables of README.md and docs/.")
    parser.parse_args()
    try:
        rows = shipped()
        for page in PAGES:
            before = page.read_text("utf-8")
            after = written(before, rows)
            page.write_text(after, "utf-8")
            print(f"{page.name}: {'written' if after != before else 'nothing new'}")
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
