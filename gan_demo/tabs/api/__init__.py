"""The page's functions for programs and agents, one endpoint each: see docs/api.md."""

from collections.abc import Callable
from typing import Any

from gan_demo.actions.models import Catalogue
from gan_demo.studio import Studio
from gan_demo.systems import (
    Conditions,
    Couples,
    Encodes,
    Grows,
    Reads,
    Samples,
    System,
    Translates,
)
from gan_demo.tabs.api import codes, pictures
from gan_demo.ui.api import offer
from gan_demo.ui.shell import Shell

ALL: dict[Callable[..., Any], type[System]] = {  # and what a model must be able to do
    pictures.sample: Samples,
    codes.encode: Encodes,
    codes.decode: Samples,
    codes.reconstruct: Encodes,
    codes.interpolate: Samples,
    codes.edit: Encodes,
    codes.arithmetic: Samples,
    pictures.translate: Translates,
    pictures.classes: Conditions,
    pictures.words: Reads,
    pictures.pyramid: Grows,
    pictures.pairs: Couples,
}


def build(studio: Studio, shell: Shell) -> None:
    """After the tabs."""
    offer(pictures.models, Catalogue(studio), shell)
    for fn, can in ALL.items():
        offer(fn, studio, model=next(iter(studio.names(can)), None))
