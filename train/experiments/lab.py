"""python -m train.experiments.lab: the experiment of the Lab tab, over several seeds, a table."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from tqdm import trange

from gan_demo.lab import kept
from gan_demo.lab.experiment import Experiment
from gan_demo.lab.games import ADAM, BATCH, NAMES, WIDTH
from gan_demo.lab.mixtures import MOST
from gan_demo.lab.scores import Score

ROWS: dict[str, tuple[Callable[[Score], float | None], str]] = {
    f"target modes covered, of {MOST}": (lambda s: sum(s.covered), ".0f"),
    "pairs of source modes on one target": (lambda s: s.collisions, ".0f"),
    "points on a target": (lambda s: s.on_target, ".0%"),
    "A → B → A error, by A's radius": (lambda s: s.back, ".1%"),
}
EVERY = 1000  # iterations between two entries of the curve

Scores = dict[str, list[Score]]  # by game, one a seed


def play(
    seeds: Sequence[int], iterations: int, modes: int, keep: Path | None = None
) -> tuple[Scores, dict[int, dict[str, list[int]]]]:
    """The scores at the end, and the modes covered on the way, by iteration and game.

    Args:
        keep: a file for the networks of the last seed.

    Raises:
        ValueError: settings with which there is nothing to play.
    """
    if not seeds or iterations < 1:
        raise ValueError("At least one seed and one iteration are needed.")
    experiment, curve = Experiment(seeds, modes), {}

    def look() -> Scores:
        standings = zip(NAMES, experiment.standings(), strict=True)
        scores = {name: [s.score for s in game] for name, game in standings}
        covered = {name: [sum(s.covered) for s in game] for name, game in scores.items()}
        curve[experiment.games.iteration] = covered
        steps.set_postfix(covered, refresh=False)
        return scores

    steps = trange(iterations, file=sys.stderr, mininterval=5)
    for _ in steps:
        if experiment.games.iteration % EVERY == 0:
            look()
        experiment.games.step()
    if keep:
        kept.keep(experiment, keep)
    return look(), curve


def table(scores: Scores) -> str:
    """Mean and range over the seeds, a column a game."""
    lines = [["", *scores], ["---", *("---:" for _ in scores)]]
    for row, (figure, form) in ROWS.items():
        lines.append([row, *(_spread([figure(s) for s in game], form) for game in scores.values())])
    full = (sum(all(s.covered) for s in game) for game in scores.values())
    n = len(next(iter(scores.values())))
    lines.insert(3, ["seeds that cover all", *(f"{count} of {n}" for count in full)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _spread(values: Iterable[float | None], form: str) -> str:
    """mean (least to most)"""
    known = [v for v in values if v is not None]
    if not known:
        return "no way back"
    mean = f"{fmean(known):{form.replace('.0f', '.1f')}}"
    return f"{mean} ({min(known):{form}} to {max(known):{form}})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("--iterations", type=int, default=40_000)
    parser.add_argument("--modes", type=int, default=MOST, help="of the source")
    parser.add_argument("--json", type=Path, help="write the settings and all figures there")
    parser.add_argument("--keep", type=Path, help="write the networks of the last seed there")
    args = parser.parse_args()
    for file in filter(None, (args.json, args.keep)):
        if not file.parent.is_dir():
            sys.exit(f"There is no folder {file.parent}: make it first.")
    torch.set_num_threads(1)  # small products: a second thread costs more than it brings
    started = time.monotonic()
    try:
        scores, curve = play(range(args.seeds), args.iterations, args.modes, args.keep)
    except ValueError as error:
        sys.exit(str(error))
    print(table(scores))
    if args.json:
        figures: dict[str, Any] = {
            "settings": {k: v for k, v in vars(args).items() if k not in {"json", "keep"}},
            "networks": {"width": WIDTH, "batch": BATCH, "Adam": ADAM},
            "scores": {name: [asdict(s) for s in game] for name, game in scores.items()},
            "modes covered": curve,
            "seconds": round(time.monotonic() - started, 1),
        }
        args.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
