"""GAN: one game, many losses.

Goodfellow et al., "Generative Adversarial Networks", 2014, https://arxiv.org/abs/1406.2661

    min_D  critic(D, x, G(z))
    min_G  generator(D, x, G(z))      or feature matching, see `gan_demo.losses.techniques`

By configuration this is GAN (nonsaturating), DCGAN (network dcgan), LSGAN, WGAN-GP, GAN-QP,
R3GAN (rpgan with r1 and r2 on the network modern) or the improved techniques of 1606.03498.
"""

from torch import Tensor, nn

from gan_demo import losses, networks
from gan_demo.losses import techniques
from gan_demo.losses.augment import DiffAugment
from gan_demo.options import complete
from gan_demo.systems.base import Perceives, Player, Samples
from gan_demo.types import Batch, Image, Latent, Score, Terms


class GAN(Samples, Perceives):
    """z -> G -> picture -> D -> real or fake.

    Args:
        size: side of the square pictures, a power of two.
        network: a family of `gan_demo.networks`, for both G and D.
        generator, discriminator: options of the family's two classes.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what D sees, see `gan_demo.losses.augment`.
        critics: moves of D for one of G (5 in WGAN-GP).
        matching: "" for G's side of the loss; "l2" or "l1" for feature matching on D's last map,
            which a dcgan discriminator has.
        prior: "normal" for randn, "sphere" for N(randn), "uniform" for U(-1, 1) as in DCGAN.
    """

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 128,
        network: str = "dcgan",
        generator: dict | None = None,
        discriminator: dict | None = None,
        loss: str = "nonsaturating",
        loss_options: dict | None = None,
        augment: str = "",
        critics: int = 1,
        matching: str = "",
        prior: str = "normal",
    ):
        super().__init__(size, channels)
        family = networks.family(network)
        self.z_dim, self.critics = z_dim, critics
        self.G = family.Generator(z_dim, size, channels, **complete(generator, family.Generator))
        self.net: nn.Module = family.Encoder(
            1, size, channels, **complete(discriminator, family.Encoder)
        )
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)
        self.distribution = prior
        self.matching = techniques.known_norm(matching) if matching else ""
        if matching and not hasattr(self.net, "maps"):
            raise ValueError('Feature matching needs D\'s maps: choose network = "dcgan".')

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def D(self, x: Image) -> Score:
        return self.net(self.augment(x)).squeeze(1)

    def maps(self, x: Image) -> list[Tensor]:
        return networks.maps(self.net, x)

    def players(self) -> list[Player]:
        return [
            Player("D", (self.net,), self.critic_loss),
            Player("G", (self.G,), self.generator_loss, every=self.critics),
        ]

    def critic_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        fake = self.G(self.prior(len(x))).detach()
        return self.adversarial.critic(self.D, x, fake, self.progress)

    def generator_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        fake = self.G(self.prior(len(x)))
        if self.matching:
            f, g = (self.maps(self.augment(picture))[-1].flatten(1) for picture in (x, fake))
            return {"matching": techniques.feature_matching(f, g, self.matching)}
        return self.adversarial.generator(self.D, x, fake)
