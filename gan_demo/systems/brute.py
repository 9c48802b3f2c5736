"""An encoder by brute force: it learns which code a finished generator drew a picture from.

Called the latent regressor in Donahue et al., "Adversarial Feature Learning", 2016,
https://arxiv.org/abs/1605.09782, where it is the baseline of BiGAN.

    min_E  match(z, E(G(z))) + λ_x mean (x - G(code E(x)))²        G is never moved

    match "mse"   mean (z - E(G(z)))²
          "rho"   -ρ(z, E(G(z)))
    code E(x)     N(E(x)) for the prior "sphere", tanh E(x) for "uniform", E(x) for "normal"

It is cheap, but of photographs the first term shows E nothing, and what G cannot draw it never
meets. The second term, 0 in the paper, shows it some: Zhu et al., "In-Domain GAN Inversion for
Real Image Editing", 2020, https://arxiv.org/abs/2004.00049, there with features and a critic.
"""

import math

import torch
from torch.nn.functional import mse_loss

from gan_demo import networks
from gan_demo.latent import normalize, pearson
from gan_demo.losses.schedule import at
from gan_demo.options import complete
from gan_demo.systems.base import Encodes, Player
from gan_demo.types import Batch, Features, Image, Latent, Schedule, Terms

CODES = {"sphere": normalize, "uniform": torch.tanh, "normal": lambda e: e}


class Brute(Encodes):
    """Photo -> E -> code -> G -> picture, where G was trained before and elsewhere.

    A run fills G from a checkpoint, `init.G = "checkpoints/..."`, and the options state what that
    one holds; from then on G belongs to this system's own checkpoint.

    Args:
        size: side of the square pictures, a power of two.
        z_dim, network, generator, prior: what the finished G was built and trained with.
        encoder: options of the family's encoder.
        match: how far a code is from its z, "mse" or "rho".
        photo: λ_x, weight of the reconstruction error of real pictures.
        photo_share: part of the batch that the photo term looks at.
    """

    frozen = ("G",)

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 128,
        network: str = "dcgan",
        generator: dict | None = None,
        encoder: dict | None = None,
        match: str = "mse",
        photo: Schedule = 0.0,
        photo_share: float = 0.25,
        prior: str = "sphere",
    ):
        super().__init__(size, channels)
        if prior not in CODES:
            raise ValueError(f"prior = {prior!r} is not one of {', '.join(CODES)}.")
        if match not in ("mse", "rho"):
            raise ValueError(f"match = {match!r} is not one of mse, rho.")
        if match == "rho" and prior != "sphere":
            raise ValueError(f'match = "rho" cannot find the length of a {prior} code: use "mse".')
        family = networks.family(network)
        self.z_dim, self.distribution, self.match = z_dim, prior, match
        self.photo, self.photo_share = photo, photo_share
        self.G = family.Generator(
            z_dim, size, channels, **complete(generator, family.Generator)
        ).requires_grad_(False)
        self.E = family.Encoder(z_dim, size, channels, **complete(encoder, family.Encoder))

    def train(self, mode: bool = True) -> "Brute":
        super().train(mode)
        self.G.eval()  # or a batch norm of G would go on counting
        return self

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def encode(self, x: Image) -> Latent:
        return CODES[self.distribution](self.E(x))

    def players(self) -> list[Player]:
        return [Player("E", (self.E,), self.encoder_loss)]

    def encoder_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        z = self.prior(len(x))
        with torch.no_grad():
            fake = self.G(z)
        terms = self.distance(z, self.E(fake))
        if weight := at(self.photo, self.progress):
            photos = x[: math.ceil(self.photo_share * len(x))]
            terms["photo"] = weight * mse_loss(self.reconstruct(photos), photos)
        return terms

    def distance(self, z: Latent, e: Features) -> Terms:
        if self.match == "rho":
            return {"rho": -pearson(z, e).mean()}
        return {"mse": mse_loss(torch.tanh(e) if self.distribution == "uniform" else e, z)}
