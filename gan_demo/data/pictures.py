"""A decoded set, and its file in the cache."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from gan_demo.data.sources import DataError
from gan_demo.types import Label, Pixels

KINDS = {"U8": torch.uint8, "I64": torch.int64}
ABOUT = ("classes", "names", "skipped", "left_out")


@dataclass(frozen=True)
class Pictures:
    """A decoded set.

    Args:
        x: the pixels.
        y: index into `classes`, or None when there are fewer than two.
        names: where each picture is within its source.
        skipped: names of the unreadable ones, each with the reason.
        left_out: what others lack -> how many of them, such as {"expression": 4}.
    """

    x: Pixels
    y: Label | None
    classes: tuple[str, ...]
    names: list[str]
    skipped: list[tuple[str, str]]
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.x)


def store(path: Path, pictures: Pictures) -> None:
    """
    Raises:
        DataError: no room for it.
    """
    tensors = {"x": pictures.x} | ({} if pictures.y is None else {"y": pictures.y})
    about = {k: getattr(pictures, k) for k in ABOUT}
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        save_file(tensors, part, {k: json.dumps(v) for k, v in about.items()})
        part.replace(path)  # a reader, or a second process, never sees half a file
    except (SafetensorError, OSError) as error:
        part.unlink(missing_ok=True)
        raise DataError(f"The decoded pictures do not fit into {path.parent}: {error}.") from None


def stored(path: Path) -> Pictures | None:
    """Read, never mapped into memory: a file that is written over under a map ends the process."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            about = {k: json.loads(v) for k, v in header.pop("__metadata__").items()}
            tensors = {}
            for key, told in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
                tensor = torch.empty(told["shape"], dtype=KINDS[told["dtype"]])
                room = tensor.reshape(-1).view(torch.uint8).numpy().data
                if file.readinto(room) != room.nbytes:
                    return None
                tensors[key] = tensor
            x, y = tensors["x"], tensors.get("y")
    except Exception:  # not there, or damaged: it is made again
        return None
    skipped = [(name, reason) for name, reason in about["skipped"]]
    return Pictures(x, y, tuple(about["classes"]), about["names"], skipped, about["left_out"])
