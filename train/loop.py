"""The one loop. For each player whose turn it is: freeze the others, add up its loss, step."""

import copy
import dataclasses
import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from gan_demo import checkpoint
from gan_demo.losses.schedule import at
from gan_demo.systems import Player, Samples
from train import centre, hardware, init, run_folder, state
from train.batches import feed, made
from train.config import ConfigError, Run
from train.distributed import Processes
from train.optimizers import check_players, optimizer
from train.report import Report
from train.stop import Stop

ROLLBACKS = 3  # returns to the last good state before giving up


class Diverged(ValueError):
    """The losses or weights are no longer finite."""


def train(
    run: Run,
    fresh: bool = False,
    change: bool = False,
    replace: bool = False,
    words: Sequence[str] = (),
) -> None:
    """Train `run` to its last step, or until a signal asks to stop, and publish its checkpoint.

    Args:
        fresh: forget an earlier state of this name.
        change: go on from an earlier state although it had other settings, and record them.
        replace: the checkpoint that lies at the run's place may be another run's.
        words: the command's, see `run_folder.record`.

    Raises:
        ValueError: settings, data or an earlier state that do not fit together.
        OSError: what the disk has to say.
    """
    main = os.environ.get("RANK", "0") == "0"  # of several processes
    with run_folder.held(run, replace) if main else nullcontext():
        step = None if fresh else run_folder.finished(run)
        if step is None:
            if main:
                run_folder.record(run, words, int(os.environ.get("WORLD_SIZE", "1")))
            Trainer(run, fresh, change).run_to_end()
        elif main:
            state.load(run.folder / run_folder.STATE)  # if it is damaged, now is the time to say so
            print(f"{run.name} is finished: step {step} of {run.end}. --fresh trains it again.")


