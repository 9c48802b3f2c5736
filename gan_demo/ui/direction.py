"""Which of two domains to draw. The choices are the chosen model's."""

import functools
from typing import Any

import gradio as gr

from gan_demo.systems import Translates


class Direction(gr.Radio):
    """gr.Radio whose value is judged when it is used: a link or the history may bring one before
    the choices of its model are there."""

    is_template = True  # keep the front end of gr.Radio

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)

    def preprocess(self, payload: str | int | float | None) -> str | None:
        return payload if isinstance(payload, str) else None


# Gradio tells the page the options that it reads in this signature.
functools.update_wrapper(Direction.__init__, gr.Radio.__init__)


def choices(system: Translates) -> list[tuple[str, str]]:
    """What can be drawn, and from what: the second domain first."""
    return [(f"{system.other(to)} → {to}", to) for to in reversed(system.targets)]
