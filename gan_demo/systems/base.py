"""What a system is, and what it can do.

A system declares its abilities by its base class; tabs, metrics and tests ask for an ability and
never for a name. The training loop knows `players()` and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, pad

from gan_demo import images, latent
from gan_demo.networks.translation import ResNet
from gan_demo.types import (
    Batch,
    Code,
    Features,
    Image,
    Label,
    Latent,
    Pixels,
    Score,
    Shares,
    Terms,
)


@dataclass(frozen=True)
class Player:
    """One side of the game: the networks it moves and the loss it lowers.

    Args:
        name: names its optimizer and its curves, for instance "G".
        nets: the networks whose weights it owns; no other player owns them.
        loss: batch -> weighted terms, summed by the loop.
        every: moves on each `every`-th step.
    """

    name: str
    nets: tuple[nn.Module, ...]
    loss: Callable[[Batch], Terms]
    every: int = 1


class System(nn.Module):
    """A game of players over shared networks. Options are JSON-able keywords only.

    Args:
        size: side of the square pictures it was made for, pixels.
        channels: 1 grey, 3 colour.
    """

    needs: frozenset[str] = frozenset({"x"})  # the batch keys that training reads
    welcomes: frozenset[str] = frozenset()  # those that it reads where a run has them
    config: dict[str, Any]  # {"system": name, "model": options}, set by `systems.make`
    progress: float = 0.0  # share of the training done, in [0, 1]; schedules read it
    scaffold: tuple[str, ...] = ()  # networks only training needs: checkpoints leave them out
    does: str = ""  # an ability's part of the sentence "It ..."; `task`: what the Hub calls it
    task: str | None = None
    frozen: tuple[str, ...] = ()  # networks that came trained: a run fills them, nobody moves them

    def __init__(self, size: int, channels: int):
        super().__init__()
        self.size, self.channels = size, channels

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def published(self) -> "System":
        """What a checkpoint holds: another system where this one is only a way to train it."""
        return self

    def drop_scaffold(self) -> None:
        """Gives back the memory of what only training needs: only its shapes are left."""
        for name, network in self.named_children():
            if name in self.scaffold:
                network.to("meta")

    def players(self) -> Sequence[Player]:
        """Who moves, in turn. Together they own every weight that is not frozen, each once."""
        raise NotImplementedError  # abstract: every system answers it

    def preview(self, batch: Batch) -> dict[str, Image]:
        """Pictures that show the state of the training, by title."""
        return {}


class Samples(System):
    """Draws pictures: seed -> prior -> z -> decode -> picture."""

    does = "draws new pictures"
    task = "unconditional-image-generation"
    z_dim: int
    distribution: str = (
        "sphere"  # of the prior, see `latent.prior`; the default is the codes' own shell
    )
    centre: Code | None  # the mean code of the training photos, None: not known

    def __init__(self, size: int, channels: int):
        super().__init__(size, channels)
        # Not a weight: found after training, and a state without it is whole.
        self.register_buffer("centre", None, persistent=False)

    def prior(self, n: int, seed: int | None = None) -> Latent:
        """n latents; row i depends on `seed + i` alone."""
        return latent.prior(self.distribution, n, self.z_dim, seed).to(self.device)

    def home(self, z: Latent) -> Latent:
        """The nearest codes where the prior lies, see `latent.HOMES`."""
        return latent.HOMES[self.distribution](z)

    def decode(self, z: Latent) -> Image:
        raise NotImplementedError  # abstract: every system that samples answers it

    def sample(self, n: int, seed: int | None = None, variety: float = 1.0) -> Image:
        return self.decode(self.varied(self.prior(n, seed), variety))

    def variety(self, wanted: object) -> float:
        """The variety that is had when `wanted` is asked for: 1 where the mean code is not known.

        Raises:
            ValueError: no number from 0 to 1.
        """
        wanted = latent.variety_of(wanted)
        return 1.0 if self.centre is None else wanted

    def varied(self, z: Latent, variety: float) -> Latent:
        """z on its way from the mean code, see `latent.varied`; z itself where that is not known:
        a model without an encoder has none, and draws at variety 1 alone."""
        return z if self.centre is None else latent.varied(z, self.centre, variety)

    def preview(self, batch: Batch) -> dict[str, Image]:
        return {"samples": self.sample(64, seed=0)}


class Encodes(Samples):
    """Also finds the code of a picture: picture -> encode -> z -> decode -> reconstruction."""

    does = "rebuilds a picture from its code"

    def encode(self, x: Image) -> Latent:
        raise NotImplementedError  # abstract: every system that encodes answers it

    def reconstruct(self, x: Image) -> Image:
        return self.decode(self.encode(x))

    def reading(self, x: Image) -> tuple[Latent, dict[str, Score]]:
        """The code, and numbers that the encoder gives beside it, by their formula: of one pass."""
        return self.encode(x), {}

    def preview(self, batch: Batch) -> dict[str, Image]:
        x = batch["x"][:32]
        pairs = torch.stack([x, self.reconstruct(x)], 1).flatten(0, 1)
        return super().preview(batch) | {"reconstructions": pairs}


class Conditions(Samples):
    """Draws pictures of a wanted class, or of several at once."""

    does = "draws pictures of a wanted class"
    classes: tuple[str, ...]

    def blend(self, z: Latent, shares: Shares) -> Image:
        """Pictures that are so much of each class: rows of `shares` add up to 1."""
        raise NotImplementedError  # abstract: every conditional system answers it

    def decode(self, z: Latent, y: Label | None = None) -> Image:
        """Pictures of the classes y; None: of those that z itself chooses, see `latent.chosen`."""
        y = latent.chosen(z, len(self.classes)) if y is None else y
        return self.blend(z, one_hot(y, len(self.classes)).to(z.dtype))


class Reads(Samples):
    """Draws what a phrase says: phrase -> words -> h, (z, h) -> illustrate -> picture.

    Training reads "t", what each picture is called, see `data.captions`. Both attributes are
    options, too, which a training run fills from its pictures' names.
    """

    does = "draws what a phrase says"
    vocabulary: tuple[str, ...]  # the words it knows
    phrases: tuple[str, ...]  # some that it was trained on

    def words(self, phrases: Sequence[str]) -> Features:
        """h of any phrases; words it never met are left out."""
        raise NotImplementedError  # abstract: every system that reads answers it

    def illustrate(self, z: Latent, h: Features) -> Image:
        raise NotImplementedError  # abstract: every system that reads answers it

    def decode(self, z: Latent) -> Image:
        """Pictures of known phrases that z itself chooses, see `latent.chosen`."""
        asked = [self.phrases[i] for i in latent.chosen(z, len(self.phrases)).tolist()]
        return self.illustrate(z, self.words(asked))


class Grows(Samples):
    """Draws a picture from coarse to fine."""

    does = "draws from coarse to fine"
    parts: tuple[int, ...] = ()  # lengths of the pieces of z, if each stage has one of its own

    def stages(self, z: Latent) -> list[Image]:
        """The picture at each side it passes through, smallest first; the last is decode(z)."""
        raise NotImplementedError  # abstract: every system that grows pictures answers it

    def decode(self, z: Latent) -> Image:
        return self.stages(z)[-1]


class Couples(Samples):
    """Draws two pictures of the same thing, one in each of two domains, from one z."""

    does = "draws the same thing in two domains"
    domains: tuple[str, str]

    def pair(self, z: Latent) -> tuple[Image, Image]:
        raise NotImplementedError  # abstract: every system that couples answers it

    def decode(self, z: Latent) -> Image:
        """The picture of the first domain."""
        return self.pair(z)[0]


class Perceives(System):
    """Has a critic whose maps describe pictures."""

    def maps(self, x: Image) -> list[Tensor]:
        """What each layer of the critic sees, (b, c, h, w) each, first layer first."""
        raise NotImplementedError  # abstract: every system that perceives answers it


class Classifies(System):
    """Says which class a picture is of."""

    does = "names the class of a picture"
    classes: tuple[str, ...]

    def classify(self, x: Image) -> Features:
        """A logit for each class; the largest names it."""
        raise NotImplementedError  # abstract: every classifier answers it


class Translates(System):
    """Carries pictures between two domains, whatever their height and width.

    Training reads "a" and "b", pictures of the first and of the second domain, each drawn without
    looking at the other unless it is `paired`.

    Args:
        domains: their names, for instance ("neutral", "smiling").
    """

    does = "carries pictures from one domain to the other"
    task = "image-to-image"
    needs = frozenset({"a", "b"})
    paired: bool = False  # whether training wants twins: a[i] and b[i] show the same
    stride: int = 4  # the networks take heights and widths that are multiples of it

    def __init__(self, size: int, channels: int, domains: Sequence[str]):
        super().__init__(size, channels)
        if len(set(domains)) != 2:
            raise ValueError(f"domains = {list(domains)!r}: name two different ones.")
        self.domains = (domains[0], domains[1])

    @property
    def targets(self) -> tuple[str, ...]:
        """The domains it can draw: both, or only the second in a one-sided method."""
        return self.domains

    def generator(self, to: str) -> Callable[[Image], Image]:
        """The network that draws domain `to`; it takes sides that are multiples of `stride`."""
        raise NotImplementedError  # abstract: every translator answers it

    def translate(self, x: Image, to: str) -> Image:
        """x, of the other domain, drawn as `to`, in x's own height and width.

        Raises:
            ValueError: a domain that it cannot draw.
        """
        return self.masked(x, to)[0]

    def masked(self, x: Image, to: str) -> tuple[Image, Tensor | None]:
        """The same, and where x was drawn anew, (b, 1, h, w) in [0, 1], if the network says so."""
        if to not in self.targets:
            raise ValueError(f"Cannot draw {to!r}. Choose {' or '.join(self.targets)}.")
        h, w = x.shape[-2:]
        padded = pad(x, (0, -w % self.stride, 0, -h % self.stride), mode="replicate")
        network, m = self.generator(to), None
        if isinstance(network, ResNet) and network.mask:
            y, m = network.masked(padded)
        else:
            y = network(padded)
        return y[..., :h, :w], None if m is None else m[..., :h, :w]

    @torch.inference_mode()
    def translated(self, x: Pixels, to: str, batch: int = 32) -> Pixels:
        """The same of 8-bit pictures, on the CPU."""
        parts = [images.from_pixels(part.to(self.device)) for part in x.split(batch)]
        return torch.cat([images.to_pixels(self.translate(part, to)).cpu() for part in parts])

    def other(self, domain: str) -> str:
        a, b = self.domains
        return b if domain == a else a

    def preview(self, batch: Batch) -> dict[str, Image]:
        """Rows of eight, filled up with white: pictures, translations, the way back if it can."""
        sheets = {}
        for x, to in zip((batch["b"], batch["a"]), self.domains, strict=True):
            if to in self.targets:
                rows = [x[:24], self.translate(x[:24], to)]
                if self.other(to) in self.targets:
                    rows.append(self.translate(rows[1], self.other(to)))
                full = (pad(row, (0,) * 7 + (-len(row) % 8,), value=1.0) for row in rows)
                eights = zip(*(row.split(8) for row in full), strict=True)
                sheets[f"{self.other(to)}-to-{to}"] = torch.cat([torch.cat(e) for e in eights])
        return sheets
