"""The tabs, in the order of the page. Each is a module with

TITLE   what the page calls it
SLUG    its id, in links and for tests
NEEDS   the ability a checkpoint must have to be offered in it; None for a tab without checkpoints
build(studio, shell)   its components, inside the tab; returns those that others may set
"""

from types import ModuleType

from gan_demo.ui import surroundings

surroundings.prepare()  # before one of them imports Gradio

from gan_demo.tabs import (  # noqa: E402
    arithmetic,
    classes,
    edit,
    interpolate,
    lab,
    models,
    pairs,
    pyramid,
    reconstruct,
    sample,
    train,
    translate,
    words,
)

ALL: tuple[ModuleType, ...] = (
    sample,
    reconstruct,
    interpolate,
    translate,
    edit,
    classes,
    words,
    pyramid,
    pairs,
    arithmetic,
    lab,
    models,
    train,
)
