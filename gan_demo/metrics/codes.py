"""Does a code keep what is in a picture? On fresh codes, and on photos nobody trained on.

ρ(z, E(G(z)))       of fresh z: does E find the code of a generated picture?
ρ(c, N(E(G(c))))    of the codes c of val photos: the same, where photos lie
MSE                 mean (x - x̂)², pixels in [-1, 1], x̂ = G(N(E(x))); PSNR of the same
SSIM                Wang et al. 2004, of x and x̂ in 0..255: its term of luminance wants no signs
MSE / random photo  MSE over that of a photo and another one: 1 says nothing was kept
EGr / EGr_b         mean |x - x̂| over mean |x' - x̂|, another photo x' (Donahue et al. 2017, BiGAN)
top-1               share of photos that their own reconstruction is nearest to, among 1,000;
                    for guessing at random, 0.001
FeatDist            mean (f(x) - f(x̂))² in features of variance 1; of strangers: its card
"""

import torch
from torch import Tensor

from gan_demo.images import from_pixels, to_pixels
from gan_demo.latent import pearson
from gan_demo.metrics import distances
from gan_demo.metrics.reference import Reference
from gan_demo.systems import Encodes
from gan_demo.types import Image, Latent, Pixels

TITLE = "Codes and reconstructions"
NEEDS = Encodes
AGAINST = Reference
SEED = 2_000_000_011  # of the fresh codes
AMONG = 1000  # photos in a retrieval


def measure(system: Encodes, reference: Reference) -> dict[str, float]:
    x = from_pixels(reference.val)
    codes, again = rebuild(system, reference.val)
    figures = {"rho fresh": rho(system, min(reference.most, 10_000))}
    figures["rho photos"] = round_trip(system, codes)
    figures |= pixels(x, again)
    if reference.network is not None:
        f, g = (reference.net.features(p) for p in (reference.val, to_pixels(again)))
        figures["top-1 features"] = top1(f, g)
        figures[f"FeatDist-{reference.net.name}"] = (f - g).square().mean().item()
    return figures


def pixels(x: Image, again: Image) -> dict[str, float]:
    """The figures of a reconstruction that need no network."""
    other = x.roll(1, 0)  # of a set in random order
    error, stranger = mse(x, again), mse(x, other)
    return {
        "MSE": error,
        "MSE / random photo": error / stranger,
        "PSNR": psnr(again, x),
        "SSIM": ssim(to_pixels(again), to_pixels(x)),
        "EGr": norm(x, again),
        "EGr / EGr_b": norm(x, again) / norm(other, again),
        "top-1 pixels": top1(x.flatten(1), again.flatten(1)),
    }


def mse(x: Image, y: Image) -> float:
    return (x - y).square().mean().item()


def norm(x: Image, y: Image) -> float:
    """mean over pictures of the Euclidean |x - y|."""
    return (x - y).flatten(1).norm(dim=1).mean().item()


def top1(x: Tensor, again: Tensor) -> float:
    """Share of rows whose reconstruction is nearer to them than to any of the others."""
    nearest = distances.between(again[:AMONG], x[:AMONG]).argmin(1)
    return (nearest == torch.arange(len(nearest))).double().mean().item()


@torch.no_grad()
def rho(system: Encodes, n: int, batch: int = 128) -> float:
    """mean ρ(z, N(E(G(z)))) of n fresh z."""
    z = system.prior(n, SEED)
    return round_trip(system, z, batch)


@torch.no_grad()
def round_trip(system: Encodes, z: Latent, batch: int = 128) -> float:
    """mean ρ(z, N(E(G(z)))) of given codes."""
    parts = [pearson(part, system.encode(system.decode(part))) for part in z.split(batch)]
    return torch.cat(parts).mean().item()


@torch.no_grad()
def rebuild(system: Encodes, photos: Pixels, batch: int = 128) -> tuple[Latent, Image]:
    """The codes of photos, on the system's device, and the reconstructions, on the CPU."""
    codes, again = [], []
    for part in photos.split(batch):
        codes.append(system.encode(from_pixels(part.to(system.device))))
        again.append(system.decode(codes[-1]).float().cpu())
    return torch.cat(codes), torch.cat(again)


# torchmetrics brings a quarter of a gigabyte and seconds with it, and neither a page that rebuilds
# pictures nor a training asks for these two


def psnr(a: Image, b: Image) -> float:
    from torchmetrics.functional.image import peak_signal_noise_ratio

    return peak_signal_noise_ratio(a, b, data_range=(-1.0, 1.0)).item()


def ssim(a: Pixels, b: Pixels) -> float:
    from torchmetrics.functional.image import structural_similarity_index_measure

    found = structural_similarity_index_measure(a.float(), b.float(), data_range=255.0)
    assert isinstance(found, Tensor)  # a pair only when more is asked for
    return found.item()
