"""Does an edit do what it says, and does it stay the same person?

For each strength s of an attribute, on reconstructions of val photos, as 8-bit pictures:

P(class)   mean probability of the attribute's class, by a classifier that saw photos only; and of
           other attributes' classes, which should stay
FeatDist   mean (f(y_s) - f(y_0))² between the edited picture and the unedited, in its features of
           variance 1; two photos of one person and two people set the scale
"""

from collections.abc import Mapping, Sequence

import torch

from gan_demo.codes import directions
from gan_demo.features import Classifier
from gan_demo.images import from_pixels, to_pixels
from gan_demo.systems import Encodes
from gan_demo.types import Cloud, Latent, Pixels

STRENGTHS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
BATCH = 64

Rows = dict[str, dict[str, float]]


@torch.inference_mode()
def codes(system: Encodes, photos: Pixels) -> Latent:
    """On the CPU."""
    parts = (from_pixels(p.to(system.device)) for p in photos.split(BATCH))
    return torch.cat([system.encode(x).cpu() for x in parts])


@torch.inference_mode()
def drawn(system: Encodes, z: Latent, move: Cloud, strength: float) -> Pixels:
    """G(N(z + s d)), on the CPU; `move` is one row."""
    parts = (directions.moved(p, move, (strength,)).to(system.device) for p in z.split(BATCH))
    return torch.cat([to_pixels(system.decode(part)).cpu() for part in parts])


@torch.no_grad()
def curve(
    system: Encodes,
    z: Latent,
    move: Cloud,
    network: Classifier,
    told: Mapping[str, Sequence[str]],
) -> Rows:
    """A row a strength.

    Args:
        z: the codes of val photos.
        move: of the attribute, one row.
        told: class -> all that the head of the network that knows it tells apart.
    """
    rows = {}
    still = network.features(drawn(system, z, move, 0.0))
    for strength in STRENGTHS:
        f = network.features(drawn(system, z, move, strength)) if strength else still
        called = {
            f"P({kind})": network.logits(f, kinds)
            .softmax(1)[:, list(kinds).index(kind)]
            .mean()
            .item()
            for kind, kinds in told.items()
        }
        apart = (f - still).square().mean().item()
        row = f"{strength:+g}" if strength else "0"
        rows[row] = called | {f"FeatDist-{network.name}": apart}
    return rows
