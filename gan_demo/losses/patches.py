"""An adversarial loss for critics that judge many patches of a picture.

The loss is a mean over all patches, each with its own logit; penalties (R1, R2, WGAN-GP) are taken
on the mean logit of a picture, so that their weight does not depend on the number of patches.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_demo import losses
from gan_demo.losses.augment import DiffAugment
from gan_demo.types import Image, Scalar, Terms

Logits = Callable[[Image], Tensor]  # (b, c, h, w) -> (b, ...), a logit for each patch


class PatchLoss:
    """critic(D, real, fake) -> what D lowers; generator(D, real, fake) -> what G lowers.

    Args:
        loss, options: a name in `gan_demo.losses` and its options.
        augment: what D sees, see `gan_demo.losses.augment`.
    """

    def __init__(self, loss: str, options: dict | None = None, augment: str = ""):
        self.adversarial = losses.make(loss, options)
        self.augment = DiffAugment(augment)

    def critic(self, D: Logits, real: Image, fake: Image, progress: float = 0.0) -> Terms:
        # one pass over both: no norm couples the pictures
        on_real, on_fake = self._seen(D, torch.cat([real, fake])).chunk(2)
        known = on_real.flatten(), on_fake.flatten()
        mean = lambda x: self._seen(D, x).mean(1)  # noqa: E731
        return self.adversarial.critic(mean, real, fake, progress, known)

    def generator(self, D: Logits, real: Image, fake: Image) -> Scalar:
        flat = lambda x: self._seen(D, x).flatten()  # noqa: E731
        return self.adversarial.generator(flat, real, fake)["generator"]

    def _seen(self, D: Logits, x: Image) -> Tensor:
        return D(self.augment(x)).flatten(1)
