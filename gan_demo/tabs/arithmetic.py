"""Arithmetic: a - b + c with pictures, each letter the average of a few."""

import functools
import random
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions import arithmetic
from gan_demo.actions.arithmetic import LETTERS, Shelf, Sum
from gan_demo.checkpoint import recipe, shorthand
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples
from gan_demo.ui import gallery, inline, links, onward, page
from gan_demo.ui import variety as varieties
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, LATEST, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.judged import clicked
from gan_demo.ui.photo import Photo
from gan_demo.ui.shell import Shell

TITLE = "Arithmetic"
SLUG = "arithmetic"
NEEDS = Samples
OFFERED = 30
FIRST = dict(zip(LETTERS, ("3, 12, 26", "6, 14, 16", "21"), strict=True))
CAPTIONS = {"a": "a, average", "b": "− b, average", "c": "+ c, average"}
ABOUT = r"""
Codes can be added: with $\bar a$ the average of a few, $z = N(\bar a - \bar b + \bar c)$ shows
what $a$ has and $b$ lacks on $c$. Three of each are steadier than one.
"""


@dataclass(frozen=True)
class ArithmeticTab:
    """What others may set."""

    model: gr.Dropdown
    a: gr.Textbox
    b: gr.Textbox
    c: gr.Textbox


@dataclass(frozen=True)
class ShelfBox:
    """The controls of one letter."""

    average: gr.HTML
    seeds: gr.Textbox
    exemplars: gr.HTML
    photo: Photo


def signed(model: str, done: Sum) -> tuple[PILImage.Image, Recipe]:
    """The answer, with the code that draws it again inside."""
    made = Recipe(model, z=done.code, origin=SLUG)
    return recipe.sign(PILImage.fromarray(done.answer), made), made


def square(done: Sum) -> np.ndarray:
    """The answer among its neighbours."""
    return np.asarray(images.grid(done.around, 3))


@torch.inference_mode()
def offered(
    studio: Studio, model: str | None, first: object, variety: object = latent.VARIETY
) -> list[gallery.Plate]:
    """Pictures to choose from, one a seed."""
    system, start = studio.able(model, Samples), recipe.seed(first)
    drawn = images.to_arrays(system.sample(OFFERED, start, system.variety(variety)))
    return [([x], str((start + i) % latent.SEEDS), "") for i, x in enumerate(drawn)]


