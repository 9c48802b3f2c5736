"""python -m train.compare CHECKPOINT...: translators of the same two domains side by side.

The figures are those that `python -m train.evaluate` wrote to each metrics.json; a table in
Markdown for each direction, with the rows of the baselines and of real pictures once, at the end.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from gan_demo import checkpoint
from gan_demo.metrics import translation
from gan_demo.tables import Rows, markdown

OWN = "left out"  # of the protocol: what may differ


def compare(folders: Sequence[str]) -> dict[str, Rows]:
    """{direction: {checkpoint or baseline: {figure: value}}}.

    Raises:
        ValueError: a checkpoint without figures, or measured on other data or in another way.
    """
    tables: dict[str, dict[str, Any]] = {}
    scales: dict[str, dict[str, Any]] = {}
    protocols: dict[str, dict[str, Any]] = {}
    for folder in folders:
        loaded = checkpoint.load(folder)
        measured = loaded.metrics.get(translation.TITLE)
        if not measured:
            raise ValueError(
                f"{folder} has no figures of a translation: python -m train.evaluate {folder}"
            )
        about = loaded.metrics.get("Protocol", {})
        protocols[folder] = {k: v for k, v in about.items() if k != OWN}
        if protocols[folder] != protocols[folders[0]]:
            raise ValueError(
                f"{folder} and {folders[0]} were not measured alike, see Protocol in their "
                "metrics.json: compare translators of one world, and evaluate them again."
            )
        for direction, rows in measured.items():
            rows = dict(rows)
            tables.setdefault(direction, {})[loaded.name] = rows.pop(translation.TRANSLATED)
            scales.setdefault(direction, rows)
    return {direction: rows | scales[direction] for direction, rows in tables.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Put evaluated translators side by side.")
    parser.add_argument("checkpoints", nargs="+", help="folders that train.evaluate has measured")
    args = parser.parse_args()
    try:
        tables = compare(args.checkpoints)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    for direction, rows in tables.items():
        print(markdown(direction, rows), end="\n\n")


if __name__ == "__main__":
    main()
