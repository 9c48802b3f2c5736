"""Endpoints of a model's codes: photo -> E -> z -> G -> picture, and what lies between codes."""

from typing import Annotated, Any, Literal

from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions import arithmetic as sums
from gan_demo.actions import edit as editing
from gan_demo.actions import reconstruct as reading
from gan_demo.actions.arithmetic import Shelf
from gan_demo.actions.edit import Edit
from gan_demo.actions.interpolate import COUNT, ENDS, REACH, Walk
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples
from gan_demo.tabs import arithmetic as arithmetic_tab
from gan_demo.tabs import edit as edit_tab
from gan_demo.tabs import interpolate as interpolate_tab
from gan_demo.ui import ends
from gan_demo.ui.api import Picture
from gan_demo.ui.lanes import long_if, wanted
from gan_demo.validate import Between

Seed = str | int
Real = int | float  # JSON has no floats: 1.0 arrives as 1
Share = Annotated[Real, Between(0, 1)]
Readings = dict[str, Any]


def encode(
    studio: Studio, model: str, photo: Picture, find: bool = True, stored: bool = True
) -> tuple[list[float], Readings]:
    """The code that a model reads in a photo, and what its critic says of it.

    Args:
        model: A checkpoint that encodes, see its abilities in `models`.
        photo: A picture of what the model learned from, a face for instance.
        find: Find a face and cut it out as the model knows faces; otherwise the middle is taken.
        stored: Take the code that a picture of this app carries, if it is the model's own.

    Returns:
        Code: as many numbers as the model's codes are long, for `decode`
        Readings: the encoder's other numbers, and a note on how the photo was read
    """
    seen = reading.look(studio, model, photo, find, stored)
    return seen.z.squeeze(0).tolist(), seen.readings | {"note": seen.note}


def decode(studio: Studio, model: str, code: list[Real], variety: Real = latent.VARIETY) -> Picture:
    """The picture that a model draws from a code.

    Args:
        model: A checkpoint that draws, see its abilities in `models`.
        code: The numbers of a code, for instance those of `encode`.
        variety: From 1, the code as it is, to 0, the model's average picture.

    Returns:
        Picture: a PNG that carries its code
    """
    system = studio.able(model, Samples)
    if len(code) != system.z_dim:
        raise ValueError(f"Codes of {model} have {system.z_dim} numbers, not {len(code)}.")
    made = Recipe(model, z=tuple(map(float, code)), variety=system.variety(variety))
    return recipe.sign(images.to_pil(reading.redrawn(system, made.code(system), 1.0))[0], made)


@long_if(lambda given: any(given[5:]))  # steps
def reconstruct(
    studio: Studio,
    model: str,
    photo: Picture,
    find: bool = True,
    stored: bool = True,
    variety: Real = latent.VARIETY,
    steps: Annotated[int, Between(0, reading.MOST)] = 0,
) -> tuple[Picture, Readings]:
    """What a model makes of a photo: read by the encoder, drawn by the generator.

    Args:
        model: A checkpoint that encodes, see its abilities in `models`.
        photo: A picture of what the model learned from, a face for instance.
        find: Find a face and cut it out as the model knows faces; otherwise the middle is taken.
        stored: Take the code that a picture of this app carries, if it is the model's own.
        variety: From 1, the code as it was read, to 0, the model's average picture.
        steps: Of a search for a nearer code, which takes seconds; 0 for none.

    Returns:
        Reconstruction: a PNG that carries its code
        Readings: how far it is from the photo, the critic's numbers, and a note
    """
    seen = reading.look(studio, model, photo, find, stored)
    if steps:
        *_, seen = wanted(reading.refine(studio, seen, steps))
    _, picture, made, readings = reading.reconstruct(studio, seen, variety)
    return recipe.sign(picture, made), readings | {"note": seen.note}


