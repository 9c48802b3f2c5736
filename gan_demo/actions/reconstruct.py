"""What a model makes of a photo, and how far that is from it.

photo -> face -> x -> E -> z -> nearer to the mean code -> G -> y

What E read can be refined by a search that starts there, see `gan_demo.codes.inversion`.
"""

import functools
import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo import features, images, latent
from gan_demo.checkpoint import recipe, shorthand
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.codes.inversion import Weights, invert
from gan_demo.features import Classifier
from gan_demo.images import faces
from gan_demo.images.frame import Square, paste
from gan_demo.metrics import readings
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples
from gan_demo.types import Image, Latent

Chosen = int | Square  # which face, the largest is 0; or a square of one's own

EXAMPLES = 8
STEPS, MOST = 120, 1000  # of a refinement: usual, and at most
FEATURES, NEAR = 0.02, 1e-3  # weights in a search
STAND_IN = "An example. Upload a photo, paste one, take one, or choose another example."


@dataclass(frozen=True)
class Seen:
    """What a model reads in a photo.

    Args:
        model: its name.
        x: the square picture that it was shown.
        z: the code.
        readings: the encoder's other numbers, by formula.
        note: what was done to the photo.
        example: whether it stands in for a photo, where none was given.
    """

    model: str
    x: Image
    z: Latent
    readings: dict[str, float]
    note: str
    example: bool = False


@torch.inference_mode()
def look(
    studio: Studio,
    model: str | None,
    photo: PILImage.Image | None,
    find: bool,
    stored: bool,
    chosen: Chosen = 0,
) -> Seen:
    """
    Args:
        find: cut out a face first; otherwise, or without a face, the middle is taken.
        chosen: which face, the largest is 0; or the square, marked by hand.
        stored: use the code that the picture carries, if it is one of this model's own.

    Raises:
        ValueError: no photo, an unknown model, one that cannot encode.
    """
    photo = given(photo)
    made = recipe.of(photo)
    system = studio.able(model, Encodes)
    square, note = squared(photo, find, studio.frame(model or ""), chosen)
    x = shown(system, square)
    z, readings = system.reading(x)
    if made and made.model == model and stored:
        z = made.code(system)
        note = "Drawn from the code stored in the picture, not from what the encoder reads."
    elif made:
        note = f"Read by the encoder: the code of {made.model} in the picture is not used."
    elif why := recipe.problem(photo):
        note = f"Read by the encoder: the code in the picture is not used. {why}"
    return Seen(model or "", x, z, {k: v.item() for k, v in readings.items()}, note)


def stand_in(studio: Studio, model: str | None) -> Seen:
    """The same of the first example, where there is no photo."""
    seen = look(studio, model, example(studio, model), find=False, stored=False)
    return replace(seen, note=STAND_IN, example=True)


def given(photo: PILImage.Image | None) -> PILImage.Image:
    if photo is None:
        raise ValueError("Give a photo first: upload, paste, take or choose one.")
    return photo


def squared(
    photo: PILImage.Image, find: bool, frame: float, chosen: Chosen = 0
) -> tuple[PILImage.Image, str]:
    """The square of a photo, and a sentence about it; pictures made here have their frame."""
    if recipe.of(photo) and not isinstance(chosen, Square):
        return photo, ""
    return framed(photo, find, frame, chosen)


def framed(
    photo: PILImage.Image, find: bool, frame: float, chosen: Chosen = 0
) -> tuple[PILImage.Image, str]:
    """The square for the encoder, and a sentence about it."""
    square, said = place(photo, find, frame, chosen)
    return faces.crop(photo, square), said


def pasted(
    photo: PILImage.Image, result: PILImage.Image, find: bool, frame: float, chosen: Chosen = 0
) -> PILImage.Image:
    """The photo in its full size with the result in the place that `framed` cut out."""
    square, _ = place(photo, find, frame, chosen)
    whole = paste(np.asarray(photo.convert("RGB")), square, np.asarray(result.convert("RGB")))
    return PILImage.fromarray(whole)


