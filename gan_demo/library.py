"""The library: a model, a photo, its code, a picture.

    m = load("checkpoints/ogan-portraits")
    z = m.encode(open_photo("me.jpg"))
    save(m.decode(z), "again.png")

A photo is a PIL picture; codes and pictures are tensors on the model's device. What is done to a
photo before a network sees it is what the page does.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from PIL import Image as PILImage

from gan_demo import checkpoint, devices, images
from gan_demo.actions import domains, reconstruct, translate
from gan_demo.actions.reconstruct import Chosen
from gan_demo.checkpoint import Checkpoint, card
from gan_demo.data import decode
from gan_demo.data.decode import Refused
from gan_demo.images import faces
from gan_demo.systems import Encodes, Samples, System, Translates
from gan_demo.types import Image, Latent

S = TypeVar("S", bound=System)


@dataclass(frozen=True)
class Model:
    """A checkpoint, ready to use. Its methods raise a ValueError where the model cannot do it.

    Args:
        checkpoint: has its config, metrics and card.
        half: networks compute in half precision; what comes out is float32.
    """

    checkpoint: Checkpoint
    half: bool = False

    @property
    def name(self) -> str:
        return self.checkpoint.name

    @property
    def system(self) -> System:
        """The networks, and all that a system of its kind can do."""
        return self.checkpoint.system

    @torch.no_grad()
    def encode(self, photo: PILImage.Image, *, find: bool = True, face: Chosen = 0) -> Latent:
        """The code of a photo, (1, z).

        Args:
            find: frame a face as those that the model learned from; otherwise, or where there is
                none, the middle of the photo is taken.
            face: which of several, the largest is 0; or a square of the photo.
        """
        system = self._able(Encodes, "encode a photo")
        frame = faces.learned(self.checkpoint.data)
        square, _ = reconstruct.squared(photo, find, frame, face)
        with self._precision():
            return system.encode(reconstruct.shown(system, square)).float()

    @torch.no_grad()
    def decode(self, z: Latent, *, variety: float = 1.0) -> Image:
        """The pictures that codes draw, (b, c, h, w) in [-1, 1].

        Args:
            variety: 1 as they are, down to 0 for the model's average picture.
        """
        system = self._able(Samples, "draw a code")
        if z.shape[1:] != (system.z_dim,):
            raise ValueError(
                f"{self.name} draws codes of shape (b, {system.z_dim}), not {tuple(z.shape)}."
            )
        with self._precision():
            near = system.varied(z.to(system.device), system.variety(variety))
            return system.decode(near).float()

    @torch.no_grad()
    def sample(self, n: int = 1, seed: int = 0, *, variety: float = 1.0) -> Image:
        """n new pictures, (n, c, h, w) in [-1, 1]; picture i is that of seed + i."""
        return self.decode(self._able(Samples, "draw").prior(n, seed), variety=variety)

    @torch.no_grad()
    def translate(
        self, photo: PILImage.Image, to: str | None = None, *, find: bool = True
    ) -> Image:
        """A photo in the other domain, (1, c, h, w) in [-1, 1].

        Args:
            to: the domain to draw; None for the last that it can draw.
            find: where it learned from faces, frame the largest; otherwise the whole photo.
        """
        system = self._able(Translates, "translate")
        world, to = domains.of(self.checkpoint), system.targets[-1] if to is None else to
        pixels, _ = translate.look(world, photo, to, find=find)
        with self._precision():
            return system.translate(images.from_pixels(pixels).to(system.device), to).float()

    def _able(self, can: type[S], what: str) -> S:
        if isinstance(self.system, can):
            return self.system
        does = " and ".join(card.abilities(self.system))
        raise ValueError(f"{self.name} cannot {what}: it {does}.")

    def _precision(self) -> torch.autocast:
        kind = self.system.device.type
        dtype = torch.bfloat16 if kind == "cpu" else torch.float16
        return torch.autocast(kind, dtype, enabled=self.half)


def load(source: str | Path, *, device: str = "cpu", half: bool = False) -> Model:
    """A checkpoint's model, frozen.

    Args:
        source: a folder, the name of one in `checkpoints` or $GAN_DEMO_CHECKPOINTS, or
            "hub:owner/name", which is fetched once.
        device: "cpu", "cuda", "mps", or "auto" for the fastest that is here.
        half: compute in half precision: bfloat16 on a CPU, float16 on a GPU.

    Raises:
        CheckpointError: no checkpoint there, or a damaged one.
        ValueError: an unknown device, or one that is not here.
    """
    place = devices.choose(device).torch
    return Model(checkpoint.load(source, place), half)


def open_photo(source: str | Path | bytes) -> PILImage.Image:
    """The picture of a file, or of its bytes: upright, in sRGB, at most 2048 pixels a side.

    Raises:
        ValueError: no such file, or what is wrong with the picture.
    """
    try:
        return decode.photo(source)
    except Refused as error:
        name = "The picture" if isinstance(source, bytes) else Path(source).name
        raise ValueError(f"{name}: {error}") from None


def save(x: Image, path: str | Path) -> None:
    """Writes a picture in [-1, 1], or several as a grid, in the format that the name ends in.

    Raises:
        ValueError: an unknown ending, or no picture.
    """
    picture = images.to_pil(x)[0] if len(x) == 1 else images.grid(x)
    picture.save(path)
