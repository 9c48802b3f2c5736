"""Processes beside the page, which come after everything that a person waits for."""

import contextlib
import os
from pathlib import Path

from gan_demo.actions.train.plan import CODE

NICE = 10  # enough that others come first, and not so much that it starves beside them


def environment(cache: Path | None = None) -> dict[str, str]:
    """Of a process beside the page: it leaves one core to it, unless told otherwise, and speaks
    UTF-8, whatever the terminal does.

    Args:
        cache: where decoded pictures are kept; None for the usual place.
    """
    threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) - 1))}
    own = {"GAN_DEMO_CACHE": str(cache.absolute())} if cache else {}
    python = {"PATH": str(CODE), "UNBUFFERED": "1", "IOENCODING": "utf-8:backslashreplace"}
    return threads | os.environ | own | {f"PYTHON{key}": value for key, value in python.items()}


def humble(pid: int) -> None:
    """Every other process comes first. Linux weighs sessions against each other, where the number
    of `nice` counts only within one: a session of its own has a number of its own."""
    with contextlib.suppress(OSError, AttributeError):  # another system
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICE), "utf-8")
