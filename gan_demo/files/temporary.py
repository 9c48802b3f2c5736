"""A folder for as long as this process lives."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from gan_demo.files import replace

PREFIX = "gan-demo-"


def folder() -> str:
    """A new one, removed at the end; those of processes that were killed are removed now."""
    for dead in replace.left(Path(tempfile.gettempdir()), PREFIX, r"-\w+"):
        shutil.rmtree(dead, ignore_errors=True)  # or it is another user's
    made = tempfile.mkdtemp(prefix=prefix())
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def prefix() -> str:
    """Of a temporary folder's name, by which it is removed when this process was killed."""
    return f"{PREFIX}{os.getpid()}-"
