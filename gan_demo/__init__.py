"""GANs that encode and translate: models, losses, data and checkpoints, free of any UI.

m = gan_demo.load("checkpoints/ogan-portraits")
z = m.encode(gan_demo.open_photo("me.jpg"))
gan_demo.save(m.decode(z), "again.png")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gan_demo.library import Model, load, open_photo, save

__all__ = ["Model", "load", "open_photo", "save"]
__version__ = "0.4.0.dev0"


def __getattr__(name: str) -> Any:
    """The library, imported when it is first used: PyTorch takes seconds."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gan_demo import library

    return getattr(library, name)
