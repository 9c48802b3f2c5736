"""What a person sees of a run: the bar's figures, TensorBoard curves, sheets of fixed photos.

progress.jsonl says the same to programs, a line for each moment: `step`, `seconds` of training and
`pictures` so far, the clock's `time`, and one of `begin`, `terms`, `saved` (with the figures of
val). A line makes those before it void that are of later steps.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL.Image import Image
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from gan_demo import images, metrics
from gan_demo.systems import System
from train.batches import Feed
from train.run_folder import CURVES, PROGRESS, SHEETS


class Report:
    """Terms of every step in, curves and sheets out. Only the main process keeps a writer.

    Args:
        folder: of the run; curves go to `tb`, sheets to `sheets`.
        feed: has the val pictures, always the same and in the same order.
    """

    def __init__(self, folder: Path, feed: Feed, device: torch.device, main: bool):
        self.folder, self.feed, self.device = folder, feed, device
        self.sums: dict[str, list[float]] = {}
        self.writer = None
        self.main = main
        if main:
            print(*feed.told, sep="\n")

    def begin(self, step: int) -> None:
        """Curves from this step on: those beyond it that an earlier start drew are void."""
        self.sums.clear()
        if self.main:
            self.close()
            self.writer = SummaryWriter(str(self.folder / CURVES), purge_step=step + 1)
        self.log(step, begin=True)

    def note(self, player: str, terms: list[str], values: list[float]) -> list[str]:
        """Remember the terms of a move; the names of those that are not finite come back."""
        numbers = {f"{player}/{k}": value for k, value in zip(terms, values, strict=True)}
        for name, number in numbers.items():
            self.sums.setdefault(name, []).append(number)
        return [name for name, number in numbers.items() if not np.isfinite(number)]

    def line(self, step: int, pictures: int, seconds: float) -> str:
        """The means since the last line, for the bar, and as points of the curves."""
        speed = pictures / max(seconds, 1e-9)  # over the whole run
        means = {name: float(np.mean(numbers)) for name, numbers in self.sums.items()}
        self.sums.clear()
        self._curves(step, {"pictures per second": speed} | means)
        self.log(step, pictures=pictures, seconds=seconds, terms=means)
        return f"{speed:.0f} img/s " + " ".join(f"{k} {v:.3f}" for k, v in means.items())

    def figures(self, system: System, step: int) -> dict[str, float]:
        try:
            about = {"twins": self.feed.twins, "source": self.feed.source}
            figures = metrics.quick(system, self.feed.val, **about)
        except (OSError, ValueError) as error:  # a run is worth more than one of its figures
            tqdm.write(f"step {step}: not measured: {error}")
            return {}
        self._curves(step, {f"val/{name}": value for name, value in figures.items()})
        return figures

    @torch.no_grad()
    def sheets(self, system: System, step: int) -> dict[str, Image]:
        folder = self.folder / SHEETS
        folder.mkdir(parents=True, exist_ok=True)
        val = {k: images.from_pixels(p[:64]).to(self.device) for k, p in self.feed.val.items()}
        sheets = {name: images.grid(v) for name, v in system.preview(val).items()}
        for name, sheet in sheets.items():
            sheet.save(folder / f"{name}-{step:06d}.png")
            if self.writer:
                self.writer.add_image(name, np.asarray(sheet), step, dataformats="HWC")
        return sheets

    def log(self, step: int, **told: Any) -> None:
        """A line of progress.jsonl."""
        if self.main:
            with (self.folder / PROGRESS).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step, "time": time.time()} | told) + "\n")

    def close(self) -> None:
        if self.writer:
            self.writer.close()

    def _curves(self, step: int, values: dict[str, float]) -> None:
        if self.writer:
            for name, value in values.items():
                self.writer.add_scalar(name, value, step)
