"""A checkpoint of a stranger: what it must be like before anything is allocated for it.

The header of the weights names every tensor, its type and its shape. The system that config.json
asks for is built on PyTorch's meta device, which has shapes and no memory, under a budget of
operations and sizes. Only if the two agree is anything read or allocated.
"""

import json
import os
import unicodedata
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from torch import Tensor
from torch.utils._device import DeviceContext

from gan_demo import files, latent
from gan_demo.systems import (
    Classifies,
    Conditions,
    Couples,
    Encodes,
    Reads,
    Samples,
    System,
    Translates,
)
from gan_demo.types import Image

HEAVIEST = 512_000_000  # bytes of weights
HEADER = 2_000_000  # bytes; that of 20,000 tensors
OPERATIONS = 50_000  # to build a system; those shipped take at most 2,000
LARGEST = 250_000_000  # numbers in a system, scaffold included: 1 GB
SIDE, CODE, WORDS = 1024, 8192, 20_000  # pixels, numbers of a code, names in a list
LETTERS = 200  # of a name
POINTER = b"version https://git-lfs"
DRAWS = ("normal_", "uniform_", "random_")
DAMAGED = "is truncated or damaged: copy it again."
FLOATS = ("F16", "BF16", "F32", "F64")


class Budget(DeviceContext):
    """The meta device, on which what is built is counted: what would never end or fit is stopped.
    Nothing is drawn for weights that have no memory, which would import PyTorch's compiler."""

    def __init__(self):
        super().__init__(torch.device("meta"))
        self.operations = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operations += 1
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if getattr(func, "__module__", "") == "torch.nn.init" or name in DRAWS:
            return args[0] if args else kwargs["tensor"]
        if name == "norm_except_dim":  # of weight normalisation; its shape is known, too
            v, _, dim = args
            return v.new_empty([n if i == dim else 1 for i, n in enumerate(v.shape)])
        made = super().__torch_function__(func, types, args, kwargs)
        numbers = made.numel() if isinstance(made, Tensor) else 0
        if self.operations > OPERATIONS or numbers > LARGEST:
            raise ValueError("it asks for more than fits into memory.")
        return made


class Unbuildable(ValueError):
    """A config.json that asks for no system that could be shown, and why."""


def load(
    path: Path,
    make: Callable[[Collection[str]], System],
    kept: Callable[[System], Mapping[str, Tensor]],
) -> System:
    """The system that `make` builds, its weights from a safetensors file.

    Args:
        make: is told the names of the weights in the file.
        kept: those weights of a system that a file holds.

    Raises:
        Unbuildable: the system.
        OSError, ValueError: the file, in words that follow its name.
    """
    with files.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > HEAVIEST:
            raise ValueError(f"is larger than {HEAVIEST / 1e6:.0f} MB: it is no checkpoint.")
        head = file.read(min(size, 8 + HEADER))
        about = header(head, size)
        try:
            wanted = kept(planned(partial(make, about)))
        except Exception as error:  # foreign options: a constructor may stumble over anything
            raise Unbuildable(error) from error
        if problem := disagreement(wanted, about):
            raise ValueError(f"{problem}. It belongs to another config.json: copy both again.")
        weights = tensors(head + file.read(size - len(head)))
    system = make(about)
    system.load_state_dict(weights, strict=False)  # into the system's own float32
    trial(system.eval())
    return system


def header(raw: bytes, size: int) -> dict[str, Any]:
    """What a safetensors file says of each of its tensors.

    Args:
        raw: its beginning.
        size: bytes of the whole, which the tensors must fill.

    Raises:
        ValueError: a sentence on what is wrong with it.
    """
    if raw.startswith(POINTER):
        raise ValueError("is a pointer of Git LFS and not the weights: run `git lfs pull` there.")
    length = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or length > size - 8:
        raise ValueError(DAMAGED)
    if length > HEADER:
        raise ValueError(f"has a header of more than {HEADER:,} bytes: it is no checkpoint.")
    try:
        told = json.loads(raw[8 : 8 + length])
        told.pop("__metadata__", None)
        for about in told.values():
            if not isinstance(about["dtype"], str) or not all(n >= 0 for n in about["shape"]):
                raise ValueError
        if (
            8 + length + max((about["data_offsets"][1] for about in told.values()), default=0)
            != size
        ):
            raise ValueError
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise ValueError(DAMAGED) from None
    return told


def tensors(raw: bytes) -> dict[str, Tensor]:
    """The contents of a safetensors file, copied out of its bytes, every float finite.

    Raises:
        ValueError: a sentence on what is wrong with it.
    """
    try:
        loaded = from_bytes(raw)
    except (SafetensorError, KeyError, ValueError, RuntimeError, OverflowError):
        raise ValueError(DAMAGED) from None
    for name, tensor in loaded.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"holds NaN or infinity in {name[:80]!r}: save it again.")
    return loaded


