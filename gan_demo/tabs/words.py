"""Words: what a phrase looks like, drawn from several seeds, and the way to a second phrase."""

import functools
import html
import math
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import words
from gan_demo.actions.words import MOST, Drawing
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Reads
from gan_demo.ui import gallery, history, live, onward, page, strip
from gan_demo.ui import seed as seeds
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, PRIVATE
from gan_demo.ui.files import Download, zipped
from gan_demo.ui.judged import clicked
from gan_demo.ui.shell import Shell

TITLE = "Words"
SLUG = "words"
NEEDS = Reads
COUNT = 8
BOX = "phrases"  # CSS class around the slider
ABOUT = r"""
A phrase becomes a code $h$, and the generator draws it from a seed: $x = G(z, h)$. On the way from
one phrase to another it draws $(1-t)\,h_1 + t\,h_2$.
"""
Real = int | float  # JSON has no floats: 1.0 arrives as 1


@dataclass(frozen=True)
class WordsTab:
    """What others may set."""

    model: gr.Dropdown
    phrase: gr.Textbox
    seed: gr.Textbox


def draw_sheet(
    studio: Studio, model: str | None, phrase: str, seed: object, count: Real
) -> list[Drawing]:
    """`count` pictures of the phrase, of seed, seed + 1, ...

    Raises:
        ValueError: a phrase or seed that cannot be used, an unknown model.
    """
    system = studio.able(model, NEEDS)
    return words.sheet(system, str(model), phrase, recipe.seed(seed), int(count))


def archive(sheet: list[Drawing]) -> tuple[str, bytes]:
    """Name and contents of a zip of the pictures."""
    return f"{sheet[0].model}.zip", zipped(drawing.file() for drawing in sheet)


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """The picture of a place between two phrases; the scene may come from anyone.

    Raises:
        ValueError: not a scene.
    """
    try:
        model, (a, b), seed, t = scene["model"], scene["phrases"], scene["seed"], scene["at"][0]
        if not all(isinstance(text, str) for text in (model, a, b)):
            raise TypeError
        if not isinstance(t, int | float) or not math.isfinite(t):
            raise TypeError
    except (KeyError, TypeError, IndexError, ValueError, OverflowError):
        raise ValueError("The pictures between two phrases will appear here.") from None
    system = studio.able(model, NEEDS)
    return images.to_arrays(words.between(system, a, b, recipe.seed(seed), [float(t)]))[0]


