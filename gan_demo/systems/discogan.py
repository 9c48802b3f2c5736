"""DiscoGAN: relations between two worlds, discovered without pairs.

Kim, Cha, Kim, Lee and Kim, "Learning to Discover Cross-Domain Relations with Generative Adversarial
Networks", 2017, https://arxiv.org/abs/1703.05192
Reference code: https://github.com/SKTBrain/DiscoGAN

    L_GB = generator(D_B, b, G_AB(a))        L_CONSTA = d(G_BA(G_AB(a)), a)
    gan     min_G  L_GB                                    min_D  L_DB
    recon   min_G  L_GB + L_CONSTA                         min_D  L_DB
    disco   min_G  L_GB + L_CONSTA + L_GA + L_CONSTB       min_D  L_DA + L_DB

d is the mean square of differences in [0, 1]. That is the paper. The released code weighs the parts
and adds a match of features f_l, the maps of the critic after its second and later layers:

    FM_B = Σ_l mean (mean_batch f_l(b) - mean_batch f_l(G_AB(a)))²
    min_G  Σ (1 - r) (0.1 L_G + 0.9 FM) + r d,     r = 0.01 at first, then 0.5

and moves D once for two moves of G. Options: matching=0, rate=[] for the paper's sums.
Differs from both: with norm "instance", "channel" or "none" a picture does not depend on its batch;
network "resnet" is an hourglass of CycleGAN's parts, see `ResNet`, instead of the released one.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gan_demo import losses
from gan_demo.losses.augment import DiffAugment
from gan_demo.networks.hourglass import Critic, Hourglass
from gan_demo.networks.translation import ResNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Score, Terms

VARIANTS = "gan", "recon", "disco"
NETWORKS = {"hourglass": Hourglass, "resnet": ResNet}


class DiscoGAN(Translates):
    """a -> G_AB -> picture of B -> G_BA -> a again; D_B: picture of B -> real or fake.

    Args:
        size: side of the square training pictures, a power of two.
        network: "hourglass", as released, or "resnet".
        generator, discriminator: options of `Hourglass` or `ResNet`, and of `Critic`.
        variant: "disco", or a baseline of the paper, without D_A: "recon", and "gan", which has no
            way back either.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see, see `gan_demo.losses.augment`.
        matching: weight of feature matching against the game, 0.9 in the released code.
        rate: r before and after the first `early` of the training; [] for r = 1/2 in the paper's
            sums, where the game and d have weight 1.
        early: share of the training with the first r.
        generators: moves of G for one of D, 2 in the released code.
    """

    scaffold = ("D_A", "D_B")

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        domains: Sequence[str] = ("A", "B"),
        network: str = "hourglass",
        generator: dict | None = None,
        discriminator: dict | None = None,
        variant: str = "disco",
        loss: str = "nonsaturating",
        loss_options: dict | None = None,
        augment: str = "",
        matching: float = 0.9,
        rate: Sequence[float] = (0.01, 0.5),
        early: float = 0.2,
        generators: int = 2,
    ):
        super().__init__(size, channels, domains)
        for value, known in ((variant, VARIANTS), (network, NETWORKS)):
            if value not in known:
                raise ValueError(f"{value!r} is not one of {', '.join(known)}.")
        drawing, judging = complete(generator, NETWORKS[network]), complete(discriminator, Critic)
        self.G_AB = _generator(network, channels, size, drawing)
        self.D_B = Critic(channels, size, **judging)
        if variant != "gan":
            self.G_BA = _generator(network, channels, size, drawing)
        if variant == "disco":
            self.D_A = Critic(channels, size, **judging)
        self.stride = self.G_AB.stride
        self.adversarial = losses.make(loss, loss_options)
        self.augment = DiffAugment(augment)
        self.variant, self.matching, self.generators = variant, matching, generators
        self.rate, self.early = tuple(rate), early

    @property
    def targets(self) -> tuple[str, ...]:
        return self.domains[1:] if self.variant == "gan" else self.domains

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.G_AB if to == self.domains[1] else self.G_BA

    def players(self) -> list[Player]:
        drawing = [self.G_AB, *([] if self.variant == "gan" else [self.G_BA])]
        judging = [self.D_B, *([self.D_A] if self.variant == "disco" else [])]
        return [
            Player("G", tuple(drawing), self.generator_loss),
            Player("D", tuple(judging), self.critic_loss, every=self.generators),
        ]

    @property
    def weights(self) -> tuple[float, float, float]:
        """Of the game, of feature matching and of d."""
        if not self.rate:
            return 1.0, self.matching, 1.0
        r = self.rate[self.progress >= self.early]
        return (1 - r) * (1 - self.matching), (1 - r) * self.matching, r

    def generator_loss(self, batch: Batch) -> Terms:
        a, b, keep = batch["a"], batch["b"], self.weights[2]
        fake_b = self.G_AB(a)
        batch["fake_b"] = fake_b.detach()  # for the critics' turn
        terms = self.deceived("b", self.D_B, b, fake_b)
        if self.variant != "gan":
            terms["cycle a"] = keep * mse_loss(self.G_BA(fake_b), a) / 4  # differences in [0, 1]
        if self.variant == "disco":
            fake_a = self.G_BA(b)
            batch["fake_a"] = fake_a.detach()
            terms |= self.deceived("a", self.D_A, a, fake_a)
            terms["cycle b"] = keep * mse_loss(self.G_AB(fake_a), b) / 4
        return terms

    def deceived(self, to: str, D: nn.Module, real: Image, fake: Image) -> Terms:
        """The game and the match of features, from one pass over each set."""
        game, match, _ = self.weights
        d_fake, f_fake = self.seen(D, fake)
        with torch.no_grad():  # they are constants for G
            d_real, f_real = self.seen(D, real)
        terms = {f"game {to}": game * self.adversarial.towards(d_real, d_fake)}
        if match:
            pairs = zip(f_fake, f_real, strict=True)
            apart = [mse_loss(f.float().mean(0), r.float().mean(0)) for f, r in pairs]
            terms[f"match {to}"] = match * torch.stack(apart).sum()
        return terms

    def critic_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_b = batch["fake_b"] if "fake_b" in batch else self.G_AB(a).detach()
        terms = self.judged("b", self.D_B, b, fake_b)
        if self.variant == "disco":
            fake_a = batch["fake_a"] if "fake_a" in batch else self.G_BA(b).detach()
            terms |= self.judged("a", self.D_A, a, fake_a)
        return terms

    def judged(self, to: str, D: nn.Module, real: Image, fake: Image) -> Terms:
        terms = self.adversarial.critic(lambda x: self.seen(D, x)[0], real, fake, self.progress)
        return {f"{name} {to}": value for name, value in terms.items()}

    def seen(self, D: nn.Module, x: Image) -> tuple[Score, list[Tensor]]:
        logit, features = D(self.augment(x))
        return logit.squeeze(1), features


def _generator(network: str, channels: int, size: int, options: dict) -> Hourglass | ResNet:
    if network == "resnet":
        return ResNet(channels, **options)
    return Hourglass(channels, size, **options)
