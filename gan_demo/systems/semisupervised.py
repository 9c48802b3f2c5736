"""Semi-supervised GAN: a classifier that learns from pictures without labels, too.

Salimans et al., "Improved Techniques for Training GANs", 2016, https://arxiv.org/abs/1606.03498
Reference code: https://github.com/openai/improved-gan

Generated pictures are a class of their own, K+1, whose logit is held at 0. With the logits l(x) of
the K classes, lse = log Σ_k exp l_k and Z = exp lse:

    D(x) = Z / (Z + 1) = σ(lse l(x))                  the share of the K real classes

    min_D  H(y | x_l) + λ (E[-lse l(x) + sp(lse l(x))] + E sp(lse l(G(z))))
    min_G  feature matching, see `gan_demo.losses.techniques`

x_l has the labels y, x is without; the bracket is the ordinary GAN loss of the logit lse, for
-t + sp(t) = sp(-t). λ = ½ in the paper's code, and λ = 0 trains on the labels alone.
Differs from the paper: the average of the weights over time is taken of G, too; pictures that have
a label are not among those without.
"""

from collections.abc import Sequence

from torch.nn.functional import cross_entropy

from gan_demo import losses
from gan_demo.losses import techniques
from gan_demo.networks import dcgan
from gan_demo.networks.allconv import AllConv
from gan_demo.options import complete
from gan_demo.systems.base import Classifies, Player, Samples
from gan_demo.types import Batch, Features, Image, Latent, Score, Terms


class SemiSupervised(Samples, Classifies):
    """z -> G -> picture -> C -> logits of K classes -> lse -> real or generated.

    Args:
        classes: their names, in the order of the labels.
        size: side of the square pictures, a power of two.
        generator: options of `networks.dcgan.Generator`.
        classifier: options of `networks.allconv.AllConv`.
        lam: weight λ of the pictures without labels, real and generated.
        matching: "l1", mean absolute, as the paper's code; "l2", squared, as the paper.
        prior: "uniform" for U(-1, 1) as published; see `latent.prior`.
    """

    needs = frozenset({"x", "l", "y"})

    def __init__(
        self,
        *,
        classes: Sequence[str] = ("A", "B"),
        size: int = 32,
        channels: int = 3,
        z_dim: int = 100,
        generator: dict | None = None,
        classifier: dict | None = None,
        lam: float = 0.5,
        matching: str = "l1",
        prior: str = "uniform",
    ):
        super().__init__(size, channels)
        if len(set(classes)) < max(2, len(classes)):
            raise ValueError(f"classes = {list(classes)!r}: name two or more, each once.")
        self.classes, self.z_dim, self.lam = tuple(classes), z_dim, lam
        self.G = dcgan.Generator(z_dim, size, channels, **complete(generator, dcgan.Generator))
        self.C = AllConv(len(classes), channels, **complete(classifier, AllConv))
        self.adversarial = losses.make("nonsaturating")
        self.matching = techniques.known_norm(matching)
        self.distribution = prior

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def classify(self, x: Image) -> Features:
        return self.C(x)

    def D(self, x: Image) -> Score:
        """lse l(x), the logit of Z / (Z + 1)."""
        return self.classify(x).logsumexp(1)

    def players(self) -> list[Player]:
        return [
            Player("C", (self.C,), self.classifier_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def classifier_loss(self, batch: Batch) -> Terms:
        terms = {"labelled": cross_entropy(self.classify(batch["l"]), batch["y"])}
        if not self.lam:
            return terms
        x = batch["x"]
        fake = self.G(self.prior(len(x))).detach()
        game = self.adversarial.critic(self.D, x, fake)
        return terms | {"unlabelled": self.lam * game["critic"]}

    def generator_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        real, fake = self.C.features(x), self.C.features(self.G(self.prior(len(x))))
        return {"matching": techniques.feature_matching(real, fake, self.matching)}
