"""labels.csv in the top folder of a source: what is known about its pictures, a row each.

The column `file` is the path inside the source, the other columns are free. An empty cell is not
known: the picture is unlabelled in that column.
"""

import csv
import difflib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from gan_demo.data.listing import LABELS, composed
from gan_demo.data.sources import DataError, Source
from gan_demo.images.frame import square
from gan_demo.spelling import near

POINTS = [
    f"{part}_{axis}"
    for part in ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
    for axis in "xy"
]
Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """The rows of a source.

    Args:
        title: of the file, for sentences about it.
        rows: by name of the picture; every row has every column but `file`.
    """

    title: str
    columns: list[str]
    rows: dict[str, Row]

    @cached_property
    def points(self) -> dict[str, np.ndarray]:
        """Of each picture that has them the five points of `images.frame`, (5, 2), in pixels.

        Raises:
            DataError: columns that are missing, a cell that is no number.
        """
        if missing := [c for c in POINTS if c not in self.columns]:
            raise DataError(
                f"A frame is cut by five points, and {self.title} has no column {missing[0]!r}: "
                f"the ten are {POINTS[0]} to {POINTS[-1]}."
            )
        found = {}
        for name, row in self.rows.items():
            cells = [row[column] for column in POINTS]
            if all(cells):
                try:
                    found[name] = np.array(cells, float).reshape(5, 2)
                    square(found[name], 1.0)  # five points that make none are a mistake
                except ValueError as error:
                    raise DataError(f"The points of {name!r} in {self.title}: {error}") from error
        return found

    def values(self, column: str) -> dict[str, str]:
        """What is known in a column, by name.

        Raises:
            DataError: an unknown column.
        """
        column = composed(column)
        if column not in self.columns:
            hint = near(column, self.columns)
            raise DataError(f"{self.title} has no column {column!r}.{hint}")
        return {name: row[column] for name, row in self.rows.items() if row[column]}

    def where(self, wanted: Mapping[str, str | Sequence[str]]) -> set[str]:
        """The pictures that have one of the values in every column.

        Raises:
            DataError: an unknown column or value.
        """
        kept = set(self.rows)
        for column, values in wanted.items():
            known = self.values(column)
            choices = set(map(composed, [values] if isinstance(values, str) else values))
            if missing := sorted(choices - set(known.values())):
                raise DataError(unknown(column, missing[0], known.values()))
            kept &= {name for name, value in known.items() if value in choices}
        return kept


def unknown(column: str, value: str, known: Iterable[str]) -> str:
    """The sentence about a value that no picture has."""
    counts = Counter(filter(None, known))
    often = [value for value, _ in counts.most_common(20)]
    listed = difflib.get_close_matches(value, counts, 1) or often
    return f"No picture has the {column} {value!r}.{near(value, listed)}"


def table(source: Source) -> Table:
    """What all parts of a source say together.

    Raises:
        DataError: no labels.csv, or one that cannot be read as meant.
    """
    tables = [(prefix, _read(part)) for prefix, part in source.parts if LABELS in part.files]
    if not tables:
        files = [f for f in source.files if f.endswith(".csv")]
        hint = near(LABELS, files) if files else " It has a column file, and one for each label."
        raise DataError(f"There is no {LABELS} in the top folder of {source.title}.{hint}")
    columns = list(dict.fromkeys(c for _, part in tables for c in part.columns))
    blank = dict.fromkeys(columns, "")
    rows = {p + name: blank | row for p, part in tables for name, row in part.rows.items()}
    return Table(" and ".join(part.title for _, part in tables), columns, rows)


def _read(source: Source) -> Table:
    title = f"{LABELS} of {source.title}"
    try:
        text = composed(source.contents(LABELS).decode("utf-8-sig"))
        lines = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True))
    except UnicodeDecodeError as error:
        raise DataError(f"{title} is not text in UTF-8: save it as that.") from error
    except csv.Error as error:
        raise DataError(f"{title} cannot be read as comma-separated values: {error}.") from error
    head, *lines = [[cell.strip() for cell in line] for line in lines] or [[]]
    if "file" not in head:
        listed = ", ".join(filter(None, head)) or "none"
        raise DataError(f"{title} has no column 'file' in its first line. There are: {listed}.")
    if twice := [column for column, n in Counter(head).items() if n > 1]:
        raise DataError(f"{title} has two columns called {twice[0]!r}: rename one.")
    at, known, rows = head.index("file"), set(source.names), {}
    skipped = {name for name, _ in source.skipped}  # told elsewhere
    for number, line in enumerate(lines, 2):
        if not any(line):
            continue
        if len(line) > len(head):
            raise DataError(f"Row {number} of {title} has more cells than there are columns.")
        row = dict(zip(head, line + [""] * (len(head) - len(line)), strict=True))
        path = composed(line[at].replace("\\", "/")) if len(line) > at else ""
        name = PurePosixPath(path).as_posix() if path else ""
        if name not in known:
            if name in skipped:
                continue
            hit = difflib.get_close_matches(name, source.names, 1)
            hint = near(name, hit) if hit else ""
            raise DataError(f"Row {number} of {title} is about {name!r}, no picture there.{hint}")
        if name in rows:
            raise DataError(f"{title} has two rows about {name!r}: delete one.")
        del row["file"]
        rows[name] = row
    return Table(title, [column for column in head if column != "file"], rows)
