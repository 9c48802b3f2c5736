"""Pictures: to and from tensors, faces in them, tiles, animations, pyramids and line drawings."""

from gan_demo.images.convert import (
    arrays,
    fitted,
    from_pil,
    from_pixels,
    grid,
    l1,
    png,
    resized,
    square,
    to_arrays,
    to_pil,
    to_pixels,
)

__all__ = [
    "arrays",
    "fitted",
    "from_pil",
    "from_pixels",
    "grid",
    "l1",
    "png",
    "resized",
    "square",
    "to_arrays",
    "to_pil",
    "to_pixels",
]
