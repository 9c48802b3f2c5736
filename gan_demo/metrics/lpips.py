"""LPIPS of reconstructions (Zhang et al. 2018, 1801.03924), where AlexNet's weights are here.

Measured by torchmetrics, whose linear layers come with it; torchvision keeps AlexNet in torch's
cache; nothing is downloaded here.
"""

from pathlib import Path

import torch
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity
from torchvision.models import AlexNet_Weights

from gan_demo.images import from_pixels
from gan_demo.metrics.codes import rebuild
from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.systems import Encodes

TITLE = "LPIPS"
NEEDS = Encodes
AGAINST = Reference


def measure(system: Encodes, reference: Reference) -> dict[str, float]:
    """Mean LPIPS (AlexNet) of the val photos and their reconstructions, at the model's size."""
    weights = AlexNet_Weights.IMAGENET1K_V1.url.rpartition("/")[2]
    if not (Path(torch.hub.get_dir()) / "checkpoints" / weights).is_file():
        raise Unavailable(f"{weights} is not in torch's cache")
    lpips = LearnedPerceptualImagePatchSimilarity("alex")
    _, again = rebuild(system, reference.val)
    x = from_pixels(reference.val)
    for photo, copy in zip(x.split(64), again.clamp(-1, 1).split(64), strict=True):
        lpips.update(photo.expand(-1, 3, -1, -1), copy.expand(-1, 3, -1, -1))
    return {"LPIPS (AlexNet)": lpips.compute().item()}
