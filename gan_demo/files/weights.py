"""Weights of a small network of our own, beside a JSON file that says what it is and their SHA-256:
half precision, never pickled, never half written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

WEIGHTS = "model.safetensors"


def save(folder: Path, config: str, state: Mapping[str, Tensor], about: dict[str, Any]) -> None:
    """The weights, and the file `config` with what `about` says."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {
        name: w.half().contiguous() if w.is_floating_point() else w for name, w in state.items()
    }
    partial = folder / f"{WEIGHTS}.part"
    partial.write_bytes(to_bytes(halves))  # not save_file: it keeps the file from other users
    digest = hashlib.sha256(partial.read_bytes()).hexdigest()
    partial.replace(folder / WEIGHTS)
    (folder / config).write_text(json.dumps({**about, "sha256": digest}, indent=2) + "\n")


def load(folder: Path, config: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What the file says, and the weights.

    Raises:
        OSError: they are not there.
        ValueError: other weights than the ones that it names.
    """
    about = json.loads((folder / config).read_text())
    weights = folder / WEIGHTS
    raw = weights.read_bytes()  # not a memory map: a file that shrinks under one ends the process
    if hashlib.sha256(raw).hexdigest() != about["sha256"]:
        raise ValueError(f"{weights} is damaged: its SHA-256 is not the one in {config}.")
    return about, from_bytes(raw)
