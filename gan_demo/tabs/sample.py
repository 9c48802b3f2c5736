"""Generate: seed -> z, as varied as asked for -> G -> pictures, one a seed from the first on."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
import torch
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.studio import Studio
from gan_demo.systems import Samples
from gan_demo.ui import history, onward, page
from gan_demo.ui import seed as seeds
from gan_demo.ui import variety as varieties
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LATEST, PRIVATE
from gan_demo.ui.files import Download, cached, save, zipped
from gan_demo.ui.judged import clicked
from gan_demo.ui.shell import Shell

TITLE = "Generate"
SLUG = "sample"
NEEDS = Samples
COUNT, MOST = 18, 64  # 18 fills rows of 6, 3 and 2

ABOUT = r"""
Each seed is a point $z$ that the generator draws as a picture, $x = G(z)$. Less variety moves every
$z$ along a great circle towards the mean code: fewer accidents, more alike.
"""
Real = int | float  # JSON has no floats: 1.0 arrives as 1
Drawn = tuple[PILImage.Image, Recipe]
HINT = "Choose a picture first."


@dataclass(frozen=True)
class Tab:
    """What others may set."""

    model: gr.Dropdown
    seed: gr.Textbox
    count: gr.Slider
    variety: gr.Slider


def sample(
    studio: Studio, model: str | None, seed: object, count: Real, variety: Real
) -> list[Drawn]:
    """`count` pictures, of seed, seed + 1, ...

    Raises:
        ValueError: a seed or variety that cannot be used, an unknown model.
    """
    system, name = studio.able(model, Samples), str(model)
    first, n = recipe.seed(seed), max(1, min(int(count), MOST))
    variety = system.variety(variety)
    with torch.inference_mode():
        x = system.sample(n, first, variety)
    recipes = [Recipe(name, (first + i) % latent.SEEDS, variety=variety) for i in range(n)]
    return [(recipe.sign(p, r), r) for p, r in zip(images.to_pil(x), recipes, strict=True)]


def file(drawn: Drawn) -> tuple[str, bytes]:
    """Name and contents of a picture's file, its recipe inside."""
    picture, made = drawn
    return f"{made.model}-seed-{made.seed}.png", recipe.png(picture, made)


def archive(sheet: list[Drawn]) -> tuple[str, bytes]:
    """Name and contents of a zip of the pictures, one file a seed.

    Raises:
        ValueError: there is none.
    """
    if not sheet:
        raise ValueError("There are no pictures yet: press Draw first.")
    return f"{sheet[0][1].model}.zip", zipped(map(file, sheet))


def build(studio: Studio, shell: Shell) -> Tab:
    """Controls beside a sheet of pictures; below it, what can be done with the chosen one."""
    page.about(ABOUT)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                model = shell.model(NEEDS)
                seed, dice = seeds.row("First seed", elem_id="dice")
                count = gr.Slider(1, MOST, value=COUNT, step=1, label="Pictures")
                variety = varieties.slider(elem_id="variety")
            draw = gr.Button("Draw", variant="primary")
            settings = [model, seed, count, variety]
            redraw = shell.place(SLUG, model=model, seed=seed, count=count, variety=variety)
            with gr.Row():
                keep_all = gr.Button("Download all", size="sm", min_width=100)
                shell.link_button(SLUG)
            with gr.Row(elem_classes="unseen"):  # made when it is wanted, not with each draw
                pack = Download("The pictures", elem_id="sheet-file")
        with gr.Column(scale=3, min_width=320, elem_classes="stage"):
            sheet = gr.Gallery(
                show_label=False,
                elem_id="sheet",
                columns=8,
                height="auto",
                allow_preview=False,
                buttons=[],
                interactive=False,
                object_fit="cover",
            )
            with gr.Row(elem_classes="actions"):
                hint = gr.Markdown(HINT, elem_classes="hint")
                ways = [onward.button(SLUG, way, interactive=False) for way in onward.WAYS]
                keep = Download("Download this", size="sm", interactive=False)
    drawn, chosen = gr.State([]), gr.State(None)  # list[Drawn] and one of them

    def show(model: str | None, seed: str, count: Real, variety: Real):
        drawn = sample(studio, model, seed, count, variety)
        paths = [cached(file(one), sheet.GRADIO_CACHE) for one in drawn]
        captions = [f"seed {made.seed}" for _, made in drawn]
        return list(zip(paths, captions, strict=True)), drawn

    def settle():
        """After a draw nothing is chosen."""
        return None, HINT, *[gr.update(interactive=False)] * len(actions)

    def choose(drawn: list[Drawn], event: gr.EventData):
        one = drawn[clicked(event, len(drawn))]
        to = [slug for slug, _ in onward.WAYS.values()]
        can = [gr.update(interactive=slug == "interpolate" or bool(into(slug, one))) for slug in to]
        return one, f"**Seed {one[1].seed}**", *can, gr.update(value=file(one), interactive=True)

    def into(slug: str, one: Drawn) -> dict[str, Any] | None:
        model = one[1].model
        return onward.settings(studio, slug, model, onward.of_model(studio, model), None, one[0])

    def as_photo(slug: str, one: Drawn | None) -> dict[str, Any]:
        if one is None:
            raise ValueError(onward.NOTHING)
        taken = (into(slug, one) or {}) | {"photo": one[0]}
        # the encoder shall read it, not take the code that the file holds
        return taken | {"stored": False} if slug == "reconstruct" else taken

    def as_end(photo: str, one: Drawn | None) -> dict[str, Any]:
        if one is None:
            raise ValueError(onward.NOTHING)
        made = one[1]
        taken = {photo.replace("photo", "seed"): str(made.seed), photo: None}
        return {"model": made.model, "variety": made.variety} | taken

    def thumb(drawn: list[Drawn]) -> history.Thumb:
        first, last = drawn[0][1].seed, drawn[-1][1].seed
        return drawn[0][0], f"seed {first}" if first == last else f"seeds {first}–{last}"

    varieties.offer(studio, variety, model, redraw)
    draw_all = plainly(show)
    moved = variety.input(draw_all, settings, [sheet, drawn], **LATEST)  # too often to remember
    shown = gr.on(
        [draw.click, seed.submit, count.release, variety.release, model.input, redraw.change],
        draw_all,
        settings,
        [sheet, drawn],
        show_progress="minimal",
        api_visibility="private",
    )
    actions = [*ways, keep]
    for done in (moved, shown):
        done.success(settle, None, [chosen, hint, *actions], **PRIVATE)
    packed = keep_all.click(plainly(archive), drawn, pack, **PRIVATE)
    packed.success(None, js=save("sheet-file"), **PRIVATE)
    dice.click(seeds.roll, None, [seed, redraw], **PRIVATE)
    sheet.select(plainly(choose), drawn, [chosen, hint, *actions], **PRIVATE)
    for way, (slug, field) in zip(ways, onward.WAYS.values(), strict=True):
        to = partial(as_end, field) if slug == "interpolate" else partial(as_photo, slug)
        shell.goto(way.click, slug, to, [chosen])
    shell.remember(SLUG, shown, thumb, [drawn])
    return Tab(*settings)
