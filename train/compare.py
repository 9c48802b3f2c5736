"""python -m train.compare CHECKPOINT...: models that were measured alike, side by side.

The figures are those that `python -m train.evaluate` wrote to each metrics.json, as tables in
Markdown. Of translators of the same two domains a table for each direction, with the rows of the
baselines and of real pictures once, at the end; of other models a table for each measure.
A translator that learnt from pairs is the ceiling of those that did not. Of each of them the share
of the way there that it goes, in L1 from the true twin, the identity map standing at the start:

    way = (L1 of the identity map - its own) / (L1 of the identity map - L1 of the ceiling)
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from gan_demo import checkpoint
from gan_demo.checkpoint import Checkpoint
from gan_demo.checkpoint.markdown import Rows, markdown, parted
from gan_demo.metrics import calibration, translation
from gan_demo.systems import Translates

PROTOCOL = "Protocol"
OWN = "left out"  # of the protocol: what may differ
TWIN = "twin L1"


def compare(folders: Sequence[str]) -> dict[str, Rows]:
    """{direction or measure: {checkpoint or baseline: {figure: value}}}.

    Raises:
        ValueError: a checkpoint without figures, or measured on other data or in another way.
    """
    models = [measured(folder) for folder in folders]
    first = models[0]
    for model in models:
        if protocol(model) != protocol(first):
            raise ValueError(
                f"{model.path} and {first.path} were not measured alike, see Protocol in their "
                "metrics.json: compare models of one set of pictures, and evaluate them again."
            )
    tables: dict[str, dict[str, Any]] = {}
    scales: dict[str, dict[str, Any]] = {}
    for model in models:
        for direction, rows in model.metrics.get(translation.TITLE, {}).items():
            rows = dict(rows)
            tables.setdefault(direction, {})[model.name] = rows.pop(translation.TRANSLATED)
            scales.setdefault(direction, rows)
        for title, figures in model.metrics.items():
            plain, _ = parted(figures)
            if plain and title not in (PROTOCOL, calibration.TITLE, translation.TITLE):
                tables.setdefault(title, {})[model.name] = plain
    ceilings = [m.name for m in models if isinstance(m.system, Translates) and m.system.paired]
    for direction, rows in tables.items():
        if len(ceilings) == 1 and direction in scales:
            _way(rows, scales[direction][translation.IDENTITY], rows.get(ceilings[0], {}))
    return {title: rows | scales.get(title, {}) for title, rows in tables.items()}


def _way(rows: dict[str, Any], start: dict[str, float], ceiling: dict[str, float]) -> None:
    """Adds to every row its share of the way from start to ceiling."""
    if TWIN in start and ceiling.get(TWIN, start[TWIN]) < start[TWIN]:
        for name, row in rows.items():
            way = (start[TWIN] - row[TWIN]) / (start[TWIN] - ceiling[TWIN])
            rows[name] = row | {"way to the ceiling": way}


def measured(folder: str) -> Checkpoint:
    loaded = checkpoint.load(folder)
    if not loaded.metrics:
        raise ValueError(f"{folder} has no figures yet: python -m train.evaluate {folder}")
    return loaded


def protocol(model: Checkpoint) -> dict[str, Any]:
    return {k: v for k, v in model.metrics.get(PROTOCOL, {}).items() if k != OWN}


def main() -> None:
    parser = argparse.ArgumentParser(description="Put evaluated models side by side.")
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
