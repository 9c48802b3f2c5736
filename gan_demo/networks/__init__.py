"""Networks by family. A family is a module with two classes:

    Generator(z_dim, size, channels, **options)    (b, z_dim) -> (b, channels, size, size)
    Encoder(out, size, channels, **options)        (b, channels, size, size) -> (b, out)

`out=1` makes a discriminator, `out=z_dim` an encoder. All of them return float32.
"""

import importlib
from types import ModuleType

from torch import Tensor, nn

from gan_demo.types import Image

FAMILIES = ("mlp", "dcgan", "grown", "resnet", "modern")


def family(name: str) -> ModuleType:
    """The module `gan_demo.networks.<name>`.

    Raises:
        ValueError: no such family.
    """
    if name not in FAMILIES:
        raise ValueError(f"Unknown network family {name!r}. Known: {', '.join(FAMILIES)}.")
    return importlib.import_module(f"{__name__}.{name}")


def maps(net: nn.Module, x: Image) -> list[Tensor]:
    """What each layer of an Encoder sees in x, where its family tells; otherwise nothing."""
    seen = getattr(net, "maps", None)
    return seen(x) if seen else []


def doublings(size: int, base: int = 4) -> int:
    """How often base doubles to reach size.

    Raises:
        ValueError: size is not a power of two from 32 to 256.
    """
    if size not in (32, 64, 128, 256):
        raise ValueError(f"The side {size} is not supported: choose 32, 64, 128 or 256.")
    return (size // base).bit_length() - 1
