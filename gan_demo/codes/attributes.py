"""Attributes: what labelled pictures have in common, as moves of their codes.

Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", 2015,
https://arxiv.org/abs/1512.09300, add the difference of two mean codes to a code. With the codes of
O-GAN (Su 2019, https://arxiv.org/abs/1903.01931) the sum is put back on their shell:

    d_c = mean { z : y = c } - mean { z : y = base }      z = N(E(x))
    z' = N(z + s d_c)                                     s = 1 carries one mean onto the other

The base is the class "neutral" where it has pictures enough, or else every picture of the other
classes; of two classes the second is the first one's opposite, and one move is enough.

Where pictures are labelled in several ways, say by expression and by gender, one move carries the
other as far as the labels go together. So each is made orthogonal to those of the other ways (Shen
et al., "Interpreting the latent space of GANs for semantic face editing", 2020,
https://arxiv.org/abs/1907.10786, section 3.2), and as long as it takes to go as far along its own:

    r_c = d_c - P d_c        P projects onto the others' moves
    d_c <- r_c |d_c|^2 / |r_c|^2        so that <new d_c, d_c> = |d_c|^2 and <new d_c, d_k> = 0

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
WORDS = {"happiness": "smile", "female": "woman", "male": "man"}  # what a slider is called
LEAST = 100  # pictures that a mean is taken of
MOST = 8  # attributes
OWN = 0.25  # of |d_c|^2 must be left of a move without the others
LARGEST = 10_000_000  # bytes of the file


@dataclass(frozen=True)
class Attributes:
    """
    Args:
        names: what each is called.
        classes: the label folder of each.
        bases: what each was compared with, a label folder or REST.
        moves: one a row.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    bases: tuple[str, ...]
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
    most = 1 if base == REST and len(classes) == 2 else MOST
    wanted = [c for c in enough if classes[c] != base and classes[c] in known][:most]
    if not wanted:
        found = ", ".join(f"{n} of {name}" for name, n in zip(classes, counts, strict=True))
        raise ValueError(
            f"An attribute needs {least} pictures with it and {least} of {base}; found {found}. "
            "Add labelled pictures."
        )
    moves = [z[y == c].mean(0) - z[without(c)].mean(0) for c in wanted]
    named = tuple(classes[c] for c in wanted)
    bases = (base,) * len(wanted)
    return Attributes(tuple(WORDS.get(c, c) for c in named), named, bases, torch.stack(moves))


def joined(parts: Sequence[Attributes]) -> Attributes:
    """Those of several ways of labelling as one, each free of the other ways' moves.

    Raises:
        ValueError: a move that is nearly a sum of the others'.
    """
    moves = []
    for i, part in enumerate(parts):
        others = [other.moves for k, other in enumerate(parts) if k != i]
        axes = torch.linalg.qr(torch.cat(others).T).Q if others else part.moves.T[:, :0]
        left = part.moves - part.moves @ axes @ axes.T
        share = left.square().sum(1, keepdim=True) / part.moves.square().sum(1, keepdim=True)
        if share[c := int(share.argmin())] < OWN:
            raise ValueError(
                f"{part.names[c]} can hardly be told from what the other labels mean here: leave "
                "one of them out."
            )
        moves.append(left / share)
    names, classes, bases = (
        tuple(word for part in parts for word in getattr(part, field))[:MOST]
        for field in ("names", "classes", "bases")
    )
    return Attributes(names, classes, bases, torch.cat(moves)[:MOST])


def save(folder: Path, found: Attributes) -> None:
    """Beside the weights of `folder`, whose SHA-256 it remembers; all of it or nothing."""
    about = {k: getattr(found, k) for k in ("names", "classes", "bases")}
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
        names, classes, bases = (
            tuple(str(word)[:40] for word in about[k]) for k in ("names", "classes", "bases")
        )
        digest = about["weights"]
        whole = moves.dim() == 2 and moves.isfinite().all() and moves.is_floating_point()
        if not whole or not len(names) == len(classes) == len(bases) == len(moves) <= MOST:
            raise ValueError
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{FILE} is damaged. {again}") from None
    if moves.shape[1] != z_dim or digest != _digest(path.parent):
        raise ValueError(f"{FILE} belongs to another model. {again}")
    return Attributes(names, classes, bases, moves.float())


def _command(folder: Path) -> str:
    return f"python -m train.attributes checkpoints/{folder.name}"


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
