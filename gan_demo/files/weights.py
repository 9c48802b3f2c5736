"""Weights of a small network of our own, beside a JSON file that says what it is and their SHA-256:
half precision, never pickled, never half written, never in the place of something else."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

from gan_demo.files import replace

WEIGHTS = "model.safetensors"


def check_place(folder: Path, config: str) -> None:
    """
    Raises:
        ValueError: something else lies there than a network that `config` describes, or nothing
            can be written there.
    """
    free = not folder.exists() or (folder.is_dir() and not any(folder.glob("[!.]*")))
    if not free and not (folder / config).is_file():
        raise ValueError(
            f"{folder} holds something else than such a network: choose a new folder with --out."
        )
    replace.check_writable(folder)


def save(folder: Path, config: str, state: Mapping[str, Tensor], about: dict[str, Any]) -> None:
    """The weights, and the file `config` with what `about` says.

    Raises:
        ValueError: as `check_place`.
    """
    check_place(folder, config)
    halves = {
        name: w.half().contiguous() if w.is_floating_point() else w for name, w in state.items()
    }
    raw = to_bytes(halves)  # not save_file: it keeps the file from other users
    told = {**about, "sha256": hashlib.sha256(raw).hexdigest()}
    with replace.writing(folder, last=[WEIGHTS, config]) as part:
        (part / WEIGHTS).write_bytes(raw)
        (part / config).write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def load(folder: Path, config: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What the file says, and the weights.

    Raises:
        OSError: they are not there.
        ValueError: other weights than the ones that it names.
    """
    about = json.loads((folder / config).read_text("utf-8"))
    weights = folder / WEIGHTS
    raw = weights.read_bytes()  # not a memory map: a file that shrinks under one ends the process
    if hashlib.sha256(raw).hexdigest() != about["sha256"]:
        raise ValueError(f"{weights} is damaged: its SHA-256 is not the one in {config}.")
    return about, from_bytes(raw)
