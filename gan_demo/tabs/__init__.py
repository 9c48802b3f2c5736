"""The tabs, in the order of the page. Each is a module with

TITLE   what the page calls it
SLUG    its id, in links and for tests
NEEDS   the ability a checkpoint must have to be offered in it
build(studio, shell)   its components, inside the tab; returns those that others may set
"""

import importlib
import importlib.util
from types import ModuleType

NAMES = ("sample", "reconstruct", "interpolate")
ALL: tuple[ModuleType, ...] = tuple(
    importlib.import_module(f"{__name__}.{name}")
    for name in NAMES
    if importlib.util.find_spec(f"{__name__}.{name}")
)
