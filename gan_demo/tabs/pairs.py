"""Pairs: seed -> z -> the same thing in two domains, and both on the way to another seed."""

import functools
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions import interpolate
from gan_demo.actions.interpolate import Walk
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.studio import Studio
from gan_demo.systems import Couples
from gan_demo.ui import gallery, live, onward, page
from gan_demo.ui import seed as seeds
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LATEST, PRIVATE
from gan_demo.ui.files import Download, zipped
from gan_demo.ui.judged import clicked
from gan_demo.ui.shell import Shell

TITLE = "Pairs"
SLUG = "pairs"
NEEDS = Couples
COUNT, MOST = 14, 32
BOX = "pairway"  # around the slider of the live pair
ABOUT = r"""
One $z$, two pictures, $a = G_a(z)$ and $b = G_b(z)$: the generators share their early layers and
never saw a pair. Choose two pairs and drag the slider: both move together.
"""
Real = int | float  # JSON has no floats: 1.0 arrives as 1


@dataclass(frozen=True)
class Tab:
    """What others may set."""

    model: gr.Dropdown
    seed: gr.Textbox
    a: gr.Textbox
    b: gr.Textbox


@dataclass(frozen=True)
class Pair:
    """Two pictures of one seed; the first carries its recipe."""

    seed: int
    domains: tuple[str, str]
    pictures: tuple[PILImage.Image, PILImage.Image]

    @property
    def side_by_side(self) -> np.ndarray:
        return np.concatenate([np.asarray(picture) for picture in self.pictures], 1)


def pairs(studio: Studio, model: str | None, seed: object, count: Real) -> list[Pair]:
    """`count` pairs, of seed, seed + 1, ...

    Raises:
        ValueError: a seed that cannot be used, an unknown model.
    """
    system, name = studio.able(model, Couples), str(model)
    first, n = recipe.seed(seed), max(1, min(int(count), MOST))
    with torch.inference_mode():
        a, b = (images.to_pil(x) for x in system.pair(system.prior(n, first)))
    found = []
    for i, two in enumerate(zip(a, b, strict=True)):
        made = Recipe(name, (first + i) % latent.SEEDS)
        found.append(Pair(made.seed or 0, system.domains, (recipe.sign(two[0], made), two[1])))
    return found


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """Both pictures at the place of a walk, side by side; its JSON may come from anyone."""
    walk = Walk.from_json(scene)
    system = studio.able(walk.model, Couples)
    with torch.inference_mode():
        a, b = (images.to_arrays(x)[0] for x in system.pair(interpolate.place(system, walk)))
    return np.concatenate([a, b], 1)


def signed(studio: Studio, walk: Walk) -> PILImage.Image:
    """The first picture at the place of a walk, with the code that draws it again inside."""
    system = studio.able(walk.model, Couples)
    with torch.inference_mode():
        z = interpolate.place(system, walk)
        picture = images.to_pil(system.decode(z))[0]
    return recipe.sign(picture, Recipe(walk.model, z=tuple(z.squeeze(0).tolist())))


def archive(model: str, sheet: list[Pair]) -> tuple[str, bytes]:
    """Name and contents of a zip of the pictures, two files a seed."""
    files = (
        (f"{model}-seed-{pair.seed}-{domain}.png", png(picture))
        for pair in sheet
        for domain, picture in zip(pair.domains, pair.pictures, strict=True)
    )
    return f"{model}.zip", zipped(files)


def png(picture: PILImage.Image) -> bytes:
    """The file of a picture, with its recipe if it carries one."""
    made = recipe.of(picture)
    return recipe.png(picture, made) if made else images.png(picture)


def build(studio: Studio, shell: Shell) -> Tab:
    """Controls beside a sheet of pairs; below it the way from one to another."""
    page.about(ABOUT)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                model = shell.model(NEEDS)
                seed, dice = seeds.row("First seed", elem_id="pairs-dice")
                count = gr.Slider(1, MOST, value=COUNT, step=1, label="Pairs")
            button = gr.Button("Draw", variant="primary", elem_id="pairs-draw")
            with gr.Row(elem_classes="joined"):
                a = gr.Textbox("0", label="From seed", max_length=30, min_width=100, elem_id="from")
                b = gr.Textbox("1", label="To seed", max_length=30, min_width=100, elem_id="to")
            with gr.Row():
                keep = Download("Download all", size="sm", interactive=False, min_width=100)
                place = gr.Row()
        with gr.Column(scale=3, min_width=320):
            sheet = gallery.plates(label="Pairs", elem_id="twins", least=100)
            with gr.Column(elem_classes=[BOX, "ahead"]):
                together = live.picture(
                    functools.partial(draw, studio),
                    Walk("", "slerp", (0, 1), (0.5,)).to_json(),
                    BOX,
                    alt="The pair at this place",
                    elem_id="together",
                    ratio=2,
                )
                t = gr.Slider(
                    0,
                    1,
                    value=0.5,
                    step=0.01,
                    label="t: from first to second seed",
                    elem_id="way-t",
                )
                below = gr.Column()
    redraw = shell.place(SLUG, model=model, seed=seed, count=count, a=a, b=b, t=t)
    with place:
        shell.link_button(SLUG)
    thumb = gr.State(None)

    def show(model: str | None, seed: str, count: Real):
        found = pairs(studio, model, seed, count)
        shown = [([np.asarray(p) for p in x.pictures], f"seed {x.seed}", "") for x in found]
        label = f"{' above, '.join(found[0].domains)} below"
        file = gr.update(value=archive(str(model), found), interactive=True)
        said = " to ".join(dict.fromkeys(str(x.seed) for x in (found[0], found[-1])))
        return (
            gr.update(value=gallery.showing(shown), label=label),
            file,
            (found[0].side_by_side, f"pairs {said}"),
        )

    def walk(model: str | None, a: str, b: str, t: Real):
        ends = recipe.seed(a), recipe.seed(b)
        studio.able(model, Couples)
        scene = Walk(str(model), "slerp", ends, (float(t),)).to_json()
        return live.showing(functools.partial(draw, studio), scene, BOX)

    def choose(seed: str, b: str, event: gr.EventData):
        """The pair that was chosen is the new end, the old end the start."""
        return b, str((recipe.seed(seed) + clicked(event)) % latent.SEEDS)

    def rested(shown: dict[str, Any]):
        walk = Walk.from_json(shown["scene"])
        first, last = walk.ends
        return draw(studio, shown["scene"]), f"{first} · {last} at {walk.at[0]:.2g}"

    def result(shown: dict[str, Any]) -> PILImage.Image:
        return signed(studio, Walk.from_json(shown["scene"]))

    with below:
        turned = [model.change, redraw.change]
        onward.buttons(
            shell, SLUG, result, [together], turned, [model], hint=onward.hint("the left picture")
        )
    shown = gr.on(
        [button.click, seed.submit, count.release, model.input, redraw.change],
        plainly(show),
        [model, seed, count],
        [sheet, keep, thumb],
        **PRIVATE,
    )
    dice.click(seeds.roll, None, [seed, redraw], **PRIVATE)
    given = [model, a, b, t]
    gr.on(
        [a.submit, b.submit, model.input, redraw.change], plainly(walk), given, together, **LATEST
    )
    chosen = sheet.select(plainly(choose), [seed, b], [a, b], **PRIVATE)
    chosen.success(plainly(walk), given, together, **LATEST)
    settled = together.settle(lambda: None, None, None, **PRIVATE)
    shell.remember(SLUG, shown, lambda thumb: thumb, [thumb])
    shell.remember(SLUG, settled, rested, [together])
    return Tab(model, seed, a, b)
