"""Where a checkpoint lies: the files of its folder, its name, and how it is found, here or on the
Hub."""

import contextlib
import os
from functools import partial
from pathlib import Path

import huggingface_hub

from gan_demo.checkpoint.sheets import SHEETS
from gan_demo.codes import attributes
from gan_demo.files import checkpoints

WEIGHTS, CONFIG, METRICS, CARD = "model.safetensors", "config.json", "metrics.json", "README.md"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used, with a sentence that says why and what to do."""


def find(*sources: str | Path) -> list[str]:
    """What `load` can be tried on: folders with a config.json at or directly below each source,
    by name; Hub names as they are.

    Raises:
        CheckpointError: a folder that does not exist.
    """
    found = []
    for source in map(str, sources):
        root = checkpoints.locate(source)
        if source.startswith("hub:"):
            found.append(source)
        elif not root.is_dir():
            raise CheckpointError(f"There is no folder {source!r}. Check the path.")
        elif offers(root):
            found.append(str(root))
        else:  # hidden ones are being written
            below = sorted(folder for folder in root.iterdir() if folder.name[0] != ".")
            found += [str(folder) for folder in below if offers(folder)]
    return found


def offers(folder: Path) -> bool:
    """Whether there is something to load, or a locked door that `load` will name."""
    try:
        (folder / CONFIG).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        pass
    return True


def name(folder: Path) -> str:
    """What a checkpoint is called: its folder, or its repository on the Hub; printable."""
    # .../models--owner--name/snapshots/commit
    cached = folder.parent.name == "snapshots"
    said = folder.parent.parent.name.split("--")[-1] if cached else folder.resolve().name
    said = os.fsencode(said).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "�" for letter in said)


def located(source: str) -> Path:
    """The folder of a source, see `store.load`; that of the Hub is fetched, unless it is cached.

    Raises:
        CheckpointError: it is nowhere to be had.
    """
    if not source.startswith("hub:"):
        return checkpoints.locate(source)
    repo = source.removeprefix("hub:")
    wanted = [WEIGHTS, CONFIG, METRICS, CARD, attributes.FILE, *SHEETS]
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
            f"{source} is not in the local cache and could not be fetched: {sentence(error)} "
            "Check the name and the connection."
        ) from error


def sentence(error: BaseException) -> str:
    """The first line of a message, ending in a full stop."""
    return reason(error).rstrip(".") + "."


def unread(file: str, error: OSError) -> str:
    """The sentence about a file that is there."""
    return f"{file} cannot be read: {sentence(error)} Make it readable, or copy it again."


def reason(error: BaseException) -> str:
    """The first line of a message, without the path that one of the system's would tell."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said.strip().partition("\n")[0][:300] or type(error).__name__
