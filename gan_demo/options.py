"""Options of a class: those that were given, and the others by their defaults.

A checkpoint records all of them. A default that changes later changes no older model.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

from gan_demo import validate
from gan_demo.spelling import near


def complete(given: dict[str, Any] | None, *of: type, **usual: Any) -> dict[str, Any]:
    """All options. The table that was given is filled in place, so that who gave it can record it.

    Args:
        of: the class, and others that it passes options on to.
        usual: defaults that are not the class's own.

    Raises:
        ValueError: an unknown option, with the nearest known name, or a value of the wrong kind.
    """
    known: dict[str, Any] = {}
    for cls in of:
        known = defaults(cls) | known
    given = {} if given is None else given
    kinds = {option: kind for cls in reversed(of) for option, kind in _kinds(cls).items()}
    for option, value in given.items():
        if option not in known:
            raise ValueError(f"{of[0].__name__} has no option {option!r}.{near(option, [*known])}")
        if not validate.fits(value, kinds[option]):
            raise ValueError(validate.told(f"{of[0].__name__}: {option}", value, kinds[option]))
    for option, value in (known | usual).items():
        given.setdefault(option, value)
    return given


def defaults(cls: type) -> dict[str, Any]:
    """Of the keywords that a class takes, as JSON would have them."""
    found: dict[str, Any] = {}
    for init in _constructors(cls):
        parameters = inspect.signature(init).parameters.values()
        own = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        found = {k: list(v) if isinstance(v, tuple) else v for k, v in own.items()} | found
    return found


def _kinds(cls: type) -> dict[str, Any]:
    """Of the arguments that a class takes, as they are annotated."""
    return {
        option: kind
        for init in reversed([*_constructors(cls)])
        for option, kind in get_type_hints(init).items()
    }


def _constructors(cls: type) -> Iterator[Callable[..., None]]:
    """That of a class; one that takes any other keyword, too, passes it on to the class it is
    derived from."""
    for part in cls.__mro__:
        if "__init__" in vars(part):
            init = vars(part)["__init__"]
            yield init
            if not any(
                p.kind is p.VAR_KEYWORD for p in inspect.signature(init).parameters.values()
            ):
                return
