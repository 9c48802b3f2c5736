"""What a page sends, judged by the parts of it that it stands for, before a handler sees it: an old
page, or somebody's program that plays one, gets a sentence."""

from collections.abc import Sequence
from typing import Annotated, Any

import gradio as gr

from gan_demo import validate
from gan_demo.validate import Between

STRICT = (gr.Dropdown, gr.Radio)  # parts made of these judge by themselves
STALE = "This is not what the page should send: reload it and try again."


def values(parts: Sequence[Any], sent: Sequence[Any], session: Any) -> list[Any]:
    """What was sent for each part.

    Args:
        session: has the parts as this page sees them now; None for as they were built.

    Raises:
        ValueError: too few, or none of its part.
    """
    if len(sent) != len(parts):
        raise ValueError(STALE)
    now = [session[p._id] if session and p._id in session else p for p in parts]
    return [s if p.stateful else value(n, s) for p, n, s in zip(parts, now, sent, strict=True)]


def value(part: gr.Component, sent: Any) -> Any:
    """The value, as far as it can be told without the part's own reading of it.

    Raises:
        ValueError: none of this part.
    """
    label = getattr(part, "label", None) or "This"
    own = part.value if isinstance(part, gr.HTML) and isinstance(part.value, dict) else {}
    if own:
        return _known(sent, isinstance(sent, dict) and own.keys() <= sent.keys())
    if isinstance(part, gr.Textbox | gr.HTML):
        return "" if sent is None else _known(sent, isinstance(sent, str))
    if isinstance(part, gr.Slider):
        low, high = part.minimum, part.maximum
        within = Between(low, high) if type(part) is gr.Slider else Between(-(10**9), 10**9)
        if not validate.fits(sent, float) or not within.low <= sent <= within.high:
            raise ValueError(f"{label}: choose a number from {low:g} to {high:g}.")
    elif isinstance(part, gr.Dropdown | gr.Radio) and type(part) in STRICT:
        if sent not in (None, *(known for _, known in part.choices)):
            said = repr(sent)[: validate.SHOWN]
            raise ValueError(f"{label}: {said} is not in the list of choices. Reload the page.")
    elif isinstance(part, gr.Checkbox):
        _known(sent, isinstance(sent, bool | None))
    return sent


def clicked(event: gr.EventData | None, number: int = 2**31) -> int:
    """Which of so many things in a row was clicked.

    Raises:
        ValueError: none of them.
    """
    sent = _of(event, "index")
    return _known(sent, validate.fits(sent, Annotated[int, Between(0, number - 1)]))


def text(event: gr.EventData | None, key: str) -> str:
    """What an event says.

    Raises:
        ValueError: it does not.
    """
    return _known(sent := _of(event, key), isinstance(sent, str))


def _of(event: gr.EventData | None, key: str) -> Any:
    told = getattr(event, "_data", None)
    return told.get(key) if isinstance(told, dict) else None


def _known(sent: Any, good: bool) -> Any:
    if not good:
        raise ValueError(STALE)
    return sent
