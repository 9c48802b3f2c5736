"""Faults of our own in the log, a line each: whoever sends nonsense must not fill it."""

import logging
import traceback
from pathlib import Path

LETTERS, PLACES = 200, 8  # of what it says, and where it went through, the last ones


def log(what: str, error: BaseException) -> None:
    """
    Args:
        what: a sentence.
    """
    lines = traceback.walk_tb(error.__traceback__)
    places = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in lines]
    way = " > ".join(places[-PLACES:])
    logging.getLogger(__package__).error("%s %s, %s", what, repr(error)[:LETTERS], way)