def interpolate(
    studio: Studio,
    model: str,
    seed_a: Seed = "0",
    seed_b: Seed = "1",
    t: Share = 0.5,
    path: Literal["slerp", "lerp", "corners", "directions"] = "slerp",
    variety: Real = latent.VARIETY,
    photo_a: Picture | None = None,
    photo_b: Picture | None = None,
    seed_c: Seed = "2",
    seed_d: Seed = "3",
    photo_c: Picture | None = None,
    photo_d: Picture | None = None,
    u: Share = 0.5,
    v: Share = 0.5,
    directions: list[Real] | None = None,
) -> Picture:
    """A picture between two codes, among four, or away from one along the model's directions.

    Args:
        model: A checkpoint that draws, see its abilities in `models`.
        seed_a: The first end.
        seed_b: The second end; not used by directions.
        t: The place on slerp and lerp, from 0, a, to 1, b.
        path: slerp, the great circle; lerp, the straight line; corners, of a square; directions.
        variety: Of the ends that are seeds: from 1, as varied as photos, to 0, the average.
        photo_a: In place of seed a, where the model encodes.
        photo_b: In place of seed b, where the model encodes.
        seed_c: The corner below a.
        seed_d: The corner below b.
        photo_c: In place of seed c, where the model encodes.
        photo_d: In place of seed d, where the model encodes.
        u: The place across among the corners, from a to b.
        v: The place down among the corners, from a to c.
        directions: How far along each of the strongest, up to 6 numbers from -6 to 6.

    Returns:
        Picture: a PNG that carries its code
    """
    system = studio.able(model, Samples)
    seeds, photos = (seed_a, seed_b, seed_c, seed_d), (photo_a, photo_b, photo_c, photo_d)
    given = list(zip(seeds, photos, strict=True))[: ENDS[path]]
    for letter, photo in list(zip("abcd", photos, strict=True))[ENDS[path] :]:
        if photo:
            raise ValueError(f"{path} does not use photo_{letter}: leave it out.")
    if directions and path != "directions":
        raise ValueError(f"{path} does not use directions: leave them out, or choose that path.")
    if any(photo for _, photo in given):
        studio.able(model, Encodes)
    places = {"corners": (float(u), float(v)), "directions": _moves(directions or [0])}
    walk = Walk(
        model,
        path,
        tuple(ends.end(studio, model, seed, photo) for seed, photo in given),
        places.get(path, (float(t),)),
        system.variety(variety),
    )
    return interpolate_tab.signed(studio, walk)[0]


def edit(
    studio: Studio,
    model: str,
    seed: Seed = "0",
    photo: Picture | None = None,
    find: bool = True,
    moves: dict[str, Real] | None = None,
    variety: Real = latent.VARIETY,
) -> tuple[Picture, Readings]:
    """A face from a photo or a seed, moved along attributes such as a smile.

    Args:
        model: A checkpoint that encodes, see its abilities in `models`.
        seed: What to start from where there is no photo.
        photo: What to start from.
        find: Find a face and cut it out as the model knows faces; otherwise the middle is taken.
        moves: How far by name, {"smile": 1.5, "direction 1": -2}; Readings names the attributes.
        variety: Of a seed: from 1, as varied as photos, to 0, the average.

    Returns:
        Picture: a PNG that carries its code
        Readings: the attributes that the model knows, and a note on how the photo was read
    """
    code, note, _ = editing.start(studio, model, seed, photo, find, variety)
    at = editing.at(studio, model, moves or {})
    known, why = editing.names(studio, model)
    said = " ".join(filter(None, (note, why)))
    return edit_tab.signed(studio, Edit(model, code, at))[0], {"attributes": known, "note": said}


def arithmetic(
    studio: Studio,
    model: str,
    a: str,
    b: str,
    c: str,
    photo_a: Picture | None = None,
    photo_b: Picture | None = None,
    photo_c: Picture | None = None,
    variety: Real = latent.VARIETY,
) -> tuple[Picture, Picture]:
    """a - b + c with pictures: what a has and b lacks, on c.

    Args:
        model: A checkpoint that draws, see its abilities in `models`.
        a: Seeds whose average is a, for instance "3, 12, 26"; "" where a photo is enough.
        b: Seeds whose average is taken away.
        c: Seeds whose average it is added to.
        photo_a: One more of a, where the model encodes.
        photo_b: One more of b, where the model encodes.
        photo_c: One more of c, where the model encodes.
        variety: Of the seeds: from 1, as varied as photos, to 0, the average.

    Returns:
        Answer: a PNG that carries its code
        Neighbours: the answer in the middle of eight like it
    """
    shelves = [Shelf(a, photo_a), Shelf(b, photo_b), Shelf(c, photo_c)]
    done = sums.total(studio, model, shelves, variety)
    around = PILImage.fromarray(arithmetic_tab.square(done))
    return arithmetic_tab.signed(model, done)[0], around


def _moves(directions: list[Real]) -> tuple[float, ...]:
    if len(directions) > COUNT or any(abs(s) > REACH for s in directions):
        raise ValueError(f"directions are up to {COUNT} numbers from {-REACH:g} to {REACH:g}.")
    return tuple(map(float, directions))
