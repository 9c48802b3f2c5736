"""Signals that ask a run to save and end."""

import contextlib
import os
import signal
import stat
from pathlib import Path
from typing import Any


class Unread:
    """An output whose reader may go away, as of a pipe or a window, or that was closed from the
    start: it is then silent, and what trains goes on."""

    def __init__(self, stream: Any):
        self.stream = stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115, for good

    def write(self, text: str) -> int:
        with contextlib.suppress(BrokenPipeError):
            return self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Stop:
    """`asked` becomes true with Ctrl-C, with SIGTERM, and when the terminal closes."""

    def __init__(self):
        self.asked = False

    def listen(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # not every system has all
            nohup = name == "SIGHUP" and number and signal.getsignal(number) == signal.SIG_IGN
            if number and not nohup:
                signal.signal(number, self._ask)

    def _ask(self, number: int, _) -> None:
        self.asked = True
        if signal.Signals(number).name == "SIGHUP":  # nobody reads any more: no output may raise
            nobody = os.open(os.devnull, os.O_WRONLY)
            for out in (1, 2):
                if not stat.S_ISREG(os.fstat(out).st_mode):
                    os.dup2(nobody, out)
