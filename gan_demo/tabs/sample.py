"""Generate: seed -> z -> scale · z -> G -> pictures, one per seed from the first one on."""

import functools
import io
import random
import time
import zipfile
from dataclasses import dataclass

import gradio as gr
import torch
from PIL import Image as PILImage

from gan_demo import images, latent, recipe
from gan_demo.recipe import Recipe
from gan_demo.studio import Studio
from gan_demo.systems import Samples
from gan_demo.ui.errors import plainly
from gan_demo.ui.files import Download
from gan_demo.ui.shell import PRIVATE, Shell

TITLE = "Generate"
SLUG = "sample"
NEEDS = Samples
COUNT, MOST = 16, 64
LATEX = [{"left": "$", "right": "$", "display": False}]

ABOUT = r"""
Each seed is a point $z$ that the generator draws as a picture, $x = G(s \cdot z)$;
a smaller scale $s$ gives calmer, more alike faces.
"""
HINT = "Choose a picture to take it further."


@dataclass(frozen=True)
class Tab:
    """What others may set."""

    model: gr.Dropdown
    seed: gr.Textbox
    count: gr.Slider
    scale: gr.Slider


def sample(
    studio: Studio, model: str, seed: object, count: float, scale: float
) -> list[tuple[PILImage.Image, Recipe]]:
    """`count` pictures, of seed, seed + 1, ..., each signed with its recipe.

    Raises:
        ValueError: a seed or scale that cannot be used, an unknown model.
    """
    first, n = recipe.seed(seed), max(1, min(int(count), MOST))
    system = studio[model]
    with torch.inference_mode():
        x = system.decode(latent.truncated(system.prior(n, first), scale))
    recipes = [Recipe(model, (first + i) % recipe.SEEDS, scale=scale) for i in range(n)]
    pictures = images.to_pil(x)
    return [(recipe.sign(p, r), r) for p, r in zip(pictures, recipes, strict=True)]


def name(made: Recipe) -> str:
    return f"{made.model}-seed-{made.seed}.png"


def png(picture: PILImage.Image, made: Recipe) -> bytes:
    """The file of a picture, its recipe inside."""
    buffer = io.BytesIO()
    recipe.write_png(picture, made, buffer)
    return buffer.getvalue()


def archive(drawn: list[tuple[PILImage.Image, Recipe]]) -> bytes:
    """A zip of the pictures, one file a seed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as z:
        for picture, made in drawn:
            z.writestr(name(made), png(picture, made))
    return buffer.getvalue()


def build(studio: Studio, shell: Shell) -> Tab:
    """Controls beside a sheet of pictures; below it, what can be done with the chosen one."""
    gr.Markdown(ABOUT, latex_delimiters=LATEX, elem_classes="about")
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            model = shell.model(NEEDS)
            with gr.Row(elem_classes="joined"):
                seed = gr.Textbox("0", label="First seed", max_length=30, scale=3, min_width=120)
                dice = gr.Button("Roll", elem_id="dice", scale=1, min_width=70)
            count = gr.Slider(1, MOST, value=COUNT, step=1, label="Pictures")
            scale = gr.Slider(0, 2, value=1, step=0.05, label="Scale")
            draw = gr.Button("Draw", variant="primary")
            settings = [model, seed, count, scale]
            redraw = shell.place(SLUG, model=model, seed=seed, count=count, scale=scale)
            with gr.Row():
                keep_all = Download("Download all", size="sm", min_width=100)
                shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320):
            sheet = gr.Gallery(
                format="png",  # lossless, and PNG takes the recipe along
                show_label=False,
                elem_id="sheet",
                columns=8,
                height="auto",
                allow_preview=False,
                buttons=[],
                interactive=False,
                object_fit="cover",
            )
            hint = gr.Markdown(HINT, elem_classes="hint")
            with gr.Row(elem_classes="actions"):
                rebuild = gr.Button("Reconstruct this", size="sm", interactive=False)
                start = gr.Button("Interpolate: from here", size="sm", interactive=False)
                end = gr.Button("Interpolate: to here", size="sm", interactive=False)
                keep = Download("Download this", size="sm", interactive=False)
    made, chosen = gr.State([]), gr.State(None)

    def show(model: str | None, seed: str, count: float, scale: float):
        drawn = sample(studio, model or "", seed, count, scale)
        sheet = gr.Gallery([(p, f"seed {r.seed}") for p, r in drawn], selected_index=None)
        return sheet, [r for _, r in drawn]

    def again(recipes: list[Recipe]) -> list[tuple[PILImage.Image, Recipe]]:
        first = recipes[0]
        return sample(studio, first.model, first.seed, len(recipes), first.scale)

    def settle(recipes: list[Recipe]):
        """After a draw nothing is chosen, and the whole sheet can be kept."""
        off = gr.update(interactive=False)
        return None, HINT, (f"{SLUG}.zip", archive(again(recipes))), off, off, off, off

    def choose(recipes: list[Recipe], event: gr.SelectData):
        picked = recipes[event.index]
        [(picture, _)] = again([picked])
        on = gr.update(interactive=True)
        file = Download(value=(name(picked), png(picture, picked)), interactive=True)
        return picked, f"Seed **{picked.seed}** is chosen.", on, on, on, file

    def to_photo(picked: Recipe) -> dict:
        return {"model": picked.model, "photo": again([picked])[0][0]}

    def to_end(end: str, picked: Recipe) -> dict:
        return {"model": picked.model, f"seed_{end}": picked.seed, f"photo_{end}": None}

    drawn = gr.on(
        [draw.click, seed.submit, count.release, scale.release, model.input, redraw.change],
        plainly(show),
        settings,
        [sheet, made],
        show_progress="minimal",
        api_name=SLUG,
    )
    actions = [rebuild, start, end, keep]
    drawn.success(settle, made, [chosen, hint, keep_all, *actions], **PRIVATE)
    dice.click(
        lambda: (str(random.randrange(10**6)), time.time_ns()), None, [seed, redraw], **PRIVATE
    )
    sheet.select(choose, made, [chosen, hint, *actions], **PRIVATE)
    shell.goto(rebuild.click, "reconstruct", to_photo, [chosen])
    shell.goto(start.click, "interpolate", functools.partial(to_end, "a"), [chosen])
    shell.goto(end.click, "interpolate", functools.partial(to_end, "b"), [chosen])
    shell.remember(SLUG, drawn, lambda recipes: caption(again(recipes)), [made])
    return Tab(*settings)
