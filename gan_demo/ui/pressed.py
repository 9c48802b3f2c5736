"""Photos as a session keeps them: the bytes of a file, a tenth of its pixels and less."""

import io
from dataclasses import dataclass

from PIL import Image as PILImage

EXACT = 512  # pixels of the longer side up to which not a pixel changes


@dataclass(frozen=True)
class Pressed:
    """
    Args:
        file: PNG, or for large photos JPEG.
        info: the texts that the photo carries.
    """

    file: bytes
    info: tuple[tuple[str, str], ...] = ()

    @property
    def picture(self) -> PILImage.Image:
        """Unpacked anew each time."""
        with PILImage.open(io.BytesIO(self.file)) as picture:
            picture.load()
        picture.info = dict(self.info)
        return picture


def pressed(photo: PILImage.Image, most: int) -> Pressed:
    """
    Args:
        most: pixels of the longer side.
    """
    info = tuple((k, v) for k, v in photo.info.items() if isinstance(k, str) and isinstance(v, str))
    if max(photo.size) > most:
        photo = photo.copy()
        photo.thumbnail((most, most))
    file = io.BytesIO()
    if max(photo.size) <= EXACT:
        photo.save(file, "PNG", compress_level=1)
    else:
        photo.save(file, "JPEG", quality=95, subsampling=0)
    return Pressed(file.getvalue(), info)
