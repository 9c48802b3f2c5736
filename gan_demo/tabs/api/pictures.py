"""Endpoints of what models draw from seeds, words and classes, of translators, and of what there
is."""

from typing import Annotated, Any, Literal

from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions import classes as class_pictures
from gan_demo.actions import domains
from gan_demo.actions import translate as translating
from gan_demo.actions import words as phrases
from gan_demo.actions.classes import Mixture
from gan_demo.actions.models import Catalogue
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Conditions, Reads
from gan_demo.tabs import models as models_tab
from gan_demo.tabs import pairs as pairs_tab
from gan_demo.tabs import pyramid as pyramid_tab
from gan_demo.tabs import sample as sample_tab
from gan_demo.tabs import words as words_tab
from gan_demo.tabs.api.codes import Readings, Real, Seed, Share
from gan_demo.types import Pixels
from gan_demo.ui.api import Picture, Sheet
from gan_demo.ui.lanes import long_if, wanted
from gan_demo.ui.shell import Shell
from gan_demo.validate import Between

SHORT = ("problem", "method", "abilities", "size", "channels", "domains")  # of what `models` tells


def sample(
    studio: Studio,
    model: str,
    seed: Seed = "0",
    count: Annotated[int, Between(1, sample_tab.MOST)] = sample_tab.COUNT,
    variety: Real = latent.VARIETY,
) -> Sheet:
    """New pictures that a model draws, one a seed.

    Args:
        model: A checkpoint that draws, see its abilities in `models`.
        seed: Of the first picture; the others have the seeds after it.
        count: How many pictures.
        variety: From 1, as varied as the training pictures, to 0, their average.

    Returns:
        Pictures: PNGs with their seeds, each carrying its recipe
    """
    drawn = sample_tab.sample(studio, model, seed, count, variety)
    return [(picture, f"seed {made.seed}") for picture, made in drawn]


@long_if(lambda given: any(given[5:]))  # tiles
def translate(
    studio: Studio,
    model: str,
    to: str,
    photo: Picture,
    find: bool = True,
    trace: bool = True,
    tiles: bool = False,
) -> tuple[Picture, Picture | None, Readings]:
    """A photo carried to the other domain of a translator, and back.

    Args:
        model: A checkpoint that translates, see its abilities in `models`.
        to: The domain to draw, one of the model's domains, for instance "smiling".
        photo: A picture of the other domain.
        find: In a world of faces, find one and cut it out; otherwise the whole photo is used.
        trace: Where drawings are translated, draw the edges of what is no drawing yet.
        tiles: The photo in its full size, tile by tile.

    Returns:
        Translation: a PNG
        Way back: the translation translated back; none where the model knows one way only
        Readings: how much was changed, how much is lost on the way back, and a note
    """
    world = domains.world(studio, model)
    if tiles:
        x, said = translating.whole(world, photo, to, trace=trace)
        done = translating.finished(wanted(translating.tiled(world, x, to)))
    else:
        x, said = translating.look(world, photo, to, find=find, trace=trace)
        done = translating.translation(world, x, to)
    back = None if done.back is None else _picture(done.back)
    return _picture(done.y), back, done.numbers | {"note": said}


def classes(
    studio: Studio, model: str, seed: Seed = "0", a: str = "", b: str = "", t: Share = 0.5
) -> tuple[Sheet, Picture]:
    """One seed drawn as every class, and one picture between two of them.

    Args:
        model: A checkpoint that knows classes, see its abilities in `models`.
        seed: Of what the pictures have in common.
        a: The class at t = 0; "" for the first.
        b: The class at t = 1; "" for the second.
        t: The share of b.

    Returns:
        Every class: PNGs with the names of the classes
        Mixture: the picture between a and b
    """
    system, first = studio.able(model, Conditions), recipe.seed(seed)
    pictures = images.to_pil(class_pictures.sheet(system, first, 1))
    start, end = system.classes[:2]
    mixture = Mixture(model, first, a or start, b or end, float(t))
    mixed = PILImage.fromarray(class_pictures.mixed(studio, mixture))
    return list(zip(pictures, system.classes, strict=True)), mixed


def words(
    studio: Studio,
    model: str,
    phrase: str,
    seed: Seed = "0",
    count: Annotated[int, Between(1, phrases.MOST)] = words_tab.COUNT,
) -> tuple[Sheet, str]:
    """Pictures of a phrase, one a seed.

    Args:
        model: A checkpoint that reads, see its abilities in `models`.
        phrase: What to draw, for instance "red heart".
        seed: Of the first picture; the others have the seeds after it.
        count: How many pictures.

    Returns:
        Pictures: PNGs with their seeds
        Unknown: the words of the phrase that the model never saw
    """
    sheet = words_tab.draw_sheet(studio, model, phrase, seed, count)
    missing = phrases.unknown(studio.able(model, Reads), phrase)
    return [(drawing.picture, f"seed {drawing.seed}") for drawing in sheet], missing


def pyramid(
    studio: Studio,
    model: str,
    seed: Seed = "0",
    count: Annotated[int, Between(1, pyramid_tab.MOST)] = pyramid_tab.COUNT,
    lines: Literal["all", "details", "finest"] = "all",
) -> Sheet:
    """Pictures at every stage on their way from coarse to fine.

    Args:
        model: A checkpoint that grows pictures, see its abilities in `models`.
        seed: Of the first picture; the others have the seeds after it.
        count: How many pictures.
        lines: What differs between the pictures: all, the details, or the finest details only.

    Returns:
        Stages: PNGs, each with its seed and size
    """
    return [
        (images.to_pil(stage)[0], f"seed {g.name}, {head}")
        for g in pyramid_tab.grow(studio, model, seed, count, lines)
        for stage, head in zip(g.stages, g.heads[::2], strict=True)
    ]


def pairs(
    studio: Studio,
    model: str,
    seed: Seed = "0",
    count: Annotated[int, Between(1, pairs_tab.MOST)] = pairs_tab.COUNT,
) -> Sheet:
    """Pairs of pictures, the same thing in two domains, one pair a seed.

    Args:
        model: A checkpoint that draws pairs, see its abilities in `models`.
        seed: Of the first pair; the others have the seeds after it.
        count: How many pairs.

    Returns:
        Pairs: PNGs, each with its seed and domain
    """
    return [
        (picture, f"seed {pair.seed}, {domain}")
        for pair in pairs_tab.pairs(studio, model, seed, count)
        for domain, picture in zip(pair.domains, pair.pictures, strict=True)
    ]


def models(catalogue: Catalogue, shell: Shell, short: bool = False) -> dict[str, Any]:
    """Every model: what it can do, between which domains, its size, data and measured figures.

    Args:
        short: Only what it takes to choose one; otherwise training, curves and figures, too.

    Returns:
        Models: by name
    """
    known = models_tab.known(catalogue, shell)
    if not short:
        return known
    return {name: {k: told[k] for k in SHORT if k in told} for name, told in known.items()}


def _picture(x: Pixels) -> Picture:
    return PILImage.fromarray(images.arrays(x)[0])
