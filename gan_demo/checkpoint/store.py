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
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image as Picture
from safetensors.torch import save as to_bytes
from torch import Tensor

from gan_demo import files, systems
from gan_demo.checkpoint import untrusted
from gan_demo.checkpoint.card import card, thinned
from gan_demo.checkpoint.finding import (
    CARD,
    CONFIG,
    METRICS,
    WEIGHTS,
    CheckpointError,
    located,
    name,
    offers,
    reason,
    sentence,
    unread,
)
from gan_demo.checkpoint.half import halved
from gan_demo.checkpoint.sheets import sheets_in, write_sheet
from gan_demo.codes import attributes
from gan_demo.files import replace
from gan_demo.systems import Encodes, System

FORMAT = 1
CENTRE = "centre"  # among the weights, where it is known
LETTERS = 200_000  # of a card
JSON = 5_000_000  # bytes of a JSON file
CURVE = 5000  # moments of a training that are kept
BY = "measured by"  # under a title: the command, where it is not train.evaluate


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

    @property
    def data(self) -> dict[str, Any]:
        """[data] of the configuration that it was trained with; a stranger's may hold anything,
        or nothing."""
        told: Any = self.config
        for key in ("training", "config", "data"):
            told = told.get(key) if isinstance(told, dict) else None
        return told if isinstance(told, dict) else {}


def save(
    folder: str | Path,
    system: System,
    *,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any] | None = None,
    sheets: Mapping[str, Picture] | None = None,
) -> Path:
    """Write a checkpoint of what the system publishes, or replace the files of one: a reader sees
    the old or the new one, and what else lies in the folder stays.

    Args:
        training: JSON-able facts for config.json and the card.
        metrics: None keeps those of an earlier save if the weights are still the same, and the
            attributes.
        sheets: title -> picture.

    Raises:
        CheckpointError: the folder holds something else, or the weights are not finite.
    """
    folder, system = Path(folder), system.published
    occupant(folder)
    facts = dict(training)
    if "curve" in facts:  # the file of a long one could not be read again
        facts["curve"] = thinned(facts["curve"], CURVE)
    config = {"format": FORMAT, **system.config, "training": facts}
    either = [f"{title}{kind}" for title in sheets or {} for kind in (".png", ".webp")]
    with replace.writing(folder, own=[attributes.FILE, *either], last=[WEIGHTS, CONFIG]) as part:
        # Not save_file: it keeps the file from other users, who may well open the app.
        (part / WEIGHTS).write_bytes(to_bytes(halved(_kept(system)), {"format": "pt"}))
        if metrics is None:
            metrics = _earlier(folder, part)
        for title, sheet in (sheets or {}).items():
            sheet = sheet.convert("L") if system.channels == 1 else sheet
            write_sheet(sheet, part / title)
        for name, facts in {CONFIG: config, METRICS: metrics}.items():
            text = json.dumps(facts, indent=2, default=str, ensure_ascii=False)
            (part / name).write_text(files.sendable(f"{text}\n"), "utf-8")
        names = [path.name for path in sheets_in(part)]
        text = card(system, config, metrics, folder.name, names)
        (part / CARD).write_text(files.sendable(text), "utf-8")
    return folder


def occupant(folder: str | Path) -> dict[str, Any] | None:
    """The training facts of the checkpoint that lies there; None where there is room for one.

    Raises:
        CheckpointError: something else lies there.
    """
    folder = Path(folder)
    if not folder.exists() or (folder.is_dir() and not any(folder.glob("[!.]*"))):
        return None
    try:
        return _config(folder)["training"]
    except CheckpointError:
        raise CheckpointError(
            f"{folder} holds files that are no checkpoint: choose another name or folder."
        ) from None


def remove(folder: Path, sheets: Collection[str]) -> None:
    """The files of a checkpoint; with the folder, if nothing else lies there.

    Args:
        sheets: titles of those that are its own.
    """
    drawn = [path for path in sheets_in(folder) if path.stem in sheets]
    for path in (*drawn, *(folder / file for file in (CARD, METRICS, attributes.FILE))):
        path.unlink(missing_ok=True)
    for file in (CONFIG, WEIGHTS):  # without the first it is none
        (folder / file).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def record(folder: str | Path, metrics: Mapping[str, Any]) -> None:
    """Replace the figures of a saved checkpoint, in metrics.json and in its card. Titles that name
    a command of their own, see `BY`, stay until they are replaced."""
    loaded = load(folder)
    others = {k: v for k, v in loaded.metrics.items() if isinstance(v, Mapping) and BY in v}
    metrics = others | dict(metrics)
    sheets = [path.name for path in sheets_in(loaded.path)]
    text = card(loaded.system, loaded.config, metrics, loaded.name, sheets)
    for file, content in {METRICS: json.dumps(metrics, indent=2) + "\n", CARD: text}.items():
        part = loaded.path / f".{file}.part"
        part.write_text(content, "utf-8")
        part.replace(loaded.path / file)


