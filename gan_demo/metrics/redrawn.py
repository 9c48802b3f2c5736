"""Is a person still known in the portrait that a model of drawings makes of their photo?

The photo's features against those of 1,000 portraits, one for each of as many val photos:

top-1    share of photos that their own portrait is nearest to; for guessing, 0.001
top-10   share of photos whose own portrait is among the ten nearest; 0.01

Photos and drawings differ all over, so both sets are centred and scaled, each for itself, to a mean
of 0 and a variance of 1 in every feature. FD, of the portraits against drawn val pictures, says
whether they look drawn; beside it that of the photos themselves.
"""

import torch

from gan_demo.images import to_pixels
from gan_demo.metrics import codes, distances, twins
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Encodes
from gan_demo.types import Features

TITLE = "Photos redrawn"
NEEDS = Encodes
AGAINST = Reference
AMONG = codes.AMONG


def measure(system: Encodes, reference: Reference) -> dict[str, float]:
    if reference.photos is None:
        raise Unavailable("its encoder learned from no other photos ([data.photo])")
    photos = reference.photos[:AMONG]
    again = to_pixels(codes.rebuild(system, photos)[1])
    f, g, real = (reference.net.features(p) for p in (photos, again, reference.val[:AMONG]))
    name = reference.name("FD", min(len(photos), len(real)))
    figures = {f"top-{k} features": top(f, g, k) for k in (1, 10)}
    return figures | {
        "top-1 pixels": codes.top1(photos.flatten(1).float(), again.flatten(1).float()),
        name: distances.fd(g, real),
        f"{name} of the photos": distances.fd(f, real),
    }


def top(photos: Features, portraits: Features, k: int) -> float:
    """Share of photos whose own portrait is among the k nearest, both sets standardised."""
    apart = distances.between(distances.standard(photos), distances.standard(portraits))
    return twins.top(k, twins.ranks(apart, torch.arange(len(photos))))
