"""Where checkpoints lie: the models, and the small networks that the code itself needs.

In $GAN_DEMO_CHECKPOINTS, or else in `checkpoints` beside the code and in the current folder. An
installed package brings the small networks along, see setup.py.
"""

import os
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
CHECKOUT = PACKAGE.parent / "checkpoints"
PACKED = PACKAGE / "shipped"


def folders() -> list[Path]:
    """Those there are, best first; the one that the environment names in any case."""
    named = os.environ.get("GAN_DEMO_CHECKPOINTS")
    places = [CHECKOUT, Path("checkpoints")] if not named else []
    found = [place.resolve() for place in [*places, PACKED] if place.is_dir()]
    return list(dict.fromkeys([*([Path(named).expanduser()] if named else []), *found]))


def locate(source: str) -> Path:
    """The folder with this path, or else the one with this name in the first of `folders` that has
    it; where there is neither, the path itself."""
    path = Path(source)
    return path if path.exists() else _named(source) or path


def network(name: str) -> Path:
    """Where a small network of our own is.

    Raises:
        ValueError: nowhere.
    """
    if found := _named(name):
        return found
    raise ValueError(
        f"The network {name} is not here: copy its folder into ./checkpoints, or set "
        "GAN_DEMO_CHECKPOINTS to the folder that holds it."
    )


def _named(name: str) -> Path | None:
    return next((folder / name for folder in folders() if (folder / name).is_dir()), None)