def load(source: str | Path, device: str | torch.device = "cpu") -> Checkpoint:
    """Read a folder, by its path or by its name beside the code, or "hub:owner/name"; the Hub's
    are cached and need a network only once.

    Raises:
        CheckpointError: whatever is wrong with it.
    """
    folder = located(str(source))
    return replace.reading(folder, lambda: _read(folder, device))


def _read(folder: Path, device: str | torch.device) -> Checkpoint:
    config, shown = _config(folder), name(folder)
    if not (folder / WEIGHTS).is_file():
        raise CheckpointError(f"{shown} has no {WEIGHTS}: copy the whole folder again.")
    try:
        untrusted.plain(config["model"])
        with torch.random.fork_rng(devices=[]):  # the initial weights must not move a seed
            make = partial(_made, config)
            system = untrusted.load(folder / WEIGHTS, make, _kept)
    except untrusted.Unbuildable as error:
        raise CheckpointError(
            f"{shown}: the system cannot be built from {CONFIG}: {sentence(error)} Update "
            "gan-demo, or train it again."
        ) from error
    except OSError as error:
        raise CheckpointError(f"{shown}: {unread(WEIGHTS, error)}") from error
    except ValueError as error:
        raise CheckpointError(f"{shown}: {WEIGHTS} {sentence(error)}") from error
    metrics = _read_json(folder / METRICS) if (folder / METRICS).exists() else {}
    system = system.to(device).eval().requires_grad_(False)
    return Checkpoint(shown, folder, system, config, metrics, _card(folder / CARD))


def _made(config: Mapping[str, Any], weights: Collection[str]) -> System:
    """The system of a config.json, with a place for each of its weights."""
    system = systems.make(config["system"], **config["model"])
    if isinstance(system, Encodes) and CENTRE in weights:
        system.register_buffer(CENTRE, torch.zeros(1, system.z_dim))
    return system


def _card(path: Path) -> str:
    """The card without its front matter, which nothing here reads."""
    try:
        text = files.beside(path, LETTERS).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        return f"The card is not shown: {reason(error)}."
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    if text.startswith("---\n"):
        text = text.partition("\n---\n")[2]
    return text.strip()


def _config(folder: Path) -> dict[str, Any]:
    if not offers(folder):
        raise CheckpointError(
            f"{name(folder)} is no checkpoint: it has no {CONFIG}. Check the path."
        )
    config = _read_json(folder / CONFIG)
    version = config.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise CheckpointError(
            f"{name(folder)} was written in format {version} by a newer gan-demo, this one reads "
            f"up to {FORMAT}: update gan-demo."
        )
    kinds = {"format": int, "system": str, "model": dict, "training": dict}
    for key, kind in kinds.items():
        if not isinstance(config.get(key), kind):
            raise CheckpointError(
                f"{name(folder)}: {key!r} in {CONFIG} is missing or of the wrong kind. Restore the "
                "file, or save the checkpoint again."
            )
    return config


def _kept(system: System) -> dict[str, Tensor]:
    """The weights that a checkpoint holds: all but those that only training needs."""
    state = system.state_dict()
    kept = {k: v for k, v in state.items() if k.partition(".")[0] not in system.scaffold}
    if isinstance(system, Encodes) and system.centre is not None:
        kept[CENTRE] = system.centre
    return kept


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
    shown = name(path.parent)
    try:
        content = files.parsed(files.beside(path, JSON))
    except OSError as error:
        raise CheckpointError(f"{shown}: {unread(path.name, error)}") from error
    except ValueError as error:
        raise CheckpointError(
            f"{shown}: {path.name} is not valid JSON ({reason(error)}). Restore the file, "
            "or save the checkpoint again."
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{shown}: {path.name} must hold one JSON object.")
    return content
