"""Asked for a class, does it draw that class, and as variously as photos of it?

called     share of the pictures drawn as y whose logit of y, in the feature network, is above those
           of the model's other classes; the same of val photos is the scale
within     FD between pictures drawn as y and train photos of y, its mean over the classes: the
           intra-FID of Miyato & Koyama 2018 (1802.05637) in our own features. Two disjoint draws of
           train photos are the scale.
"""

from statistics import mean

import torch

from gan_demo.images import to_pixels
from gan_demo.metrics import distances
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.metrics.samples import SEED
from gan_demo.systems import Conditions
from gan_demo.types import Features, Label, Pixels

TITLE = "Wanted classes"
NEEDS = Conditions
AGAINST = Reference


def measure(system: Conditions, reference: Reference) -> dict[str, float]:
    """The labels of the reference must number the system's classes, as those it was trained on."""
    names, n = system.classes, reference.n // len(system.classes)
    if reference.net.knows(names) is None:
        raise Unavailable(f"{reference.net.name} has no head that knows {', '.join(names)}")
    if n < 2:
        raise Unavailable(f"{reference.n} pictures are too few for {len(names)} classes")
    drawn = [reference.net.features(draw(system, y, n)) for y in range(len(names))]
    right = [(called(f, system, reference) == y).double().mean() for y, f in enumerate(drawn)]
    figures = {"called as wanted": mean(share.item() for share in right)}
    if reference.val_labels is not None:
        said = called(reference.net.features(reference.val), system, reference)
        share = (said == reference.val_labels).double().mean().item()
        figures["called as labelled, val photos"] = share
    figures |= {f"called {c}": share.item() for c, share in zip(names, right, strict=True)}
    return figures | within(drawn, reference)


@torch.no_grad()
def draw(system: Conditions, y: int, n: int, batch: int = 128) -> Pixels:
    """n pictures of class y as 8-bit pictures; other z for each class."""
    parts = []
    for z in system.prior(n, SEED + y * n).split(batch):
        label = torch.full((len(z),), y, device=system.device)
        parts.append(to_pixels(system.decode(z, label)).cpu())
    return torch.cat(parts)


def called(f: Features, system: Conditions, reference: Reference) -> Label:
    """The class of the system that the network sees in each picture."""
    return reference.net.logits(f, system.classes).argmax(1)


def within(drawn: list[Features], reference: Reference) -> dict[str, float]:
    """Mean FD of each class, and of two draws of its train photos, n pictures each."""
    if reference.labels is None:
        return {}
    found, scale, n = [], [], len(drawn[0])
    for y, fake in enumerate(drawn):
        photos = reference.train[(reference.labels == y).nonzero().squeeze(1)[: 2 * n]]
        if len(photos) < 2 * n:
            return {}
        one, two = reference.net.features(photos).split(n)
        found.append(distances.fd(fake, one))
        scale.append(distances.fd(two, one))
    name = f"{reference.name('FD', n)} within a class"
    return {name: mean(found), f"{name}, train photos": mean(scale)}
