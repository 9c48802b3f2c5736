"""Is a picture carried to the other domain as what it was?

FD, KD     of the translated val pictures from train pictures of the other domain, see `distances`
cycle L1   mean |x - x̂|, pixels in [-1, 1], of x̂ = there and back again, with 8 bits in between
noise      the same with noise of σ = 2 of 255 added before the way back: a ratio far above 1 says
           that x is not drawn but hidden in what nobody sees (Chu et al. 2017, 1712.02950)
"""

from collections.abc import Iterator, Mapping

import torch

from gan_demo.images import from_pixels, to_pixels
from gan_demo.metrics import twins
from gan_demo.systems import Translates
from gan_demo.types import Pixels

MOMENT = 256  # pictures, for the figures in the course of a run


def trend(system: Translates, val: Mapping[str, Pixels], paired: bool) -> dict[str, float]:
    """Cycle error and, if a[i] and b[i] are twins, the distance to the true twin."""
    known = {name: val[key][:MOMENT] for name, key in zip(system.domains, "ab", strict=True)}
    figures = {}
    for origin, to in directions(system):
        drawn = translated(system, known[origin], to)
        if origin in system.targets:
            again = translated(system, drawn, origin)
            figures[f"cycle L1 {origin}"] = l1(known[origin], again)
        if paired:
            found = twins.pixels(drawn, known[to], torch.arange(len(drawn)))
            figures[f"twin L1 {to}"] = found["twin L1"]
            figures[f"twin top-1 {to}"] = found["twin top-1 pixels"]
    return figures


def directions(system: Translates) -> Iterator[tuple[str, str]]:
    """Each domain it can draw, behind the one that it draws it from; a to b first."""
    for to in reversed(system.domains):
        if to in system.targets:
            yield system.other(to), to


@torch.no_grad()
def translated(system: Translates, pixels: Pixels, to: str, batch: int = 32) -> Pixels:
    """8-bit pictures from 8-bit pictures, on the CPU."""
    parts = [from_pixels(p.to(system.device)) for p in pixels.split(batch)]
    return torch.cat([to_pixels(system.translate(x, to)).cpu() for x in parts])


def l1(x: Pixels, y: Pixels) -> float:
    return (x.float() - y.float()).abs().mean().item() / twins.STEP
