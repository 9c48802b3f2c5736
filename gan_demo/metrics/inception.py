"""The published kinds of FID and KID, where Inception's weights are on the machine.

Measured by torchmetrics over torch-fidelity, in the features of the Inception of 2015-12-05, which
torch-fidelity keeps in torch's cache; nothing is downloaded here.
"""

from importlib.util import find_spec
from pathlib import Path

import torch
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from gan_demo.metrics.reference import Reference, Unavailable
from gan_demo.metrics.samples import SEED, draw
from gan_demo.systems import Samples

TITLE = "Real FID and KID"
NEEDS = Samples
AGAINST = Reference
WEIGHTS = "weights-inception-2015-12-05-6726825d.pth"


def measure(system: Samples, reference: Reference) -> dict[str, float]:
    """FID and KID of N samples against N photos; the N stands in the names."""
    if find_spec("torch_fidelity") is None:
        raise Unavailable("torch-fidelity is not installed")
    weights = Path(torch.hub.get_dir()) / "checkpoints" / WEIGHTS
    if not weights.is_file():
        raise Unavailable(f"{WEIGHTS} is not in torch's cache")
    fid = FrechetInceptionDistance(2048)
    kid = KernelInceptionDistance(2048, subset_size=min(1000, reference.n))
    sets = (reference.train[reference.halves[0]], True), (draw(system, reference.n, SEED), False)
    for pixels, real in sets:
        for part in pixels.expand(-1, 3, -1, -1).split(64):
            fid.update(part, real=real)
            kid.update(part, real=real)
    mean, std = kid.compute()
    return {
        f"FID at N = {reference.n}": fid.compute().item(),
        f"KID at N = {reference.n}": mean.item(),
        f"KID at N = {reference.n} ±": std.item(),
    }
