"""GAN-INT-CLS: text to image. A critic that knows a wrong text, a generator that reads between two.

Reed et al., "Generative Adversarial Text to Image Synthesis", 2016,
https://arxiv.org/abs/1605.05396

    h = T(t)     h' = T(t'), the text of another picture     ĥ = β h + (1-β) h'
    s_r = D(x, h)     s_w = D(x, h')     s_f = D(G(z, h), h)

    CLS  min_D,T  ½ [critic(s_r, s_w) + critic(s_r, s_f)]
    INT  min_G    generator(s_f), with h for most of the batch and ĥ for a share of it
                  + λ |G(z, h) - x|, where h is told

With the loss "nonsaturating" the first line is the paper's
-log s_r - ½ [log(1-s_w) + log(1-s_f)].
Differs from the paper: T is no char-CNN-RNN trained beforehand but a small GRU over words that
learns with D, as part of it; fakes of ĥ are shown to D, too; by default the loss compares real and
fake ("rpgan"), with penalties on D's gradient by picture and by text together, as in DF-GAN
(2008.05865); t' never says the same as t; G is told h in every layer, not only beside z. The paper
has no λ: it is pix2pix's (1611.07004), for sets where a text has one picture.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import l1_loss

from gan_demo import losses
from gan_demo.data import captions
from gan_demo.losses.augment import DiffAugment
from gan_demo.networks import conditional, dcgan
from gan_demo.networks.text import Critic, Reader
from gan_demo.options import complete
from gan_demo.systems.base import Player, Reads
from gan_demo.types import Batch, Features, Image, Latent, Score, Terms


class GANINTCLS(Reads):
    """Phrase -> T -> h, (z, h) -> G -> picture; (picture, h) -> D -> real, or wrong, or fake.

    Args:
        size: side of the square pictures, a power of two.
        h_dim: length of h.
        code: numbers that G keeps of h.
        vocabulary, phrases: the words it knows, and captions it was trained on; a training run
            takes both from its pictures' names.
        reader, generator, discriminator: options of `networks.text.Reader`, of
            `networks.conditional.Generator` and of `networks.text.Critic`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        beta: β of ĥ.
        between: share of the fakes that are drawn from ĥ.
        lam: λ; 0 as published.
        augment: what D sees, see `gan_demo.losses.augment`.
    """

    needs = frozenset({"x", "t"})
    scaffold = ("net",)
    distribution = "normal"

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 32,
        h_dim: int = 128,
        code: int = 64,
        vocabulary: Sequence[str] = (),
        phrases: Sequence[str] = (),
        reader: dict | None = None,
        generator: dict | None = None,
        discriminator: dict | None = None,
        loss: str = "rpgan",
        loss_options: dict | None = None,
        beta: float = 0.5,
        between: float = 0.25,
        lam: float = 0.0,
        augment: str = "",
    ):
        super().__init__(size, channels)
        self.vocabulary, self.phrases = tuple(vocabulary), tuple(phrases)
        self.z_dim, self.beta, self.between, self.lam = z_dim, beta, between, lam
        self.T = Reader(len(vocabulary), h_dim, **complete(reader, Reader))
        self.code = nn.Sequential(nn.Linear(h_dim, code), nn.LeakyReLU(0.2))
        self.G = conditional.Generator(
            z_dim, code, size, channels, **complete(generator, conditional.Generator)
        )
        self.net = Critic(h_dim, size, channels, **complete(discriminator, Critic, dcgan.Encoder))
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)

    def words(self, phrases: Sequence[str]) -> Features:
        """h of the phrases.

        Raises:
            ValueError: a phrase without a word that it knows.
        """
        t = captions.tokens(phrases, self.vocabulary)
        for phrase, row in zip(phrases, t, strict=True):
            if not row.any():
                known = self.phrases[0] if self.phrases else "nothing yet"
                raise ValueError(f"It knows no word of {phrase[:60]!r}. It knows, say, {known!r}.")
        return self.T(t.to(self.device))

    def illustrate(self, z: Latent, h: Features) -> Image:
        return self.G(z, self.code(h))

    def D(self, pair: tuple[Image, Features]) -> Score:
        x, h = pair
        return self.net.judge(self.net.look(self.augment(x)), h)

    def players(self) -> list[Player]:
        return [
            Player("D", (self.net, self.T), self.critic_loss),
            Player("G", (self.G, self.code), self.generator_loss),
        ]

    def critic_loss(self, batch: Batch) -> Terms:
        x, h, other, apart = self.texts(batch)
        hat = self.mixed(h, other)
        fake = self.illustrate(self.prior(len(x)), hat.detach()).detach()
        seen = self.net.look(self.augment(x))
        s_r, s_w = self.net.judge(seen, h), self.net.judge(seen, other)
        s_f = self.D((fake, hat))
        pairs = (x, h), (fake, hat)
        terms = self.adversarial.critic(self.D, *pairs, self.progress, (s_r, s_f))
        terms["critic"] = terms["critic"] / 2
        if apart.any():
            right, wrong = ((x[apart], text[apart]) for text in (h, other))
            worse = self.adversarial.against(s_r[apart], s_w[apart], right, wrong)
            terms["wrong"] = worse / 2
        return terms

    def generator_loss(self, batch: Batch) -> Terms:
        x, h, other, _ = self.texts(batch)
        hat = self.mixed(h, other)
        fake = self.illustrate(self.prior(len(x)), hat)
        terms = self.adversarial.generator(self.D, (x, h), (fake, hat))
        if self.lam:
            told = slice(self.mixtures(len(x)), None)
            terms["picture"] = self.lam * l1_loss(fake[told], x[told])
        return terms

    def texts(self, batch: Batch) -> tuple[Image, Features, Features, torch.Tensor]:
        """x, h, h' and where h' says another thing than h, which is all but everywhere."""
        rows, apart = captions.strangers(batch["t"])
        h = self.T(batch["t"])
        return batch["x"], h, h[rows], apart

    def mixed(self, h: Features, other: Features) -> Features:
        """ĥ for the first rows, as many as `between` says; h for the others."""
        n = self.mixtures(len(h))
        return torch.cat([self.beta * h[:n] + (1 - self.beta) * other[:n], h[n:]])

    def mixtures(self, n: int) -> int:
        """How many of n fakes are drawn from ĥ."""
        return round(self.between * n)

    def preview(self, batch: Batch) -> dict[str, Image]:
        """Its first phrases in order, each drawn from the same z."""
        h = self.words(self.phrases[:64])
        return {"phrases": self.illustrate(self.prior(1, 0).expand(len(h), -1), h)}
