"""Classes: one z drawn as every class, and what lies between two of them."""

import functools
import html
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions.classes import Mixture, draw, ends, mixed, sheet, spread, way
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Conditions
from gan_demo.ui import board, history, live, numbers, onward, page, strip
from gan_demo.ui import seed as seeds
from gan_demo.ui.direction import Direction
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LATEST, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.judged import clicked
from gan_demo.ui.shell import Shell

TITLE = "Classes"
SLUG = "classes"
NEEDS = Conditions
ROWS, MOST = 3, 8
BOX = "mix"  # CSS class around the slider
ABOUT = r"""
One $z$ drawn as every class, $x = G(z, y)$: in a row only the class differs. Between two classes
the network is told a mixture, $G(z, (1-t)\,a + t\,b)$. Click a picture to start from it.
"""
MEANING = (
    "Mean difference of pixels in [-1, 1] between two pictures of the sheet: one z as two classes, "
    "and two seeds as one class. The larger one decides more of what is drawn."
)
Real = int | float  # JSON has no floats: 1.0 arrives as 1


@dataclass(frozen=True)
class ClassesTab:
    """What others may set."""

    model: gr.Dropdown
    seed: gr.Textbox


def build(studio: Studio, shell: Shell) -> ClassesTab:
    """The sheet, and below it the mixture of two classes; beside them the controls."""
    page.about(ABOUT)
    draw_live = functools.partial(draw, studio)
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            every = board.board(label="Every class", elem_id="every")
            with gr.Row():
                with gr.Column(min_width=260):
                    picture = live.picture(
                        draw_live,
                        Mixture("", 0, "", "", 0.0).scene(),
                        BOX,
                        alt="The mixture of two classes",
                        elem_id="mixture",
                    )
                    with gr.Column(elem_classes=BOX):
                        slider = gr.Slider(0, 1, value=0, step=0.01, label="t", elem_id="share")
                with gr.Column(min_width=260):
                    class_a = Direction([], label="From, a", elem_id="class-a")
                    class_b = Direction([], label="To, b", elem_id="class-b")
                    pick = gr.Textbox("0", label="Its seed", max_length=30, elem_id="pick")
                    note = gr.HTML(elem_classes="hint", elem_id="mixed")
                    keep = Download("Download picture", size="sm", interactive=False)
            stops = strip.strip(elem_id="class-stops")
            below = gr.Column()
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                model = shell.model(NEEDS)
                seed, dice = seeds.row("First seed", elem_id="classes-dice")
                rows = gr.Slider(1, MOST, value=ROWS, step=1, label="Seeds", elem_id="seeds")
            settings = [model, seed, rows, pick, class_a, class_b, slider]
            names = ("model", "seed", "seeds", "z", "a", "b", "t")
            redraw = shell.place(SLUG, **dict(zip(names, settings, strict=True)))
            with gr.Row():
                keep_all = Download("Download all", size="sm", interactive=False, min_width=100)
                shell.link_button(SLUG)
            figures = numbers.numbers(elem_id="spread")

    def show(
        model: str | None,
        seed: str,
        rows: Real,
        pick: str,
        a: str | None,
        b: str | None,
        t: Real,
    ) -> dict[Any, Any]:
        """New settings: everything is new."""
        system, first, n = studio.able(model, NEEDS), recipe.seed(seed), int(rows)
        start, end = ends(system, a, b)
        mixture = Mixture(str(model), recipe.seed(pick), start, end, float(t))
        x, k = sheet(system, first, n), len(system.classes)
        place = (mixture.seed - first) * k + system.classes.index(start)
        seeds = [f"Seed {(first + i) % latent.SEEDS}" for i in range(n)]
        apart = {name: f"{value:.2g}" for name, value in spread(x, k).items()}
        on_the_way = strip.between()
        places = [t for (t,) in on_the_way.values()]
        return {
            every: board.showing(images.to_arrays(x), seeds, system.classes, place),
            class_a: gr.update(choices=list(system.classes), value=start),
            class_b: gr.update(choices=list(system.classes), value=end),
            slider: gr.update(label=f"t: from {start} to {end}"),
            picture: live.showing(draw_live, mixture.scene(), BOX),
            stops: strip.showing(BOX, way(studio, mixture, places), on_the_way),
            figures: numbers.table(apart, MEANING),
            keep_all: gr.update(
                value=_file(f"{model}-{seed}", images.grid(x, k)), interactive=True
            ),
        }

    def settle(shown: dict[str, Any]):
        """The hand rests: what the picture is, and its file."""
        mixture = Mixture.of(shown["scene"])
        drawn = PILImage.fromarray(mixed(studio, mixture))
        name = "-".join([mixture.model, *mixture.said.replace(",", "").split(), str(mixture.seed)])
        file = gr.update(value=_file(name.replace("%", ""), drawn), interactive=True)
        return f"<b>{html.escape(mixture.said)}</b>, seed {mixture.seed}", file

    def thumb(shown: dict[str, Any]) -> history.Thumb:
        mixture = Mixture.of(shown["scene"])
        return mixed(studio, mixture), mixture.said

    def result(shown: dict[str, Any]) -> PILImage.Image:
        return PILImage.fromarray(draw_live(shown["scene"]))

    def roll() -> tuple[str, str, int]:
        new = seeds.rolled()
        return new, new, time.time_ns()

    def choose(model: str | None, seed: str, a: str | None, b: str | None, event: gr.EventData):
        """A picture of the sheet: its z, and its class to start from."""
        system = studio.able(model, NEEDS)
        row, column = divmod(clicked(event), len(system.classes))
        (start, end), y = ends(system, a, b), system.classes[column % len(system.classes)]
        other = start if y == end else end
        return str((recipe.seed(seed) + row) % latent.SEEDS), y, other, 0, time.time_ns()

    with below:
        turned = [model.change, redraw.change]
        onward.buttons(
            shell, SLUG, result, [picture], turned, [model], hint=onward.hint("the mixture")
        )
    shown = gr.on(
        [model.input, rows.release, pick.submit, class_a.input, class_b.input, redraw.change],
        plainly(show),
        settings,
        [every, class_a, class_b, slider, picture, stops, figures, keep_all],
        **LATEST,
    )
    arrived = shown.success(plainly(settle), picture, [note, keep], **LATEST)
    rested = picture.settle(plainly(settle), picture, [note, keep], **LATEST)
    for event in (arrived, rested):
        shell.remember(SLUG, event, thumb, [picture])
    dice.click(roll, None, [seed, pick, redraw], **PRIVATE)
    seed.submit(lambda seed: (seed, time.time_ns()), seed, [pick, redraw], **PRIVATE)
    every.select(
        plainly(choose),
        [model, seed, class_a, class_b],
        [pick, class_a, class_b, slider, redraw],
        **PRIVATE,
    )
    return ClassesTab(model, seed)


def _file(name: str, picture: PILImage.Image) -> tuple[str, bytes]:
    return f"{name}.png", images.png(picture)
