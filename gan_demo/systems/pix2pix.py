"""pix2pix: translation learnt from pairs, with a critic that sees what was to be translated.

Isola, Zhu, Zhou and Efros, "Image-to-Image Translation with Conditional Adversarial Networks",
2017, https://arxiv.org/abs/1611.07004
Reference code: https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix

    min_G  generator(D, (a, b), (a, G(a))) + λ |G(a) - b|
    min_D  critic(D, (a, b), (a, G(a)))

|.| is the mean absolute difference; D looks at patches of both pictures, one upon the other. One
direction is a game of its own: here both are played, a to b and b to a. It needs the pairs that the
other translators do without, so where these are twins it says how far they could come.
Differs from the paper: instance norm and no dropout, its only noise; a picture has one translation.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from gan_demo.losses.patches import PatchLoss
from gan_demo.networks.translation import Patch, ResNet
from gan_demo.networks.unet import UNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Terms

NETWORKS = {"unet": UNet, "resnet": ResNet}


class Pix2Pix(Translates):
    """a -> G_AB -> picture of B; D_B: (a, picture of B) -> real or fake, patch-wise; and back.

    Args:
        size: side of the square training pictures.
        network: "unet", as published, or "resnet".
        generator: options of `UNet`, which halves down to one place unless told, or of `ResNet`.
        discriminator: options of `Patch`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see of both pictures, see `gan_demo.losses.augment`.
        lam: λ; 100 as published, for pixels in [-1, 1].
    """

    paired = True
    scaffold = ("D_A", "D_B")

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        domains: Sequence[str] = ("A", "B"),
        network: str = "unet",
        generator: dict | None = None,
        discriminator: dict | None = None,
        loss: str = "nonsaturating",
        loss_options: dict | None = None,
        augment: str = "",
        lam: float = 100.0,
    ):
        super().__init__(size, channels, domains)
        if network not in NETWORKS:
            raise ValueError(f"{network!r} is not one of {', '.join(NETWORKS)}.")
        draw = NETWORKS[network]
        usual = {"depth": min(8, (size & -size).bit_length() - 1)} if draw is UNet else {}
        drawing = complete(generator, draw, **usual)
        self.G_AB, self.G_BA = (draw(channels, **drawing) for _ in range(2))
        self.stride = self.G_AB.stride
        if size % self.stride:
            raise ValueError(f"size = {size} is no multiple of {self.stride}: lower the depth.")
        self.D_A, self.D_B = (
            Patch(2 * channels, **complete(discriminator, Patch)) for _ in range(2)
        )
        self.game = PatchLoss(loss, loss_options, augment)
        self.lam = lam

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.G_AB if to == self.domains[1] else self.G_BA

    def players(self) -> list[Player]:
        return [
            Player("G", (self.G_AB, self.G_BA), self.generator_loss),
            Player("D", (self.D_A, self.D_B), self.critic_loss),
        ]

    def generator_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_a, fake_b = self.G_BA(b), self.G_AB(a)
        batch |= {"fake_a": fake_a.detach(), "fake_b": fake_b.detach()}  # for the critics' turn
        return {
            "b": self.game.generator(self.D_B, upon(a, b), upon(a, fake_b)),
            "a": self.game.generator(self.D_A, upon(b, a), upon(b, fake_a)),
            "L1": self.lam * (l1_loss(fake_b, b) + l1_loss(fake_a, a)),
        }

    def critic_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_a = batch["fake_a"] if "fake_a" in batch else self.G_BA(b).detach()
        fake_b = batch["fake_b"] if "fake_b" in batch else self.G_AB(a).detach()
        on_a = self.game.critic(self.D_A, upon(b, a), upon(b, fake_a), self.progress)
        on_b = self.game.critic(self.D_B, upon(a, b), upon(a, fake_b), self.progress)
        return {f"{k} a": v for k, v in on_a.items()} | {f"{k} b": v for k, v in on_b.items()}


def upon(x: Image, y: Image) -> Tensor:  # (b, 2 c, h, w)
    """Both pictures as one of twice the channels."""
    return torch.cat([x, y], 1)
