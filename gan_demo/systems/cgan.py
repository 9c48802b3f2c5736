"""Conditional GANs: pictures of a wanted class, by three ways to tell the discriminator which.

Mirza & Osindero, "Conditional Generative Adversarial Nets", 2014, https://arxiv.org/abs/1411.1784
Odena et al., "Conditional Image Synthesis with Auxiliary Classifier GANs", 2016,
https://arxiv.org/abs/1610.09585
Miyato & Koyama, "cGANs with Projection Discriminator", 2018, https://arxiv.org/abs/1802.05637

    min_D  critic(D, (x, y), (G(z, y), y))   + λ_x H(y | x) + λ_g H(y | G(z, y))
    min_G  generator(D, (x, y), (G(z, y), y))               + λ_G H(y | G(z, y))

    concat      D(x, y) = D([x, y])                   y beside the picture, as planes
    acgan       D(x, y) = D(x)                        and H(y | x) = -log P(C = y | x)
    projection  D(x, y) = v_y·φ(x) + ψ(φ(x))

H, the cross-entropy of D's second head, is there for acgan alone.
Differs from the papers: the networks are a family of ours, the adversarial loss is an option, and
fakes have the classes of the real pictures of their batch; by default D does not learn the classes
of fakes, λ_g = 0, or G and D may agree on a mark of their own for each class; concat joins y to
convolutions, not to layers of an MLP; projection also tells G the class beside z, as in BigGAN
(1809.11096). A class is given as shares that add up to 1, so that classes can be mixed; training
sees one-hot ones alone.
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy, one_hot

from gan_demo import losses, networks
from gan_demo.losses.augment import DiffAugment
from gan_demo.losses.schedule import at
from gan_demo.networks import conditional
from gan_demo.options import complete
from gan_demo.systems.base import Conditions, Player
from gan_demo.types import Batch, Features, Image, Label, Latent, Schedule, Score, Shares, Terms


class CGAN(Conditions):
    """(z, y) -> G -> picture; (picture, y) -> D -> real or fake.

    Args:
        classes: their names, in the order of the labels.
        size: side of the square pictures, a power of two.
        method: "concat", "acgan" or "projection".
        network: a family of `gan_demo.networks`, for D.
        generator, discriminator: options of `networks.conditional.Generator` and of the family's
            Encoder; for "projection" also `features`, the length of φ.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        lam_x, lam_g, lam_G: weights λ of the class loss: of D on real pictures, of D on generated
            ones, and of G.
        augment: what D sees, see `gan_demo.losses.augment`.
        prior: "normal" for randn, "sphere" for N(randn); see `latent.prior`.
    """

    needs = frozenset({"x", "y"})
    scaffold = ("net",)

    def __init__(
        self,
        *,
        classes: Sequence[str] = ("A", "B"),
        size: int = 32,
        channels: int = 3,
        z_dim: int = 64,
        method: str = "projection",
        network: str = "dcgan",
        generator: dict | None = None,
        discriminator: dict | None = None,
        loss: str = "rpgan",
        loss_options: dict | None = None,
        lam_x: Schedule = 1.0,
        lam_g: Schedule = 0.0,
        lam_G: Schedule = 1.0,
        augment: str = "",
        prior: str = "normal",
    ):
        super().__init__(size, channels)
        if len(set(classes)) < max(2, len(classes)):
            raise ValueError(f"classes = {list(classes)!r}: name two or more, each once.")
        if method not in conditional.CRITICS:
            known = ", ".join(conditional.CRITICS)
            raise ValueError(f"method = {method!r} is not one of {known}.")
        self.classes, self.z_dim, k = tuple(classes), z_dim, len(classes)
        self.G = conditional.Generator(
            z_dim, k, size, channels, **complete(generator, conditional.Generator)
        )
        critic, family = conditional.CRITICS[method], networks.family(network)
        judging = complete(discriminator, critic, family.Encoder)
        self.net = critic(family, k, size, channels, **judging)
        self.lam_x, self.lam_g, self.lam_G = lam_x, lam_g, lam_G
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)
        self.distribution = prior

    def blend(self, z: Latent, shares: Shares) -> Image:
        return self.G(z, shares)

    def D(self, pair: tuple[Image, Shares]) -> Score:
        x, shares = pair
        # The class gets a gradient of 0: penalties of |∇D| are about the picture alone.
        return self.net(self.augment(x), shares.detach())[:, 0] + 0 * shares.sum(1)

    def players(self) -> list[Player]:
        return [
            Player("D", (self.net,), self.critic_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def critic_loss(self, batch: Batch) -> Terms:
        x, y, s = batch["x"], batch["y"], self.shares(batch["y"])
        fake = self.G(self.prior(len(x)), s).detach()
        on_x, on_fake = (self.net(self.augment(picture), s) for picture in (x, fake))
        scores = on_x[:, 0], on_fake[:, 0]
        terms = self.adversarial.critic(self.D, (x, s), (fake, s), self.progress, scores)
        terms |= self.classified("class of x", on_x, y, self.lam_x)
        return terms | self.classified("class of fake", on_fake, y, self.lam_g)

    def generator_loss(self, batch: Batch) -> Terms:
        x, y, s = batch["x"], batch["y"], self.shares(batch["y"])
        fake = self.G(self.prior(len(x)), s)
        on_fake = self.net(self.augment(fake), s)
        scores = self.adversarial.reference(self.D, (x, s)), on_fake[:, 0]
        terms = self.adversarial.generator(self.D, (x, s), (fake, s), scores)
        return terms | self.classified("class of fake", on_fake, y, self.lam_G)

    def classified(self, name: str, verdicts: Features, y: Label, lam: Schedule) -> Terms:
        """λ H(y | x), for a discriminator that names the class."""
        logits, weight = verdicts[:, 1:], at(lam, self.progress)
        return {name: weight * cross_entropy(logits, y)} if weight and logits.shape[1] else {}

    def shares(self, y: Label) -> Shares:
        return one_hot(y, len(self.classes)).float()

    def preview(self, batch: Batch) -> dict[str, Image]:
        """A row for each class, in the order of `classes`: the same eight z."""
        z, k = self.prior(8, seed=0), len(self.classes)
        y = torch.arange(k, device=self.device).repeat_interleave(8)
        return super().preview(batch) | {"classes": self.decode(z.repeat(k, 1), y)}
