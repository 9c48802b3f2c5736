"""Figures as tables in Markdown, readable as plain text, too."""

from collections.abc import Mapping
from typing import Any

Rows = Mapping[str, Mapping[str, Any]]


def markdown(head: str, rows: Rows) -> str:
    """A line a row, a column a figure; a figure that a row lacks leaves its cell empty."""
    cells = {name: joined(row) for name, row in rows.items()}
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    lines = [[head, *columns]]
    lines += [[name, *(row.get(column, "") for column in columns)] for name, row in cells.items()]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        f"| {' | '.join(cell.ljust(w) for cell, w in zip(line, widths, strict=True))} |"
        for line in lines
    )


def turned(rows: Rows) -> dict[str, dict[str, str]]:
    """Rows as columns."""
    cells = {head: joined(row) for head, row in rows.items()}
    names = dict.fromkeys(name for row in cells.values() for name in row)
    return {name: {head: row[name] for head, row in cells.items() if name in row} for name in names}


def parted(figures: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Rows]]:
    """The plain figures of a measure, and its tables {name: {row: {figure: value}}}."""
    rows = {name: value for name, value in figures.items() if isinstance(value, Mapping)}
    tables = {n: r for n, r in rows.items() if all(isinstance(x, Mapping) for x in r.values())}
    return {name: value for name, value in figures.items() if name not in tables}, tables


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A table in a table as names like "optim: lr"."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        name = f"{prefix}{name}"
        found |= flat(value, f"{name}: ") if isinstance(value, Mapping) else {name: value}
    return found


def joined(figures: Mapping[str, Any]) -> dict[str, str]:
    """Each figure as text; a "... ±" joins the one it belongs to."""
    return {
        name: text(value) + (f" ± {spread:.2g}" if isinstance(spread, float) and spread else "")
        for name, value in figures.items()
        for spread in (figures.get(f"{name} ±"),)
        if not name.endswith(" ±")
    }


def text(value: object) -> str:
    """Of a list its two ends."""
    if isinstance(value, list) and len(value) > 1:
        return f"{text(value[0])} … {text(value[-1])}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
