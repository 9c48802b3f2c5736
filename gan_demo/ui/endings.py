"""Before any training: what to do, and what others have become, a model that encodes and one that
translates."""

import contextlib
import html

from gan_demo.actions.models import Catalogue, Model, facts
from gan_demo.systems import Encodes, System, Translates
from gan_demo.ui.catalogue import corner

NONE = (
    "<section><header><h2>Nothing learns yet</h2></header><ul><li>Give pictures. Plan shows what "
    "they are like and how long it will take, Start does it.</li></ul></section>"
)
TOLD = ("Trained on", "Pictures seen", "Training time")


def endings(catalogue: Catalogue) -> str:
    """For `learning.SHEETS`."""
    return _first(catalogue, Encodes) + _first(catalogue, Translates)


def _first(catalogue: Catalogue, can: type[System]) -> str:
    for name in catalogue.studio.names(can):
        with contextlib.suppress(ValueError):  # it broke just now: the next will do
            if figure := _figure(catalogue[name]):
                return figure
    return ""


def _figure(model: Model) -> str:
    picture = corner(model, 6)  # whole rows of a translator, too: input, translation, way back
    if not picture:
        return ""
    known = facts(model)
    about = ". ".join(f"{fact}: {known[fact]}" for fact in TOLD if fact in known)
    said = html.escape(f"Made by {model.name} ({model.method}). {about}.")
    alt = html.escape(f"Pictures by {model.name}")
    return f'<figure><img src="{picture}" alt="{alt}"><figcaption>{said}</figcaption></figure>'
