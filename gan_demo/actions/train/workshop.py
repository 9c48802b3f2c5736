"""Where trainings from the page come from and go to."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_demo import data
from gan_demo.actions.train import uploads
from gan_demo.actions.train.runs import Runs, environment, humble
from gan_demo.data import DataError
from train.align import JOURNAL

FACES = 128  # pixels of an aligned face
WAIT = 1.0  # seconds between two looks
PREFIXES = ("folder:", "zip:", "tar:")


@dataclass(frozen=True)
class Workshop:
    """
    Args:
        runs: the trainings.
        out: where their checkpoints go.
        sent: the folder of uploads.
        local: whether only this machine can reach the page: what is typed may name its files.
    """

    runs: Runs
    out: Path
    sent: Path
    local: bool

    def source(self, sent: Sequence[str] | None, typed: str) -> str:
        """For the data layer: what was uploaded, or what was typed.

        Raises:
            DataError: neither, or typed from elsewhere.
        """
        if sent:
            return uploads.keep(sent, self.sent, self.runs.folder)
        if not typed.strip():
            raise DataError("Give pictures first: a zip, or several files at once.")
        if not self.local:
            raise DataError("This page takes uploaded pictures only: send a zip, or several files.")
        return _absolute(typed.strip())

    def aligning(self, source: str) -> Iterator[str]:
        """What is said while the faces of a source are cut out, and at last the source of them.

        Raises:
            ValueError: the sentence of `python -m train.align`.
        """
        photos = data.opened(source)
        out = self.runs.folder / uploads.FOLDER / f"{_digest(photos.key)}-faces"
        out.parent.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "train.align", source, "--out", str(out), "--size", str(FACES)],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        humble(process.pid)
        try:
            while process.poll() is None:
                yield f"Looking for faces: {_done(out):,} of {len(photos.names):,} photos."
                time.sleep(WAIT)
            said = process.communicate()[1]
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            lines = said.strip().splitlines()
            raise ValueError(lines[-1] if lines else "The faces could not be aligned.")
        yield f"folder:{out}"


def _absolute(typed: str) -> str:
    """A path that means the same to the training, which runs in the folder of the project."""
    for prefix in PREFIXES:
        if typed.startswith(prefix):
            return f"{prefix}{Path(typed.removeprefix(prefix)).expanduser().absolute()}"
    if Path(typed).expanduser().is_dir():
        raise DataError(f"Write folder:{typed}, if this folder is meant.")
    return typed


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _done(out: Path) -> int:
    """Photos that the journal knows; its first line is the wish."""
    try:
        lines = (out / JOURNAL).read_text("utf-8").splitlines()
    except OSError:
        return 0
    return sum(line.endswith("}") and "photo" in json.loads(line) for line in lines)
