"""Did the expression change, and is it still the same person?

Where one head of the feature network knows both domains, for instance neutral and happiness:

called    share of pictures whose logit of the wanted class is above that of the other; what other
          classes the head knows is not asked
FeatDist  mean (f(x) - f(t))² between a picture and its translation, in features of variance 1;
          that of strangers is in the network's card
"""

import re
from pathlib import PurePosixPath

import torch

from gan_demo.features import Classifier
from gan_demo.metrics.domains import Domain
from gan_demo.types import Cloud, Features

WHO = re.compile(r"id\d+(?=_)")


def known(origin: Domain, to: Domain, network: Classifier) -> bool:
    """Whether the network was trained to tell the one from the other."""
    a, b = set(origin.classes), set(to.classes)
    return bool(a and b) and not a & b and network.knows(a | b) is not None


def called(f: Features, origin: Domain, to: Domain, network: Classifier) -> float:
    """Share of pictures with features f that are taken for `to`."""
    logits = network.logits(f, [*origin.classes, *to.classes])
    a, b = (part.logsumexp(1) for part in logits.tensor_split([len(origin.classes)], 1))
    return (b > a).double().mean().item()


def people(f: Features, g: Cloud, origin: Domain, to: Domain) -> dict[str, float]:
    """FeatDist between val photos of the two domains, of features f and g: of the same person, and
    of different ones. A file name starts with who it is, idN_; where one does not, nobody is."""
    who = [[WHO.match(PurePosixPath(name).stem) for name in d.val.names] for d in (origin, to)]
    who = [[found and found[0] for found in side] for side in who]
    if not all(who[0] + who[1]):
        return {}
    index = {person: i for i, person in enumerate(dict.fromkeys(who[0] + who[1]))}
    a, b = (torch.tensor([index[person] for person in side]) for side in who)
    same = a.unsqueeze(1) == b
    apart = torch.cdist(f.double(), g.double()).square() / f.shape[1]
    pairs = {"one person, two photos": same, "two people": ~same}
    return {row: apart[these].mean().item() for row, these in pairs.items() if these.any()}