def build(studio: Studio, shell: Shell) -> ArithmeticTab:
    """The sum as a row of pictures; below it what to choose from, and the answer's neighbours."""
    page.about(ABOUT)
    with gr.Row(elem_id="sum-model"):
        with gr.Column(scale=1, min_width=260):
            model = shell.model(NEEDS)
            variety = varieties.slider(label="Variety of the seeds", elem_id="sum-variety")
        gr.Column(scale=2, min_width=0)
    with gr.Row(elem_id="sum"):
        boxes = {letter: _box(letter) for letter in LETTERS}
        with gr.Column(min_width=140):
            with inline.tile("= a − b + c"):
                answer = inline.still("The answer", elem_id="sum-answer")
            keep = Download("Download", size="sm", interactive=False, min_width=100)
            shell_link = gr.Column()
    below = gr.Column()
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            with gr.Group():
                target = gr.Radio(
                    list(LETTERS), value="a", label="A click adds to", elem_id="sum-target"
                )
                with gr.Row(elem_classes="joined"):
                    first = gr.Textbox(
                        "0", label="of the pictures from seed", max_length=30, min_width=120
                    )
                    more = gr.Button("Others", scale=0, min_width=80, elem_id="sum-more")
            choice = gallery.plates(label="Click to add one", elem_id="sum-choice", least=56)
        with gr.Column(scale=2, min_width=300), inline.tile("The answer and its neighbours"):
            near = inline.still("The answer among neighbours", elem_id="sum-near")
    texts = {letter: box.seeds for letter, box in boxes.items()}
    photos = {f"photo_{letter}": box.photo for letter, box in boxes.items()}
    settings = {"model": model, **texts, **photos, "first": first, "variety": variety}
    redraw = shell.place(SLUG, **settings)
    with shell_link:
        letters = {name: links.code() for name in photos}
        shell.link_button(SLUG, **letters)  # the codes of the photos
    thumb, fresh = gr.State(None), gr.State(0)  # history.Thumb; changes with an exemplar
    result = gr.State(None)  # PILImage, the answer with its code
    with below:
        turned = [model.change, redraw.change]
        onward.buttons(shell, SLUG, lambda result: result, [result], turned, [model])

    def arrange(model: str | None, first: str, variety: float | int):
        encodes = isinstance(studio.able(model, NEEDS), Encodes)
        pictures = gallery.showing(offered(studio, model, first, variety))
        return [pictures, *[gr.update(visible=encodes)] * len(LETTERS)]

    def add(
        model: str | None,
        variety: float | int,
        a: str,
        b: str,
        c: str,
        *photos: PILImage.Image | None,
    ):
        done = arithmetic.total(studio, model, _shelves((a, b, c), photos), variety)
        picture, made = signed(str(model), done)
        saved = f"{model}-{SLUG}.png", recipe.png(picture, made)
        return [
            *map(inline.showing, done.averages),
            *map(inline.offering, done.exemplars),
            inline.showing(done.answer),
            inline.showing(square(done)),
            gr.update(value=saved, interactive=True),
            (done.answer, f"{a} − {b} + {c}"),
            picture,
            *("" if z is None else shorthand.short(z) for z in done.read),
        ]

    def take(target: str, a: str, b: str, c: str, first: str, event: gr.EventData):
        """One more seed for the letter."""
        seed = (recipe.seed(first) + clicked(event, OFFERED)) % latent.SEEDS
        chosen = dict(zip(LETTERS, (a, b, c), strict=True))
        known = arithmetic.seeds(chosen[target])
        if seed not in known:
            chosen[target] = ", ".join(map(str, [*known, seed]))
        return *chosen.values(), time.time_ns()

    def drop(text: str, photo: PILImage.Image | None, event: gr.EventData):
        """An exemplar was clicked: it goes, unless it is the last."""
        known, i = arithmetic.seeds(text), clicked(event)
        if len(known) + (photo is not None) < 2:
            raise ValueError("This is the last one: add another before it goes.")
        kept = ", ".join(str(seed) for k, seed in enumerate(known) if k != i)
        return kept, (photo if i < len(known) else None), time.time_ns()

    def others() -> str:
        return str(random.randrange(10**6))

    varieties.offer(studio, variety, model, redraw)
    opened = [redraw.change, model.input, variety.input, variety.release]
    rolled = more.click(others, None, first, **PRIVATE)
    shown = [choice, *(box.photo for box in boxes.values())]
    asked = [*opened, first.submit]
    gr.on(asked, plainly(arrange), [model, first, variety], shown, **EACH)
    rolled.success(plainly(arrange), [model, first, variety], shown, **PRIVATE)
    given = [model, variety, *texts.values(), *photos.values()]
    results = [*(b.average for b in boxes.values()), *(b.exemplars for b in boxes.values())]
    results += [answer, near, keep, thumb, result, *letters.values()]
    gr.on(opened, plainly(add), given, results, **LATEST)
    by_hand = [fresh.change, *(text.submit for text in texts.values())]
    added = gr.on(by_hand, plainly(add), given, results, **LATEST)
    chosen = [target, *texts.values(), first]
    choice.select(plainly(take), chosen, [*texts.values(), fresh], **PRIVATE)
    drew = model, functools.partial(studio.names, Encodes)
    for letter, box in boxes.items():
        own = [box.seeds, box.photo]
        box.exemplars.select(plainly(drop), own, [*own, fresh], **PRIVATE)
        arrived = box.photo.given(turned=drew)
        arrived.success(time.time_ns, None, fresh, **PRIVATE)
        if letter == LETTERS[-1]:  # what the rest is added to
            shell.my_photo.takes(SLUG, box.photo, arrived, seeds=box.seeds)
    shell.remember(SLUG, added, lambda thumb: thumb, [thumb])
    return ArithmeticTab(model, *texts.values())


def _box(letter: str) -> ShelfBox:
    with gr.Column(min_width=140):
        with inline.tile(CAPTIONS[letter]):
            average = inline.still(f"The average of {letter}", elem_id=f"sum-{letter}-average")
        text = gr.Textbox(
            FIRST[letter], label=f"Seeds of {letter}", max_length=150, elem_id=f"sum-{letter}"
        )
        shown = inline.shelf(label="Click to drop one", elem_id=f"sum-{letter}-shown")
        photo = Photo(label=f"and a photo for {letter}", height=130, elem_id=f"photo-sum-{letter}")
    return ShelfBox(average, text, shown, photo)


def _shelves(texts: Any, photos: Any) -> list[Shelf]:
    return [Shelf(text, photo) for text, photo in zip(texts, photos, strict=True)]
