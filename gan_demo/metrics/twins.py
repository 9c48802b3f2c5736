"""Is a picture drawn as its true twin? Where pairs are declared and the other domain holds one.

L1            mean |t - y|, pixels in [-1, 1], of a drawn picture t and its true twin y
SSIM          Wang et al. 2004, of the same in 0..255: its term of luminance wants no signs
FeatDist      mean (f(t) - f(y))² in features of variance 1; of strangers: its card
top-1, top-5  share of drawn pictures nearer to their twin than to every other picture of the other
              domain, than to all but four; in L1 of the pixels and in features
"""

import torch

from gan_demo.features import Classifier
from gan_demo.metrics import codes, distances
from gan_demo.types import Distances, Label, OtherPixels, Pixels

STEP = 127.5  # grey levels in a unit of [-1, 1]


def figures(
    drawn: Pixels, real: OtherPixels, twin: Label, network: Classifier | None = None
) -> dict[str, float]:
    """Of drawn pictures, whose twins are `real[twin]`; without a network only those of pixels."""
    found = pixels(drawn, real, twin)
    found["twin SSIM"] = codes.ssim(drawn, real[twin])
    if network is not None:
        f, g = network.features(drawn), network.features(real)
        place = ranks(distances.between(f, g), twin)
        found[f"twin FeatDist-{network.name}"] = (f - g[twin]).square().mean().item()
        found["twin top-1 features"] = top(1, place)
        found["twin top-5 features"] = top(5, place)
    return found


def pixels(drawn: Pixels, real: OtherPixels, twin: Label) -> dict[str, float]:
    """The figures that are cheap enough for every few minutes of a run."""
    apart = torch.cdist(drawn.flatten(1).float(), real.flatten(1).float(), p=1)
    apart = apart / (STEP * drawn[0].numel())
    place = ranks(apart, twin)
    return {
        "twin L1": apart.gather(1, twin.unsqueeze(1)).mean().item(),
        "twin top-1 pixels": top(1, place),
        "twin top-5 pixels": top(5, place),
    }


def ranks(apart: Distances, twin: Label) -> Label:
    """How many others are at most as far as the twin: 0 if it is nearer than all of them."""
    return (apart <= apart.gather(1, twin.unsqueeze(1))).sum(1) - 1


def top(k: int, place: Label) -> float:
    return (place < k).double().mean().item()
