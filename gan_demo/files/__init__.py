"""Files of strangers read with care, and folders replaced while others read them."""

from gan_demo.files.reading import beside, inside, opened, parsed, read, sendable
from gan_demo.files.replace import check_writable

__all__ = ["beside", "check_writable", "inside", "opened", "parsed", "read", "sendable"]
