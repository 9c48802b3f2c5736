"""O-GAN: a discriminator that is also an encoder.

Jianlin Su, "O-GAN: Extremely Concise Approach for Auto-Encoding Generative
Adversarial Networks", 2019, https://arxiv.org/abs/1903.01931
Reference code: https://github.com/bojone/o-gan

E(x) is as long as z. Its average judges the picture, the rest describes it:

    D(x) = k avg E(x)                  real or fake?         high means real
    N(E(x)) = (E(x) - avg) / std       which z would draw x?

    min_E  critic(D, x, G(z))    - λ_E ρ(z, E(G(z)))
    min_G  generator(D, x, G(z)) - λ_G ρ(z, E(G(z)))

The Pearson correlation ρ sees neither avg nor std, so the two jobs do not collide.
Differs from the reference: E and G move in turn, not in one joint step; the critic may look at
augmented pictures, but ρ is always taken on clean ones, or E would have to give a shifted picture
the code of the original; priors lie on the codes' own shell, z = N(randn), unless prior="normal";
log² std E is held near 0 by a weak guard, because the gradient of ρ grows as 1/std E. The photo
terms are an addition, 0 in the paper: they show E real pictures, x' = G(N(E(x))), and move E alone,

    λ_x mean (x - x')² + λ_f mean_l |f_l(x) - f_l(x')|² / |f_l(x)|²,   f_l the maps of E's layers

the second after VAE-GAN (Larsen et al. 2016, 1512.09300, eq. 7), relative so that the scale of E
does not matter; f is the ruler and does not move by it. Where a run has [data.photo], the terms see
as many pictures of that set, which neither the critic nor G ever does: so E reads the photo of a
person for a G that draws.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from gan_demo import losses, networks
from gan_demo.latent import avg, normalize, pearson, std
from gan_demo.losses.augment import DiffAugment
from gan_demo.losses.schedule import at
from gan_demo.options import complete
from gan_demo.systems.base import Encodes, Perceives, Player
from gan_demo.types import Batch, Features, Image, Latent, Schedule, Score, Terms

HEADS = ("avg", "linear", "split")


class OGAN(Encodes, Perceives):
    """Photo -> E -> N -> z -> G -> picture.

    Args:
        size: side of the square pictures, a power of two.
        network: a family of `gan_demo.networks`, for both E and G.
        generator, encoder: options of the family's two classes.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        lam_E, lam_G: weight λ of the correlation for each player.
        match: "rho"; "mse" for mean (z - E(G(z)))², which leaves the critic nothing; "matrix" for
            mean (z - W E(G(z)))² with a learned W, where the code is N(W E(x)).
        head: the critic D = T(E): "avg"; "linear", a learned T; "split", one output more for D.
        gain: k; by default sqrt(z_dim), which makes D the coordinate of E(x) along a unit vector.
        augment: what the critic sees, see `gan_demo.losses.augment`.
        guard: weight of log² std E.
        photo: λ_x, weight of the reconstruction error of real pictures, for E alone.
        photo_maps: λ_f, weight of the same error in the maps of E.
        photo_share: part of the batch that both look at.
        prior: "sphere" for N(randn), "normal" for randn as in the paper; see `latent.prior`.
    """

    welcomes = frozenset({"photo"})

    def __init__(
        self,
        *,
        size: int = 64,
        channels: int = 3,
        z_dim: int = 128,
        network: str = "dcgan",
        generator: dict | None = None,
        encoder: dict | None = None,
        loss: str = "rpgan",
        loss_options: dict | None = None,
        lam_E: Schedule = 1.0,
        lam_G: Schedule = 0.5,
        match: str = "rho",
        head: str = "avg",
        gain: float | None = None,
        augment: str = "",
        guard: float = 1e-3,
        photo: Schedule = 0.0,
        photo_maps: Schedule = 0.0,
        photo_share: float = 0.25,
        prior: str = "sphere",
    ):
        super().__init__(size, channels)
        one_of("match", match, ("rho", "mse", "matrix"))
        one_of("head", head, HEADS)
        family = networks.family(network)
        self.z_dim, self.lam_E, self.lam_G = z_dim, lam_E, lam_G
        self.match, self.head, self.guard = match, head, guard
        self.photo, self.photo_maps, self.photo_share = photo, photo_maps, photo_share
        self.gain = math.sqrt(z_dim) if gain is None else gain
        self.G = family.Generator(z_dim, size, channels, **complete(generator, family.Generator))
        self.E = family.Encoder(
            z_dim + (head == "split"), size, channels, **complete(encoder, family.Encoder)
        )
        self.T = nn.Linear(z_dim, 1) if head == "linear" else None
        self.W = nn.Linear(z_dim, z_dim, bias=False) if match == "matrix" else None
        self.augment = DiffAugment(augment)
        self.adversarial = losses.make(loss, loss_options)
        self.distribution = prior

    def judge(self, e: Features) -> Score:
        if self.T is not None:
            return self.T(e).squeeze(1)
        if self.head == "split":
            return e[:, -1]
        return self.gain * avg(e).squeeze(1)

    def D(self, x: Image) -> Score:
        return self.judge(self.E(self.augment(x)))

    def decode(self, z: Latent) -> Image:
        return self.G(z)

    def encode(self, x: Image) -> Latent:
        return self.reading(x)[0]

    def reading(self, x: Image) -> tuple[Latent, dict[str, Score]]:
        e = self.E(x)
        told = e[:, : self.z_dim]
        numbers = {"avg E(x)": avg(told).squeeze(1), "std E(x)": std(told).squeeze(1)}
        return normalize(self.read(e)), numbers

    def read(self, e: Features) -> Latent:
        """The part of E(x) that is compared with z."""
        e = e[:, : self.z_dim]
        return e if self.W is None else self.W(e)

    def maps(self, x: Image) -> list[Tensor]:
        return networks.maps(self.E, x)

    def players(self) -> list[Player]:
        critic = [net for net in (self.E, self.T, self.W) if net is not None]
        return [
            Player("E", tuple(critic), self.encoder_loss),
            Player("G", (self.G,), self.generator_loss),
        ]

    def encoder_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        z = self.prior(len(x))
        fake = self.G(z).detach()
        weight, in_maps = (at(w, self.progress) for w in (self.photo, self.photo_maps))
        shown = [x, batch["photo"]] if "photo" in batch else [x]
        photos = torch.cat([p[: math.ceil(self.photo_share * len(p))] for p in shown])
        views = [self.augment(x), self.augment(fake)]
        if self.augment:
            views.append(fake)
        if weight or in_maps:
            views.append(photos)
        real, seen, *rest = self.see(*views)
        e = rest[0] if self.augment else seen
        scores = self.judge(real), self.judge(seen)
        terms = self.adversarial.critic(self.D, x, fake, self.progress, scores)
        terms |= self.correspondence(z, e, at(self.lam_E, self.progress))
        if self.guard:
            terms["guard"] = self.guard * std(e[:, : self.z_dim]).log().square().mean()
        if weight or in_maps:
            again = self.G(normalize(self.read(rest[-1])))
            if weight:
                terms["photo"] = weight * mse_loss(again, photos)
            if in_maps:
                terms["maps"] = in_maps * self.apart(photos, again)
        return terms

    def apart(self, x: Image, y: Image) -> Tensor:
        """mean_l |f_l(x) - f_l(y)|² / |f_l(x)|², with a gradient for y and none for E."""
        moving = [p for p in self.E.parameters() if p.requires_grad]
        self.E.requires_grad_(False)
        pairs = zip(self.maps(x), self.maps(y), strict=True)
        off = [(f - g).float().square().sum() / f.float().square().sum() for f, g in pairs]
        for p in moving:
            p.requires_grad_(True)
        return torch.stack(off).mean()

    def generator_loss(self, batch: Batch) -> Terms:
        x = batch["x"]
        z = self.prior(len(x))
        fake = self.G(z)
        if self.augment:
            seen, e = self.see(self.augment(fake), fake)
        else:
            seen = e = self.E(fake)
        scores = self.adversarial.reference(self.D, x), self.judge(seen)
        terms = self.adversarial.generator(self.D, x, fake, scores)
        return terms | self.correspondence(z, e, at(self.lam_G, self.progress))

    def preview(self, batch: Batch) -> dict[str, Image]:
        sheets = super().preview(batch)
        if "photo" in batch:
            sheets["redrawn"] = super().preview({"x": batch["photo"]})["reconstructions"]
        return sheets

    def see(self, *pictures: Tensor) -> tuple[Tensor, ...]:
        """E of several batches: one pass, unless a batch norm would couple them."""
        if any(isinstance(module, nn.BatchNorm2d) for module in self.E.modules()):
            return tuple(self.E(x) for x in pictures)
        return self.E(torch.cat(pictures)).split([len(x) for x in pictures])

    def correspondence(self, z: Latent, e: Features, weight: float) -> Terms:
        if self.match == "rho":
            return {"rho": -weight * pearson(z, self.read(e)).mean()}
        return {"mse": weight * mse_loss(self.read(e), z)}


def one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{option} = {value!r} is not one of {', '.join(known)}.")
