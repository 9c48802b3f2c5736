"""Checkpoints: a folder, here or on the Hub, without pickle and without code.

model.safetensors    every weight of the system, floats in half precision; the mean code, if known
config.json          {"format": 1, "system": name, "model": options, "training": facts}
metrics.json         figures of exactly these weights, {} before they are measured
README.md            the model card, see `card`
samples.png ...      the sheets that the card shows
attributes.safetensors   moves of the code, if there are any, see `attributes`
"""

import contextlib
import filecmp
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import huggingface_hub
import torch
from huggingface_hub import ModelCard
from PIL.Image import Image as Picture
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as to_bytes
from torch import Tensor

from gan_demo import attributes, swap, systems
from gan_demo.card import card
from gan_demo.systems import Encodes, System

FORMAT = 1
WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "README.md"
CENTRE = "centre"  # among the weights
BY = "measured by"  # under a title: the command, where it is not train.evaluate


class CheckpointError(ValueError):
    """A checkpoint that cannot be used, with a sentence that says why and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    Args:
        system: in float32, frozen, in eval mode.
        card: the model card in Markdown, without front matter.
    """

    name: str
    path: Path
    system: System
    config: dict[str, Any]
    metrics: dict[str, Any]
    card: str


def save(
    folder: str | Path,
    system: System,
    *,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any] | None = None,
    sheets: Mapping[str, Picture] | None = None,
) -> Path:
    """Write a checkpoint beside its place and swap it in: a reader sees the old or the new one.

    Args:
        training: JSON-able facts for config.json and the card.
        metrics: None keeps those of an earlier save if the weights are still the same, and the
            attributes.
        sheets: title -> picture.
    """
    folder = Path(folder)
    config = {"format": FORMAT, **system.config, "training": dict(training)}
    with swap.writing(folder) as part:
        # Not save_file: it keeps the file from other users, who may well open the app.
        (part / WEIGHTS).write_bytes(to_bytes(_halved(_kept(system)), {"format": "pt"}))
        if metrics is None:
            metrics = _earlier(folder, part)
        for title, sheet in (sheets or {}).items():
            sheet = sheet.convert("L") if system.channels == 1 else sheet
            sheet.save(part / f"{title}.png", optimize=True)
        _write_json(part / CONFIG, config)
        _write_json(part / METRICS, metrics)
        names = [f"{title}.png" for title in sheets or {}]
        (part / CARD).write_text(card(system, config, metrics, folder.name, names), "utf-8")
    return folder


def record(folder: str | Path, metrics: Mapping[str, Any]) -> None:
    """Replace the figures of a saved checkpoint, in metrics.json and in its card. Titles that name
    a command of their own, see `BY`, stay until they are replaced."""
    loaded = load(folder)
    others = {k: v for k, v in loaded.metrics.items() if isinstance(v, Mapping) and BY in v}
    metrics = others | dict(metrics)
    sheets = sorted(path.name for path in loaded.path.glob("*.png"))
    text = card(loaded.system, loaded.config, metrics, loaded.name, sheets)
    for name, content in {METRICS: json.dumps(metrics, indent=2) + "\n", CARD: text}.items():
        part = loaded.path / f".{name}.part"
        part.write_text(content, "utf-8")
        part.replace(loaded.path / name)


def load(source: str | Path, device: str | torch.device = "cpu") -> Checkpoint:
    """Read "DIR" or "hub:owner/name"; the Hub's are cached and need a network only once.

    Raises:
        CheckpointError: whatever is wrong with it.
    """
    folder = _local(str(source))
    return swap.reading(folder, lambda: _read(folder, device))


def find(*sources: str | Path) -> list[str]:
    """What `load` can be tried on: folders with a config.json at or directly below each source,
    by name; Hub names as they are.

    Raises:
        CheckpointError: a folder that does not exist.
    """
    found = []
    for source in map(str, sources):
        root = Path(source)
        if source.startswith("hub:"):
            found.append(source)
        elif not root.is_dir():
            raise CheckpointError(f"There is no folder {source!r}. Check the path.")
        elif (root / CONFIG).is_file():
            found.append(source)
        else:
            configs = sorted(root.glob(f"[!.]*/{CONFIG}"))  # hidden ones are being written
            found += [str(config.parent) for config in configs]
    return found


def _local(source: str) -> Path:
    if not source.startswith("hub:"):
        return Path(source)
    repo = source.removeprefix("hub:")
    wanted = [WEIGHTS, CONFIG, METRICS, CARD, attributes.FILE, "*.png"]
    fetch = partial(huggingface_hub.snapshot_download, repo, allow_patterns=wanted)
    # HTTP, validation and file-system errors share no base class but Exception.
    with contextlib.suppress(Exception):
        folder = Path(fetch(local_files_only=True))
        if all((folder / name).is_file() for name in (WEIGHTS, CONFIG)):
            return folder
    try:
        return Path(fetch())
    except Exception as error:
        raise CheckpointError(
            f"{source} is not in the local cache and could not be fetched: {_sentence(error)} "
            "Check the name and the connection."
        ) from error


