"""BiGAN: an encoder learnt by a critic of pairs.

Donahue et al., "Adversarial Feature Learning", 2016, https://arxiv.org/abs/1605.09782
Dumoulin et al., "Adversarially Learned Inference" (ALI), 2016, https://arxiv.org/abs/1606.00704
Reference code: https://github.com/jeffdonahue/bigan

    min_D     critic(D, (x, E(x)), (G(z), z))         is it a photo and its found code,
                                                      or a drawn code and its picture?
    min_G     generator(D, (x, E(x)), (G(z), z))
    min_E     generator(-D, (G(z), z), (x, E(x)))     E plays for the other side
            + λ mean (x - G(E(x)))²                   for E and G; 0 in the paper

Where D can tell neither apart, E inverts G, although neither ever sees the other's output. The term
of λ, the cycle of ALICE (Li et al. 2017, 1709.01215), shows it to them.
Differs from the paper: a prior on the shell of N, which E keeps, so that D cannot tell a code by
its length; and by configuration a relativistic loss with R1 and R2 on both parts of the pair, where
the published recipe (plain loss, batch norm, L2) lets D win easily on the codes.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gan_demo import latent, losses, networks
from gan_demo.losses.augment import DiffAugment
from gan_demo.losses.schedule import at
from gan_demo.networks.mlp import perceptron
from gan_demo.networks.norm import initialize
from gan_demo.options import complete
from gan_demo.systems.base import Encodes, Player
from gan_demo.types import Batch, Image, Latent, Schedule, Score, Terms


class BiGAN(Encodes):
    """Photo -> E -> (N) -> z -> G -> picture.

    Args:
        size: side of the square pictures, a power of two.
        network: a family of `gan_demo.networks`, for E, G and the part of D that sees the picture.
        generator, encoder, discriminator: options of the family's classes.
        joint: units of the layers of D that see the code, and then both.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        cycle: λ.
        augment: what D sees of both pictures, see `gan_demo.losses.augment`; E sees clean ones.
        prior: "sphere" for N(randn), "normal", or "uniform" as in the paper; see `latent.prior`.
    """

    scaffold = ("joint",)

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
        joint: int = 256,
        loss: str = "rpgan",
        loss_options: dict | None = None,
        cycle: Schedule = 0.0,
        augment: str = "",
        prior: str = "sphere",
    ):
        super().__init__(size, channels)
        family = networks.family(network)
        self.z_dim, self.cycle, self.distribution = z_dim, cycle, prior
        self.G = family.Generator(z_dim, size, channels, **complete(generator, family.Generator))
        self.E = family.Encoder(z_dim, size, channels, **complete(encoder, family.Encoder))
        tower = family.Encoder(joint, size, channels, **complete(discriminator, family.Encoder))
        self.joint = Joint(tower, z_dim, joint)
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)

    def D(self, pair: tuple[Tensor, Tensor]) -> Score:
        x, z = pair
        return self.joint(self.augment(x), z)

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def encode(self, x: Image) -> Latent:
        e = self.E(x)
        return latent.normalize(e) if self.distribution == "sphere" else e

    def players(self) -> list[Player]:
        return [
            Player("D", (self.joint,), self.critic_loss),
            Player("EG", (self.E, self.G), self.pair_loss),
        ]

    def pairs(self, x: Image) -> tuple[tuple[Image, Latent], tuple[Image, Latent]]:
        """(x, E(x)) and (G(z), z)."""
        z = self.prior(len(x))
        return (x, self.encode(x)), (self.G(z), z)

    def critic_loss(self, batch: Batch) -> Terms:
        (x, e), (fake, z) = self.pairs(batch["x"])
        pairs = (x, e.detach()), (fake.detach(), z)
        return self.adversarial.critic(self.D, *pairs, self.progress)

    def pair_loss(self, batch: Batch) -> Terms:
        real, fake = self.pairs(batch["x"])
        d_real, d_fake = self.D(real), self.D(fake)
        game = self.adversarial
        ours = game.generator(self.D, real, fake, (d_real.detach(), d_fake))
        theirs = game.generator(self.D, fake, real, (-d_fake.detach(), -d_real))
        terms = {"G": ours["generator"], "E": theirs["generator"]}
        if weight := at(self.cycle, self.progress):
            terms["cycle"] = weight * mse_loss(self.decode(real[1]), real[0])
        return terms


class Joint(nn.Module):
    """(picture, code) -> tower and layers of the code -> side by side -> layers -> score.

    Args:
        tower: picture -> (b, width).
        width: units of every layer after the tower.
    """

    def __init__(self, tower: nn.Module, z_dim: int, width: int):
        super().__init__()
        self.tower = tower
        self.code = perceptron(z_dim, width, width, 1)
        self.both = nn.Sequential(nn.LeakyReLU(0.2), perceptron(2 * width, 1, width, 1))
        initialize(self.code, "none")
        initialize(self.both, "none")

    def forward(self, x: Image, z: Latent) -> Score:
        return self.both(torch.cat([self.tower(x), self.code(z)], 1)).float().squeeze(1)
