"""Numbers that change while training: a constant, or [first, last] along half a cosine."""

import math

from gan_demo.types import Schedule


def at(schedule: Schedule, progress: float) -> float:
    """first + (last - first) (1 - cos(π progress)) / 2, for progress in [0, 1]."""
    if isinstance(schedule, int | float):
        return float(schedule)
    first, last = schedule
    return first + (last - first) * (1 - math.cos(math.pi * progress)) / 2
