"""The first thing a visitor sees: a portrait of nobody, what E read in it, and what can be done.

x -> E -> z -> G -> x̂, and z on its way to another code and back, as a film.
"""

import functools
from dataclasses import dataclass

import torch

from gan_demo import images, latent
from gan_demo.codes import attributes
from gan_demo.images import animation
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.types import Image, Latent

SEED = 2  # of the portrait, chosen by eye
REACH, FRAMES, SECONDS = 2.0, 12, 1.4  # of the film: how far, in how many frames, for how long
SIDE = 192  # pixels that the film is shown at


@dataclass(frozen=True)
class FirstLook:
    """
    Args:
        model: that drew it.
        x, z, again: the portrait, its code, and the portrait drawn from that.
        film: a WebP of the edit.
        moved: what the film moves, for instance "smile".
    """

    model: str
    x: Image
    z: Latent
    again: Image
    film: bytes
    moved: str


def first_look(studio: Studio) -> FirstLook | None:
    """By the first model that encodes; None without one."""
    names = studio.names(Encodes)
    return _look(studio, names[0], studio.stamp(names[0])) if names else None


@functools.lru_cache(maxsize=2)
@torch.inference_mode()
def _look(studio: Studio, model: str, stamp: tuple) -> FirstLook:
    system = studio.able(model, Encodes)
    x = system.decode(system.prior(1, SEED))
    z = system.encode(x)
    move, moved = _move(studio, model, system, z)
    start = z.expand(FRAMES, -1)
    along = torch.linspace(0, REACH, FRAMES, device=z.device)[:, None] * move
    frames = images.to_arrays(system.decode(latent.like(start + along, start)))
    film = animation.encode(frames, seconds=SECONDS, side=SIDE)
    return FirstLook(model, x, z, system.decode(z), film, moved)


def _move(studio: Studio, model: str, system: Encodes, z: Latent) -> tuple[Latent, str]:
    """The first attribute of a model, or else the way to another face."""
    try:
        known = attributes.load(studio.checkpoint(model).path, system)
    except ValueError:
        return (system.prior(1, SEED + 1) - z) / REACH, "to another face"
    return known.moves[:1].to(system.device), known.names[0]
