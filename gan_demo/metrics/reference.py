"""What systems are measured against: real pictures, and the network in whose features."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gan_demo.features import Classifier
from gan_demo.types import Features, Label, OtherLabel, OtherPixels, Pixels


class Unavailable(Exception):
    """A measure that cannot be taken here, and why: a line of the report, not a failure."""


class Ruler:
    """The network in whose features sets are compared, N pictures each."""

    network: Classifier | None

    @property
    def n(self) -> int:
        raise NotImplementedError  # abstract: it depends on the sets

    @property
    def net(self) -> Classifier:
        if self.network is None:
            raise Unavailable("no feature network (python -m train.classifier makes one)")
        return self.network

    def name(self, distance: str, n: int | None = None) -> str:
        """For instance FD-conv7-faces-5k."""
        n = n or self.n
        count = f"{n // 1000}k" if n % 1000 == 0 else str(n)
        return f"{distance}-{self.net.name}-{count}"


@dataclass(frozen=True)
class Reference(Ruler):
    """Real pictures, and the network in whose features sets are compared.

    Args:
        train, val: the photos, in the size and channels of the system.
        labels, val_labels: of train and of val, numbers of the same `classes`.
        network: None when there is none: what needs it is left out.
        most: pictures a set, N; fewer where half of train is fewer.
        seeds: how many sets of samples are drawn, for the spread.
        called: what the pictures of train and of val are called, for a system that reads.
        view: for a system that couples, what makes a picture of its second domain from one of its
            first (`data.unpaired.VIEWS`); "" if nothing does.
        classes: the words of the labels.
        photos: of val of another set, which the encoder reads as well, see `systems.ogan`.
    """

    train: Pixels
    val: OtherPixels
    labels: Label | None = None
    network: Classifier | None = None
    most: int = 5000
    seeds: int = 3
    val_labels: OtherLabel | None = None
    called: tuple[list[str], list[str]] = ([], [])
    view: str = ""
    classes: tuple[str, ...] = ()
    photos: OtherPixels | None = None

    @property
    def n(self) -> int:
        """N, the same for every set that is compared: distances fall as 1/N."""
        return min(self.most, len(self.train) // 2)

    @cached_property
    def halves(self) -> tuple[Tensor, Tensor]:
        """Two disjoint draws of N photos from train, always the same, as indices."""
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(0))
        return order[: self.n], order[self.n : 2 * self.n]

    @cached_property
    def known(self) -> Features:
        """Features of both halves."""
        return self.net.features(self.train[torch.cat(self.halves)])

    @property
    def real(self) -> Features:
        """Features of the first half, which every set is compared with."""
        return self.known[: self.n]
