"""Several packs as one: pictures in given shares, each with what its pack knows about it.

A table of packs, `train/features/*.toml`, says for each where it is, its share of a batch, and its
labels: for every head the column of labels.csv that it learns, or "folder". A picture whose cell is
empty, or whose pack has no such column, is unlabelled for that head.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_demo import data
from gan_demo.data import DataError, Pictures
from gan_demo.spelling import near

TABLES = Path(__file__).parent / "features"
PACK = "pack"  # the head that tells which pack a picture is from
FOLDER = "folder"  # in place of a column
UNKNOWN = -1  # as a label


@dataclass(frozen=True)
class Pack:
    """
    Args:
        share: of the pictures in a batch, beside the shares of the others.
        labels: column of labels.csv by head.
        same: pattern whose first group in a file name says who it is; None: no two are the same.
        mirror: whether a mirrored picture is as good.
        size: side it is decoded at, None for that of the network.
        licence: of the pictures, for the card.
    """

    source: str
    share: float = 1.0
    labels: Mapping[str, str] = field(default_factory=dict)
    same: str | None = None
    mirror: bool = True
    size: int | None = None
    licence: str = "not stated"


@dataclass(frozen=True)
class Part:
    """A decoded pack.

    Args:
        labels: of every head, for each picture the place among its labels, or UNKNOWN.
        who: for each picture who it is; equal within the pack alone.
    """

    name: str
    pack: Pack
    pictures: Pictures
    labels: dict[str, Tensor]
    who: Tensor

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Table:
    """What `train.classifier` trains: packs, network and training."""

    data: str
    packs: Mapping[str, Pack]
    size: int = 64
    channels: int = 3
    widths: Sequence[int] = (32, 32, 64, 64, 128, 128, 128)
    steps: int = 900
    batch: int = 128
    lr: float = 3e-3
    seed: int = 0


def table(name: str) -> Table:
    """The shipped table of this name, or a TOML file.

    Raises:
        ValueError: there is none, or it says what nobody asks.
    """
    path = Path(name) if name.endswith(".toml") else TABLES / f"{name}.toml"
    if not path.is_file():
        hint = near(name, [p.stem for p in TABLES.glob("*.toml")])
        raise ValueError(f"There is no table {name!r}: name a TOML file or a shipped one.{hint}")
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} cannot be read: {error}.") from error
    packs = said.pop("packs", {})
    if not packs:
        raise ValueError(f"{path} names no packs: add [packs.NAME] with source = ...")
    for name, pack in packs.items():
        _known(pack, Pack, f"[packs.{name}] of {path}")
        if "source" not in pack:
            raise ValueError(f"[packs.{name}] of {path} has no source.")
        for head in pack.get("labels", {}):
            if hasattr(nn.ModuleDict, head) or "." in head:
                raise ValueError(f"The head {head!r} of [packs.{name}] needs another name.")
    _known(said, Table, str(path))
    return Table(path.stem, {k: Pack(**v) for k, v in packs.items()}, **said)


def load(
    table: Table, split: str, heads: Mapping[str, Sequence[str]] | None = None
) -> tuple[list[Part], dict[str, list[str]]]:
    """The packs, and the labels of each head.

    Args:
        heads: labels that are known already; those of these pictures if None.

    Raises:
        ValueError: a pack that cannot be read, or without a column that it should have.
    """
    found, words = [], []
    for pack in table.packs.values():
        options = {"size": pack.size or table.size, "channels": table.channels, "split": split}
        pictures = data.load(pack.source, **options)
        found.append(pictures)
        words.append({h: column(pack.source, c, pictures) for h, c in pack.labels.items()})
    if heads is None:
        heads = _heads(words) | ({PACK: list(table.packs)} if len(found) > 1 else {})
    parts = []
    for (name, pack), pictures, said in zip(table.packs.items(), found, words, strict=True):
        if PACK in heads:
            said = said | {PACK: [name] * len(pictures)}
        none = [""] * len(pictures)
        labels = {head: _places(said.get(head, none), known) for head, known in heads.items()}
        parts.append(Part(name, pack, pictures, labels, people(pictures.names, pack.same)))
    return parts, {head: list(known) for head, known in heads.items()}


def column(source: str, name: str, pictures: Pictures) -> list[str]:
    """What a column of the source's labels.csv says of each picture, "" where it says nothing.

    Raises:
        DataError: no such file or column.
    """
    if name == FOLDER:
        if pictures.y is None:
            raise DataError(f"{source} has no label folders: put the pictures of each kind in one.")
        return [pictures.classes[i] for i in pictures.y.tolist()]
    said = data.columns(source, pictures.names)
    if name not in said:
        hint = near(name, list(said))
        raise DataError(f"labels.csv of {source} has no column {name!r}.{hint}")
    return said[name]


def people(names: Sequence[str], same: str | None) -> Tensor:
    """Who is in each photo: the first group of the pattern `same`, else the photo itself."""
    found = [re.search(same, name) if same else None for name in names]
    keys = [m[1] if m else name for m, name in zip(found, names, strict=True)]
    index = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    return torch.tensor([index[key] for key in keys])


def shares(parts: Sequence[Part], batch: int) -> list[int]:
    """Pictures of each pack in a batch, at least one."""
    whole = sum(part.pack.share for part in parts)
    return [max(1, round(batch * part.pack.share / whole)) for part in parts]


def _heads(words: Iterable[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    known: dict[str, set[str]] = {}
    for said in words:
        for head, values in said.items():
            known.setdefault(head, set()).update(filter(None, values))
    return {head: sorted(values) for head, values in known.items()}


def _places(said: Sequence[str], known: Sequence[str]) -> Tensor:
    index = {label: i for i, label in enumerate(known)}
    return torch.tensor([index.get(label, UNKNOWN) for label in said])


def _known(said: Mapping, kind: type, where: str) -> None:
    keys = [f.name for f in dataclasses.fields(kind)]
    for key in said:
        if key not in keys:
            raise ValueError(f"{where} has an unknown key {key!r}.{near(key, keys)}")
