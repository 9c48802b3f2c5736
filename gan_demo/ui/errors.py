"""Errors that a person can do something about become a sentence in the page."""

import contextlib
import functools
import html
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar, no_type_check

import gradio as gr

from gan_demo.files import room
from gan_demo.studio import NothingChosen

LETTERS = 80  # of a word
LONGEST = 600  # letters of a sentence
FOLDERS = re.compile(r"""(?<=')/[^']*/(?=[^'/])|(?<![\w:/.~-])(?:/[^\s/'"]+)+/(?=[^\s/'"])""")

P = ParamSpec("P")  # apart: type checkers do not see a pair
R = TypeVar("R")


def plainly(fn: Callable[P, R]) -> Callable[P, R]:
    """fn, its ValueError or OSError shown as a message; anything else stays a bug. A generator
    stays one."""

    @functools.wraps(fn)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        with telling():
            return fn(*args, **kwargs)

    @no_type_check  # a checker's wrapper would hide from Gradio that it is a generator
    @functools.wraps(fn)
    def streamed(*args: P.args, **kwargs: P.kwargs) -> Any:
        with telling():
            yield from fn(*args, **kwargs)

    return streamed if inspect.isgeneratorfunction(inspect.unwrap(fn)) else told


@contextlib.contextmanager
def telling(written: Callable[[str], str] = html.escape) -> Iterator[None]:
    """
    Args:
        written: how the sentence is sent; the page reads it as HTML, programs as it is.
    """
    try:
        yield
    except (ValueError, OSError, OverflowError) as error:
        text, seen = written(sentence(error)), not isinstance(error, NothingChosen)
        raise gr.Error(text, print_exception=False, visible=seen) from error


def sentence(error: Exception) -> str:
    """What a person is told: no path of the machine, no long text of somebody's, no letter that
    cannot be sent."""
    if isinstance(error, OverflowError):
        return "A number is too large. Choose a smaller one."
    said = str(error)
    if room.is_full(error):
        said = "There is no room on the disk: make some, and try again."
    elif isinstance(error, OSError):
        said = f"A file cannot be read: {error.strerror or type(error).__name__}."
    said = nameless(said.encode("utf-8", "replace").decode())
    words = [w if len(w) <= LETTERS else f"{w[:LETTERS]}…" for w in said.split(" ")]
    return " ".join(words)[:LONGEST]


def nameless(said: str) -> str:
    """Without the folders of the machine: of a path its last name."""
    return FOLDERS.sub("", said[: 10 * LONGEST])
