"""What translators are measured against: real pictures of both domains, and the network in whose
features they are compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gan_demo.data import Pictures, unpaired
from gan_demo.features import Classifier
from gan_demo.metrics.reference import Ruler
from gan_demo.types import Label


@dataclass(frozen=True)
class Domain:
    """One of the two.

    Args:
        name: what the system calls it.
        train, val: its pictures, in the size and channels of the system; train with both halves.
        classes: the label folders it is made of; none for the whole source.
        columns: what labels.csv says of its pictures.
    """

    name: str
    train: Pictures
    val: Pictures
    classes: Sequence[str] = ()
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class Domains(Ruler):
    """Both.

    Args:
        network: None when there is none: what needs it is left out.
        most: pictures a set, N; fewer where a val set, or half of a train set, is smaller.
        pairs: equal file names are declared to be twins, see `data.unpaired`.
    """

    a: Domain
    b: Domain
    network: Classifier | None = None
    most: int = 5000
    pairs: bool = False

    @property
    def n(self) -> int:
        """N, the same for every set that is compared, in both directions."""
        return min(self.most, *(min(len(d.val), len(d.train) // 2) for d in (self.a, self.b)))

    def twins(self, a: Pictures, b: Pictures) -> tuple[Label, Label]:
        """Indices of the pictures that are twins, in a and in b; none where none are declared."""
        none = torch.empty(0, dtype=torch.long)
        return unpaired.twins(a, b) if self.pairs else (none, none)

    def __getitem__(self, name: str) -> Domain:
        return self.a if name == self.a.name else self.b