class Trainer:
    """Pictures -> players -> EMA copy -> checkpoint."""

    def __init__(self, run: Run, fresh: bool = False, change: bool = False):
        self.run, self.processes = run, Processes()
        self.path = run.folder / run_folder.STATE
        saved = None if fresh else state.load(self.path)
        differs = state.compared(saved, run, change) if saved else {}
        if run.compile:
            hardware.check_compiler()
        torch.manual_seed(run.seed)
        system = made(run)
        check_players(run, system)
        # a state holds all that was copied
        self.before = 0 if saved else init.fill(system, run.init, run.out)
        device = self.processes.device
        self.feed = feed(run, system).near(device)
        self.system = system.to(device)
        self.system.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.ema = copy.deepcopy(self.system).eval().requires_grad_(False)
        self._equip()
        self.step, self.pictures, self.seconds, self.salt = 0, 0, 0.0, 0
        self.curve: list[dict[str, float]] = []
        self.changes: list[dict] = []
        self.stop = Stop()
        self.published = -1
        self.report = Report(run.folder, self.feed, device, self.processes.main)
        if saved:
            self._go_on(saved, differs)
        self._choose(saved)
        if run.compile:
            for net in {net for p in self.players for net in p.nets}:
                net.compile()
        if self.processes.main and not saved:
            run_folder.clear(run)

    def _equip(self) -> None:
        """What moves the weights, anew."""
        self.average = state.Average(self.system, self.ema, self.run.ema)
        self.players = self.system.players()
        device = self.processes.device
        self.optimizers = {p.name: optimizer(self.run, p, device) for p in self.players}

    def _choose(self, saved: dict[str, Any] | None) -> None:
        """Precision and threads: the faster by two steps of each, on copies that are thrown away.
        A run keeps its precision."""
        run, device = self.run, self.processes.device
        wanted = run.precision
        if wanted == "auto" and saved:
            wanted = saved.get("precision", hardware.precision("auto"))
        setups = hardware.setups(wanted, run.threads, device)
        if run.end - self.step < hardware.WORTH:
            del setups[1:]
        times = self.processes.mean([self._seconds(s) for s in setups] if setups[1:] else [0.0])
        self.setup = setups[times.index(min(times))]
        if setups[1:] and self.processes.main:
            print(hardware.told(setups, times, self.setup))
        torch.set_num_threads(self.setup.threads)

    def _seconds(self, setup: hardware.Setup) -> float:
        trial = copy.copy(self)
        trial.setup = setup
        trial.system, trial.ema = copy.deepcopy((self.system, self.ema))
        trial._equip()
        trial.report = Report(self.run.folder, self.feed, self.processes.device, main=False)
        torch.set_num_threads(setup.threads)
        return hardware.seconds(trial._step, self.processes.device)

    def run_to_end(self) -> None:
        self.stop.listen()
        self.report.begin(self.step)
        bar = tqdm(
            total=self.run.end,
            initial=self.step,
            disable=not self.processes.main,
            desc=self.run.name,
            unit="step",
            smoothing=0.05,
        )
        with bar:
            while self.step < self.run.end and not self._stopped():
                started = time.perf_counter()
                try:
                    self._step()
                except Diverged as error:
                    self._roll_back(error)
                    bar.write(f"{error} On from step {self.step}, with other random numbers.")
                    bar.n = self.step
                    continue
                self.seconds += time.perf_counter() - started
                bar.update()
                if self.step % self.run.report == 0:
                    bar.set_postfix_str(self.report.line(self.step, self.pictures, self.seconds))
                if self.step % self.run.sheet == 0 and self.step < self.run.end:
                    bar.write(self._publish())
        line = self._publish() if self.step != self.published else ""
        if self.processes.main:
            print(line or f"step {self.step}: nothing new.")
            if self.step < self.run.end:
                print(f"Stopped at step {self.step}. The same command goes on from here.")
            print(
                f"Checkpoint: {self.run.checkpoint}. Open it: python app.py"
                f" --checkpoints {self.run.out}"
            )
            self.report.close()
        self.processes.end()

    def _step(self) -> None:
        run = self.run
        torch.manual_seed(seed_of(run.seed, self.salt, self.processes.rank, self.step))
        self.system.train()
        self.system.progress = self.step / run.steps
        batch = self._batch()
        size = run.batch // run.accumulate
        parts = [{k: v[i : i + size] for k, v in batch.items()} for i in range(0, run.batch, size)]
        for player in self.players:
            if self.step % player.every == 0:
                self._move(player, parts)
        pictures = run.batch * self.processes.number
        self.step, self.pictures = self.step + 1, self.pictures + pictures
        self.average.update(pictures, self.pictures)

    def _move(self, player: Player, parts: Sequence[dict[str, Tensor]]) -> None:
        optimizer, optim = self.optimizers[player.name], self.run.optim.of(player.name)
        for other in self.players:
            for net in other.nets:
                net.requires_grad_(other is player)
        for group in optimizer.param_groups:
            group["lr"] = at(optim.lr, self.system.progress)
        half = self.setup.precision == "bf16"
        for part in parts:
            with torch.autocast(self.processes.device.type, torch.bfloat16, enabled=half):
                terms = player.loss(part)
            values = torch.stack(list(terms.values()))
            if broken := self.report.note(player.name, list(terms), values.tolist()):
                raise Diverged(
                    f"Training diverged at step {self.step}: {broken[0]} is not finite. Lower the "
                    "learning rate (optim.lr) or raise the penalties r1 and r2."
                )
            (values.sum() / len(parts)).backward()
        self.processes.share(player)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def _batch(self) -> dict[str, Tensor]:
        of = self.processes
        batch = self.feed.batch(self.step, of.rank, of.number)
        return {k: v.to(of.device, non_blocking=True) for k, v in batch.items()}

    def _publish(self) -> str:
        """State and checkpoint, atomically, with sheets and quick metrics of the EMA copy."""
        if not all(torch.isfinite(v).all() for v in self.average.now):
            raise ConfigError("The weights are no longer finite: lower the learning rate.")
        if not self.processes.main:
            return ""
        if not self.curve or self.curve[-1]["step"] != self.step:
            figures = self.report.figures(self.ema, self.step)
            self.curve.append({"step": self.step} | {k: round(v, 4) for k, v in figures.items()})
        figures = {k: v for k, v in self.curve[-1].items() if k != "step"}
        state.save(self.path, self._state())
        if isinstance(self.ema, Samples):
            self.ema.centre = centre.find(self.ema, next(iter(self.feed.sets.values())).x)
        sheets = self.report.sheets(self.ema, self.step)
        checkpoint.save(self.run.checkpoint, self.ema, training=self._training(), sheets=sheets)
        self.published = self.step
        seen = {"pictures": self.pictures, "seconds": self.seconds}
        self.report.log(self.step, saved=figures, **seen)
        values = ", ".join(f"{k} {v:.3f}" for k, v in figures.items())
        return f"step {self.step} ({self.seconds:.0f} s): {values}"

    def _state(self) -> dict:
        return {
            "run": repr(self.run.settings),
            "changes": self.changes,
            "step": self.step,
            "pictures": self.pictures,
            "pictures before": self.before,
            "processes": self.processes.number,
            "precision": self.setup.precision,
            "data": self.feed.counts,
            "seconds": self.seconds,
            "salt": self.salt,
            "curve": self.curve,
            "system": self.system.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizers": {k: o.state_dict() for k, o in self.optimizers.items()},
        }

    def _go_on(self, saved: dict[str, Any], differs: dict[str, Any]) -> None:
        """From a saved state; what is different now is recorded, and said unless asked for."""
        self.changes = saved["changes"]
        self._load(saved)
        now = self.feed.counts | {"processes": self.processes.number}
        grown = {k: v for k, v in state.facts(saved).items() if v != now.get(k, v)}
        if grown and self.processes.main:
            told = ", ".join(f"{k} {v} then, {now[k]} now" for k, v in grown.items())
            print(f"Since step {self.step} this run is another: {told}.")
        if differs | grown:
            self.changes.append({"until step": self.step, "settings were": differs | grown})
        elif run_folder.finished(self.run) == self.step:
            self.published = self.step

    def _load(self, saved: dict[str, Any]) -> None:
        state.fill(saved, self.path, self.system, self.ema, self.optimizers)
        self.step, self.seconds, self.salt = saved["step"], saved["seconds"], saved["salt"]
        self.pictures, self.before = saved["pictures"], saved.get("pictures before", 0)
        self.curve = saved["curve"]

    def _roll_back(self, error: Diverged) -> None:
        """The last saved state, with other random numbers from here on; too often, and it ends."""
        salt = self.salt + 1
        saved = state.load(self.path)
        if salt > ROLLBACKS or saved is None:
            raise error
        self._load(saved)
        self.system.zero_grad(set_to_none=True)
        self.salt = salt
        self.report.begin(self.step)

    def _stopped(self) -> bool:
        """Whether any process was asked to stop, so that all stop after the same step."""
        return self.processes.any(self.stop.asked)

    def _training(self) -> dict:
        run = self.run
        return {
            "run": run_folder.identity(run),
            "config": dataclasses.asdict(run),
            **self.feed.facts,
            **{f"{network} from": Path(start).name for network, start in run.init.items()},
            "licence": run.licence,
            "data_licence": run.data.licence,
            "data_source": run.data.origin,
            "images_seen": self.pictures,
            **({"images_seen_before": self.before} if self.before else {}),
            "steps": self.step,
            "seed": run.seed,
            "seconds": round(self.seconds),
            "precision": self.setup.precision,
            "machine": hardware.machine(self.processes.device, self.processes.number),
            "curve": self.curve,
        } | ({"changes": self.changes} if self.changes else {})


def seed_of(*numbers: int) -> int:
    """One 63-bit seed from several numbers; neighbours get unrelated seeds."""
    return int.from_bytes(hashlib.sha256(repr(numbers).encode()).digest()[:8]) >> 1
