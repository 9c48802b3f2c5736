"""A walk: where a picture lies among a few codes, small enough to send with every live frame.

    slerp, lerp     two ends      at (t)          the great circle or the line from a to b
    corners         four ends     at (u, v)       a point of the square between them
    directions      one end       at (s_1, ...)   along the prior's strongest directions

An end is a seed or a code written as text, so a server keeps nothing between two frames. Seeds are
drawn at the walk's variety, codes are taken as they are.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gan_demo import latent
from gan_demo.checkpoint import recipe
from gan_demo.codes import directions
from gan_demo.systems import Encodes, Samples
from gan_demo.types import Image, Latent

ENDS = {"slerp": 2, "lerp": 2, "corners": 4, "directions": 1}
REACH = 6.0  # of a direction's slider, in standard deviations of the prior
COUNT = 6  # directions on offer
LONGEST = 4 * recipe.LONGEST * 4 // 3 + 4  # letters of a code as text

End = int | str
At = tuple[float, ...]


@dataclass(frozen=True)
class Walk:
    """A model, a path through its codes, and the place on it.

    Args:
        model: name of the checkpoint.
        path: a key of `ENDS`.
        ends: a seed, or the text of a code, for each end.
        at: one number a slider.
        variety: of the ends that are seeds, see `latent.varied`.
    """

    model: str
    path: str
    ends: tuple[End, ...]
    at: At
    variety: float = latent.VARIETY

    def to_json(self) -> dict[str, Any]:
        # as text: a seed may be larger than what JavaScript counts exactly
        ends = [{"seed": str(e)} if isinstance(e, int) else {"code": e} for e in self.ends]
        walk = {"model": self.model, "path": self.path, "ends": ends, "at": list(self.at)}
        return walk | {"variety": self.variety}

    @classmethod
    def from_json(cls, message: Any) -> "Walk":
        """
        Raises:
            ValueError: not what `to_json` writes; it may come from anyone.
        """
        try:
            model, path = message["model"], message["path"]
            ends, at = message["ends"], message["at"]
            if not (isinstance(model, str) and isinstance(ends, list) and isinstance(at, list)):
                raise TypeError
            if len(ends) != ENDS[path] or not 0 < len(at) <= COUNT:
                raise TypeError
            variety = latent.variety_of(message["variety"])
            return cls(model, path, tuple(map(_end, ends)), tuple(map(number, at)), variety)
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
            raise ValueError("Not a picture this app can draw: reload the page.") from error


def write(z: Latent) -> str:
    """The text of a code (1, z): its float32 bytes in base64."""
    return base64.b64encode(z.squeeze(0).float().cpu().numpy().astype("<f4").tobytes()).decode()


def read(text: str, system: Samples) -> Latent:
    """
    Raises:
        ValueError: not the text of a code of this system.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("This is not the text of a code.") from error
    if len(data) != 4 * system.z_dim:
        raise ValueError("This code belongs to another model: choose the photo again.")
    z = torch.from_numpy(np.frombuffer(data, "<f4").copy())
    if not z.isfinite().all():
        raise ValueError("This code holds numbers that are not finite.")
    return z.unsqueeze(0).to(system.device)


def codes(system: Samples, walk: Walk) -> Latent:
    """The codes of the ends, one a row."""
    return torch.cat([_code(system, end, walk.variety) for end in walk.ends])


def place(system: Samples, walk: Walk) -> Latent:
    """The code at the walk's place, on the prior's shell."""
    z, at = codes(system, walk), walk.at
    if walk.path == "directions":
        return directions.moved(z, directions.strongest(system, len(at)).moves, at)
    if walk.path == "corners":
        u, v = (_clamped(x, 0.0, 1.0) for x in (*at, 0.0)[:2])
        a, b, c, d = z.split(1)
        return latent.bilinear(a, b, c, d, u, v)
    between = latent.slerp if walk.path == "slerp" else latent.lerp
    return between(z[:1], z[1:], _clamped(at[0], 0.0, 1.0))


@torch.inference_mode()
def encode(system: Encodes, x: Image) -> str:
    """The text of a picture's code."""
    return write(system.encode(x))


@torch.inference_mode()
def draw(system: Samples, walk: Walk) -> Image:
    """walk -> z -> G -> one picture."""
    return system.decode(place(system, walk))


def frames(system: Samples, walk: Walk, places: Sequence[At]) -> Image:
    """One picture a place, each drawn as a live frame would be (a system that knows classes
    gives the rows of one batch different ones)."""
    return torch.cat([draw(system, replace(walk, at=at)) for at in places])


def stops(walk: Walk, n: int) -> dict[str, At]:
    """The places worth showing side by side, by name: n steps from a to b, the four corners, or
    what each direction does by itself."""
    if walk.path == "corners":
        return {"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (0.0, 1.0), "d": (1.0, 1.0)}
    if walk.path == "directions":
        still = (0.0,) * len(walk.at)
        moved = ((*still[:k], REACH / 2, *still[k + 1 :]) for k in range(len(still)))
        return {"still": still} | {f"+ {k}": at for k, at in enumerate(moved, 1)}
    return {f"{t:.2f}": (float(t),) for t in np.linspace(0, 1, n).round(2)}


def tour(walk: Walk, n: int) -> list[At]:
    """n places to animate: from a to b, around the square, or from the middle to where the
    directions stand."""
    steps = np.linspace(0, 1, n)
    if walk.path == "corners":
        way = [0, 1, 2, 3, 4]
        u, v = (
            np.interp(4 * steps, way, [0, 1, 1, 0, 0]),
            np.interp(4 * steps, way, [0, 0, 1, 1, 0]),
        )
        return [(float(x), float(y)) for x, y in zip(u, v, strict=True)]
    if walk.path == "directions":
        return [tuple(float(s * x) for x in walk.at) for s in steps]
    return [(float(t),) for t in steps]


def _code(system: Samples, end: End, variety: float) -> Latent:
    if isinstance(end, str):
        return read(end, system)
    return system.varied(system.prior(1, end), variety)


def _end(message: Any) -> End:
    if "seed" in message:
        return recipe.seed(message["seed"])
    code = message["code"]
    if not isinstance(code, str) or len(code) > LONGEST:
        raise TypeError
    return code


def number(value: Any) -> float:
    """Where a slider stands, from anyone.

    Raises:
        ValueError: not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("The place of a slider is a finite number.")
    return _clamped(float(value), -REACH, REACH)


def _clamped(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