def _read(folder: Path, device: str | torch.device) -> Checkpoint:
    config = _config(folder)
    try:
        with torch.random.fork_rng(devices=[]):  # the initial weights must not move a seed
            system = systems.make(config["system"], **config["model"])
    except Exception as error:  # foreign options: a constructor may stumble over anything
        raise CheckpointError(
            f"{folder}: the system cannot be built from {CONFIG}: {_sentence(error)} Update "
            "gan-demo, or train it again."
        ) from error
    _fill(system, _weights(folder), folder)
    metrics = _read_json(folder / METRICS) if (folder / METRICS).exists() else {}
    text = (folder / CARD).read_text("utf-8", "replace") if (folder / CARD).exists() else ""
    system = system.to(device).eval().requires_grad_(False)
    body = ModelCard(text, ignore_metadata_errors=True).text.strip()
    return Checkpoint(_name(folder), folder, system, config, metrics, body)


def _config(folder: Path) -> dict[str, Any]:
    if not (folder / CONFIG).is_file():
        raise CheckpointError(f"{folder} is no checkpoint: it has no {CONFIG}. Check the path.")
    config = _read_json(folder / CONFIG)
    version = config.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise CheckpointError(
            f"{folder} was written in format {version} by a newer gan-demo, this one reads up to "
            f"{FORMAT}: update gan-demo."
        )
    kinds = {"format": int, "system": str, "model": dict, "training": dict}
    for key, kind in kinds.items():
        if not isinstance(config.get(key), kind):
            raise CheckpointError(
                f"{folder}: {key!r} in {CONFIG} is missing or of the wrong kind. Restore the file, "
                "or save the checkpoint again."
            )
    return config


def _weights(folder: Path) -> dict[str, Tensor]:
    path = folder / WEIGHTS
    if not path.is_file():
        raise CheckpointError(f"{folder} has no {WEIGHTS}: copy the whole folder again.")
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(
            f"{folder}: {WEIGHTS} is truncated or damaged ({_sentence(error)}) Copy it again."
        ) from error


def _fill(system: System, weights: dict[str, Tensor], folder: Path) -> None:
    if isinstance(system, Encodes) and CENTRE in weights:
        system.centre = torch.zeros(1, system.z_dim)
    state = _kept(system)
    problem = None
    if missing := state.keys() - weights.keys():
        problem = f"lacks {len(missing)} weights, for instance {min(missing)!r}"
    elif surplus := weights.keys() - state.keys():
        problem = f"holds {len(surplus)} weights too many, for instance {min(surplus)!r}"
    for name in sorted(state.keys() & weights.keys()):
        have, want = tuple(weights[name].shape), tuple(state[name].shape)
        if have != want and problem is None:
            problem = f"holds {name!r} with shape {have} where {want} is needed"
    if problem:
        raise CheckpointError(
            f"{folder}: {WEIGHTS} {problem}. It belongs to another {CONFIG}: copy both again."
        )
    system.load_state_dict(weights, strict=False)  # into the system's own float32
    if isinstance(system, Encodes) and system.centre is not None:
        system.centre.copy_(weights[CENTRE])


def _kept(system: System) -> dict[str, Tensor]:
    """The weights that a checkpoint holds: all but those that only training needs."""
    state = system.state_dict()
    kept = {k: v for k, v in state.items() if k.partition(".")[0] not in system.scaffold}
    if isinstance(system, Encodes) and system.centre is not None:
        kept[CENTRE] = system.centre
    return kept


def _halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous copies on the CPU; floats as float16, or bfloat16 where float16 would overflow."""
    halved = {}
    for name, tensor in state.items():
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point():
            if not tensor.isfinite().all():
                raise CheckpointError(f"The weights {name!r} are not finite: nothing was saved.")
            fits = tensor.numel() == 0 or tensor.abs().max() < torch.finfo(torch.float16).max
            tensor = tensor.to(torch.float16 if fits else torch.bfloat16)
        halved[name] = tensor.contiguous().clone()
    return halved


def _earlier(folder: Path, part: Path) -> dict[str, Any]:
    """The figures of the same weights, and beside the new ones their attributes."""
    try:
        if not filecmp.cmp(folder / WEIGHTS, part / WEIGHTS, shallow=False):
            return {}
        if (folder / attributes.FILE).exists():
            shutil.copy(folder / attributes.FILE, part)
        return _read_json(folder / METRICS)
    except (OSError, CheckpointError):
        return {}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path.parent}: {path.name} is not valid JSON ({_sentence(error)}) Restore the file, "
            "or save the checkpoint again."
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path.parent}: {path.name} must hold one JSON object.")
    return content


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, default=str) + "\n", "utf-8")


def _sentence(error: BaseException) -> str:
    """The first line of a message, ending in a full stop."""
    first = str(error).strip().partition("\n")[0] or type(error).__name__
    return first if first.endswith(".") else f"{first}."


def _name(folder: Path) -> str:
    # .../models--owner--name/snapshots/commit
    cached = folder.parent.name == "snapshots"
    return folder.parent.parent.name.split("--")[-1] if cached else folder.resolve().name
