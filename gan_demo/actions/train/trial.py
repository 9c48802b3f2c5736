"""How long a plan takes here: twenty real steps and a save of the very command, thrown away."""

import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from gan_demo.actions.train import course
from gan_demo.actions.train.plan import EFFORTS, Plan
from gan_demo.actions.train.process import alongside
from gan_demo.files import temporary

STEPS, EVERY = 20, 2  # steps, and between reports
PATIENCE = 600.0  # seconds
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


def planning(
    plan: Plan, effort: str, cache: Path | None = None
) -> Iterator[tuple[Plan, int | float] | None]:
    """None while twenty steps are measured, then the plan with its steps, and about how many
    seconds they take; to end it, close it.

    Args:
        cache: see `process.environment`.

    Raises:
        ValueError: an unknown effort, and as `measured`.
    """
    if effort not in EFFORTS:
        raise ValueError(f"There is no effort {effort!r}. Choose {', '.join(EFFORTS)}.")
    pace = yield from measured(plan, cache)
    whole = plan.within(EFFORTS[effort], pace.step, pace.start, pace.save)
    yield whole, pace.of(whole)


def measured(plan: Plan, cache: Path | None = None) -> Generator[None, None, Pace]:
    """
    Raises:
        ValueError: the sentence of the command that failed, or that took too long.
    """
    if plan not in _known:
        _known[plan] = yield from _measured(plan, cache)
        while len(_known) > KEPT:
            del _known[next(iter(_known))]
    return _known[plan]


def _measured(plan: Plan, cache: Path | None) -> Generator[None, None, Pace]:
    with tempfile.TemporaryDirectory(prefix=temporary.prefix()) as folder:
        places = [f"out={folder}/out", f"runs={folder}/runs"]
        short = [f"until={STEPS}", f"report={EVERY}", "sheet=1000", *places]
        words = [word for word in plan.words if not word.startswith(("out=", "runs="))]
        words = [_from(word, plan.out) for word in words]
        started = time.time()
        try:
            ended = yield from alongside(["-m", "train", *words, *short], cache, PATIENCE)
        except TimeoutError:
            raise ValueError(
                f"The pictures and {STEPS} steps take more than {PATIENCE / 60:.0f} minutes here: "
                "choose a smaller side, or fewer pictures."
            ) from None
        whole = time.time() - started
        went = course.read(Path(folder, "runs", plan.name))
        if went.saved < STEPS:
            raise ValueError(ended.why)
        return _pace(went, whole)


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
