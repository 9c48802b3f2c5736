"""Classes: one z drawn as every class, and what lies between two of them.

x = G(z, y)        on the way from a to b        G(z, (1 - t) a + t b)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gan_demo import images
from gan_demo.actions import interpolate
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Conditions
from gan_demo.types import Image

HERE = "The mixture of two classes will appear here."


@dataclass(frozen=True)
class Mixture:
    """A picture between two classes.

    Args:
        t: share of b; the rest is a.

    Raises:
        ValueError: a seed or a place that cannot be used.
    """

    model: str
    seed: int
    a: str
    b: str
    t: float

    def __post_init__(self):
        if not np.isfinite(self.t):
            raise ValueError("t is a number between 0 and 1.")
        object.__setattr__(self, "seed", recipe.seed(self.seed))
        object.__setattr__(self, "t", min(max(self.t, 0.0), 1.0))

    def scene(self) -> dict[str, Any]:
        """What a live frame needs."""
        return {"model": self.model, "seed": self.seed, "a": self.a, "b": self.b, "at": [self.t]}

    @classmethod
    def of(cls, scene: Any) -> "Mixture":
        """
        Raises:
            ValueError: not a scene.
        """
        try:
            model, seed, a, b = (scene[key] for key in ("model", "seed", "a", "b"))
            return cls(str(model), seed, str(a), str(b), interpolate.number(scene["at"][0]))
        except (KeyError, TypeError, IndexError, OverflowError):
            raise ValueError(HERE) from None

    @property
    def said(self) -> str:
        if self.a == self.b or self.t in (0, 1):
            return self.b if self.t == 1 else self.a
        return f"{1 - self.t:.0%} {self.a}, {self.t:.0%} {self.b}"


@torch.inference_mode()
def sheet(system: Conditions, first: int, rows: int) -> Image:
    """Rows of one z each, seed `first` and on, as every class in order."""
    z, k = system.prior(rows, first), len(system.classes)
    y = torch.arange(k, device=system.device).repeat(rows)
    return system.decode(z.repeat_interleave(k, 0), y)


@torch.inference_mode()
def way(studio: Studio, mixture: Mixture, places: Sequence[float]) -> list[np.ndarray]:
    """From class a to class b: a picture at each of these t.

    Raises:
        ValueError: an unknown model or class.
    """
    system = studio.able(mixture.model, Conditions)
    shares = torch.zeros(len(places), len(system.classes), device=system.device)
    t = torch.tensor(places, device=system.device)
    for name, share in ((mixture.a, 1 - t), (mixture.b, t)):
        if name not in system.classes:
            known = ", ".join(system.classes)
            raise ValueError(f"{mixture.model} has no class {name[:40]!r}. Choose from: {known}.")
        shares[:, system.classes.index(name)] += share
    z = system.prior(1, mixture.seed).expand(len(places), -1)
    return list(images.to_arrays(system.blend(z, shares)))


def mixed(studio: Studio, mixture: Mixture) -> np.ndarray:
    """The picture of a mixture.

    Raises:
        ValueError: an unknown model or class.
    """
    return way(studio, mixture, [mixture.t])[0]


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """The picture of a scene, which may come from anyone."""
    return mixed(studio, Mixture.of(scene))


def spread(x: Image, k: int) -> dict[str, float]:
    """Mean |x - x'| of the pictures of a sheet: of one z as two classes, and of two z as one."""
    by = x.unflatten(0, (-1, k))
    apart = {"other class": (by.unsqueeze(2) - by.unsqueeze(1)).abs().mean() * k / (k - 1)}
    if (n := len(by)) > 1:
        apart["other seed"] = (by.unsqueeze(1) - by.unsqueeze(0)).abs().mean() * n / (n - 1)
    return {name: value.item() for name, value in apart.items()}


def ends(system: Conditions, a: str | None, b: str | None) -> tuple[str, str]:
    """The two classes as chosen, or the first two of the model where it does not know them."""
    first, second = system.classes[:2]
    a = a if a in system.classes else first
    return a, b if b in system.classes else (second if a == first else first)
