"""Arithmetic with codes: a - b + c, where each letter is the average of a few.

Radford et al., "Unsupervised representation learning with deep convolutional generative adversarial
networks", 2015, https://arxiv.org/abs/1511.06434: single codes are unstable, averages of three are
not; neighbours show that the answer is no accident.

    ā = N(mean a_i)      z = N(ā - b̄ + c̄)      neighbours N(z + u), u ~ U(-0.25, 0.25)

Differs from the paper: averages, sum and neighbours are put back on the shell of the codes, see
`latent.like`; an exemplar may be a photo where the model encodes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions.reconstruct import look
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples
from gan_demo.types import Cloud, Image, Latent

LETTERS = "abc"
MOST = 12  # seeds of a letter
JITTER, NEIGHBOURS = 0.25, 8


@dataclass(frozen=True)
class Shelf:
    """The exemplars of one letter.

    Args:
        seeds: as typed, for instance "3, 14, 15".
        photo: one more, read by the encoder.
    """

    seeds: str
    photo: PILImage.Image | None = None


@dataclass(frozen=True)
class Sum:
    """
    Args:
        exemplars: of each letter, in order, a photo as the model draws it.
        averages: ā, b̄ and c̄.
        around: the answer in the middle of its neighbours, three rows of three.
        code: z.
        read: the codes of the photos, None for a letter without one.
    """

    exemplars: tuple[list[np.ndarray], ...]
    averages: list[np.ndarray]
    around: Image
    code: tuple[float, ...]
    read: tuple[tuple[float, ...] | None, ...]

    @property
    def answer(self) -> np.ndarray:
        return images.to_arrays(self.around)[NEIGHBOURS // 2]


def average(z: Cloud) -> Latent:
    """N(mean z_i), with the average and the std that they have on average."""
    return latent.like(z.mean(0).expand_as(z), z).mean(0, keepdim=True)


def combined(a: Latent, b: Latent, c: Latent) -> Latent:
    """N(a - b + c), at the length of c: with a = b it is c."""
    return latent.like(a - b + c, c)


def neighbours(z: Latent, seed: int = 0) -> Cloud:
    """N(z + u), u uniform in ±JITTER, the same for every z."""
    g = torch.Generator().manual_seed(seed)
    u = JITTER * (2 * torch.rand(NEIGHBOURS, z.shape[1], generator=g) - 1)
    return latent.like(z + u.to(z.device), z.expand_as(u))


def seeds(text: str) -> list[int]:
    """The seeds in "3, 14, 15"; none in an empty text.

    Raises:
        ValueError: something else, or too many.
    """
    words = text.replace(",", " ").split()
    if len(words) > MOST:
        raise ValueError(f"Take at most {MOST} seeds for a letter, three are usual.")
    return [recipe.seed(word) for word in words]


def codes(studio: Studio, model: str, shelf: Shelf, letter: str, variety: object) -> Latent:
    """
    Args:
        variety: of the seeds, see `latent.varied`.

    Raises:
        ValueError: an empty shelf, seeds or a variety that cannot be used.
    """
    system = studio.able(model, Samples)
    variety = system.variety(variety)
    found = [system.varied(system.prior(1, seed), variety) for seed in seeds(shelf.seeds)]
    if shelf.photo is not None and isinstance(system, Encodes):
        found.append(look(studio, model, shelf.photo, find=True, stored=True).z)
    if not found:
        raise ValueError(f"Nothing stands for {letter}: choose a picture or type a seed.")
    return torch.cat(found)


@torch.inference_mode()
def total(
    studio: Studio,
    model: str | None,
    shelves: Sequence[Shelf],
    variety: object = latent.VARIETY,
) -> Sum:
    """a - b + c of three shelves, and the pictures on the way.

    Raises:
        ValueError: an unknown model, a shelf that cannot be used.
    """
    system = studio.able(model, Samples)
    lettered = zip(shelves, LETTERS, strict=True)
    parts = [codes(studio, str(model), shelf, letter, variety) for shelf, letter in lettered]
    a, b, c = (average(part) for part in parts)
    z = combined(a, b, c)
    near = neighbours(z)
    around = torch.cat([near[: NEIGHBOURS // 2], z, near[NEIGHBOURS // 2 :]])
    pictures = system.decode(torch.cat([*parts, a, b, c, around]))
    *shown, around = pictures.split([*map(len, parts), len(LETTERS), NEIGHBOURS + 1])
    *exemplars, averages = map(images.to_arrays, shown)
    photos = [shelf.photo is not None and isinstance(system, Encodes) for shelf in shelves]
    read = (tuple(p[-1].tolist()) if had else None for p, had in zip(parts, photos, strict=True))
    return Sum(tuple(exemplars), averages, around, tuple(z.squeeze(0).tolist()), tuple(read))
