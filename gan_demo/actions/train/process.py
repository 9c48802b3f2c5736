"""Processes beside the page, which come after everything that a person waits for."""

import atexit
import contextlib
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gan_demo.actions.train.plan import CODE

NICE = 10  # enough that others come first, and not so much that it starves beside them
WAIT = 0.5  # seconds between two looks at one


@dataclass(frozen=True)
class Ended:
    """
    Args:
        code: of its end, below 0 for a signal.
        said: on its error output.
    """

    code: int
    said: str

    @property
    def why(self) -> str:
        """The sentence of a command that failed."""
        told = lines(self.said)
        if errors := [line for line in told if line.startswith("error: ")]:
            return errors[-1].removeprefix("error: ")
        if self.code < 0:
            return (
                "It was ended from outside, by someone or for want of memory: choose a smaller "
                "side, or close other programs."
            )
        return told[-1] if told else "It ended without a word."


def alongside(
    words: Sequence[str], cache: Path | None = None, patience: float = math.inf
) -> Generator[None, None, Ended]:
    """`python` with these words: yields while it runs, and ends it when it is closed.

    Args:
        cache: see `environment`.
        patience: seconds.

    Raises:
        TimeoutError: it took longer.
    """
    with tempfile.TemporaryFile() as said:  # a pipe that nobody reads is full one day, and it waits
        process = subprocess.Popen(
            [sys.executable, *words],
            env=environment(cache),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        humble(process.pid)
        end = partial(_end, process)
        atexit.register(end)  # a server that ends closes no generator
        until = time.monotonic() + patience
        try:
            while process.poll() is None:
                if time.monotonic() > until:
                    raise TimeoutError
                yield
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(WAIT)
        finally:
            end()
            atexit.unregister(end)
        said.seek(0)
        return Ended(process.returncode, said.read().decode("utf-8", "replace"))


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


def lines(said: str) -> list[str]:
    """Those with words; a bar of progress writes many over one another."""
    return [line.strip() for line in said.replace("\r", "\n").splitlines() if line.strip()]


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
