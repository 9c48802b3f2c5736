"""How long a plan takes here: twenty real steps and a save of the very command, thrown away."""

import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from gan_demo.actions.train import course
from gan_demo.actions.train.plan import EFFORTS, Plan
from gan_demo.actions.train.process import environment, humble

STEPS, EVERY = 20, 2  # steps, and between reports
PATIENCE = 600.0  # seconds
WAIT = 0.5  # seconds between two looks
KEPT = 16  # plans whose pace is known

_known: dict[Plan, "Pace"] = {}


@dataclass(frozen=True)
class Pace:
    """Seconds of a step, of what comes before the first, of a sheet with its figures."""

    step: int | float
    start: int | float
    save: int | float

    def of(self, plan: Plan) -> int | float:
        """Seconds that the whole takes."""
        saves = -(-plan.steps // plan.sheet)
        return self.start + plan.steps * self.step + saves * self.save


def measured(
    plan: Plan, given_up: threading.Event | None = None, cache: Path | None = None
) -> Pace:
    """
    Args:
        given_up: set by those who wait no longer.
        cache: see `process.environment`.

    Raises:
        ValueError: the sentence of the command that failed, or that took too long.
    """
    if plan not in _known:
        _known[plan] = _measured(plan, given_up or threading.Event(), cache)
        while len(_known) > KEPT:
            del _known[next(iter(_known))]
    return _known[plan]


def planning(
    plan: Plan, effort: str, cache: Path | None = None
) -> Iterator[tuple[Plan, int | float] | None]:
    """None while twenty steps are measured, then what `planned` says; to end it, close it."""
    given_up = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(planned, plan, effort, given_up, cache)
        try:
            while not job.done():
                yield None
                wait([job], WAIT)
            yield job.result()
        finally:
            given_up.set()


def planned(
    plan: Plan,
    effort: str,
    given_up: threading.Event | None = None,
    cache: Path | None = None,
) -> tuple[Plan, int | float]:
    """With its steps, and about how many seconds they take.

    Raises:
        ValueError: an unknown effort, and as `measured`.
    """
    if effort not in EFFORTS:
        raise ValueError(f"There is no effort {effort!r}. Choose {', '.join(EFFORTS)}.")
    pace = measured(plan, given_up, cache)
    whole = plan.within(EFFORTS[effort], pace.step, pace.start, pace.save)
    return whole, pace.of(whole)


def _measured(plan: Plan, given_up: threading.Event, cache: Path | None) -> Pace:
    with tempfile.TemporaryDirectory(prefix="gan-demo-trial-") as folder:
        places = [f"out={folder}/out", f"runs={folder}/runs"]
        short = [f"until={STEPS}", f"report={EVERY}", "sheet=1000", *places]
        words = [word for word in plan.words if not word.startswith(("out=", "runs="))]
        words = [_from(word, plan.out) for word in words]
        started = time.time()
        process = subprocess.Popen(
            [sys.executable, "-m", "train", *words, *short],
            env=environment(cache),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        humble(process.pid)
        try:
            said = _said(process, given_up)
        finally:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
        whole = time.time() - started
        went = course.read(Path(folder, "runs", plan.name))
        if went.saved < STEPS:
            raise ValueError(_sentence(said))
        return _pace(went, whole)


def _said(process: subprocess.Popen, given_up: threading.Event) -> str:
    """What it says until its end."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if given_up.is_set():
            raise ValueError("The trial was given up.")
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=WAIT)[1].decode("utf-8", "replace")
    raise ValueError(
        f"{STEPS} steps take more than {PATIENCE / 60:.0f} minutes here: choose a smaller side."
    )


def _pace(went: course.Course, whole: float) -> Pace:
    """The second half of the steps: the first may still be setting up."""
    marks = [m for m in went.moments if "terms" in m]
    middle, last = marks[len(marks) // 2 - 1], marks[-1]
    step = (last["seconds"] - middle["seconds"]) / (last["step"] - middle["step"])
    saved = next(m for m in went.moments if "saved" in m)
    save = saved["time"] - last["time"]
    return Pace(step, max(0.0, whole - STEPS * step - save), save)


def _from(word: str, out: Path) -> str:
    """A model to start from is looked for where the run publishes, and that is elsewhere now."""
    key, _, name = word.partition("=")
    return f"{key}={out / name}" if key.startswith("init.") and (out / name).is_dir() else word


def _sentence(said: str) -> str:
    lines = [line.strip() for line in said.replace("\r", "\n").splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return (errors or lines or ["The trial ended without a word."])[-1]