def planned(make: Callable[[], System]) -> System:
    """The system that `make` builds, on the meta device.

    Raises:
        ValueError: it is too large, or is not one that can be shown.
    """
    with Budget():
        system = make()
    numbers = sum(t.numel() for t in (*system.parameters(), *system.buffers()))
    if numbers > LARGEST:
        raise ValueError(f"it has {numbers:,} weights, more than {LARGEST:,}.")
    if any(weight.numel() == 0 for weight in system.parameters()):
        raise ValueError("it has layers without weights: a width of 0, for instance.")
    if complaint := _complaint(system):
        raise ValueError(complaint)
    return system


def disagreement(wanted: Mapping[str, Tensor], header: Mapping[str, Any]) -> str:
    """How the weights in a file differ from those a system needs; "" if they do not."""
    if missing := wanted.keys() - header.keys():
        return f"lacks {len(missing)} weights, for instance {min(missing)!r}"
    if surplus := header.keys() - wanted.keys():
        return f"holds {len(surplus)} weights too many, for instance {min(surplus)[:80]!r}"
    for name in sorted(wanted):
        shape, kind = tuple(header[name]["shape"]), header[name]["dtype"]
        if shape != tuple(wanted[name].shape):
            return f"holds {name!r} with shape {shape} where {tuple(wanted[name].shape)} is needed"
        if (kind in FLOATS) != wanted[name].is_floating_point() or kind.startswith("C"):
            return f"holds {name!r} as {kind[:8]}, which is another kind of number"
    return ""


@torch.inference_mode()
def trial(system: System) -> None:
    """Draws one picture each way, and reads one.

    Raises:
        Unbuildable: it cannot.
        ValueError: it comes out in another size, or not as numbers.
    """
    x = torch.zeros(1, system.channels, system.size, system.size, device=system.device)
    try:
        drawn, read = _drawn(system, x), _read(system, x)
    except Exception as error:  # options that only seemed to fit together
        raise Unbuildable(error) from error
    for picture in drawn:
        if picture.shape != x.shape:
            raise ValueError(f"draws pictures of shape {tuple(picture.shape)[1:]}: train it again.")
        if not picture.isfinite().all():
            raise ValueError("draws NaN or infinity: train it again.")
    if not all(numbers.isfinite().all() for numbers in read):
        raise ValueError("reads a picture as NaN or infinity: train it again.")


def _drawn(system: System, x: Image) -> list[Image]:
    if isinstance(system, Translates):
        return [system.translate(x, to) for to in system.targets]
    if isinstance(system, Couples):
        return list(system.pair(system.prior(1, seed=0)))
    return [system.decode(system.prior(1, seed=0))] if isinstance(system, Samples) else []


def _read(system: System, x: Image) -> list[Tensor]:
    codes = [system.encode(x)] if isinstance(system, Encodes) else []
    return codes + ([system.classify(x)] if isinstance(system, Classifies) else [])


def _complaint(system: System) -> str:
    """What of a system the app could not show."""
    if not _whole(system.size, 8, SIDE):
        return f"size must be a whole number from 8 to {SIDE}."
    if system.channels not in (1, 3) or isinstance(system.channels, bool | float):
        return "channels must be 1 or 3."
    if isinstance(system, Samples):
        if not _whole(system.z_dim, 1, CODE):
            return f"z_dim must be a whole number from 1 to {CODE}."
        if system.distribution not in {*latent.PRIORS, type(system).distribution}:
            known = ", ".join(latent.PRIORS)
            return f"the prior {str(system.distribution)[:40]!r} is unknown: {known}."
    if isinstance(system, Translates | Couples) and not _names(system.domains, 2, 2):
        return "domains must be two different names that can be seen."
    if isinstance(system, Conditions | Classifies) and not _names(system.classes, 1, WORDS):
        return "classes must be different names that can be seen."
    if isinstance(system, Reads):
        said = (system.vocabulary, system.phrases)
        if not all(_names(names, 1, WORDS) for names in said):
            return "vocabulary and phrases must be different words and phrases."
    return ""


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _names(given: object, least: int, most: int) -> bool:
    """Whether they are so many different texts of one line with something to see in each."""
    if not isinstance(given, list | tuple) or not least <= len(given) <= most:
        return False
    fine = all(isinstance(n, str) and _seen(n) and len(n) <= LETTERS for n in given)
    return fine and len(set(given)) == len(given)


def _seen(name: str) -> bool:
    """Joiners within words and emoji are no letters to see, but do no harm."""
    control = any(unicodedata.category(letter) == "Cc" for letter in name)
    return not control and any(letter.isprintable() for letter in name.strip())


def plain(options: object) -> None:
    """Settings from JSON that a constructor can be given.

    Raises:
        Unbuildable: a number that is not finite or absurd.
    """
    waiting = [options]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, int | float) and not abs(value) < 1e9:  # nor NaN
            raise Unbuildable("a setting is a number that makes no sense.")
