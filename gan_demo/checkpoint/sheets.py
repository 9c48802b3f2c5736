"""The sheets of a checkpoint: pictures that its card shows."""

from pathlib import Path

from PIL.Image import Image

SHEETS = "*.png", "*.webp"
LOSSLESS = 1_000_000  # pixels of a sheet


def write_sheet(sheet: Image, path: Path) -> None:
    """As a PNG, whose pixels are those that were drawn; a sheet of more than a megapixel, which
    would be megabytes, as a WebP."""
    if sheet.width * sheet.height > LOSSLESS:
        sheet.save(path.with_suffix(".webp"), quality=90, method=6)
    else:
        sheet.save(path.with_suffix(".png"), optimize=True)


def sheets_in(folder: Path) -> list[Path]:
    """Those that lie in a folder, by name."""
    return sorted(path for kind in SHEETS for path in folder.glob(kind))