def place(
    photo: PILImage.Image, find: bool, frame: float, chosen: Chosen = 0
) -> tuple[Square, str]:
    """Where the square lies, and a sentence about it."""
    if isinstance(chosen, Square):
        return chosen, "Cut out where it was marked by hand."
    found = faces.find(photo) if find else []
    middle = faces.centre(photo)
    if not found:
        why = "No face was found" if find else "Faces are not searched"
        return middle, f"{why}: the middle of the photo is used."
    i = chosen if 0 <= chosen < len(found) else 0
    square = faces.framed(photo, found[i], frame)
    if square == middle:
        said = "Already cropped to the face."
    elif len(found) == 1:
        said = "The largest face was found and cut out."
    else:
        which = f"Face {i + 1}" if i else "The largest"
        said = f"{which} of {len(found)} faces was cut out."
    return square, said


def shown(system: Encodes, square: PILImage.Image) -> Image:
    """What the encoder sees."""
    return images.from_pil(square, system.size, system.channels).to(system.device)


def carried(studio: Studio, model: str | None, text: str) -> PILImage.Image:
    """The picture of a code in a link, its recipe inside.

    Raises:
        ValueError: no code, or not one of this model.
    """
    made = Recipe(str(model), z=shorthand.long(text), origin="reconstruct")
    system = studio.able(model, Encodes)
    return recipe.sign(images.to_pil(redrawn(system, made.code(system), 1.0))[0], made)


@torch.inference_mode()
def redrawn(system: Samples, z: Latent, variety: float) -> Image:
    return system.decode(system.varied(z.to(system.device), variety))


def shares(studio: Studio, seen: Seen) -> dict[str, float]:
    """For each of the encoder's numbers, the share of val photos that have a lower one, as far as
    they were measured."""
    known = studio.checkpoint(seen.model).metrics.get(readings.TITLE)
    quantiles = known if isinstance(known, dict) else {}
    found = {k: readings.share(v, quantiles.get(k)) for k, v in seen.readings.items()}
    return {name: share for name, share in found.items() if share is not None}


def distance(x: Image, y: Image) -> dict[str, float]:
    """MSE and PSNR = 10 log10(2² / MSE), for pixels in [-1, 1]."""
    mse = (x - y).square().mean().item()
    return {"MSE": mse, "PSNR": 10 * math.log10(4 / max(mse, 1e-10))}


def refine(
    studio: Studio, seen: Seen, steps: int = STEPS, every: int = 5
) -> Generator[Seen, None, None]:
    """What is read, made better step by step: yields it now and then, and says how far it is.

    Raises:
        ValueError: a number of steps that cannot be done.
    """
    if not 1 <= steps <= MOST:
        raise ValueError(f"Refine by 1 to {MOST} steps, for instance {STEPS}.")
    system, before = studio.able(seen.model, Encodes), None
    search = weights(system)
    for now in invert(system, seen.x, steps=steps, start=seen.z, weights=search, every=every):
        error = now.error.item()
        before = error if before is None else before
        done = f"{now.step}" if now.step == steps else f"{now.step} of {steps}"
        said = f"Refined in {done} steps: MSE {before:.3g} → {error:.3g}."
        yield replace(seen, z=now.z, note=said)


def weights(system: Encodes) -> Weights:
    """What a search lowers besides the error of pixels: features, where they are at hand."""
    judge = network(system.channels, system.device)
    return Weights(features=FEATURES, network=judge, near=NEAR)


@functools.cache
def network(channels: int, device: torch.device) -> Classifier | None:
    """The shipped network for pictures of so many channels."""
    folder = features.shipped(channels)
    return features.load(folder).requires_grad_(False).to(device) if folder else None


def reconstruct(
    studio: Studio, seen: Seen, variety: object
) -> tuple[Image, PILImage.Image, Recipe, dict[str, float]]:
    """The reconstruction, the same as a picture with its recipe, and all numbers about it.

    Args:
        variety: 1 as it was read, less is nearer to the mean code, see `latent.varied`.
    """
    system = studio.able(seen.model, Encodes)
    had = system.variety(variety)
    y = redrawn(system, seen.z, had)
    code = tuple(seen.z.squeeze(0).tolist())
    made = Recipe(seen.model, z=code, variety=had, origin="reconstruct")
    return y, images.to_pil(y)[0], made, seen.readings | distance(seen.x, y)


def examples(studio: Studio, model: str | None) -> Image:
    """Pictures to try, drawn by the model itself from fixed seeds."""
    system = studio.able(model, Encodes)
    return redrawn(system, system.prior(EXAMPLES, 1), latent.VARIETY)


def example(studio: Studio, model: str | None, i: int = 0) -> PILImage.Image:
    return images.to_pil(examples(studio, model))[i % EXAMPLES]
