"""UNIT: two autoencoders that share one latent space.

Liu, Breuel and Kautz, "Unsupervised Image-to-Image Translation Networks", 2017,
https://arxiv.org/abs/1703.00848
Reference code: https://github.com/mingyuliutw/UNIT

    h_a = E_A(a),   z_a = h_a + n,   n ~ N(0, I)             q(z | a) = N(E_A(a), I)

    min_E,G   γ generator(D_B, b, G_B(z_a))                  a drawn as B
            + λ |G_A(z_a) - a| + κ mean h_a²                 a drawn as A; the KL of q from N(0, I)
            + λ' |G_A(z') - a| + κ' mean h'²                 there and back, h' = E_B(G_B(z_a))
            + the same with a and b exchanged
    min_D     critic(D_B, b, G_B(z_a)) + critic(D_A, a, G_A(z_b))

|.| is the mean absolute difference. The last blocks of both encoders are one and the same, and so
are the first of both generators: by the paper this sharing is why the domains meet in one latent
space. The released code shares nothing (`shared=0`), and only the cycle ties them.
Differs from the code: E and G are the halves of CycleGAN's ResNet, and a mean over the scales of
the critics stands for their sum. As there, each variance is 1 and the KL is a mean, not ½ a sum.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from gan_demo.losses.patches import PatchLoss
from gan_demo.networks.strided import Scales, Strided
from gan_demo.networks.translation import ResNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Terms


class UNIT(Translates):
    """a -> E_A -> top -> h (+ noise) -> bottom -> G_B -> picture of B, or G_A -> a again.

    Args:
        size: side of the square training pictures, a multiple of 4.
        generator: options of the `ResNet` that is cut in two; 8 blocks, 4 a half, unless told.
        discriminator: options of `Scales`.
        shared: blocks on either side of h that both domains share; 0 as released.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critics see, see `gan_demo.losses.augment`.
        gan: γ; 6 is the code's weight 1 on a sum over 3 scales without the ½ of our least squares.
        recon, kl: λ and κ, weights of the autoencoders.
        cycle, cycle_kl: λ' and κ', weights of the way there and back.
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
        shared: int = 1,
        loss: str = "lsgan",
        loss_options: dict | None = None,
        augment: str = "",
        gan: float = 6.0,
        recon: float = 10.0,
        kl: float = 0.01,
        cycle: float = 10.0,
        cycle_kl: float = 0.01,
    ):
        super().__init__(size, channels, domains)
        options = complete(generator, ResNet, blocks=8)
        half, odd = divmod(options["blocks"], 2)
        if odd or not 0 <= shared <= half or options.get("residual") or options.get("mask"):
            raise ValueError(
                f"UNIT needs an even number of blocks, of which it shares 0 to {half} a half, and "
                "neither residual nor mask: the picture comes from the latent alone."
            )
        net_a, net_b = (ResNet(channels, **options) for _ in range(2))
        code = net_a.middle - half  # layers before the latent
        first, last = code - shared, code + shared
        self.E_A, self.E_B = net_a.layers[:first], net_b.layers[:first]
        self.top, self.bottom = net_a.layers[first:code], net_a.layers[code:last]
        self.G_A, self.G_B = net_a.layers[last:], net_b.layers[last:]
        critic = complete(discriminator, Scales, Strided, layers=4)
        if size >> (critic["scales"] - 1 + critic["layers"]) < 1:
            raise ValueError(
                f"size = {size} cannot be halved so often: lower discriminator.layers or scales."
            )
        self.D_A, self.D_B = (Scales(channels, **critic) for _ in range(2))
        self.game = PatchLoss(loss, loss_options, augment)
        self.gan, self.recon, self.kl = gan, recon, kl
        self.cycle, self.cycle_kl = cycle, cycle_kl

    def generator(self, to: str) -> Callable[[Image], Image]:
        E, G = (self.E_A, self.G_B) if to == self.domains[1] else (self.E_B, self.G_A)
        return lambda x: picture(G(self.bottom(self.top(E(x)))))

    def players(self) -> list[Player]:
        nets = (self.E_A, self.E_B, self.top, self.bottom, self.G_A, self.G_B)
        return [
            Player("G", nets, self.generator_loss),
            Player("D", (self.D_A, self.D_B), self.critic_loss),
        ]

    def codes(self, a: Image, b: Image) -> tuple[Tensor, Tensor]:
        """h of both, a's first, and what the shared blocks make of h + noise."""
        h = self.top(torch.cat([self.E_A(a), self.E_B(b)]))
        return h, self.bottom(h + torch.randn_like(h))

    def generator_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        h, s = self.codes(a, b)
        same_a, fake_a = picture(self.G_A(s)).chunk(2)
        fake_b, same_b = picture(self.G_B(s)).chunk(2)
        batch |= {"fake_a": fake_a.detach(), "fake_b": fake_b.detach()}  # for the critics' turn
        h_back, s_back = self.codes(fake_a, fake_b)
        from_b, from_a = s_back.chunk(2)  # what fake_a shows was b
        back_a, back_b = picture(self.G_A(from_a)), picture(self.G_B(from_b))
        return {
            "b": self.gan * self.game.generator(self.D_B, b, fake_b),
            "a": self.gan * self.game.generator(self.D_A, a, fake_a),
            "recon": self.recon * (l1_loss(same_a, a) + l1_loss(same_b, b)),
            "kl": self.kl * 2 * h.float().square().mean(),  # 2: a mean for each domain
            "cycle": self.cycle * (l1_loss(back_a, a) + l1_loss(back_b, b)),
            "cycle kl": self.cycle_kl * 2 * h_back.float().square().mean(),
        }

    def critic_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        if "fake_a" not in batch:
            s_a, s_b = self.codes(a, b)[1].detach().chunk(2)
            fakes = picture(self.G_A(s_b)), picture(self.G_B(s_a))
            batch |= {"fake_a": fakes[0].detach(), "fake_b": fakes[1].detach()}
        on_a = self.game.critic(self.D_A, a, batch["fake_a"], self.progress)
        on_b = self.game.critic(self.D_B, b, batch["fake_b"], self.progress)
        return {f"{k} a": v for k, v in on_a.items()} | {f"{k} b": v for k, v in on_b.items()}


def picture(last: Tensor) -> Image:
    """The picture from what the last layer gave."""
    return last.float().tanh()
