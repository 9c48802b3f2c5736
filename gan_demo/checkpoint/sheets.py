"""The sheets of a checkpoint: pictures that its card shows."""

from pathlib import Path

from PIL.Image import Image

SHEETS = "*.png", "*.webp"
LOSSLESS = 500_000  # pixels of a sheet


def write_sheet(sheet: Image, path: Path) -> None:
    """As a PNG, whose pixels are those that were drawn; a sheet of more than half a megapixel,
    which would be megabytes, as a WebP. An earlier sheet of that name is replaced at once."""
    large = sheet.width * sheet.height > LOSSLESS
    written, other = (
        path.with_suffix(s) for s in ((".webp", ".png") if large else (".png", ".webp"))
    )
    part = path.with_name(f".{path.stem}{written.suffix}.part")
    options = {"quality": 90, "method": 6} if large else {"optimize": True}
    sheet.save(part, written.suffix[1:], **options)
    part.replace(written)
    other.unlink(missing_ok=True)


def sheets_in(folder: Path) -> list[Path]:
    """Those that lie in a folder, by name."""
    return sorted(path for kind in SHEETS for path in folder.glob(kind))
