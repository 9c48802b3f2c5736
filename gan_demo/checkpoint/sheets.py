"""The sheets of a checkpoint: pictures that its card shows."""

import io
from pathlib import Path

from PIL.Image import Image

SHEETS = "*.png", "*.webp"
HEAVIEST = 200_000  # bytes of a PNG


def write_sheet(sheet: Image, path: Path) -> None:
    """As a PNG, whose pixels are those that were drawn; as a WebP where that would be heavy. An
    earlier sheet of that name is replaced at once."""
    data, kind, other = _encoded(sheet, "png", optimize=True), ".png", ".webp"
    if len(data) > HEAVIEST:
        data, kind, other = _encoded(sheet, "webp", quality=80, method=6), ".webp", ".png"
    part = path.with_name(f".{path.stem}{kind}.part")
    part.write_bytes(data)
    part.replace(path.with_suffix(kind))
    path.with_suffix(other).unlink(missing_ok=True)


def sheets_in(folder: Path) -> list[Path]:
    """Those that lie in a folder, by name."""
    return sorted(path for kind in SHEETS for path in folder.glob(kind))


def sheet_in(folder: Path, title: str) -> Path:
    """Where the sheet of that title lies, or would lie."""
    lies = (path for path in sheets_in(folder) if path.stem == title)
    return next(lies, folder / f"{title}.png")


def _encoded(sheet: Image, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    sheet.save(file, kind, **options)
    return file.getvalue()
