"""pack:NAME: a set that this project knows by name, wherever it lies.

Looked for in $GAN_DEMO_DATA, in `data` and `shared/data` in and beside the checkout or the current
folder, then in the cache, where `python -m train.packs NAME` puts it.
"""

import os
from pathlib import Path

from gan_demo.data.archives import Archive, Tar, Zip
from gan_demo.data.sources import DataError
from gan_demo.spelling import near

NAMES = (
    *("portraits", "lfw", "cats", "horse2zebra", "shoes-bags"),
    *("fluent-flat", "fluent-3d", "fluent-line", "fairface", "cifar10"),
)
KINDS: dict[str, type[Archive]] = {".zip": Zip, ".tar.xz": Tar}
CHECKOUT = Path(__file__).parents[2]


def cache() -> Path:
    """The folder of everything that can be made again: $GAN_DEMO_CACHE or ./.cache."""
    return Path(os.environ.get("GAN_DEMO_CACHE") or ".cache")


def folders() -> list[Path]:
    """Where packs may lie, best first."""
    named = os.environ.get("GAN_DEMO_DATA")
    tops = (CHECKOUT, CHECKOUT.parent, Path(), Path(".."))
    beside = [top / place for top in tops for place in ("data", "shared/data")]
    return [*([Path(named).expanduser()] if named else []), *beside, cache() / "packs"]


def find(name: str) -> Archive:
    """
    Raises:
        DataError: an unknown pack, or one that is not on this machine.
    """
    if name not in NAMES:
        raise DataError(f"There is no pack {name!r}.{near(name, list(NAMES))}")
    for folder in folders():
        for suffix, kind in KINDS.items():
            if (path := folder / f"{name}{suffix}").is_file():
                return kind(path)
    raise DataError(
        f"The pack {name!r} is not on this machine: build it with `python -m train.packs {name}`, "
        "or set GAN_DEMO_DATA to the folder that holds it."
    )
