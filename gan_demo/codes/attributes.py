"""Attributes: what labelled pictures have in common, as moves of their codes.

Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", 2015,
https://arxiv.org/abs/1512.09300, add the difference of two mean codes to a code. With the codes of
O-GAN (Su 2019, https://arxiv.org/abs/1903.01931) the sum is put back on their shell:

    d_c = mean { z : y = c } - mean { z : y = base }      z = N(E(x))
    z' = N(z + s d_c)                                     s = 1 carries one mean onto the other

The base is the class "neutral" where it has pictures enough, or else every picture of the other
classes.
They are kept beside the weights that read the codes, as numbers and words, without pickle.
"""

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

from gan_demo import files
from gan_demo.systems import Encodes
from gan_demo.types import Label, Latent

FILE, WEIGHTS = "attributes.safetensors", "model.safetensors"
NEUTRAL, REST = "neutral", "the rest"
WORDS = {"happiness": "smile"}  # where a folder is called after the cause and not after the look
LEAST = 100  # pictures that a mean is taken of
MOST = 8  # attributes
LARGEST = 10_000_000  # bytes of the file


@dataclass(frozen=True)
class Attributes:
    """
    Args:
        names: what each is called.
        classes: the label folder of each.
        base: what they were compared with, a label folder or REST.
        moves: one a row.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    base: str
    moves: Latent


def find(
    z: Latent,
    y: Label,
    classes: Sequence[str],
    least: int = LEAST,
    only: Sequence[str] | None = None,
) -> Attributes:
    """The moves of codes z, labelled y: those of the classes with most pictures first.

    Args:
        only: of these classes; None: of all.

    Raises:
        ValueError: too few pictures for any.
    """
    counts = torch.bincount(y, minlength=len(classes)).tolist()
    neutral = dict(zip(classes, counts, strict=True)).get(NEUTRAL, 0)
    base = NEUTRAL if neutral >= least else REST

    def without(c: int) -> Tensor:
        return y != c if base == REST else y == classes.index(base)

    order = sorted(range(len(classes)), key=lambda c: -counts[c])
    enough = [c for c in order if min(counts[c], int(without(c).sum())) >= least]
    known = classes if only is None else only
    wanted = [c for c in enough if classes[c] != base and classes[c] in known][:MOST]
    if not wanted:
        found = ", ".join(f"{n} of {name}" for name, n in zip(classes, counts, strict=True))
        raise ValueError(
            f"An attribute needs {least} pictures with it and {least} of {base}; found {found}. "
            "Add labelled pictures."
        )
    moves = [z[y == c].mean(0) - z[without(c)].mean(0) for c in wanted]
    named = tuple(classes[c] for c in wanted)
    return Attributes(tuple(WORDS.get(c, c) for c in named), named, base, torch.stack(moves))


def save(folder: Path, found: Attributes) -> None:
    """Beside the weights of `folder`, whose SHA-256 it remembers; all of it or nothing."""
    about = {k: getattr(found, k) for k in ("names", "classes", "base")}
    about["weights"] = _digest(folder)
    moves = found.moves.float().cpu().contiguous()
    part = folder / f".{FILE}.part"
    part.write_bytes(to_bytes({"moves": moves}, {"about": json.dumps(about)}))
    part.replace(folder / FILE)


def load(folder: Path, system: Encodes) -> Attributes:
    """
    Raises:
        ValueError: there are none, or they cannot be used, with a sentence on what to do.
    """
    path = folder / FILE
    if not path.is_file():
        raise ValueError(f"No attributes are known here. To learn some: {_command(folder)}")
    return _read(path, path.stat().st_mtime_ns, system.z_dim)


@functools.lru_cache(maxsize=32)
def _read(path: Path, stamp: int, z_dim: int) -> Attributes:
    again = f"Make them again: {_command(path.parent)}"
    try:
        raw = files.beside(path, LARGEST)
        length = int.from_bytes(raw[:8], "little")
        about = json.loads(json.loads(raw[8 : 8 + length])["__metadata__"]["about"])
        moves = from_bytes(raw)["moves"]
        names, classes = ([str(word)[:40] for word in about[k]] for k in ("names", "classes"))
        base, digest = str(about["base"])[:40], about["weights"]
        whole = moves.dim() == 2 and moves.isfinite().all() and moves.is_floating_point()
        if not whole or not len(names) == len(classes) == len(moves) <= MOST:
            raise ValueError
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{FILE} is damaged. {again}") from None
    if moves.shape[1] != z_dim or digest != _digest(path.parent):
        raise ValueError(f"{FILE} belongs to another model. {again}")
    return Attributes(tuple(names), tuple(classes), base, moves.float())


def _command(folder: Path) -> str:
    return f"python -m train.attributes checkpoints/{folder.name}"


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
