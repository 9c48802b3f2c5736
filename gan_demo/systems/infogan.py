"""InfoGAN: a GAN part of whose input can be read off the picture again.

Chen et al., "InfoGAN: Interpretable Representation Learning by Information Maximizing Generative
Adversarial Nets", 2016, https://arxiv.org/abs/1606.03657
Reference code: https://github.com/openai/InfoGAN

    z = (c, c', n)    c one of k, as a row of k numbers; c' ~ U(-1, 1) each; n ~ N(0, I), noise

    L(c) = E log Q(c | G(z)) + H(c)   ≤   I(c; G(z)) in nats, and so for c'

    min_D,Q  critic(D, x, G(z))    - λ L(c) - λ' L(c')
    min_G    generator(D, x, G(z)) - λ L(c) - λ' L(c')

Q is D but for the last layer: of c it gives the logits, of each c' the mean and log variance of a
normal distribution. n is lost: nothing reads it. So the code of a photo is what Q reads for c and
c', and 0 for n, the mean of the noise: only part of the input is found, and a reconstruction
shows no more than that.
Differs from the paper: Q has no hidden layer of its own.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan_demo import gaussian, latent, losses, networks
from gan_demo.losses.augment import DiffAugment
from gan_demo.losses.schedule import at
from gan_demo.options import complete
from gan_demo.systems.base import Encodes, Player
from gan_demo.types import Batch, Features, Image, Latent, Schedule, Score, Terms

LEAST = -6.0  # log σ² of Q: a sharper density would have gradients without bound


class InfoGAN(Encodes):
    """Photo -> D and Q -> c, c' -> z = (c, c', 0) -> G -> picture.

    Args:
        z_dim: numbers in z: all the k, the c' and the rest noise.
        network: a family of `gan_demo.networks`, for both G and D.
        generator, discriminator: options of the family's two classes.
        categories: k of each c.
        continuous: how many c'.
        lam, lam_continuous: λ and λ'.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what D sees, see `gan_demo.losses.augment`; Q reads clean pictures.
    """

    distribution = "mixed"  # classes, uniform and normal numbers, see `prior`

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 128,
        network: str = "dcgan",
        generator: dict | None = None,
        discriminator: dict | None = None,
        categories: Sequence[int] = (10,),
        continuous: int = 2,
        lam: Schedule = 1.0,
        lam_continuous: Schedule = 0.1,
        loss: str = "nonsaturating",
        loss_options: dict | None = None,
        augment: str = "",
    ):
        super().__init__(size, channels)
        noise = z_dim - sum(categories) - continuous
        if noise < 0 or continuous < 0 or any(k < 2 for k in categories):
            raise ValueError(
                f"z_dim = {z_dim} must hold categories {list(categories)}, 2 or more each, and "
                f"{continuous} continuous codes: raise z_dim or ask for fewer."
            )
        family = networks.family(network)
        self.z_dim, self.parts = z_dim, [*categories, continuous, noise]
        self.lam, self.lam_continuous = lam, lam_continuous
        self.G = family.Generator(z_dim, size, channels, **complete(generator, family.Generator))
        self.reads = [*categories, continuous, continuous]
        out = 1 + sum(self.reads)
        self.net: nn.Module = family.Encoder(
            out, size, channels, **complete(discriminator, family.Encoder)
        )
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)

    def prior(self, n: int, seed: int | None = None) -> Latent:
        """The largest of k normal numbers is each of them equally often."""
        normal = latent.prior("normal", n, self.z_dim, seed)
        *classes, continuous, noise = normal.split(self.parts, 1)
        uniform = latent.PRIORS["uniform"](continuous)
        return torch.cat([*map(largest, classes), uniform, noise], 1).to(self.device)

    def home(self, z: Latent) -> Latent:
        *classes, continuous, noise = z.split(self.parts, 1)
        boxed = (part.clamp(0, 1) for part in classes)  # a search passes between them
        return torch.cat([*boxed, continuous.clamp(-1, 1), latent.HOMES["normal"](noise)], 1)

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def encode(self, x: Image) -> Latent:
        *logits, mu, _ = self.read(x)
        noise = mu.new_zeros(len(x), self.parts[-1])
        return torch.cat([*map(largest, logits), mu.clamp(-1, 1), noise], 1)

    def D(self, x: Image) -> Score:
        return self.net(self.augment(x))[:, 0]

    def read(self, x: Image) -> tuple[Tensor, ...]:
        """Q: the logits of each c, the means of c' and their log variances."""
        return self.net(x)[:, 1:].split(self.reads, 1)

    def players(self) -> list[Player]:
        return [
            Player("D", (self.net,), self.critic_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def critic_loss(self, batch: Batch) -> Terms:
        x, z = batch["x"], self.prior(len(batch["x"]))
        fake = self.G(z).detach()
        return self.adversarial.critic(self.D, x, fake, self.progress) | self.information(z, fake)

    def generator_loss(self, batch: Batch) -> Terms:
        x, z = batch["x"], self.prior(len(batch["x"]))
        fake = self.G(z)
        return self.adversarial.generator(self.D, x, fake) | self.information(z, fake)

    def information(self, z: Latent, fake: Image) -> Terms:
        """-λ L(c) and -λ' L(c'), sums over the codes of each kind."""
        of_c, of_rest = (bound.mean() for bound in self.bounds(z, fake))
        lam, rest = at(self.lam, self.progress), at(self.lam_continuous, self.progress)
        return {"c": -lam * of_c, "c'": -rest * of_rest}

    def bounds(self, z: Latent, fake: Image) -> tuple[Score, Score]:
        """L(c) and L(c') of each picture, H(c) = log k and H(c') = log 2 each."""
        *classes, continuous, _ = z.split(self.parts, 1)
        *logits, mu, logvar = self.read(fake)
        of_c = z.new_zeros(len(z))
        for c, q in zip(classes, logits, strict=True):
            of_c = of_c + (c * q.log_softmax(1)).sum(1) + math.log(c.shape[1])
        known = gaussian.log_density(continuous, mu, logvar.clamp(min=LEAST))
        return of_c, known + continuous.shape[1] * math.log(2)


def largest(v: Features) -> Features:
    """1 for the largest of each row, 0 for the others."""
    return one_hot(v.argmax(1), v.shape[1]).to(v.dtype)
