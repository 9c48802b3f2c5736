"""GAN, GAN with reconstruction and DiscoGAN on points of the plane, trained side by side.

Kim et al., "Learning to Discover Cross-Domain Relations with Generative Adversarial Networks",
2017, https://arxiv.org/abs/1703.05192: the toy experiment. With d the mean square,

    GAN                    L_G = -log D_B(x_AB)
    GAN + reconstruction   L_G = -log D_B(x_AB) + d(x_ABA, x_A)
    DiscoGAN               L_G = -log D_B(x_AB) + d(x_ABA, x_A) - log D_A(x_BA) + d(x_BAB, x_B)

and each critic lowers L_D = -log D(x) - log(1 - D(fake)).

The games start from the same weights, see the same points and share every setting: only the loss
differs. Networks of one kind are rows of one stack, whatever their game, direction and seed, so
that a step of everything is a few products of stacks:

    row   generator         critic   way back
    0     GAN      A -> B   D_B
    1     GAN+rec  A -> B   D_B      row 4
    2     DiscoGAN A -> B   D_B      row 3
    3     DiscoGAN B -> A   D_A      row 2
    4     GAN+rec  B -> A
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_demo.adam import Adam
from gan_demo.lab.mixtures import Mixture
from gan_demo.types import Scalar

NAMES = ("GAN", "GAN + reconstruction", "DiscoGAN")
G_ROWS, D_ROWS = ("AB", "AB", "AB", "BA", "BA"), ("B", "B", "B", "A")
FORTH = slice(0, 3)  # the generators A -> B, one a game
JUDGED = slice(0, 4)  # those with a critic, which stands in the same row
CYCLED = slice(1, 4)  # those led back, by the rows of
RETURN = slice(2, 5)  # in the opposite order
BACK = slice(3, 5)  # those B -> A, again in the opposite order

WIDTH = 32
BATCH = 128
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}

Clouds = Float[Tensor, "row seed n 2"]  # points, for each network of some rows
Logits = Float[Tensor, "row seed n 1"]


class Stack(nn.Module):
    """Perceptrons of one shape, each on its own points: (row, seed, n, in) -> (row, seed, n, out).

    Args:
        sizes: of the layers, the points' own first; ReLU between the layers.
        rows: a name for each row; rows of the same name start from the same weights.
        generators: give each seed its weights.
    """

    def __init__(
        self, sizes: Sequence[int], rows: Sequence[str], generators: Sequence[torch.Generator]
    ):
        super().__init__()
        self.seeds = len(generators)
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        kinds = sorted(set(rows))
        for i, o in pairwise(sizes):  # as nn.Linear starts
            start = [torch.rand(len(kinds), i + 1, o, generator=g) for g in generators]
            start = (2 * torch.stack(start, 1) - 1) / math.sqrt(i)
            start = start[[kinds.index(row) for row in rows]]
            self.weights.append(start[:, :, :i].clone())
            self.biases.append(start[:, :, i:].clone())

    def forward(self, x: Clouds, rows: slice = slice(None)) -> Clouds | Logits:
        x = x.flatten(0, 1)
        for layer, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x.relu_() if layer else x
            x = torch.baddbmm(b[rows].flatten(0, 1), x, w[rows].flatten(0, 1))
        return x.unflatten(0, (-1, self.seeds))


class Games:
    """The three games from A to B, for several seeds at once.

    Args:
        a, b: the domains.
        seeds: each gives its games their weights and their points.
    """

    def __init__(self, a: Mixture, b: Mixture, seeds: Sequence[int]):
        self.a, self.b, self.seeds = a, b, tuple(seeds)
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.G = Stack([2, WIDTH, WIDTH, 2], G_ROWS, self.generators)
        self.D = Stack([2, *4 * [WIDTH], 1], D_ROWS, self.generators)
        self.optimizers = {
            net: Adam(net.parameters(), **ADAM, fused=True) for net in (self.G, self.D)
        }
        self.iteration = 0

    def draw(self, n: int) -> tuple[Clouds, Clouds]:
        """Points for the rows that have a critic: to translate, and real ones of the other side."""
        a, b = (
            torch.stack([domain.draw(n, g)[0] for g in self.generators])
            for domain in (self.a, self.b)
        )
        return torch.stack([a, a, a, b]), torch.stack([b, b, b, a])

    def step(self) -> None:
        """One iteration: every critic moves, then every generator."""
        x, real = self.draw(BATCH)
        fake = self.G(x, JUDGED)
        on_real, on_fake = self.D(torch.cat([real, fake.detach()], 2)).split(BATCH, 2)
        self._descend(self.D, _total(softplus(-on_real) + softplus(on_fake)))
        back, x = self.G(fake[CYCLED].flip(0), RETURN), x[CYCLED].flip(0)
        loss = _total(softplus(-self.D(fake))) + _total((back - x).square())
        self._descend(self.G, loss)
        self.iteration += 1

    def _descend(self, net: Stack, loss: Scalar) -> None:
        adam = self.optimizers[net]
        adam.step(torch.autograd.grad(loss, adam.params))  # the other side stays as it is


def _total(loss: Clouds | Logits) -> Scalar:
    """Each network's own mean, added up: no network feels how many others there are."""
    return loss.mean((2, 3)).sum()
