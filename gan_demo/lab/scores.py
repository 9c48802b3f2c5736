"""What a translation in the plane is worth: the modes it reaches, and those it confuses."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from gan_demo.lab.mixtures import Mixture, Modes, Points

NEAR = 3.0  # sigmas: a point no farther than this from a mode belongs to it
SHARE = 0.01  # of all points, that a mode must get to count as covered


@dataclass(frozen=True)
class Score:
    """
    Args:
        covered: for each target mode, whether it gets its share of the points.
        collisions: pairs of source modes most of whose points go to the same target.
        on_target: share of the points that belong to a target mode.
        back: mean of |x_ABA - x_A|, as a share of A's radius, where a game has a way back.
    """

    covered: tuple[bool, ...]
    collisions: int
    on_target: float
    back: float | None


def score(
    points: Points, source: Modes, target: Mixture, gap: Float[Tensor, "n 2"] | None = None
) -> Score:
    """Judges translated points by the mode each came from; `gap` is x_ABA - x_A by A's radius."""
    distance, nearest = torch.cdist(points, target.means).min(1)
    good = distance <= NEAR * target.sigma
    hits = one_hot(nearest, len(target.means)) * good[:, None]
    votes = one_hot(source).T @ one_hot(nearest, len(target.means))  # source x target
    majority = votes.argmax(1)
    twins = (majority[:, None] == majority).sum() - len(majority)
    return Score(
        tuple((hits.float().mean(0) >= SHARE).tolist()),
        int(twins) // 2,
        good.float().mean().item(),
        None if gap is None else gap.norm(dim=1).mean().item(),
    )
