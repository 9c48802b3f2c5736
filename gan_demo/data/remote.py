"""Pictures from the network: the Hugging Face Hub and torchvision's own data sets."""

import inspect
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import huggingface_hub

from gan_demo.data import selection
from gan_demo.data.decode import SUFFIXES
from gan_demo.data.listing import Listing
from gan_demo.data.sources import DataError, Folder, Raw, Source
from gan_demo.data.table import TABLE, Table, Unknown, labelled
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
            raise DataError(
                f"The data set {repo!r} could not be fetched from the Hub and is not in the local "
                f"cache ({_first(error)}). Check the name and the connection, or use folder:DIR."
            ) from error
        super().__init__(path)
        self.title = repr(repo)

    @cached_property
    def listing(self) -> Listing[Any]:
        """Files, and rows of tables: "split/class/table-row.png" -> table and row."""
        found: Listing[Any] = Listing(self.walked.at.copy(), self.walked.skipped.copy())
        taken = set()
        for name in sorted(name for name in self.walked.at if name.endswith(TABLE)):
            del found.at[name]
            try:
                table = Table(self.walked.at[name][0])
            except Exception as error:  # pyarrow has its own, and others on bad bytes
                found.skip(name, f"no table of pictures ({_first(error)})")
                continue
            if table.unclear:
                found.skip(name, "its description is garbled: the labels are not known")
            at, words = selection.declared(name), name.removesuffix(TABLE).replace("/", "-")
            words += f" ({len(taken)})" if words in taken else ""
            taken.add(words)
            for i, label in enumerate(table.labels):
                row = f"{words}-{i:07}.png"
                if isinstance(label, Unknown):
                    found.skip(f"{at}/{row}", str(label))
                else:
                    found.add(f"{at}/{label}{row}", (table, i))
        return found

    def counts(self, name: str) -> bool:
        return super().counts(name) or name.endswith(TABLE)

    @cached_property
    def names(self) -> list[str]:
        rows = (name for name, (where, _) in self.listing.at.items() if isinstance(where, Table))
        return sorted({*super().names, *rows})

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        wanted: dict[Table, dict[int, str]] = {}
        for name in names:
            where, i = self.listing.at[name]
            if isinstance(where, Table):
                wanted.setdefault(where, {})[i] = name
            else:
                yield from super().read([name])
        for table, rows in wanted.items():
            yield from table.read(rows)


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
        for split, chosen in choices.items():
            try:
                parts[split] = self.cls(**options, **chosen)
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
    def listing(self) -> Listing[tuple[str, int]]:
        """By split and index."""
        found: Listing[tuple[str, int]] = Listing()
        for split, part in self._parts.items():
            known = (getattr(part, a, None) for a in ("targets", "labels", "_labels"))
            cells = next((cells for cells in known if cells is not None), None)
            classes = getattr(part, "classes", None)
            labels = [""] * len(part)
            if cells is not None and classes and getattr(cells, "ndim", 1) == 1:
                labels = labelled([int(cell) for cell in cells], list(classes))
            for i, label in enumerate(labels):
                if isinstance(label, Unknown):
                    found.skip(f"{split}/{i:07}.png", str(label))
                else:
                    found.add(f"{split}/{label}{i:07}.png", (split, i))
        return found

    @cached_property
    def names(self) -> list[str]:
        return sorted(self.listing.at)  # a class may be called as a hidden folder is

    def read(self, names: Iterable[str]) -> Iterator[tuple[str, Raw]]:
        for name in names:
            split, i = self.listing.at[name]
            try:
                yield name, self._parts[split][i][0]
            except (OSError, ValueError) as error:
                yield name, error


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
