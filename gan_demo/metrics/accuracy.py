"""Does it name the class of a picture? On val pictures, whose labels it never saw.

error    share of them whose largest logit is not that of their class; ± of a share of so many
"""

import math

import torch

from gan_demo.images import from_pixels
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Classifies

TITLE = "Classes"
NEEDS = Classifies
AGAINST = Reference


@torch.no_grad()
def measure(system: Classifies, reference: Reference, batch: int = 128) -> dict[str, float]:
    if reference.val_labels is None:
        raise Unavailable("the val pictures have no labels")
    parts = reference.val.split(batch)
    named = [system.classify(from_pixels(x.to(system.device))).argmax(1).cpu() for x in parts]
    wrong = (torch.cat(named) != reference.val_labels).double().mean().item()
    return {"error": wrong, "error ±": math.sqrt(wrong * (1 - wrong) / len(reference.val))}
