"""Training and evaluation from the command line: `python -m train`, `python -m train.evaluate`."""

import io
import sys

for _stream in (sys.stdout, sys.stderr):  # whose alphabet may lack σ: no output may raise for that
    if isinstance(_stream, io.TextIOWrapper):
        _stream.reconfigure(errors="backslashreplace")
