"""CUT: each patch of the drawing must know the patch that it was drawn from.

Park, Efros, Zhang and Zhu, "Contrastive Learning for Unpaired Image-to-Image Translation", 2020,
https://arxiv.org/abs/2007.15651
Reference code: https://github.com/taesungp/contrastive-unpaired-translation

    min_G,H  generator(D, b, G(a)) + λ ½ (NCE(a, G(a)) + NCE(b, G(b)))
    min_D    critic(D, b, G(a))

    NCE(x, y) = mean over layers l and places s of  -log softmax_t(q_s · k_t / τ)[s]
    q_s = H_l(G_l(y))_s / |.|,    k_t = H_l(G_l(x))_t / |.|

G_l are maps on G's own way down, H_l a small network a layer. One direction, without an inverse:
the place s of the drawing is to be told from the other places t of the same picture, and k is
held fixed. NCE(b, G(b)) asks G to leave alone what is in the target domain already.
FastCUT is lam=10, identity=false, mirror=true: without that term, and with half of the drawings
mirrored before they are looked at and their maps mirrored back. Only the critic pulls G away from
the identity, which is what NCE alone would like best: with lam=10 it may stay there.
Differs from the reference: k is taken from the pass that draws, so it is the drawing that is
mirrored and not a; the layers are the picture, the two halvings, the first and the middle block.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from gan_demo.losses.patches import PatchLoss
from gan_demo.networks.taps import at, head, taps, walk
from gan_demo.networks.translation import Patch, ResNet
from gan_demo.options import complete
from gan_demo.systems.base import Player, Translates
from gan_demo.types import Batch, Image, Scalar, Terms

Patches = Float[Tensor, "b s f"]  # features of places in a picture


class CUT(Translates):
    """a -> G -> picture of B -> D: real or fake, patch-wise; both -> G's way down -> H -> NCE.

    Args:
        size: side of the square training pictures, a multiple of 4.
        domains: it draws the second of them only.
        generator, discriminator: options of `ResNet` and `Patch`.
        loss, loss_options: a name in `gan_demo.losses` and its options.
        augment: what the critic sees, see `gan_demo.losses.augment`.
        lam: λ; 1 in CUT, 10 in FastCUT.
        identity: whether G(b) is asked for b's patches.
        mirror: whether maps are to be the same for a mirrored drawing.
        patches: places compared in each map, 256 as published.
        features: width of H and of q and k.
        temperature: τ.
    """

    scaffold = ("D", "H")

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
        lam: float = 1.0,
        identity: bool = True,
        mirror: bool = False,
        patches: int = 256,
        features: int = 256,
        temperature: float = 0.07,
    ):
        super().__init__(size, channels, domains)
        self.G = ResNet(channels, **complete(generator, ResNet))
        self.D = Patch(channels, **complete(discriminator, Patch))
        self.stride, self.taps = self.G.stride, taps(self.G)
        with torch.no_grad():
            maps = walk(self.G.layers[: self.taps[-1]], torch.zeros(1, channels, size, size))
        self.H = nn.ModuleList(head(maps[t].shape[1], features) for t in self.taps)
        self.game = PatchLoss(loss, loss_options, augment)
        self.lam, self.identity, self.mirror = lam, identity, mirror
        self.patches, self.temperature = patches, temperature

    @property
    def targets(self) -> tuple[str, ...]:
        return self.domains[1:]

    def generator(self, to: str) -> Callable[[Image], Image]:
        return self.G

    def players(self) -> list[Player]:
        return [
            Player("G", (self.G, self.H), self.generator_loss),
            Player("D", (self.D,), self.critic_loss),
        ]

    def generator_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        x = torch.cat([a, b]) if self.identity else a
        maps = walk(self.G.layers, x)
        drawn = self.G.drawn(x, maps[-1])
        fake = drawn[: len(a)]
        batch["fake"] = fake.detach()  # for the critic's turn
        return {
            "b": self.game.generator(self.D, b, fake),
            "nce": self.lam * self.nce(maps, drawn),
        }

    def critic_loss(self, batch: Batch) -> Terms:
        fake = batch["fake"] if "fake" in batch else self.G(batch["a"]).detach()
        return self.game.critic(self.D, batch["b"], fake, self.progress)

    def nce(self, maps: Sequence[Tensor], drawn: Image) -> Scalar:
        """NCE(x, y), mean over layers, from the maps of the originals x and the drawings y."""
        mirrored = self.mirror and bool(torch.rand(()) < 0.5)
        seen = walk(self.G.layers[: self.taps[-1]], drawn.flip(3) if mirrored else drawn)
        losses = []
        for H, t in zip(self.H, self.taps, strict=True):
            y = seen[t].flip(3) if mirrored else seen[t]
            places = torch.randperm(y[0, 0].numel(), device=y.device)[: self.patches]
            q, k = (normalize(H(at(m, places)).float(), dim=2) for m in (y, maps[t].detach()))
            losses.append(contrast(q, k.detach(), self.temperature))
        return torch.stack(losses).mean()


def contrast(q: Patches, k: Patches, temperature: float) -> Scalar:
    """mean over s of -log softmax_t(q_s · k_t / τ)[s]; no picture is compared with another."""
    logits = (q @ k.mT).float() / temperature
    own = torch.arange(q.shape[1], device=q.device).repeat(len(q))
    return cross_entropy(logits.flatten(0, 1), own)
