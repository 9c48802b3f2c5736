"""A parquet table of pictures, as the Hugging Face Hub keeps them: a row each, with its label."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_demo.data.sources import Raw

TABLE = ".parquet"
UNFIT = re.compile(r"^\.+|[/\\\x00-\x1f\x7f]")  # what the name of a folder should not hold


class Unknown(str):
    """Why the label of a row is not known."""


class Table:
    """
    Args:
        labels: of each row the folder "class/" that it belongs to, "" where no row has a label.
        unclear: labels may be there, but the description of the table makes no sense.

    Raises:
        Exception: whatever pyarrow has to say about bytes that are no table.
    """

    def __init__(self, path: Path):
        from pyarrow import parquet  # half a second, for tables alone

        self._open = lambda: parquet.ParquetFile(path)
        table = self._open()
        self.column = _picture_column(table.schema_arrow)
        self.labels: Sequence[str | Unknown] = [""] * table.metadata.num_rows
        try:
            column, names = _description(table.schema_arrow)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.unclear = True
            return
        self.unclear = False
        if column:
            self.labels = labelled(table.read([column]).column(0).to_pylist(), names)

    def read(self, wanted: Mapping[int, str]) -> Iterator[tuple[str, Raw]]:
        """The rows of these numbers, under their names."""
        waiting, row = dict(wanted), 0
        try:
            for part in self._open().iter_batches(64, columns=[self.column]):
                for cell in part.column(0).to_pylist():
                    if name := waiting.pop(row, None):
                        raw = cell.get("bytes") if isinstance(cell, dict) else cell
                        yield name, raw if raw else ValueError("no bytes in this row")
                    row += 1
        except Exception as error:  # damaged from here on
            first = str(error).partition("\n")[0]
            for name in waiting.values():
                yield name, ValueError(f"its table is damaged ({first})")


def labelled(cells: Sequence[Any], names: Sequence[Any]) -> list[str | Unknown]:
    """The folder of each cell's class; cells are places in the names, or names."""
    folders: dict[Any, str] = {}
    for i, name in enumerate(names):
        word = UNFIT.sub("-", str(name)).strip() or f"class {i}"
        twice = f"{word}/" in folders.values()
        folders[i] = f"{word} ({i})/" if twice else f"{word}/"
    folders |= {name: folders[i] for i, name in enumerate(names) if isinstance(name, str)}

    def known(cell: Any) -> str | Unknown:
        folder = folders.get(cell) if isinstance(cell, int | float | str) else None
        if folder is None:
            told = repr(cell)[:40]
            return Unknown(f"its label {told} is none of the {len(names)} classes")
        return folder

    return [known(cell) for cell in cells]


def _picture_column(schema: Any) -> str:
    """The column of pictures: bytes, or a struct that holds them as "bytes"."""
    for field in schema:
        if re.match(r"(large_)?binary|struct<.*\bbytes: (large_)?binary", str(field.type)):
            return field.name
    raise ValueError("no column holds pictures")


def _description(schema: Any) -> tuple[str, list[Any]]:
    """The column of labels and what they mean, from the Hub's own description; "" if none is one.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError: it makes no sense.
    """
    about = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    for column, feature in about.get("info", {}).get("features", {}).items():
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            names = feature["names"]
            if not isinstance(names, list) or not names or column not in schema.names:
                raise ValueError(column)
            return column, names
    return "", []
