"""A photo drawn again from its code, as the page shows it and as its file is kept."""

from typing import Any

import numpy as np
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions.compare_methods import Attempt
from gan_demo.actions.reconstruct import Seen, reconstruct, redrawn
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui import gallery


def scene(seen: Seen, variety: float | int) -> dict[str, Any]:
    """What a live frame needs."""
    return {"model": seen.model, "z": seen.z.squeeze(0).tolist(), "at": [variety]}


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """The picture of a scene, which may come from anyone.

    Raises:
        ValueError: not a scene.
    """
    try:
        z, variety = tuple(map(float, scene["z"])), latent.variety_of(scene["at"][0])
        made = Recipe(scene["model"], z=z, variety=variety, origin="reconstruct")
    except (KeyError, TypeError, IndexError, OverflowError):
        raise ValueError("The picture drawn again will appear here.") from None
    system = studio.able(made.model, Encodes)
    return images.to_arrays(redrawn(system, made.code(system), 1.0))[0]


def signed(studio: Studio, seen: Seen | None, variety: float | int) -> PILImage.Image | None:
    """What was drawn, its code inside; None before anything was."""
    if seen is None:
        return None
    _, picture, made, _ = reconstruct(studio, seen, variety)
    return recipe.sign(picture, made)


def plate(done: Attempt) -> gallery.Plate:
    """One method's picture among those of the others."""
    said = [f"MSE {done.error:.3g}"]
    if done.features is not None:
        said.append(f"FeatDist {done.features:.2g}")
    taken = done.milliseconds
    said.append(f"{taken:.0f} ms" if taken < 1000 else f"{taken / 1000:.1f} s")
    return images.to_arrays(done.y), done.method, ", ".join(said)
