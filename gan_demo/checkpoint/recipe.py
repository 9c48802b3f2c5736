"""How a picture was made, kept inside its own file.

A recipe is a few lines of JSON in a text chunk of the PNG: model, seed or code, variety. So
a downloaded picture is also the saved code: dropped back into the app, it gives the exact z.

    z = recipe.z, or prior(1, recipe.seed)        picture = G(slerp(centre, z, variety))
"""

import json
import math
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import torch
from PIL import Image as PILImage
from PIL.PngImagePlugin import PngInfo

from gan_demo.latent import SEEDS, variety_of
from gan_demo.systems.base import Samples
from gan_demo.types import Latent

KEY = "gan-demo"  # of the text chunk
LETTERS = 200_000  # of the text: a code as long as LONGEST takes a half
LONGEST = 8192  # components of a code
MOST = 1e30  # of a number: a float32 holds it, and its products with the weights
SCALED = "A scale other than 1 is not drawn any more: variety, from 0 to 1, has replaced it."
ORIGINS = ("sample", "reconstruct", "interpolate", "edit", "arithmetic")


@dataclass(frozen=True)
class Recipe:
    """What it takes to draw a picture again.

    Args:
        model: name of the checkpoint.
        seed: of the prior; used when there is no z.
        z: the code itself, at variety 1.
        variety: how far from the mean code, see `latent.varied`.
        origin: the tab that made it, one of ORIGINS.

    Raises:
        ValueError: neither seed nor z, a number that is not finite, a code that is too long, a
            variety that is none.
    """

    model: str
    seed: int | None = None
    z: tuple[float, ...] | None = None
    variety: float = 1.0
    origin: str = "sample"

    def __post_init__(self):
        named = isinstance(self.model, str) and self.model.isprintable()
        if not named or not 0 < len(self.model) <= 200:
            raise ValueError("A recipe names its model in at most 200 letters.")
        if self.origin not in ORIGINS:
            raise ValueError(f"A recipe comes from {', '.join(ORIGINS)}, not {self.origin!r:.40}.")
        if self.seed is None and self.z is None:
            raise ValueError("A recipe needs a seed or a code.")
        if self.seed is not None:
            object.__setattr__(self, "seed", seed(self.seed))
        object.__setattr__(self, "variety", variety_of(self.variety))
        if self.z is not None:
            if not 0 < len(self.z) <= LONGEST:
                raise ValueError(f"A code has 1 to {LONGEST} numbers, not {len(self.z)}.")
            object.__setattr__(self, "z", tuple(map(_finite, self.z)))

    def code(self, system: Samples) -> Latent:
        """The z that G draws the picture from.

        Raises:
            ValueError: the code was made by a model of another length.
        """
        if self.z is None:
            return system.varied(system.prior(1, self.seed), self.variety)
        if len(self.z) != system.z_dim:
            raise ValueError(
                f"This code has {len(self.z)} numbers, the model takes {system.z_dim}: "
                f"choose the model {self.model} that made it."
            )
        return system.varied(torch.tensor([self.z], device=system.device), self.variety)

    def to_json(self) -> str:
        fields = {k: v for k, v in asdict(self).items() if v is not None}
        if self.z is not None:  # nine digits give every float32 back exactly
            fields["z"] = [float(f"{v:.9g}") for v in self.z]
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """
        Raises:
            ValueError: not a recipe, or an old one at a scale other than 1.
        """
        try:
            if len(text) > LETTERS:
                raise TypeError
            fields = json.loads(text)
            if fields.pop("scale", 1) != 1:
                raise ValueError(SCALED)
            if isinstance(fields.get("z"), list):
                fields["z"] = tuple(fields["z"])
            return cls(**fields)
        except (TypeError, AttributeError, RecursionError) as error:
            raise ValueError("Not a recipe of this app.") from error


def seed(value: object) -> int:
    """A seed as typed, in a link or in a file.

    Raises:
        ValueError: text, a fraction, negative or huge, with what to type instead.
    """
    text = str(value).strip()
    try:
        number = int(text) if len(text) <= 30 else SEEDS
    except ValueError:
        number = int(value) if isinstance(value, float) and value.is_integer() else None
    if number is None or isinstance(value, bool):
        said = f", not {text[:30]!r}" if text and value is not None else ""
        raise ValueError(f"A seed is a whole number, for instance 7{said}.")
    if not 0 <= number < SEEDS:
        raise ValueError(f"A seed lies between 0 and {SEEDS - 1} (2^32 - 1).")
    return number


def sign(picture: PILImage.Image, recipe: Recipe) -> PILImage.Image:
    """The picture with its recipe in `info`, from where Gradio's PNG writer takes it along."""
    signed = picture.copy()
    signed.info = {KEY: recipe.to_json()}
    return signed


def of(picture: PILImage.Image) -> Recipe | None:
    """The recipe a picture carries, None when it has none or a damaged one."""
    try:
        return _carried(picture)
    except ValueError:
        return None


def problem(picture: PILImage.Image) -> str:
    """Why the recipe that a picture carries cannot be used; "" without one, or if it can."""
    try:
        _carried(picture)
    except ValueError as error:
        return str(error)
    return ""


def png(picture: PILImage.Image, recipe: Recipe) -> bytes:
    """The file of a picture, its recipe inside. Packed lightly: a tenth larger, in a third of the
    time, while a slider waits."""
    chunk, file = PngInfo(), BytesIO()
    chunk.add_text(KEY, recipe.to_json())
    picture.save(file, "PNG", pnginfo=chunk, compress_level=1)
    return file.getvalue()


def read(path: Path | str) -> Recipe | None:
    """The recipe in a PNG file; None for any other file. Reads the header alone."""
    try:
        with PILImage.open(path, formats=("PNG",)) as picture:
            return of(picture)
    except (OSError, SyntaxError, ValueError, PILImage.DecompressionBombError):
        return None


def _carried(picture: PILImage.Image) -> Recipe | None:
    text = picture.info.get(KEY)
    return Recipe.from_json(text) if isinstance(text, str) else None


def _finite(value: object) -> float:
    number = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST:
        number = float(value)  # nor one of 400 digits, which floats do not hold
    if not math.isfinite(number):
        raise ValueError("A recipe holds finite numbers only.")
    return number
