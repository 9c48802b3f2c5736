"""An edit: a code, moved along the attributes of its model and the strongest directions of its
prior, small enough to send with every live frame.

    photo or seed -> z        z' = N(z + Σ s_c d_c + Σ t_k u_k) -> G -> picture

d_c see `attributes`, u_k see `directions`; z' keeps the length of z.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from PIL import Image as PILImage

from gan_demo import latent
from gan_demo.actions import interpolate
from gan_demo.actions.interpolate import COUNT, At
from gan_demo.actions.reconstruct import Chosen, look
from gan_demo.checkpoint import recipe
from gan_demo.codes import attributes, directions
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.types import Cloud, Image, Latent

REACH = 3.0  # of an attribute; 1 carries the mean without it onto the mean with it
SLIDERS = attributes.MOST + COUNT  # at most


@dataclass(frozen=True)
class Edit:
    """
    Args:
        model: name of the checkpoint.
        code: the text of z, see `interpolate.write`.
        at: one number a slider, the attributes of the model first.
    """

    model: str
    code: str
    at: At

    def to_json(self) -> dict[str, Any]:
        return {"model": self.model, "code": self.code, "at": list(self.at)}

    @classmethod
    def from_json(cls, message: Any) -> "Edit":
        """
        Raises:
            ValueError: not what `to_json` writes; it may come from anyone.
        """
        try:
            model, code, at = message["model"], message["code"], message["at"]
            if not (isinstance(model, str) and isinstance(code, str) and isinstance(at, list)):
                raise TypeError
            if len(code) > interpolate.LONGEST or len(at) > SLIDERS:
                raise TypeError
            return cls(model, code, tuple(map(interpolate.number, at)))
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError("Not a picture this app can draw: reload the page.") from error


class Start(NamedTuple):
    """What an edit begins with.

    Args:
        code: its text, see `interpolate.write`.
        said: how it was read.
        x: the face that it was read from, if it was.
    """

    code: str
    said: str = ""
    x: Image | None = None


def start(
    studio: Studio,
    model: str | None,
    seed: object,
    photo: PILImage.Image | None,
    find: bool,
    variety: object = latent.VARIETY,
    chosen: Chosen = 0,
) -> Start:
    """Of the photo, or without one of the seed, at that variety.

    Args:
        chosen: which face of the photo, see `reconstruct.look`.

    Raises:
        ValueError: a seed or variety that cannot be used, an unknown model, one that cannot encode.
    """
    system = studio.able(model, Encodes)
    if photo is None:
        z = system.prior(1, recipe.seed(seed))
        return Start(interpolate.write(system.varied(z, system.variety(variety))))
    seen = look(studio, model, photo, find, stored=True, chosen=chosen)
    return Start(interpolate.write(seen.z), seen.note, seen.x)


def names(studio: Studio, model: str | None) -> tuple[list[str], str]:
    """What the attributes of a model are called; where it has none, a sentence that says why."""
    try:
        return list(_known(studio, model).names), ""
    except ValueError as error:
        return [], str(error)


def at(studio: Studio, model: str | None, wanted: Mapping[str, Any]) -> At:
    """The places of the sliders from {"smile": 1, "direction 1": -2}; the others stay at 0.

    Raises:
        ValueError: a name that this model does not have, not a number or too large a one.
    """
    reach = dict.fromkeys(names(studio, model)[0], REACH)
    reach |= {f"direction {k}": interpolate.REACH for k in range(1, COUNT + 1)}
    for name, s in wanted.items():
        if name not in reach:
            raise ValueError(f"There is no {name[:40]!r} here: choose {', '.join(reach)}.")
        interpolate.number(s)
        if abs(s) > reach[name]:
            raise ValueError(f"{name} is moved from {-reach[name]:g} to {reach[name]:g}, not {s}.")
    return tuple(interpolate.number(wanted.get(name, 0)) for name in reach)


@torch.inference_mode()
def place(studio: Studio, edit: Edit) -> Latent:
    """z'."""
    system = studio.able(edit.model, Encodes)
    z, moves = (
        interpolate.read(edit.code, system),
        _attributes(studio, edit.model).to(system.device),
    )
    own, others = edit.at[: len(moves)], edit.at[len(moves) :]
    if any(others):  # they cost a second when they are asked for first
        moves = torch.cat([moves, directions.strongest(system, len(others)).moves])
    return directions.moved(z, moves, (*(max(-REACH, min(REACH, s)) for s in own), *others))


@torch.inference_mode()
def draw(studio: Studio, edit: Edit) -> Image:
    """z' -> G -> one picture."""
    return studio.able(edit.model, Encodes).decode(place(studio, edit))


def _known(studio: Studio, model: str | None) -> attributes.Attributes:
    system = studio.able(model, Encodes)
    return attributes.load(studio.checkpoint(model or "").path, system)


def _attributes(studio: Studio, model: str) -> Cloud:
    """Their moves, one a row; none without a file that can be used."""
    try:
        return _known(studio, model).moves
    except ValueError:
        return torch.zeros(0, studio.able(model, Encodes).z_dim)
