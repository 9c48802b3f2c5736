"""What a distance is worth: the same formula between sets whose difference is known.

FD between two halves of the photos is the floor, which no system can be told from; FD after
blur, noise, JPEG and without a class is the scale. With the photos of `val` too, at their number.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_demo.metrics import distances
from gan_demo.metrics.reference import Reference
from gan_demo.metrics.samples import SEED, draw
from gan_demo.systems import Samples, System
from gan_demo.types import Label, Pixels

TITLE = "Calibration"
NEEDS = System
AGAINST = Reference


def measure(system: System, reference: Reference) -> dict[str, float]:
    """The figures of photos, and FD of as many samples as val holds photos."""
    figures, few = photos(reference), min(len(reference.val), reference.n)
    if isinstance(system, Samples):
        fake = reference.net.features(draw(system, few, SEED))
        figures[f"{reference.name('FD', few)} of samples"] = distances.fd(
            fake, reference.real[:few]
        )
    return figures


def photos(reference: Reference) -> dict[str, float]:
    """FD of the other half of the photos, untouched and corrupted, from the first half."""
    net, real = reference.net, reference.real
    second = reference.halves[1]
    others, features = reference.train[second], reference.known[reference.n :]
    fd = reference.name("FD")
    figures = {f"{fd} of photos": distances.fd(features, real)}
    for name, corrupt in CORRUPTIONS.items():
        corrupted = net.features(corrupt(others))
        figures[f"{fd} of photos, {name}"] = distances.fd(corrupted, real)
    if reference.labels is not None and len(reference.labels[second].unique()) > 1:
        kept = without_class(reference.labels[second])
        figures[f"{fd} of photos, one class missing"] = distances.fd(features[kept], real)

    few = min(len(reference.val), reference.n)
    small, val = real[:few], net.features(reference.val[:few])
    fd = reference.name("FD", few)
    figures[f"{fd} of val photos"] = distances.fd(val, small)
    figures[f"{fd} of photos"] = distances.fd(features[:few], small)
    return figures


# torchvision is imported where it is called: it is 170 MB, and the page needs `noise` alone


def blur(sigma: float) -> Callable[[Pixels], Pixels]:
    side = 2 * round(3 * sigma) + 1

    def soften(p: Pixels) -> Pixels:
        from torchvision.transforms.v2.functional import gaussian_blur

        return gaussian_blur(p, [side, side], [sigma, sigma])

    return soften


def noise(sigma: float) -> Callable[[Pixels], Pixels]:
    def add(p: Pixels) -> Pixels:
        g = torch.Generator().manual_seed(0)
        draws = sigma * torch.randn(p.shape, generator=g)
        return (p + draws).round().clamp(0, 255).to(torch.uint8)

    return add


def jpeg(quality: int) -> Callable[[Pixels], Pixels]:
    def compress(p: Pixels) -> Pixels:
        from torchvision.io import decode_jpeg, encode_jpeg

        files = encode_jpeg(list(p), quality)
        return torch.stack(decode_jpeg(files))  # pyright: ignore[reportArgumentType]: lists

    return compress


CORRUPTIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "blur σ 0.5 px": blur(0.5),
    "blur σ 1 px": blur(1.0),
    "noise σ 4/255": noise(4.0),
    "noise σ 12/255": noise(12.0),
    "JPEG quality 50": jpeg(50),
    "JPEG quality 15": jpeg(15),
}


def without_class(labels: Label) -> Tensor:
    """As many indices as labels, none of them of the largest class that is at most half of all;
    the others are repeated in its place."""
    counts = torch.bincount(labels)
    counts[counts > len(labels) / 2] = 0
    kept = (labels != counts.argmax()).nonzero().flatten()
    return kept.repeat(-(-len(labels) // len(kept)))[: len(labels)]
