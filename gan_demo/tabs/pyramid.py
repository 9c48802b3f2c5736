"""Pyramid: seed -> z -> the picture at every stage, and what each stage added to the one before."""

from dataclasses import dataclass

import gradio as gr
import torch
from PIL import Image as PILImage
from torch.nn.functional import interpolate

from gan_demo import images, latent
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.images import pyramid
from gan_demo.studio import Studio
from gan_demo.systems import Grows
from gan_demo.types import Image, Latent, Resized
from gan_demo.ui import levels, onward, page
from gan_demo.ui import seed as seeds
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.judged import clicked
from gan_demo.ui.shell import Shell

TITLE = "Pyramid"
SLUG = "pyramid"
NEEDS = Grows
COUNT, MOST = 5, 12
GAIN = 2.0  # details are faint
LINES = {
    "all": "Other pictures",
    "details": "One coarse picture, other details",
    "finest": "Only the finest details differ",
}
ABOUT = r"""
A small picture first, then what it lacks,
$I_k = \mathrm{up}(I_{k+1}) + G_k(z_k, \mathrm{up}(I_{k+1}))$. Each detail has its own $z_k$, so
one coarse picture can be finished in many ways.
"""
Real = int | float  # JSON has no floats: 1.0 arrives as 1


@dataclass(frozen=True)
class Tab:
    """What others may set."""

    model: gr.Dropdown
    seed: gr.Textbox


@dataclass(frozen=True)
class Grown:
    """A picture on its way.

    Args:
        name: its seed; of two seeds the second made the details.
        stages: smallest first, one picture each.
        made: draws it again.
    """

    name: str
    stages: list[Resized]
    made: Recipe

    @property
    def terms(self) -> list[Image]:
        """Coarsest, detail, sum, detail, sum ..., all enlarged to the side of the last."""
        coarsest, *details = pyramid.details(self.stages)
        pairs = zip(details, self.stages[1:], strict=True)
        shown = [coarsest, *(x for h, sum_ in pairs for x in (GAIN * h, sum_))]
        return [interpolate(x, self.stages[-1].shape[-1], mode="nearest") for x in shown]

    @property
    def finished(self) -> PILImage.Image:
        """The last stage, its recipe inside."""
        return recipe.sign(images.to_pil(self.stages[-1])[0], self.made)

    @property
    def heads(self) -> list[str]:
        first, *sides = (f"{x.shape[-1]} px" for x in self.stages)
        return [first, *(head for side in sides for head in ("detail", side))]


def grow(studio: Studio, model: str | None, seed: object, count: Real, lines: str) -> list[Grown]:
    """`count` pictures stage by stage: of seed, seed + 1, ..., or all of the first seed but for
    what their own seeds say about the details.

    Raises:
        ValueError: a seed that cannot be used, an unknown model, a wish that it cannot fulfil.
    """
    system = studio.able(model, Grows)
    first, n = recipe.seed(seed), max(1, min(int(count), MOST))
    with torch.inference_mode():
        z = mixed(system, system.prior(n, first), lines)
        stages = system.stages(z)
    grown = []
    for i in range(n):
        own = (first + i) % latent.SEEDS
        by_seed = lines == "all" or not i
        grown.append(
            Grown(
                str(own) if by_seed else f"{first} + {own}",
                [stage[i : i + 1] for stage in stages],
                Recipe(str(model), own) if by_seed else Recipe(str(model), z=tuple(z[i].tolist())),
            )
        )
    return grown


def mixed(system: Grows, z: Latent, lines: str) -> Latent:
    """z with the parts that shall not differ taken from its first row.

    Raises:
        ValueError: an unknown wish, or a model whose z has no parts.
    """
    if lines not in LINES:
        raise ValueError(f"lines = {lines!r:.40}: choose {', '.join(LINES)}.")
    if lines == "all":
        return z
    if not system.parts:
        raise ValueError("In this model one z decides all stages: choose other pictures.")
    kept = sum(system.parts[:1] if lines == "details" else system.parts[:-1])
    return torch.cat([z[:1, :kept].expand(len(z), -1), z[:, kept:]], 1)


def sheet(name: str, grown: list[Grown]) -> tuple[str, bytes]:
    """Name and contents of a picture of it all, a line each."""
    terms = torch.cat([x for g in grown for x in g.terms])
    return name, images.png(images.grid(terms, columns=len(grown[0].heads)))


def build(studio: Studio, shell: Shell) -> Tab:
    """Controls beside the sums."""
    page.about(ABOUT)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                model = shell.model(NEEDS)
                seed, dice = seeds.row("Seed", elem_id="pyramid-dice")
                lines = gr.Radio(
                    [(v, k) for k, v in LINES.items()], value="all", label="Lines", elem_id="lines"
                )
                count = gr.Slider(1, MOST, value=COUNT, step=1, label="How many")
            draw = gr.Button("Draw", variant="primary", elem_id="pyramid-draw")
            settings = [model, seed, count, lines]
            redraw = shell.place(SLUG, model=model, seed=seed, count=count, lines=lines)
            with gr.Row():
                keep = Download("Download sheet", size="sm", interactive=False, min_width=120)
                shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320):
            sums = levels.levels(elem_id="pyramid")
            gr.Markdown(
                f"Details are shown {GAIN:g} times as strong, around mid grey.",
                elem_classes="hint",
            )
            below = gr.Column()
    thumb = gr.State(None)
    done, chosen = gr.State([]), gr.State(None)  # list[Grown]; PILImage, one of them
    hint = onward.hint("one")

    def arrange(model: str | None):
        return gr.update(visible=bool(studio.able(model, Grows).parts))

    def show(model: str | None, seed: str, count: Real, lines: str):
        grown = grow(studio, model, seed, count, lines)
        sums = [(g.name, [images.to_arrays(x)[0] for x in g.terms]) for g in grown]
        said = " to ".join(dict.fromkeys(g.name for g in (grown[0], grown[-1])))
        return (
            levels.showing(grown[0].heads, sums),
            gr.update(
                value=sheet(f"{model}-seed-{grown[0].name}-{lines}.png", grown), interactive=True
            ),
            (sums[0][1][-1], f"grown from {said}"),
            grown,
            *mark(grown[0]),
        )

    def mark(one: Grown) -> tuple[PILImage.Image, str]:
        return one.finished, f"Take seed {one.name} further:"

    def choose(grown: list[Grown], event: gr.EventData):
        return mark(grown[clicked(event, len(grown))])

    with below:
        turned = [model.change, redraw.change]
        onward.buttons(shell, SLUG, lambda chosen: chosen, [chosen], turned, [model], hint=hint)
    gr.on([model.input, redraw.change], plainly(arrange), model, lines, **EACH)
    shown = gr.on(
        [draw.click, seed.submit, count.release, lines.input, model.input, redraw.change],
        plainly(show),
        settings,
        [sums, keep, thumb, done, chosen, hint],
        **PRIVATE,
    )
    sums.select(plainly(choose), done, [chosen, hint], **PRIVATE)
    dice.click(seeds.roll, None, [seed, redraw], **PRIVATE)
    shell.remember(SLUG, shown, lambda thumb: thumb, [thumb])
    return Tab(model, seed)