def build(studio: Studio, shell: Shell) -> WordsTab:
    """The phrase and its settings; beside them its drawings, the way to a second phrase, and
    phrases to choose from."""
    page.about(ABOUT)
    draw_live = functools.partial(draw, studio)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                model = shell.model(NEEDS)
                phrase = gr.Textbox(
                    label="Phrase", placeholder="Describe a picture", elem_id="phrase"
                )
                other = gr.Textbox(
                    label="Morph into", placeholder="Describe another", elem_id="other"
                )
                seed, dice = seeds.row("First seed")
                count = gr.Slider(1, MOST, value=COUNT, step=1, label="Pictures")
            ask = gr.Button("Draw", variant="primary")
            t = gr.Slider(
                0,
                1,
                value=0,
                step=0.01,
                label="t: from the first to the second",
                elem_id="t-words",
                render=False,
            )
            settings = [model, phrase, other, seed, count, t]
            names = ("model", "phrase", "other", "seed", "count", "t")
            redraw = shell.place(SLUG, **dict(zip(names, settings, strict=True)))
            with gr.Row():
                keep = Download("Download all", size="sm", interactive=False, min_width=100)
                shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320):
            drawings = gallery.plates(label="Drawings", elem_id="drawings", least=84)
            note = gr.HTML("", elem_classes="hint", elem_id="unknown")
            scene = {"model": "", "phrases": ["", ""], "seed": "0", "at": [0.0]}
            with gr.Row():
                with gr.Column(min_width=260):
                    middle = live.picture(draw_live, scene, BOX, alt="On the way", elem_id="middle")
                    with gr.Column(elem_classes=BOX):
                        t.render()
                with gr.Column(min_width=260):
                    shelf = gallery.plates(
                        label="Phrases it was trained on", elem_id="shelf", least=84
                    )
            stops = strip.strip(elem_id="stops")
            below = gr.Column()
    drawn = gr.State([])  # list[Drawing]

    def show(model: str | None, phrase: str, other: str, seed: str, count: Real):
        """The drawings of the first phrase; for a phrase that is missing an example stands in."""
        system = studio.able(model, NEEDS)
        phrase, other = (
            p.strip() or e for p, e in zip((phrase, other), _pair(system), strict=True)
        )
        sheet = draw_sheet(studio, model, phrase, seed, count)
        shown = [([np.asarray(d.picture)], "", f"seed {d.seed}") for d in sheet]
        missing = html.escape(words.unknown(system, phrase, other))
        file = gr.update(value=archive(sheet), interactive=True)
        return gallery.showing(shown), sheet, missing, phrase, other, file

    def go(model: str | None, phrase: str, other: str, seed: str, t: Real):
        """The way from one phrase to the other."""
        system, here = studio.able(model, NEEDS), [float(t)]
        scene = {"model": model, "phrases": [phrase, other], "seed": seed, "at": here}
        on_the_way = strip.between()
        places = [t for (t,) in on_the_way.values()]
        try:
            x = words.between(system, phrase, other, recipe.seed(seed), places)
        except ValueError:  # the second phrase; the live picture says why
            return live.showing(draw_live, scene, BOX), strip.showing(BOX, [], {})
        pictures = strip.showing(BOX, images.to_arrays(x), on_the_way)
        return live.showing(draw_live, scene, BOX), pictures

    def offer(model: str | None) -> str:
        return gallery.showing(_offered(studio, model))

    def take(model: str | None, event: gr.EventData) -> tuple[str, int]:
        known = words.examples(studio.able(model, NEEDS))
        return known[clicked(event, len(known))], time.time_ns()

    def start(sheet: list[Drawing], event: gr.EventData) -> tuple[str, int]:
        return str(sheet[clicked(event, len(sheet))].seed), time.time_ns()

    def thumb(sheet: list[Drawing]) -> history.Thumb:
        return sheet[0].picture, f"“{sheet[0].phrase}”"

    def result(shown: dict[str, Any]) -> PILImage.Image:
        return PILImage.fromarray(draw_live(shown["scene"]))

    wishes = [ask.click, phrase.submit, other.submit, seed.submit, count.release]
    turned = [model.input, redraw.change]
    shown = gr.on(
        [*wishes, *turned],
        plainly(show),
        [model, phrase, other, seed, count],
        [drawings, drawn, note, phrase, other, keep],
        **PRIVATE,
    )
    shown.success(plainly(go), [model, phrase, other, seed, t], [middle, stops], **PRIVATE)
    gr.on(turned, plainly(offer), model, shelf, **EACH)
    with below:
        renewed = [model.change, redraw.change]
        onward.buttons(
            shell,
            SLUG,
            result,
            [middle],
            renewed,
            [model],
            hint=onward.hint("the picture on the way"),
        )
    dice.click(seeds.roll, None, [seed, redraw], **PRIVATE)
    shelf.select(plainly(take), model, [phrase, redraw], **PRIVATE)
    drawings.select(plainly(start), drawn, [seed, redraw], **PRIVATE)
    shell.remember(SLUG, shown, thumb, [drawn])
    return WordsTab(model, phrase, seed)


def _pair(system: Reads) -> tuple[str, str]:
    """The first two examples: [model] phrases of the configuration has them in its order."""
    known = words.examples(system)
    return known[0], known[:2][-1]


def _offered(studio: Studio, model: str | None) -> list[gallery.Plate]:
    """The examples, each with its drawing."""
    system = studio.able(model, NEEDS)
    known = words.examples(system)
    sheets = [words.sheet(system, str(model), phrase, 0, 1) for phrase in known]
    return [
        ([np.asarray(sheet[0].picture)], phrase, "")
        for phrase, sheet in zip(known, sheets, strict=True)
    ]
