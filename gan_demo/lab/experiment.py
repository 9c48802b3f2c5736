"""The experiment: a source, a target, three games between them, and how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gan_demo.lab.games import BACK, CYCLED, FORTH, NAMES, Games
from gan_demo.lab.mixtures import RADIUS, SHRUNK, Modes, Points, domains
from gan_demo.lab.scores import Score, score

PROBES = 2000  # points of A, never trained on, that are translated and judged
APART = 2**31  # keeps the seeds of probes away from those of games


@dataclass(frozen=True)
class Standing:
    """Where a game stands: A's points carried over to B, the mode each came from, and the score."""

    points: Points
    modes: Modes
    score: Score


class Experiment:
    """The domains, the three games between them for each seed, and points to judge them by.

    Args:
        seeds: whole numbers; a seed plays alone as it does beside others, up to rounding, which
            a long run of such a game makes a difference of its own.
        modes: of A.
    """

    def __init__(self, seeds: Sequence[int], modes: int):
        self.a, self.b = domains(modes)
        self.games = Games(self.a, self.b, seeds)
        draws = [self.a.draw(PROBES, torch.Generator().manual_seed(APART + s)) for s in seeds]
        self.points = torch.stack([points for points, _ in draws])
        self.modes = [modes for _, modes in draws]

    @torch.inference_mode()
    def standings(self) -> list[list[Standing]]:
        """By game, in the order of NAMES, then by seed."""
        g, x = self.games.G, self.points
        there = g(x.expand(len(NAMES), *x.shape), FORTH)
        gaps = [None, *((g(there[CYCLED].flip(0), BACK).flip(0) - x) / (SHRUNK * RADIUS))]
        return [
            [
                Standing(y[i], modes, score(y[i], modes, self.b, None if gap is None else gap[i]))
                for i, modes in enumerate(self.modes)
            ]
            for y, gap in zip(there, gaps, strict=True)
        ]

    @torch.inference_mode()
    def opinions(self, places: Points) -> Float[Tensor, "game seed n"]:
        """What each game's D_B says of places in the plane, as a logit."""
        everywhere = places.expand(len(NAMES), len(self.modes), *places.shape)
        return self.games.D(everywhere, FORTH).squeeze(3)
