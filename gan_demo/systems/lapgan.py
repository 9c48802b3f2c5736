"""LAPGAN: a small picture, then the details it lacks, each from a GAN of its own.

Denton et al., "Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks",
2015, https://arxiv.org/abs/1506.05751

    l = up(I_{k+1}),   h = I_k - l                      see `gan_demo.images.pyramid`

    coarsest     min_D critic(D, I, G(z))               min_G generator(D, I, G(z))
    level k      min_D critic(D, (l + h, l), (l + G(z, l), l))
                 min_G generator(D, (l + h, l), (l + G(z, l), l))

    sampling     I_k = up(I_{k+1}) + G_k(z_k, up(I_{k+1}))

No level sees what another has drawn: each learns from the pictures alone, so all learn at once.
Differs from the paper: the levels double (8, 16, 32, not 8, 14, 28); any loss of `gan_demo.losses`
(theirs is "nonsaturating" without penalties); the coarsest G is convolutional, no dropout, Adam;
I_{k+1} is perturbed by noise before it is enlarged, since in sampling it will not be perfect.
"""

from functools import partial

import torch
from torch import nn
from torch.nn.functional import interpolate

from gan_demo import losses
from gan_demo.images import pyramid
from gan_demo.networks.pyramid import Coarse, Critic, Detail
from gan_demo.options import complete
from gan_demo.systems.base import Grows, Player
from gan_demo.types import Batch, Image, Latent, Resized, Score, Terms

Seen = tuple[Resized, ...]  # what a critic judges: a picture and, but for the coarsest, its l


class LAPGAN(Grows):
    """z -> (z_0, z_1, ...) -> coarse picture -> enlarged + detail -> enlarged + detail.

    Args:
        size: side of the full pictures; coarsest: of the smallest, at least 4; powers of two.
        z_dim: length of z: one number for each pixel of each detail, the rest for the coarsest.
        coarse, detail, critic: options of the classes of `gan_demo.networks.pyramid`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        detail_options: of these, what the details want otherwise. They are small, so their critics
            must be steep: penalties that suit whole pictures would blind them.
        sigma: of the noise on I_{k+1} in training.
    """

    scaffold = ("D",)
    distribution = "normal"

    def __init__(
        self,
        *,
        size: int = 32,
        channels: int = 3,
        coarsest: int = 8,
        z_dim: int = 1344,
        coarse: dict | None = None,
        detail: dict | None = None,
        critic: dict | None = None,
        loss: str = "rpgan",
        loss_options: dict | None = None,
        detail_options: dict | None = None,
        sigma: float = 0.05,
    ):
        super().__init__(size, channels)
        self.sides = pyramid.sides(coarsest, size)
        finer = self.sides[1:]
        planes = [side**2 for side in finer]
        if z_dim <= sum(planes):
            raise ValueError(
                f"z_dim = {z_dim} is too short: the details alone take {sum(planes)} numbers, "
                f"choose {sum(planes) + 64}."
            )
        self.z_dim, self.sigma = z_dim, sigma
        self.parts = (z_dim - sum(planes), *planes)
        self.G = nn.ModuleList(
            [Coarse(self.parts[0], coarsest, channels, **complete(coarse, Coarse))]
        )
        self.D = nn.ModuleList([Critic(coarsest, channels, **complete(critic, Critic))])
        for side in finer:
            self.G.append(Detail(channels, **complete(detail, Detail)))
            self.D.append(Critic(side, 2 * channels, **complete(critic, Critic)))
        whole = loss_options or {}
        parts = whole | (detail_options or {})
        self.games = [losses.make(loss, options) for options in (whole, *[parts] * len(finer))]

    def stages(self, z: Latent) -> list[Image]:
        first, *rest = z.split(self.parts, 1)
        pictures = [self.G[0](first)]
        for G, part in zip(self.G[1:], rest, strict=True):
            low = pyramid.up(pictures[-1])
            pictures.append(low + G(low, part))
        return pictures

    def players(self) -> list[Player]:
        """Two for each level, "D8" and "G8" for the pictures of 8 px."""
        found = []
        for k, side in enumerate(self.sides):
            found += [
                Player(f"D{side}", (self.D[k],), partial(self.critic_loss, k)),
                Player(f"G{side}", (self.G[k],), partial(self.generator_loss, k)),
            ]
        return found

    def critic_loss(self, k: int, batch: Batch) -> Terms:
        real, fake = self.seen(k, batch["x"])
        fake = tuple(x.detach() for x in fake)
        return self.games[k].critic(partial(self.judge, k), real, fake, self.progress)

    def generator_loss(self, k: int, batch: Batch) -> Terms:
        return self.games[k].generator(partial(self.judge, k), *self.seen(k, batch["x"]))

    def judge(self, k: int, seen: Seen) -> Score:
        return self.D[k](*seen).squeeze(1)

    def seen(self, k: int, x: Image) -> tuple[Seen, Seen]:
        """What is real at level k and what G makes of the same l."""
        z = self.prior(len(x)).split(self.parts, 1)[k]
        before, picture = [None, *pyramid.gaussian(x, len(self.sides))][k : k + 2]
        if before is None:
            return (picture,), (self.G[0](z),)
        low = pyramid.up(before + self.sigma * torch.randn_like(before))
        return (picture, low), (low + self.G[k](low, z), low)

    def preview(self, batch: Batch) -> dict[str, Image]:
        """Also rows of eight: the same pictures at every stage, all enlarged to the full side."""
        stages = self.stages(self.prior(24, seed=0))
        large = [interpolate(x, size=self.size, mode="nearest") for x in stages]
        eights = zip(*(x.split(8) for x in large), strict=True)
        return super().preview(batch) | {"stages": torch.cat([torch.cat(e) for e in eights])}
