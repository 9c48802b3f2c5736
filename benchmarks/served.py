"""The app in a process of its own, as a person would start it, and the machine it runs on."""

import contextlib
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from gan_demo import checkpoint, systems

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300  # seconds until the page must answer, on the busiest of machines


@dataclass(frozen=True)
class Served:
    """A running app: where, which process, and the folder of its temporary files."""

    url: str
    process: psutil.Process
    temporary: Path


@contextlib.contextmanager
def app(checkpoints: Sequence[str]) -> Iterator[Served]:
    """Starts `python app.py` on a free port of this machine, ends it afterwards."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as temporary:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port)]
        process = psutil.Popen(
            [*command, "--checkpoints", *checkpoints],
            cwd=ROOT,
            env=os.environ | {"GRADIO_TEMP_DIR": temporary},
            stdout=subprocess.DEVNULL,
        )
        url = f"http://127.0.0.1:{port}/"
        try:
            _wait(url, process)
            yield Served(url, process, Path(temporary))
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def checkpoints(given: Sequence[str]) -> Iterator[list[str]]:
    """The given checkpoints; without any, an untrained O-GAN of the size we ship."""
    if given:
        yield list(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        width = {"width": 48}
        untrained = systems.make(
            "ogan", size=64, channels=1, generator=dict(width), encoder=dict(width)
        )
        checkpoint.save(Path(folder) / "untrained", untrained, training={})
        yield [folder]


def machine() -> str:
    """What the numbers depend on, in one line."""
    load = f"load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    return f"{os.cpu_count()} CPU cores ({platform.machine()}), 1 thread, {versions}, {load}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _wait(url: str, process: psutil.Popen) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"app.py ended with status {process.returncode}.")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    raise SystemExit(f"app.py did not answer within {PATIENCE} s.")
