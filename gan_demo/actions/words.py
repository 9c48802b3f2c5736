"""Phrases drawn: phrase -> h, (z, h) -> picture, and the way from one phrase to another."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image as PILImage
from PIL.PngImagePlugin import PngInfo

from gan_demo import images, latent
from gan_demo.data import captions
from gan_demo.systems import Reads
from gan_demo.types import Image

MOST = 32  # pictures at a time
EXAMPLES = 12  # phrases on offer
SHORT = 18  # letters of one
LONGEST = 200  # letters of any phrase


@dataclass(frozen=True)
class Drawing:
    """A picture of a phrase.

    Args:
        model: name of the checkpoint.
    """

    picture: PILImage.Image
    model: str
    phrase: str
    seed: int

    def file(self) -> tuple[str, bytes]:
        """Name and contents of its file, which says inside what it was drawn from."""
        said, buffer = PngInfo(), io.BytesIO()
        said.add_itxt("Description", f"{self.phrase} (seed {self.seed}, {self.model})")
        self.picture.save(buffer, "PNG", pnginfo=said)
        plain = re.sub(r"\W+", "-", self.phrase).strip("-")[:60]
        return f"{self.model}-{plain}-seed-{self.seed}.png", buffer.getvalue()


def checked(phrase: object) -> str:
    """The phrase without spaces around it; it may come from anyone.

    Raises:
        ValueError: no phrase, or one that is too long.
    """
    if not isinstance(phrase, str) or not phrase.strip():
        raise ValueError("Type a phrase, or choose one of the examples.")
    if len(phrase) > LONGEST:
        raise ValueError(f"A phrase has at most {LONGEST} letters: leave some words out.")
    return phrase.strip()


@torch.inference_mode()
def sheet(system: Reads, model: str, phrase: str, seed: int, n: int) -> list[Drawing]:
    """n pictures of the phrase, of seed, seed + 1, ...; at least one, at most MOST.

    Raises:
        ValueError: a phrase that cannot be used.
    """
    phrase, n = checked(phrase), max(1, min(n, MOST))
    h = system.words([phrase]).expand(n, -1)
    pictures = images.to_pil(system.illustrate(system.prior(n, seed), h))
    return [
        Drawing(picture, model, phrase, (seed + i) % latent.SEEDS)
        for i, picture in enumerate(pictures)
    ]


@torch.inference_mode()
def between(system: Reads, a: str, b: str, seed: int, places: Sequence[float]) -> Image:
    """G(z, (1-t) h_a + t h_b) at each place t, kept in [0, 1].

    Raises:
        ValueError: a phrase that cannot be used.
    """
    h_a, h_b = system.words([checked(a), checked(b)]).split(1)
    t = torch.tensor(places, device=h_a.device).clamp(0, 1).unsqueeze(1)
    z = system.prior(1, seed).expand(len(places), -1)
    return system.illustrate(z, (1 - t) * h_a + t * h_b)


def examples(system: Reads) -> list[str]:
    """Phrases on offer: short ones of those that it was trained on, in the model's own order."""
    short = [phrase for phrase in system.phrases if len(phrase) <= SHORT]
    return (short or list(system.phrases))[:EXAMPLES]


def unknown(system: Reads, *phrases: str) -> str:
    """A sentence about the words that it does not know, "" if it knows them all."""
    words = captions.unknown(" ".join(phrases), system.vocabulary)
    return f"It does not know: {', '.join(words)}." if words else ""
