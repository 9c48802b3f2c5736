"""Errors that a person can do something about become a sentence in the page."""

import functools
import html
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from gan_demo.studio import NothingChosen

P = ParamSpec("P")  # apart: type checkers do not see a pair
R = TypeVar("R")


def plainly(fn: Callable[P, R]) -> Callable[P, R]:
    """fn, its ValueError or OSError shown as a message; anything else stays a bug."""

    @functools.wraps(fn)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return fn(*args, **kwargs)
        except (ValueError, OSError) as error:
            text, seen = html.escape(str(error)), not isinstance(error, NothingChosen)
            raise gr.Error(text, print_exception=False, visible=seen) from error

    return told
