"""The registry is the folder: `gan_demo/systems/<name>.py` holds the system called <name>."""

import importlib
import inspect
import pkgutil
from typing import get_args, get_type_hints

from gan_demo.options import complete
from gan_demo.spelling import near
from gan_demo.systems.base import (
    Classifies,
    Conditions,
    Couples,
    Encodes,
    Grows,
    Perceives,
    Player,
    Reads,
    Samples,
    System,
    Translates,
)

__all__ = [
    "Classifies",
    "Conditions",
    "Couples",
    "Encodes",
    "Grows",
    "Perceives",
    "Player",
    "Reads",
    "Samples",
    "System",
    "Translates",
    "find",
    "make",
    "names",
]


def names() -> list[str]:
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name != "base")


def find(name: str) -> type[System]:
    """The class of the system `name`.

    Raises:
        ValueError: an unknown system, with the nearest known name.
    """
    if name not in names():
        raise ValueError(f"Unknown system {name!r}.{near(name, names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    return next(
        c
        for _, c in inspect.getmembers(module, inspect.isclass)
        if issubclass(c, System) and c.__module__ == module.__name__
    )


def make(name: str, **options) -> System:
    """Build the system `name` and remember all its options, with those of its networks and of its
    loss, in `system.config`, so that it can be built again when their defaults are others.

    Raises:
        ValueError: an unknown system or option, with the nearest known name, or a value of the
            wrong kind.
    """
    cls = find(name)
    known = get_type_hints(cls.__init__)
    whole = complete(options, cls)
    for option, value in whole.items():
        if isinstance(value, dict) or (value is None and dict in get_args(known[option])):
            whole[option] = dict(value or {})  # which the system completes
    system = cls(**whole)
    system.config = {"system": name, "model": whole}
    return system
