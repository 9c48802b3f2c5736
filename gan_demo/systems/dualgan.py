"""DualGAN: two Wasserstein games that must invert each other.

Yi, Zhang, Tan and Gong, "DualGAN: Unsupervised Dual Learning for Image-to-Image Translation",
2017, https://arxiv.org/abs/1704.02510
Reference code: https://github.com/duxingren14/DualGAN

    min_D  E D_B(G_AB(a)) - E D_B(b) + E D_A(G_BA(b)) - E D_A(a)
    min_G  -E D_B(G_AB(a)) - E D_A(G_BA(b))
           + λ (|G_BA(G_AB(a)) - a| + |G_AB(G_BA(b)) - b|)

|.| is the mean absolute difference. What makes the critics Lipschitz is a gradient penalty, as in
the code, or with `clip` and gp = 0 the clipping of the paper.
Differs from the code: U-Net and critic have kernels of 4; no norm at the bottleneck, where instance
norm leaves nothing, and none in the critics; no dropout, which is off there by default; Adam with
β₁ = 0, β₂ = 0.9 in place of RMSprop with decay 0.9.
"""

from collections.abc import Callable, Sequence

import torch
from torch.nn.functional import l1_loss

from gan_demo.losses.patches import PatchLoss
from gan_demo.networks.strided import Strided
from gan_demo.networks.unet import UNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Terms


class DualGAN(Translates):
    """a -> G_AB -> picture of B -> G_BA -> a again; D_B: picture of B -> one logit.

    Args:
        size: side of the square training pictures, a multiple of 4.
        generator: options of `UNet`; its depth is 4 unless told, or less where size asks for it.
        discriminator: options of `Strided`; 4 layers unless told, then one logit a picture.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see, see `gan_demo.losses.augment`.
        lam: λ; 500 in the code, for pixels in [-1, 1].
        critics: moves of the critics for one of the generators; 1 in the code, 2 to 4 in the paper.
        clip: largest weight of a critic, 0.01 in the paper; 0 for no limit.
    """

    scaffold = ("D_A", "D_B")

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        domains: Sequence[str] = ("A", "B"),
        generator: dict | None = None,
        discriminator: dict | None = None,
        loss: str = "wgan_gp",
        loss_options: dict | None = None,
        augment: str = "",
        lam: float = 500.0,
        critics: int = 1,
        clip: float = 0.0,
    ):
        super().__init__(size, channels, domains)
        unet = complete(generator, UNet, depth=min(4, (size & -size).bit_length() - 1))
        layers = (discriminator or {}).get("layers", 4)
        critic = complete(discriminator, Strided, layers=layers, head=size >> layers)
        if size % 2 ** unet["depth"] or critic["head"] < 1:
            raise ValueError(
                f"size = {size} cannot be halved so often: lower generator.depth to what divides "
                "it, or discriminator.layers."
            )
        self.G_AB, self.G_BA = (UNet(channels, **unet) for _ in range(2))
        self.stride = self.G_AB.stride
        self.D_A, self.D_B = (Strided(channels, **critic) for _ in range(2))
        self.game = PatchLoss(loss, loss_options, augment)
        self.lam, self.critics, self.clip = lam, critics, clip

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.G_AB if to == self.domains[1] else self.G_BA

    def players(self) -> list[Player]:
        return [
            Player("G", (self.G_AB, self.G_BA), self.generator_loss, every=self.critics),
            Player("D", (self.D_A, self.D_B), self.critic_loss),
        ]

    def generator_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_a, fake_b = self.G_BA(b), self.G_AB(a)
        batch |= {"fake_a": fake_a.detach(), "fake_b": fake_b.detach()}  # for the critics' turn
        return {
            "b": self.game.generator(self.D_B, b, fake_b),
            "a": self.game.generator(self.D_A, a, fake_a),
            "cycle": self.lam * (l1_loss(self.G_BA(fake_b), a) + l1_loss(self.G_AB(fake_a), b)),
        }

    def critic_loss(self, batch: Batch) -> Terms:
        self.limit()
        a, b = batch["a"], batch["b"]
        fake_a = batch["fake_a"] if "fake_a" in batch else self.G_BA(b).detach()
        fake_b = batch["fake_b"] if "fake_b" in batch else self.G_AB(a).detach()
        on_a = self.game.critic(self.D_A, a, fake_a, self.progress)
        on_b = self.game.critic(self.D_B, b, fake_b, self.progress)
        return {f"{k} a": v for k, v in on_a.items()} | {f"{k} b": v for k, v in on_b.items()}

    @torch.no_grad()
    def limit(self) -> None:
        """Clip the critics' weights, before each of their moves (Arjovsky 2017, 1701.07875)."""
        if self.clip:
            for D in (self.D_A, self.D_B):
                for weight in D.parameters():
                    weight.clamp_(-self.clip, self.clip)
