"""The one loop. For each player whose turn it is: freeze the others, add up its loss, step."""

import ast
import copy
import dataclasses
import hashlib
import signal
import time
from collections.abc import Sequence
from functools import partial

import torch
from accelerate import Accelerator
from torch import Tensor
from tqdm import tqdm

from gan_demo import checkpoint, systems
from gan_demo.schedule import at
from gan_demo.systems import Player, Samples
from gan_demo.techniques import HistoricalAdam
from train import centre, hardware, init, state
from train.config import DEFAULTS, ConfigError, Run
from train.feed import feed, learned
from train.report import Report

ROLLBACKS = 3  # returns to the last good state before giving up


class Diverged(ValueError):
    """The losses or weights are no longer finite."""


def train(run: Run, fresh: bool = False, change: bool = False) -> None:
    """Train `run` to its last step, or until SIGINT or SIGTERM, and publish its checkpoint.

    Args:
        fresh: forget an earlier state of this name.
        change: go on from an earlier state although it had other settings, and record them.

    Raises:
        ValueError: settings, data or an earlier state that do not fit together.
    """
    torch.set_num_threads(run.threads or torch.get_num_threads())
    Trainer(run, fresh, change).run_to_end()


class Trainer:
    """Pictures -> players -> EMA copy -> checkpoint."""

    def __init__(self, run: Run, fresh: bool = False, change: bool = False):
        self.run = run
        self.accelerator = Accelerator(
            mixed_precision=hardware.precision(run.precision),
            cpu=not torch.accelerator.is_available(),
        )
        self.main = self.accelerator.is_main_process
        torch.manual_seed(run.seed)
        system = systems.make(run.system, **learned(run) | run.model)
        init.fill(system, run.init)
        self.feed = feed(run, system)
        device = self.accelerator.device
        self.system = system.to(device)
        self.system.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.ema = copy.deepcopy(self.system).eval().requires_grad_(False)
        self.average = state.Average(self.system, self.ema, run.ema)
        self.players = self.system.players()
        self.optimizers = {p.name: optimizer(run, p, device) for p in self.players}
        if run.compile:
            for net in {net for p in self.players for net in p.nets}:
                net.compile()
        self.step, self.seconds, self.salt = 0, 0.0, 0
        self.curve: list[dict[str, float]] = []
        self.stop = False
        self.path = run.folder / "state.pt"
        if fresh:
            self.path.unlink(missing_ok=True)
        self.changes: list[dict] = []
        self._restore(change)
        self.report = Report(run.folder, self.feed, device, self.main)

    def run_to_end(self) -> None:
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, lambda *_: setattr(self, "stop", True))
        bar = tqdm(
            total=self.run.end,
            initial=self.step,
            disable=not self.main,
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
                    bar.write(f"step {self.step}: {error}")
                    self._roll_back()
                    bar.n = self.step
                    continue
                self.seconds += time.perf_counter() - started
                bar.update()
                if self.step % self.run.report == 0:
                    bar.set_postfix_str(self.report.line(self.step, self.speed))
                if self.step % self.run.sheet == 0 and self.step < self.run.end:
                    bar.write(self._publish())
        line = self._publish()
        if self.main:
            print(line)
            if self.step < self.run.end:
                print(f"Stopped at step {self.step}. The same command goes on from here.")
            print(
                f"Checkpoint: {self.run.checkpoint}. Open it: python app.py"
                f" --checkpoints {self.run.out}"
            )
            self.report.close()
        self.accelerator.end_training()

    def _step(self) -> None:
        run, rank = self.run, self.accelerator.process_index
        torch.manual_seed(seed_of(run.seed, self.salt, rank, self.step))
        self.system.train()
        self.system.progress = self.step / run.steps
        batch = self._batch()
        size = run.batch // run.accumulate
        parts = [{k: v[i : i + size] for k, v in batch.items()} for i in range(0, run.batch, size)]
        for player in self.players:
            if self.step % player.every == 0:
                self._move(player, parts)
        pictures = run.batch * self.accelerator.num_processes
        self.step += 1
        self.average.update(pictures, self.step * pictures)

    def _move(self, player: Player, parts: Sequence[dict[str, Tensor]]) -> None:
        optimizer, optim = self.optimizers[player.name], self.run.optim.of(player.name)
        for other in self.players:
            for net in other.nets:
                net.requires_grad_(other is player)
        for group in optimizer.param_groups:
            group["lr"] = at(optim.lr, self.system.progress)
        for part in parts:
            with self.accelerator.autocast():
                terms = player.loss(part)
            total = torch.stack(list(terms.values())).sum() / len(parts)
            if broken := self.report.note(player.name, terms):
                raise Diverged(f"{broken[0]} is not finite.")
            total.backward()
        self._share(player)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def _batch(self) -> dict[str, Tensor]:
        a = self.accelerator
        batch = self.feed.batch(self.step, a.process_index, a.num_processes)
        return {k: v.to(a.device, non_blocking=True) for k, v in batch.items()}

    @torch.no_grad()
    def _share(self, player: Player) -> None:
        """Average gradients and statistics over processes, by hand and in one message: a wrapper
        that does it inside backward does not survive two players on one graph."""
        if self.accelerator.num_processes == 1:
            return
        weights = [p for net in player.nets for p in net.parameters()]
        tensors = [p.grad for p in weights if p.grad is not None]
        buffers = [b for net in player.nets for b in net.buffers()]
        tensors += [b for b in buffers if b.is_floating_point()]
        flat = self._reduce(torch.cat([t.flatten() for t in tensors]), "mean")
        for tensor, mean in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))

    @property
    def speed(self) -> float:
        """Pictures a second, over the whole run."""
        seen = self.step * self.run.batch * self.accelerator.num_processes
        return seen / max(self.seconds, 1e-9)

    def _publish(self) -> str:
        """State and checkpoint, atomically, with sheets and quick metrics of the EMA copy."""
        if not all(torch.isfinite(v).all() for v in self.average.now):
            raise ConfigError("The weights are no longer finite: lower the learning rate.")
        if not self.main:
            return ""
        figures = self.report.figures(self.ema, self.step)
        self.curve.append({"step": self.step} | {k: round(v, 4) for k, v in figures.items()})
        state.save(self.path, self._state())
        if isinstance(self.ema, Samples):
            self.ema.centre = centre.find(self.ema, next(iter(self.feed.sets.values())).x)
        sheets = self.report.sheets(self.ema, self.step)
        checkpoint.save(self.run.checkpoint, self.ema, training=self._training(), sheets=sheets)
        values = ", ".join(f"{k} {v:.3f}" for k, v in figures.items())
        return f"step {self.step} ({self.seconds:.0f} s): {values}"

    def _state(self) -> dict:
        return {
            "run": repr(self.run.settings),
            "changes": self.changes,
            "step": self.step,
            "seconds": self.seconds,
            "salt": self.salt,
            "curve": self.curve,
            "system": self.system.state_dict(),
            "ema": self.ema.state_dict(),
            "optimizers": {k: o.state_dict() for k, o in self.optimizers.items()},
        }

    def _restore(self, change: bool = False) -> None:
        saved = state.load(self.path)
        if saved is None:
            return
        now = self.run.settings
        usual = {k: v for k, v in DEFAULTS.items() if k in now}  # of keys that are newer than it
        was = usual | ast.literal_eval(saved["run"])
        self.changes = saved["changes"]
        if was != now and not change:
            raise ConfigError(
                f"{self.run.folder} holds a run with other settings. Give this one another "
                "name=..., go on from it with --change, or forget it with --fresh."
            )
        if was != now:
            before = {key: value for key, value in was.items() if now.get(key, value) != value}
            self.changes.append({"until step": saved["step"], "settings were": before})
        self.step, self.seconds, self.salt = saved["step"], saved["seconds"], saved["salt"]
        self.curve = saved["curve"]
        self.system.load_state_dict(saved["system"])
        self.ema.load_state_dict(saved["ema"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(saved["optimizers"][name])

    def _roll_back(self) -> None:
        """The last saved state, with other random numbers from here on."""
        salt = self.salt + 1
        if salt > ROLLBACKS or not self.path.exists():
            raise ConfigError(
                f"Training diverged at step {self.step}. Lower the learning rate (optim.lr) "
                "or raise the penalties r1 and r2."
            )
        self._restore()
        self.system.zero_grad(set_to_none=True)
        self.salt = salt
        self.report.forget()

    def _stopped(self) -> bool:
        """Whether any process was asked to stop, so that all stop after the same step."""
        if self.accelerator.num_processes == 1:
            return self.stop
        flag = torch.tensor(float(self.stop), device=self.accelerator.device)
        return bool(self._reduce(flag, "sum") > 0)

    def _reduce(self, tensor: Tensor, how: str) -> Tensor:
        reduced = self.accelerator.reduce(tensor, how)
        assert isinstance(reduced, Tensor)  # it takes nested containers, too
        return reduced

    def _training(self) -> dict:
        run, processes = self.run, self.accelerator.num_processes
        return {
            "config": dataclasses.asdict(run),
            **self.feed.facts,
            "licence": run.licence,
            "data_licence": run.data.licence,
            "data_source": run.data.origin,
            "images_seen": self.step * run.batch * processes,
            "steps": self.step,
            "seed": run.seed,
            "seconds": round(self.seconds),
            "machine": hardware.machine(self.accelerator.device, processes),
            "curve": self.curve,
        } | ({"changes": self.changes} if self.changes else {})


def optimizer(run: Run, player: Player, device: torch.device) -> torch.optim.Optimizer:
    optim = run.optim.of(player.name)
    kind = partial(HistoricalAdam, history=optim.history) if optim.history else torch.optim.Adam
    return kind(
        [p for net in player.nets for p in net.parameters()],
        lr=at(optim.lr, 0.0),
        betas=(optim.betas[0], optim.betas[1]),
        eps=optim.eps,
        weight_decay=optim.weight_decay,
        fused=device.type in ("cpu", "cuda"),
    )


def seed_of(*numbers: int) -> int:
    """One 63-bit seed from several numbers; neighbours get unrelated seeds."""
    return int.from_bytes(hashlib.sha256(repr(numbers).encode()).digest()[:8]) >> 1
