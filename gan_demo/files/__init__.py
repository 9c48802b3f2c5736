"""Files of strangers read with care, and folders replaced while others read them."""

from gan_demo.files.reading import beside, inside, parsed, read

__all__ = ["beside", "inside", "parsed", "read"]
