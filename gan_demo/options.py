"""Options of a class: those that were given, and the others by their defaults.

A checkpoint records all of them. A default that changes later changes no older model.
"""

import inspect
from typing import Any

from gan_demo.spelling import near


def complete(given: dict[str, Any] | None, *of: type, **usual: Any) -> dict[str, Any]:
    """All options. The table that was given is filled in place, so that who gave it can record it.

    Args:
        of: the class, and others that it passes options on to.
        usual: defaults that are not the class's own.

    Raises:
        ValueError: an unknown option, with the nearest known name.
    """
    known: dict[str, Any] = {}
    for cls in of:
        known = defaults(cls) | known
    given = {} if given is None else given
    for option in given:
        if option not in known:
            raise ValueError(f"{of[0].__name__} has no option {option!r}.{near(option, [*known])}")
    for option, value in (known | usual).items():
        given.setdefault(option, value)
    return given


def defaults(cls: type) -> dict[str, Any]:
    """Of the keywords that a class takes, as JSON would have them; a class that takes any other
    keyword, too, passes it on to the class it is derived from."""
    found: dict[str, Any] = {}
    for part in cls.__mro__:
        if "__init__" not in vars(part):
            continue
        parameters = inspect.signature(vars(part)["__init__"]).parameters.values()
        own = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        found = {k: list(v) if isinstance(v, tuple) else v for k, v in own.items()} | found
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found
