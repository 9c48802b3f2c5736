"""Values against annotations: whether one fits, and what is wanted, in words."""

import datetime
import math
import types
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from gan_demo.types import Schedule

SHOWN = 80  # letters of a value that a sentence repeats
WORDS = {
    Schedule: "a number, or two: [first, last]",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: 'text, in quotes: "..."',
    type(None): "nothing",
    Any: "anything",
}


class Between(NamedTuple):
    """The range of a number, or of all in a list: `Annotated[int, Between(1, 64)]`."""

    low: float
    high: float = math.inf


def fits(value: Any, kind: Any) -> bool:
    """A whole number is a number, true is not; a list may stand for any sequence."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin is Annotated:
        numbers = value if isinstance(value, list | tuple) else [value]
        return fits(value, args[0]) and all(args[1].low <= n <= args[1].high for n in numbers)
    if origin is Literal:
        return isinstance(value, str) and value in args
    if kind == Schedule:
        return fits(value, float) or fits(value, tuple[float, float])
    if origin in (Union, types.UnionType):
        return any(fits(value, arm) for arm in args)
    if origin is dict:
        return isinstance(value, dict) and all(fits(v, args[1]) for v in value.values())
    if origin is tuple and ... not in args:
        good = isinstance(value, list | tuple) and len(value) == len(args)
        return good and all(map(fits, value, args))
    if origin in (list, tuple, Sequence):
        return isinstance(value, list | tuple) and all(fits(v, args[0]) for v in value)
    if kind is float:
        return fits(value, int) or (isinstance(value, float) and math.isfinite(value))
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def told(key: str, value: Any, kind: Any) -> str:
    """The sentence for a value that does not fit."""
    shown = str(value) if isinstance(value, datetime.date | datetime.time) else repr(value)
    return f"{key} = {shown[:SHOWN]}: wanted is {words(kind)}."


def words(kind: Any) -> str:
    if kind == Schedule:
        return WORDS[kind]
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        low, high = args[1]
        within = f"from {low} to {high}" if math.isfinite(high) else f"of at least {low}"
        return f"{words(args[0])} {within}"
    if origin is Literal:
        return " or ".join(args)
    if origin in (Union, types.UnionType):
        arms = [words(arm) for arm in args if arm is not type(None)]
        number = words(float) in arms  # a whole one is one
        return " or ".join(arm for arm in arms if not (number and arm == words(int)))
    if kind is dict or origin is dict:
        return "a table"
    if origin is tuple and ... not in args:
        return f"a list of {len(args)}: [{', '.join(words(arm) for arm in args)}]"
    if origin in (list, tuple, Sequence):
        return f"a list, each part {words(args[0])}"
    return WORDS.get(kind, "a table")
