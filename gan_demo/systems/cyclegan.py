"""CycleGAN: there and back again is where you started.

Zhu, Park, Isola and Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks", 2017, https://arxiv.org/abs/1703.10593
Reference code: https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix

    min_G  generator(D_B, b, G_AB(a)) + generator(D_A, a, G_BA(b))
           + λ (|G_BA(G_AB(a)) - a| + |G_AB(G_BA(b)) - b|)                cycle
           + λ ι (|G_AB(b) - b| + |G_BA(a) - a|)                          identity
           + μ (mean m_AB(a) + mean m_BA(b))                              mask
    min_D  critic(D_B, b, pool(G_AB(a))) + critic(D_A, a, pool(G_BA(b)))

|.| is the mean absolute difference; the critics look at patches; m says where a generator with a
mask draws (`ResNet.masked`). Differs from the reference: the mask's term is ours, and both sides
look at the fakes of one and the same pass.
"""

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import l1_loss

from gan_demo.losses.patches import PatchLoss
from gan_demo.losses.pool import Pool
from gan_demo.losses.schedule import at
from gan_demo.networks.translation import Patch, ResNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Schedule, Terms


class CycleGAN(Translates):
    """a -> G_AB -> picture of B -> G_BA -> a again; D_B: picture of B -> real or fake, patch-wise.

    Args:
        size: side of the square training pictures, a multiple of 4.
        generator, discriminator: options of `ResNet` and `Patch`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see, see `gan_demo.losses.augment`.
        lam: λ; 10 as published, for pixels in [-1, 1].
        identity: ι; 0.5 in the reference code.
        sparse: μ, the price of each place that is drawn anew, for generators with a mask.
        pool: earlier fakes that a critic may be shown instead of new ones; 50 as published.
    """

    scaffold = ("D_A", "D_B", "pool_A", "pool_B")

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        domains: Sequence[str] = ("A", "B"),
        generator: dict | None = None,
        discriminator: dict | None = None,
        loss: str = "lsgan",
        loss_options: dict | None = None,
        augment: str = "",
        lam: float = 10.0,
        identity: float = 0.5,
        sparse: Schedule = 0.0,
        pool: int = 50,
    ):
        super().__init__(size, channels, domains)
        self.G_AB, self.G_BA = (ResNet(channels, **complete(generator, ResNet)) for _ in range(2))
        self.D_A, self.D_B = (Patch(channels, **complete(discriminator, Patch)) for _ in range(2))
        self.pool_A, self.pool_B = (Pool(pool, channels, size) for _ in range(2))
        if sparse and not self.G_AB.mask:
            raise ValueError("sparse is the price of a mask: it needs generator.mask = true.")
        self.stride = self.G_AB.stride
        self.game = PatchLoss(loss, loss_options, augment)
        self.lam, self.identity, self.sparse = lam, identity, sparse

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.G_AB if to == self.domains[1] else self.G_BA

    def players(self) -> list[Player]:
        return [
            Player("G", (self.G_AB, self.G_BA), self.generator_loss),
            Player("D", (self.D_A, self.D_B), self.critic_loss),
        ]

    def generator_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        both = [torch.cat([a, b]), torch.cat([b, a])] if self.identity else [a, b]
        (drawn_b, m_b), (drawn_a, m_a) = self.G_AB.masked(both[0]), self.G_BA.masked(both[1])
        fake_b, fake_a = drawn_b[: len(a)], drawn_a[: len(b)]  # no norm couples the pictures
        batch |= {"fake_a": fake_a.detach(), "fake_b": fake_b.detach()}  # for the critics' turn
        terms = {
            "b": self.game.generator(self.D_B, b, fake_b),
            "a": self.game.generator(self.D_A, a, fake_a),
            "cycle": self.lam * (l1_loss(self.G_BA(fake_b), a) + l1_loss(self.G_AB(fake_a), b)),
        }
        if self.identity:
            apart = l1_loss(drawn_a[len(b) :], a) + l1_loss(drawn_b[len(a) :], b)
            terms["identity"] = self.lam * self.identity * apart
        if price := at(self.sparse, self.progress):
            terms["mask"] = price * (m_b[: len(a)].mean() + m_a[: len(b)].mean())
        return terms

    def critic_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_b = batch["fake_b"] if "fake_b" in batch else self.G_AB(a).detach()
        fake_a = batch["fake_a"] if "fake_a" in batch else self.G_BA(b).detach()
        on_a = self.game.critic(self.D_A, a, self.pool_A(fake_a), self.progress)
        on_b = self.game.critic(self.D_B, b, self.pool_B(fake_b), self.progress)
        return {f"{k} a": v for k, v in on_a.items()} | {f"{k} b": v for k, v in on_b.items()}
