"""Pictures from the network: the Hugging Face Hub and torchvision's own data sets."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import huggingface_hub

from gan_demo.data.decode import SUFFIXES
from gan_demo.data.sources import DataError, Folder, Raw, Source
from gan_demo.spelling import near


class Hub(Folder):
    """A data set on the Hugging Face Hub: picture files, or pictures in parquet tables."""

    def __init__(self, repo: str):
        patterns = ["*.parquet", *(f"*{s}" for s in SUFFIXES)]
        patterns += [p.upper() for p in patterns]
        try:
            # Without a network this answers from the local cache, if the data set is there.
            path = huggingface_hub.snapshot_download(
                repo, repo_type="dataset", allow_patterns=patterns
            )
        except Exception as error:  # HTTP, validation and file-system errors share no base class
            first = str(error).strip().partition("\n")[0]
            raise DataError(
                f"The data set {repo!r} could not be fetched from the Hub and is not in the local "
                f"cache ({first}). Check the name and the connection, or use folder:DIR."
            ) from error
        super().__init__(path)
        self.title = repr(repo)

    @cached_property
    def files(self) -> list[str]:
        return [f for f in super().files if not f.endswith(".parquet")] + list(self._rows)

    @cached_property
    def key(self) -> str:
        return str(self.root.resolve())  # its last folder is the commit

    @cached_property
    def _rows(self) -> dict[str, tuple[Path, int]]:
        """Name "split/class/table-row.png" -> table and row."""
        rows = {}
        for path in sorted(self.root.rglob("*.parquet")):
            table = _parquet(path)
            split = re.split(r"[^a-z]", path.name.lower())[0]
            labels, classes = _labels(table)
            for i in range(table.metadata.num_rows):
                label = f"{classes[labels[i]]}/" if labels else ""
                rows[f"{split}/{label}{path.stem}-{i:07}.png"] = path, i
        return rows

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        wanted = set(names)
        yield from super().read(n for n in sorted(wanted) if n not in self._rows)
        at = {self._rows[n]: n for n in wanted if n in self._rows}
        for path in sorted({path for path, _ in at}):
            table = _parquet(path)
            column, row = _picture_column(table, path), 0
            for part in table.iter_batches(64, columns=[column]):
                for cell in part.column(0).to_pylist():
                    if name := at.get((path, row)):
                        raw = cell.get("bytes") if isinstance(cell, dict) else cell
                        yield name, raw if raw else ValueError("no bytes in this row")
                    row += 1


class Torchvision(Source):
    """A data set of `torchvision.datasets`, fetched into the cache folder."""

    def __init__(self, name: str, root: Path):
        from torchvision import datasets  # half a second that the other sources need not wait

        if name not in datasets.__all__:
            hint = near(name, list(datasets.__all__))
            raise DataError(f"torchvision has no data set {name!r}.{hint}")
        self.name, self.cls, self.root = name, getattr(datasets, name), root
        self.title, self.key = name, f"torchvision {name}"

    @cached_property
    def _parts(self) -> dict[str, Any]:
        """Split -> data set; not every set has every split."""
        known = inspect.signature(self.cls).parameters
        options = {"root": self.root} | ({"download": True} if "download" in known else {})
        if "train" in known:
            choices = {"train": {"train": True}, "test": {"train": False}}
        elif "split" in known:
            choices = {s: {"split": s} for s in ("train", "trainval", "val", "valid", "test")}
        else:
            choices = {"train": {}}
        parts, reason = {}, None
        for split, choice in choices.items():
            try:
                parts[split] = self.cls(**options, **choice)
            except ValueError as error:  # a split that this set lacks
                reason = error
            except Exception as error:
                raise self._unusable(error) from error
        if not parts:
            raise self._unusable(reason)
        return parts

    def _unusable(self, error: Exception | None) -> DataError:
        return DataError(
            f"torchvision could not provide {self.name} ({error}). If this machine has no network, "
            f"put the files into {str(self.root)!r} by hand, or use folder:DIR."
        )

    @cached_property
    def _items(self) -> dict[str, tuple[str, int]]:
        """Name "split/class/index.png" -> split and index."""
        items = {}
        for split, part in self._parts.items():
            labels = next(
                (getattr(part, a) for a in ("targets", "labels", "_labels") if hasattr(part, a)),
                None,
            )
            classes = getattr(part, "classes", None)
            for i in range(len(part)):
                label = ""
                if labels is not None and classes and getattr(labels, "ndim", 1) == 1:
                    label = re.sub(r"[/\\]", "-", str(classes[int(labels[i])])) + "/"
                items[f"{split}/{label}{i:07}.png"] = split, i
        return items

    @cached_property
    def files(self) -> list[str]:
        return list(self._items)

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        for name in names:
            split, i = self._items[name]
            try:
                yield name, self._parts[split][i][0]
            except (OSError, ValueError) as error:
                yield name, error


def _parquet(path: Path):
    from pyarrow import parquet  # half a second, for tables alone

    return parquet.ParquetFile(path)


def _picture_column(table, path: Path) -> str:
    """The column of type struct{bytes, path} (or bytes) that holds the pictures."""
    for field in table.schema_arrow:
        if str(field.type).startswith("struct<bytes: binary") or str(field.type) == "binary":
            return field.name
    raise DataError(f"No column of {path.name!r} holds pictures; choose another data set.")


def _labels(table) -> tuple[list[int], list[str]]:
    """The label of each row and the names of the labels, from the Hub's own description."""
    about = json.loads((table.schema_arrow.metadata or {}).get(b"huggingface", b"{}"))
    for column, feature in about.get("info", {}).get("features", {}).items():
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            names = [re.sub(r"[/\\]", "-", name) for name in feature["names"]]
            return table.read([column]).column(0).to_pylist(), names
    return [], []
