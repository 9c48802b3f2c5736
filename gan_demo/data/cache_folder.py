"""The folder of decoded pictures, before decoding takes its time."""

import tempfile
from pathlib import Path

from gan_demo.data.sources import DataError
from gan_demo.files import replace


def ready(folder: Path) -> None:
    """Make it and sweep it.

    Raises:
        DataError: it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in replace.left(folder, r"pictures-\w+\.", r"\.part"):
            part.unlink(missing_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written to ({error.strerror}): decoded pictures are kept there. "
            "Name another folder in the environment variable GAN_DEMO_CACHE."
        ) from None
