"""CycleGAN: there and back again is where you started.

Zhu, Park, Isola and Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks", 2017, https://arxiv.org/abs/1703.10593
Reference code: https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix

    min_G  generator(D_B, b, G_AB(a)) + generator(D_A, a, G_BA(b))
           + λ (|G_BA(G_AB(a)) - a| + |G_AB(G_BA(b)) - b|)                cycle
           + λ ι (|G_AB(b) - b| + |G_BA(a) - a|)                          identity
    min_D  critic(D_B, b, pool(G_AB(a))) + critic(D_A, a, pool(G_BA(b)))

|.| is the mean absolute difference; the critics look at patches.
Differs from the reference: both sides look at the fakes of one and the same pass.
"""

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import l1_loss

from gan_demo.losses.patches import PatchLoss
from gan_demo.losses.pool import Pool
from gan_demo.networks.translation import Patch, ResNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Terms


class CycleGAN(Translates):
    """a -> G_AB -> picture of B -> G_BA -> a again; D_B: picture of B -> real or fake, patch-wise.

    Args:
        size: side of the square training pictures, a multiple of 4.
        generator, discriminator: options of `ResNet` and `Patch`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see, see `gan_demo.losses.augment`.
        lam: λ; 10 as published, for pixels in [-1, 1].
        identity: ι; 0.5 in the reference code.
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
        pool: int = 50,
    ):
        super().__init__(size, channels, domains)
        self.G_AB, self.G_BA = (ResNet(channels, **complete(generator, ResNet)) for _ in range(2))
        self.D_A, self.D_B = (Patch(channels, **complete(discriminator, Patch)) for _ in range(2))
        self.pool_A, self.pool_B = (Pool(pool, channels, size) for _ in range(2))
        self.stride = self.G_AB.stride
        self.game = PatchLoss(loss, loss_options, augment)
        self.lam, self.identity = lam, identity

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.G_AB if to == self.domains[1] else self.G_BA

    def players(self) -> list[Player]:
        return [
            Player("G", (self.G_AB, self.G_BA), self.generator_loss),
            Player("D", (self.D_A, self.D_B), self.critic_loss),
        ]

    def generator_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        if self.identity:  # one pass for both: no norm couples the pictures
            fake_b, same_b = self.G_AB(torch.cat([a, b])).chunk(2)
            fake_a, same_a = self.G_BA(torch.cat([b, a])).chunk(2)
        else:
            fake_b, fake_a, same_a, same_b = self.G_AB(a), self.G_BA(b), a, b
        batch |= {"fake_a": fake_a.detach(), "fake_b": fake_b.detach()}  # for the critics' turn
        terms = {
            "b": self.game.generator(self.D_B, b, fake_b),
            "a": self.game.generator(self.D_A, a, fake_a),
            "cycle": self.lam * (l1_loss(self.G_BA(fake_b), a) + l1_loss(self.G_AB(fake_a), b)),
        }
        if self.identity:
            apart = l1_loss(same_a, a) + l1_loss(same_b, b)
            terms["identity"] = self.lam * self.identity * apart
        return terms

    def critic_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_b = batch["fake_b"] if "fake_b" in batch else self.G_AB(a).detach()
        fake_a = batch["fake_a"] if "fake_a" in batch else self.G_BA(b).detach()
        on_a = self.game.critic(self.D_A, a, self.pool_A(fake_a), self.progress)
        on_b = self.game.critic(self.D_B, b, self.pool_B(fake_b), self.progress)
        return {f"{k} a": v for k, v in on_a.items()} | {f"{k} b": v for k, v in on_b.items()}
