"""How much of the memory that was given back the C library keeps; glibc only, elsewhere nothing.

glibc gives each thread an arena of its own and returns of each only what lies at its end, and a
block that was mapped apart once makes it keep larger blocks in the arenas ever after. Pictures
that come and go in a few dozen threads so leave a gigabyte of holes.
"""

import ctypes
import platform
import threading
import time

TRIM, MAP, ARENAS = -1, -3, -8  # parameters of mallopt(3)
PAUSE = 15  # seconds
LARGE = 8 * 2**20  # bytes of a block that is mapped apart; Pillow keeps pictures in blocks of 16 MB


def bound(arenas: int = 2) -> bool:
    """Few arenas, and large blocks outside them; before threads are started. Whether it works."""
    if not (libc := _glibc()):
        return False
    return all([libc.mallopt(ARENAS, arenas), libc.mallopt(MAP, LARGE), libc.mallopt(TRIM, LARGE)])


def trim() -> None:
    """Gives back what lies free in the arenas."""
    if libc := _glibc():
        libc.malloc_trim(0)


def trim_for_ever(pause: float = PAUSE) -> None:
    """Gives it back every now and then, from a thread of its own: what a visit leaves free between
    what it keeps is a hundred megabytes."""

    def work() -> None:
        while True:
            time.sleep(pause)
            trim()

    threading.Thread(target=work, daemon=True).start()


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
