"""Whether a disk is full."""

import errno
import shutil
from pathlib import Path

LITTLE = 2**20  # bytes that even a line of a log may not find


def is_full(error: BaseException) -> bool:
    """Whether it is said by a disk, or a quota, that is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_short(folder: Path) -> bool:
    """Whether next to nothing can be written there."""
    return shutil.disk_usage(folder).free < LITTLE
