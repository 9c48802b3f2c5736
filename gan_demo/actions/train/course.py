"""How a run went so far: its curves, its speed, the time left, and its sheets.

Read from `progress.jsonl`, see `train.report`; a line that is not whole yet is passed over.
"""

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PILImage

from gan_demo.actions.models import number
from gan_demo.images import animation
from train.run_folder import PROGRESS

LATELY = 8  # reports that the speed is taken from
LONGEST = 12.0  # seconds of a film
PAUSE = 0.25  # seconds a sheet
FRAMES = 96  # of a film
SHEET = re.compile(r"(.+)-(\d{6,})\.png")
GOOD = {  # what a curve says, and where it should go
    "ratio": "error of reconstructions, 1 for a random other photo: lower is better",
    "MSE": "error of reconstructions: lower is better",
    "rho": "how well codes are read back, 1 at most: higher is better",
    "FD": "distance of drawn pictures from real ones: lower is better",
    "cycle L1": "error after the way there and back: lower is better",
    "twin L1": "distance of translations from the true ones: lower is better",
    "twin top-1": "share of translations whose true one is the nearest of all: higher is better",
}

Moment = dict[str, Any]
Curve = list[tuple[int, int | float]]  # step, value
Sheets = list[tuple[int, Path]]  # step, file


@dataclass(frozen=True)
class Course:
    """
    Args:
        moments: lines that still hold, by step.
    """

    moments: list[Moment] = field(default_factory=list)

    @property
    def step(self) -> int:
        return self.moments[-1]["step"] if self.moments else 0

    @property
    def saved(self) -> int:
        """The step of the last save; -1 for none."""
        return max((m["step"] for m in self.moments if "saved" in m), default=-1)

    @property
    def begun(self) -> float:
        """When the process that trained last took its first step, by the clock."""
        return max((m["time"] for m in self.moments if "begin" in m), default=0.0)

    @property
    def pictures(self) -> int:
        return max((m.get("pictures", 0) for m in self.moments), default=0)

    @property
    def seconds(self) -> float:
        """Of steps alone."""
        return max((m.get("seconds", 0.0) for m in self.moments), default=0.0)

    @property
    def speed(self) -> float:
        """Pictures a second, lately; 0 while that is not known."""
        known = [m for m in self.moments if "seconds" in m][-LATELY:]
        if len(known) < 2 or known[-1]["seconds"] <= known[0]["seconds"]:
            return 0.0
        pictures = known[-1]["pictures"] - known[0]["pictures"]
        return pictures / (known[-1]["seconds"] - known[0]["seconds"])

    def left(self, end: int) -> float | None:
        """Seconds to the last step, at the pace since this process began, sheets included."""
        now = [m for m in self.moments if m["time"] >= self.begun]
        if len(now) < 3 or now[-1]["step"] <= now[0]["step"]:
            return None
        pace = (now[-1]["time"] - now[0]["time"]) / (now[-1]["step"] - now[0]["step"])
        return max(0, end - self.step) * pace

    @property
    def figures(self) -> dict[str, Curve]:
        """Of the val pictures, at each save."""
        return _curves(self.moments, "saved")

    @property
    def losses(self) -> dict[str, Curve]:
        """Of each player, its terms added up."""
        totals = []
        for moment in self.moments:
            sums: dict[str, float] = {}
            for term, value in moment.get("terms", {}).items():
                player = term.partition("/")[0]
                sums[player] = sums.get(player, 0.0) + value
            totals.append(moment | {"sums": sums})
        return _curves(totals, "sums")


def read(folder: Path) -> Course:
    """What is known of a run; nothing of one that never began."""
    try:
        about = (folder / PROGRESS).stat()
        return _read(folder, about.st_mtime_ns, about.st_size)
    except OSError:
        return Course()


def meaning(figure: str) -> str:
    """What a figure says, in words; "" for an unknown one."""
    return next((words for start, words in GOOD.items() if figure.startswith(start)), "")


def sheets(folder: Path) -> dict[str, Sheets]:
    """title -> (step, file), the first step first."""
    found: dict[str, Sheets] = {}
    for path in (folder / "sheets").glob("*.png"):
        if match := SHEET.fullmatch(path.name):
            found.setdefault(match[1], []).append((int(match[2]), path))
    first = ("samples", "reconstructions")  # what a person looks at
    order = sorted(found, key=lambda t: (first.index(t) if t in first else len(first), t))
    return {title: sorted(found[title]) for title in order}


def film(sheets: Sheets, side: int = 512) -> Generator[float, None, bytes]:
    """The sheets one after another, an animated WebP: yields the share of them that is read.

    Raises:
        ValueError: fewer than two.
        OSError: a sheet cannot be read.
    """
    chosen = (
        [sheets[i * len(sheets) // FRAMES] for i in range(FRAMES)]
        if len(sheets) > FRAMES
        else sheets
    )
    frames = []
    for _, path in chosen:
        yield len(frames) / len(chosen)
        with PILImage.open(path) as sheet:
            frames.append(np.asarray(sheet.convert("RGB")))
    seconds = min(LONGEST, PAUSE * len(frames))
    return animation.encode(frames, seconds=seconds, side=side, bounce=False)


@lru_cache(maxsize=8)
def _read(folder: Path, changed: int, size: int) -> Course:
    moments: list[Moment] = []
    for line in (folder / PROGRESS).read_text("utf-8", "replace").splitlines():
        try:
            moment = json.loads(line)
        except ValueError:
            continue
        if not (isinstance(moment, dict) and {"step", "time"} <= moment.keys()):
            continue
        while moments and moments[-1]["step"] > moment["step"]:
            moments.pop()
        moments.append(moment)
    return Course(moments)


def _curves(moments: list[Moment], key: str) -> dict[str, Curve]:
    curves: dict[str, Curve] = {}
    for moment in moments:
        for name, value in moment.get(key, {}).items():
            if number(value):
                curves.setdefault(name, []).append((moment["step"], value))
    return curves
