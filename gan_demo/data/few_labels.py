"""Few labels: some pictures of a set keep theirs, as many of each class; the others lose them."""

from dataclasses import replace

import torch
from torch import Tensor

from gan_demo.data import DataError, Pictures

SEED = 0  # which pictures keep their labels: the same in every run


def parted(pictures: Pictures, labels: int) -> tuple[Pictures, Pictures]:
    """`labels` pictures that keep theirs, and all others, without.

    Raises:
        DataError: no labels, or not as many of each class as asked for.
    """
    if pictures.y is None:
        raise DataError(
            f"labels = {labels} needs pictures with labels: give every class a folder of its own."
        )
    k = len(pictures.classes)
    fewest = int(torch.bincount(pictures.y, minlength=k).min())
    if labels < 1 or labels % k or labels // k > fewest:
        raise DataError(
            f"labels = {labels}: choose a multiple of the {k} classes, at most {k * fewest}, for "
            "the smallest class gives no more."
        )
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(SEED))
    of = pictures.y[order]
    kept = torch.zeros(len(pictures), dtype=torch.bool)
    for c in range(k):
        kept[order[of == c][: labels // k]] = True
    return _some(pictures, kept), replace(_some(pictures, ~kept), y=None)


def _some(pictures: Pictures, kept: Tensor) -> Pictures:
    assert pictures.y is not None  # `parted` looked
    names = [name for name, keep in zip(pictures.names, kept.tolist(), strict=True) if keep]
    return replace(pictures, x=pictures.x[kept], y=pictures.y[kept], names=names)
