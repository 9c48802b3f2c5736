"""VAE, and with a critic VAE-GAN: an encoder that gives not a code but a cloud of codes.

Kingma and Welling, "Auto-Encoding Variational Bayes", 2013, https://arxiv.org/abs/1312.6114
Larsen et al., "Autoencoding beyond pixels ...", 2015, https://arxiv.org/abs/1512.09300

    q(z | x) = N(μ(x), σ(x)²),    p(z) = N(0, I),    p(x | z) = N(G(z), s² I)

    min_E,G   - log p(x | z) + β KL(q(z | x) | p(z)),    z ~ q(z | x)

With β = 1 that is -ELBO, in nats a picture. Unless told, s² is the batch's mean square error, the
most likely value (Rybkin et al. 2020, 2006.13202). The code of a photo is the mean μ(x).

VAE-GAN compares in D_l, the layer of the critic before its last, instead of in pixels:

    S = ½ |D_l(x) - D_l(G(z))|²,    z ~ q(z | x)        - log p(D_l(x) | z) with unit variance

    min_E   S + β KL        min_G   γ S + generator(D, x, G(z))        min_D   critic(D, x, G(z))

Differs from the paper: of the pictures that D calls generated, half are drawn from the prior and
half are reconstructions (there as many of each as of photos); the critic's loss is free.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gan_demo import gaussian, losses, networks
from gan_demo.losses.augment import DiffAugment
from gan_demo.losses.schedule import at
from gan_demo.options import complete
from gan_demo.systems.base import Encodes, Player
from gan_demo.types import Batch, Image, Latent, Scalar, Schedule, Score, Terms


class VAE(Encodes):
    """Photo -> E -> μ, σ -> z = μ + σ ε -> G -> picture.

    Args:
        network: a family of `gan_demo.networks`, for E, G and D.
        generator, encoder, discriminator: options of the family's classes.
        beta: β, weight of the KL.
        sigma: s, pixels in [-1, 1]; None: the root mean square error of each batch.
        loss, loss_options: a name in `gan_demo.losses` makes it a VAE-GAN; and its options.
        gamma: γ, weight of the likeness for G beside its game, in VAE-GAN.
        augment: what D sees, see `gan_demo.losses.augment`; its layer D_l compares clean pictures.
    """

    scaffold = ("trunk", "last")
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
        discriminator: dict | None = None,
        beta: Schedule = 1.0,
        sigma: float | None = None,
        loss: str | None = None,
        loss_options: dict | None = None,
        gamma: Schedule = 0.05,
        augment: str = "",
    ):
        super().__init__(size, channels)
        if sigma is not None and sigma <= 0:
            raise ValueError(f"sigma = {sigma}: give a number above 0, or leave it out.")
        family = networks.family(network)
        self.z_dim, self.beta, self.sigma, self.gamma = z_dim, beta, sigma, gamma
        self.G = family.Generator(z_dim, size, channels, **complete(generator, family.Generator))
        self.E = family.Encoder(2 * z_dim, size, channels, **complete(encoder, family.Encoder))
        self.augment = DiffAugment(augment)
        self.loss = loss
        if loss:
            self.adversarial = losses.make(loss, loss_options)
            self.trunk = family.Encoder(
                1, size, channels, **complete(discriminator, family.Encoder)
            )
            if not hasattr(self.trunk, "end"):  # mlp
                raise ValueError(f"{network} has no layer to compare in: choose network dcgan.")
            self.last, self.trunk.end = self.trunk.end, nn.Identity()

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def encode(self, x: Image) -> Latent:
        return self.posterior(x)[0]

    def posterior(self, x: Image) -> tuple[Latent, Latent]:  # μ and log σ² of q(z | x)
        return gaussian.parted(self.E(x))

    def reading(self, x: Image) -> tuple[Latent, dict[str, Score]]:
        mu, logvar = self.posterior(x)
        return mu, {"KL, nats": gaussian.kl(mu, logvar)}

    def D(self, x: Image) -> Score:
        return self.last(self.trunk(self.augment(x))).squeeze(1)

    def players(self) -> list[Player]:
        if not self.loss:
            return [Player("VAE", (self.E, self.G), self.elbo_loss)]
        return [
            Player("D", (self.trunk, self.last), self.critic_loss),
            Player("E", (self.E,), self.encoder_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def elbo_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        mu, logvar = self.posterior(x)
        again = self.G(gaussian.draw(mu, logvar))
        return {"nll": self.nll(x, again)} | self.divergence(mu, logvar)

    def nll(self, x: Image, again: Image) -> Scalar:
        """- log N(x; x̂, s²) = ½ d (log 2π s² + mean (x - x̂)² / s²), of d pixels."""
        d, error = x[0].numel(), mse_loss(again, x)
        s2 = error.detach() if self.sigma is None else torch.full_like(error, self.sigma**2)
        return d / 2 * ((2 * math.pi * s2).log() + error / s2)

    def divergence(self, mu: Latent, logvar: Latent) -> Terms:
        return {"kl": at(self.beta, self.progress) * gaussian.kl(mu, logvar).mean()}

    def critic_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        fake = self.mixed(self.G(gaussian.draw(*self.posterior(x)))).detach()
        return self.adversarial.critic(self.D, x, fake, self.progress)

    def encoder_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        mu, logvar = self.posterior(x)
        again = self.G(gaussian.draw(mu, logvar))
        return {"likeness": self.likeness(x, again)} | self.divergence(mu, logvar)

    def generator_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        again = self.G(gaussian.draw(*self.posterior(x)).detach())
        likeness = at(self.gamma, self.progress) * self.likeness(x, again)
        return self.adversarial.generator(self.D, x, self.mixed(again)) | {"likeness": likeness}

    def likeness(self, x: Image, again: Image) -> Scalar:
        """S, mean over the pictures."""
        f, g = self.trunk(torch.cat([x, again])).chunk(2)
        return (f - g).square().sum(1).mean() / 2

    def mixed(self, again: Image) -> Tensor:
        """The first half of the reconstructions, and drawn pictures in place of the others."""
        kept, replaced = again.tensor_split(2)
        return torch.cat([kept, self.G(self.prior(len(replaced)))])
