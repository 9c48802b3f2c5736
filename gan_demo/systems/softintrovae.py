"""Soft-IntroVAE: a VAE whose encoder is the critic of its own decoder.

Daniel and Tamar, "Soft-IntroVAE: Analyzing and Improving the Introspective Variational
Autoencoder", 2020, https://arxiv.org/abs/2012.13253
Reference code: https://github.com/taldatech/soft-intro-vae-pytorch

IntroVAE (Huang et al. 2018, 1807.06358) raises the KL of generated pictures up to a margin, which
has to be tuned to the scale of the KL; here an exponential of the ELBO takes the hinge's place:

    R(x) = |x - G(z)|²,   K(x) = KL(q(z | x) | N(0, I)),   z ~ q(z | x),   s = 1 / (c h w)
    y = G(z) with z ~ q(z | x), and G(p) with p ~ N(0, I), half of each

    min_E   s (β_rec R(x) + β_kl K(x)) + ½ E exp(-2 s (β_rec R(y) + β_neg K(y)))
    min_G   s (β_rec R(x) + β_kl E K(y))

E calls generated pictures unlikely, G makes them likely. For that K(y) must stay above K(x): the
exponential lets go of K(y) where its pull falls below that of β_kl, at K = ln(β_neg / β_kl) /
(2 s β_neg) nats (if R(y) is small), so β_neg is chosen by the K(x) that the pictures need.
Differs from the code: pixels are in [-1, 1], so β_rec weighs four times what it does there, and R
of generated pictures, 1e-8 there, is left out of G's loss.
"""

import torch

from gan_demo import gaussian, networks
from gan_demo.options import complete
from gan_demo.systems.base import Encodes, Player
from gan_demo.types import Batch, Image, Latent, Score, Terms


class SoftIntroVAE(Encodes):
    """Photo -> E -> μ, σ -> z = μ + σ ε -> G -> picture -> E -> likely or not?

    Args:
        size: side of the square pictures, a power of two.
        network: a family of `gan_demo.networks`, for both E and G.
        generator, encoder: options of the family's two classes.
        beta_rec, beta_kl, beta_neg: the weights β above.
        warm_up: share of the training at its start as a VAE, without y (`num_vae` in the code):
            at once, E would raise K of photos and of drawn pictures alike.
    """

    distribution = "normal"

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 128,
        network: str = "dcgan",
        generator: dict | None = None,
        encoder: dict | None = None,
        beta_rec: float = 1.0,
        beta_kl: float = 1.0,
        beta_neg: float = 256.0,
        warm_up: float = 0.0,
    ):
        super().__init__(size, channels)
        if beta_neg <= beta_kl:
            raise ValueError(
                f"beta_neg = {beta_neg} must be above beta_kl = {beta_kl}, or generated pictures "
                "would never be less likely than photos. Raise beta_neg, 256 is usual."
            )
        family = networks.family(network)
        self.z_dim, self.scale = z_dim, 1 / (channels * size * size)
        self.beta_rec, self.beta_kl, self.beta_neg = beta_rec, beta_kl, beta_neg
        self.warm_up = warm_up
        self.G = family.Generator(z_dim, size, channels, **complete(generator, family.Generator))
        self.E = family.Encoder(2 * z_dim, size, channels, **complete(encoder, family.Encoder))

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def encode(self, x: Image) -> Latent:
        return self.posterior(x)[0]

    def posterior(self, x: Image) -> tuple[Latent, Latent]:
        """μ and log σ² of q(z | x)."""
        return gaussian.parted(self.E(x))

    def reading(self, x: Image) -> tuple[Latent, dict[str, Score]]:
        mu, logvar = self.posterior(x)
        return mu, {"KL, nats": gaussian.kl(mu, logvar)}

    def players(self) -> list[Player]:
        return [
            Player("E", (self.E,), self.encoder_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def generated(self, z: Latent) -> tuple[Image, Image]:
        """G(z), and as many drawn from the prior."""
        again, drawn = self.G(torch.cat([z, self.prior(len(z))])).chunk(2)
        return again, drawn

    def encoder_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        mu, logvar = self.posterior(x)
        again, drawn = self.generated(gaussian.draw(mu, logvar))
        terms = {
            "rec": self.scale * self.beta_rec * apart(x, again).mean(),
            "kl": self.scale * self.beta_kl * gaussian.kl(mu, logvar).mean(),
        }
        if self.progress < self.warm_up:
            return terms
        y = torch.cat([again, drawn]).detach()
        of_y = self.posterior(y)
        elbo = self.beta_rec * apart(y, self.G(gaussian.draw(*of_y)))
        elbo = -(elbo + self.beta_neg * gaussian.kl(*of_y))
        return terms | {"exp elbo": (2 * self.scale * elbo).exp().mean() / 2}

    def generator_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        again, drawn = self.generated(gaussian.draw(*self.posterior(x)).detach())
        terms = {"rec": self.scale * self.beta_rec * apart(x, again).mean()}
        if self.progress < self.warm_up:
            return terms
        of_y = self.posterior(torch.cat([again, drawn]))
        return terms | {"kl": self.scale * self.beta_kl * gaussian.kl(*of_y).mean()}


def apart(x: Image, y: Image) -> Score:
    """|x - y|² of each pair of pictures."""
    return (x - y).square().flatten(1).sum(1)
