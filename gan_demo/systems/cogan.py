"""CoGAN: two generators and two critics that share layers draw pairs without ever seeing one.

Liu and Tuzel, "Coupled Generative Adversarial Networks", 2016, https://arxiv.org/abs/1606.07536
Reference code: https://github.com/mingyuliutw/CoGAN

    min_D  critic(D_a, a, G_a(z)) + critic(D_b, b, G_b(z))
    min_G  generator(D_a, a, G_a(z)) + generator(D_b, b, G_b(z))

G_a and G_b are one network up to some layer, D_a and D_b one network from some layer on: what a
picture is of, is decided in common; how it looks in a domain, apart. a and b are drawn without
looking at one another, so only the marginals are ever seen; that the same z gives the same thing
in both comes from the shared weights.
Differs from the paper: the layers are DCGAN's, any loss of `gan_demo.losses` (theirs is
"nonsaturating"), and the critics may look at augmented pictures.
"""

from collections.abc import Sequence
from functools import partial

import torch

from gan_demo import losses
from gan_demo.losses.augment import DiffAugment
from gan_demo.networks import dcgan
from gan_demo.networks.coupled import Critic, Generator
from gan_demo.options import complete
from gan_demo.systems.base import Couples, Player
from gan_demo.types import Batch, Image, Latent, Score, Terms


class CoGAN(Couples):
    """z -> shared layers -> a picture of each domain.

    Args:
        size: side of the square pictures, a power of two from 32.
        domains: their names, for instance ("faces", "edges"); the data are [data.a], [data.b].
        generator, critic: options of the classes of `gan_demo.networks.coupled`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see, see `gan_demo.losses.augment`.
    """

    needs = frozenset({"a", "b"})
    scaffold = ("D",)
    distribution = "normal"

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 64,
        domains: Sequence[str] = ("a", "b"),
        generator: dict | None = None,
        critic: dict | None = None,
        loss: str = "rpgan",
        loss_options: dict | None = None,
        augment: str = "",
    ):
        super().__init__(size, channels)
        if len(set(domains)) != 2:
            raise ValueError(f"domains = {list(domains)!r}: name two different ones.")
        self.domains, self.z_dim = (domains[0], domains[1]), z_dim
        self.G = Generator(z_dim, size, channels, **complete(generator, Generator, dcgan.Generator))
        self.D = Critic(size, channels, **complete(critic, Critic, dcgan.Encoder))
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)

    def pair(self, z: Latent) -> tuple[Image, Image]:
        return self.G(z)

    def players(self) -> list[Player]:
        return [
            Player("D", (self.D,), self.critic_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def judge(self, domain: int, x: Image) -> Score:
        return self.D(self.augment(x), domain)

    def critic_loss(self, batch: Batch) -> Terms:
        reals = batch["a"], batch["b"]
        fakes = [fake.detach() for fake in self.pair(self.prior(len(reals[0])))]
        terms: Terms = {}
        for i, (real, fake) in enumerate(zip(reals, fakes, strict=True)):
            found = self.adversarial.critic(partial(self.judge, i), real, fake, self.progress)
            terms |= {f"{name} {'ab'[i]}": value for name, value in found.items()}
        return terms

    def generator_loss(self, batch: Batch) -> Terms:
        reals = batch["a"], batch["b"]
        fakes = self.pair(self.prior(len(reals[0])))
        terms: Terms = {}
        for i, (real, fake) in enumerate(zip(reals, fakes, strict=True)):
            found = self.adversarial.generator(partial(self.judge, i), real, fake)
            terms |= {f"{name} {'ab'[i]}": value for name, value in found.items()}
        return terms

    def preview(self, batch: Batch) -> dict[str, Image]:
        """Rows of eight: pictures of the first domain, and below each its twin of the second."""
        a, b = (x.split(8) for x in self.pair(self.prior(32, seed=0)))
        rows = [row for rows in zip(a, b, strict=True) for row in rows]
        return {"samples": torch.cat(rows)}
