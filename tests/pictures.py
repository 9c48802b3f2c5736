"""Tiny picture files for the tests."""

import io
from pathlib import Path

from PIL import Image


def encoded(colour=(200, 100, 50), size=(40, 30), suffix="png", mode="RGB", **options) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, suffix.upper().replace("JPG", "JPEG"), **options)
    return file.getvalue()


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, raw in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(raw)
    return root


def flat(n: int) -> dict[str, bytes]:
    """Pictures that can be told apart by their grey: picture i has level 2 i."""
    return {f"{i:03}.png": encoded((2 * i,) * 3) for i in range(n)}
