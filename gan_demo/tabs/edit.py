"""Edit: a face from a photo or a seed, and sliders for a smile and other moves of its code."""

import functools
import html
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import edit as editing
from gan_demo.actions import interpolate
from gan_demo.actions.edit import Edit
from gan_demo.actions.reconstruct import pasted
from gan_demo.checkpoint import recipe, shorthand
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.codes import attributes, directions
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui import framing, inline, links, live, onward, page, paste
from gan_demo.ui import variety as varieties
from gan_demo.ui.ends import EndBox
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, LATEST, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.photo import Photo
from gan_demo.ui.shell import Shell

TITLE = "Edit"
SLUG = "edit"
NEEDS = Encodes
BOX = "edits"  # CSS class around the sliders
SEED, STRENGTH = "2", 1.5  # what is shown first: a face that does not smile, with a smile
ABOUT = r"""
The mean code of faces that smile, less that of the others, is a move $d$ of any code,
$z' = N(z + s\,d)$. Below are the moves that change pictures most, whatever they mean.
"""


@dataclass(frozen=True)
class EditTab:
    """What others may set."""

    model: gr.Dropdown
    seed: gr.Textbox
    photo: Photo


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """The picture of a scene, which is an edit as JSON and may come from anyone."""
    return images.to_arrays(editing.draw(studio, Edit.from_json(scene)))[0]


def signed(studio: Studio, edit: Edit) -> tuple[PILImage.Image, Recipe]:
    """The edited picture, with the code that draws it again inside."""
    code = tuple(editing.place(studio, edit).squeeze(0).tolist())
    made = Recipe(edit.model, z=code, origin=SLUG)
    return recipe.sign(images.to_pil(editing.draw(studio, edit))[0], made), made


def caption(studio: Studio, edit: Edit, start: str) -> str:
    """For instance "seed 3, smile +1.5"."""
    known = editing.names(studio, edit.model)[0]
    named = [*known, *(f"direction {k + 1}" for k in range(interpolate.COUNT))]
    moved = [f"{name} {s:+.2g}" for name, s in zip(named, edit.at, strict=False) if s]
    return ", ".join([start, *moved])


def build(studio: Studio, shell: Shell) -> EditTab:
    """Before and after with the sliders; beside them where the code comes from."""
    page.about(ABOUT)
    draw_live = functools.partial(draw, studio)
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_classes="abreast result"):
                with gr.Column(visible=False, min_width=140) as shot, inline.tile("Photo, x"):
                    face = inline.still("The face that was read", elem_id="edit-photo")
                with inline.tile("Before, G(z)"):
                    before = inline.still("Before the edit", elem_id="edit-before")
                with inline.tile("After, G(z′)"):
                    nothing = Edit("", "", ()).to_json()
                    picture = live.picture(
                        draw_live, nothing, BOX, alt="After the edit", elem_id="edit-after"
                    )
            note = gr.HTML(elem_classes="hint", elem_id="edit-note")
            with gr.Column(elem_classes=BOX):
                with gr.Row():
                    named = [
                        _slider(f"e{i + 1}", editing.REACH, 0.0 if i else STRENGTH)
                        for i in range(attributes.MOST)
                    ]
                hint = gr.HTML(elem_classes="hint", elem_id="edit-hint")
                with gr.Row():
                    unnamed = [
                        _slider(f"d{k + 1}", interpolate.REACH) for k in range(interpolate.COUNT)
                    ]
            sliders = [*named, *unnamed]
            below = gr.Column()
        with gr.Column(scale=2, min_width=300, elem_classes="controls") as controls:
            with gr.Group():
                model = shell.model(NEEDS)
                with gr.Row(elem_classes="joined"):
                    seed = gr.Textbox(
                        SEED, label="Seed", max_length=30, min_width=60, elem_id="edit-seed"
                    )
                    dice = gr.Button("Roll", scale=0, min_width=60, elem_id="edit-roll")
                variety = varieties.slider(label="Variety of the seeds", elem_id="edit-variety")
            with gr.Column(elem_classes="first"):
                photo = Photo(label="or photo", height=240, elem_id="photo-edit")
                place = framing.framing("photo-edit")
            find = gr.Checkbox(True, label="Find the face", elem_id="edit-find")
            start = {"model": model, "seed": seed, "photo": photo, "find": find}
            settings = start | {"variety": variety}
            settings |= {str(slider.elem_id).removeprefix("edit-"): slider for slider in sliders}
            redraw = shell.place(SLUG, **settings)
            with gr.Row():
                reset = gr.Button("Reset sliders", size="sm", min_width=100, elem_id="edit-reset")
                keep = Download("Download", size="sm", interactive=False, min_width=100)
                letters = links.code()  # the code of the photo, for a link
                shell.link_button(SLUG, photo=letters)

    def shown(model: str | None) -> tuple[list[str], str, int]:
        """The names of the attributes, or why there are none, and how many directions there are."""
        known, why = editing.names(studio, model)
        return known, why, min(interpolate.COUNT, studio.able(model, NEEDS).z_dim)

    def arrange(model: str | None) -> list[dict[str, Any]]:
        """A slider for each attribute that the model has."""
        known, why, count = shown(model)
        labels = [*known, *[""] * (attributes.MOST - len(known))]
        said = gr.update(value=html.escape(why), visible=bool(why))
        return [
            *(gr.update(label=name.capitalize(), visible=bool(name)) for name in labels),
            said,
            *(gr.update(visible=k < count) for k in range(interpolate.COUNT)),
        ]

    def weigh(model: str | None) -> list[dict[str, Any]]:
        """Each direction with its share of what the fit explains."""
        shares = directions.strongest(studio.able(model, NEEDS), interpolate.COUNT).shares.tolist()
        labels = [f"Direction {k}, {share:.0%}" for k, share in enumerate(shares, 1)]
        return [gr.update(label=label) for label in labels] + [gr.skip()] * (
            interpolate.COUNT - len(labels)
        )

    def arrive(
        model: str | None,
        seed: str,
        photo: PILImage.Image | None,
        find: bool,
        variety: float | int,
        *others: Any,
    ) -> list[Any]:
        at, (choice, *square) = others[: len(sliders)], others[len(sliders) :]
        chosen = framing.chosen(photo, choice, *square)
        code, said, x = editing.start(studio, model, seed, photo, find, variety, chosen)
        known, _, count = shown(model)
        own, others = at[: len(known)], at[attributes.MOST :][:count]
        edit = Edit(str(model), code, tuple(map(float, (*own, *others))))
        unmoved = draw(studio, Edit(edit.model, code, ()).to_json())
        seen = inline.showing(None if x is None else images.to_arrays(x)[0])
        after = live.showing(draw_live, edit.to_json(), BOX)
        parts = framing.showing(photo, find, choice)
        tile = gr.update(visible=x is not None)
        z = interpolate.read(code, studio.able(model, NEEDS)).squeeze(0).tolist()
        short = "" if photo is None else shorthand.short(z)
        return [inline.showing(unmoved), after, html.escape(said), seen, tile, short, *parts]

    def kept(shown: dict[str, Any]) -> dict[str, Any]:
        edit = Edit.from_json(shown["scene"])
        return gr.update(
            value=(f"{edit.model}-{SLUG}.png", recipe.png(*signed(studio, edit))), interactive=True
        )

    def thumb(shown: dict[str, Any], seed: str, photo: PILImage.Image | None):
        start = "photo" if photo else f"seed {seed}"
        edit = Edit.from_json(shown["scene"])
        return draw(studio, shown["scene"]), caption(studio, edit, start)

    def result(shown: dict[str, Any]) -> PILImage.Image:
        return signed(studio, Edit.from_json(shown["scene"]))[0]

    def laid_back(
        shown: dict[str, Any],
        photo: PILImage.Image | None,
        find: bool,
        choice: framing.Choice,
        *square: float | int,
    ) -> PILImage.Image | None:
        if photo is None:
            return None
        model, chosen = shown["scene"]["model"], framing.chosen(photo, choice, *square)
        return pasted(photo, result(shown), find, studio.frame(model), chosen)

    def still() -> list[float | int]:
        return [*[0] * len(sliders), time.time_ns()]

    def anew() -> list[float | int]:
        return [STRENGTH, *still()[1:]]

    with below:
        turned = [model.change, redraw.change]
        onward.buttons(shell, SLUG, result, [picture], turned, [model])
        paste.controls(SLUG, laid_back, [picture, photo, find, *place.inputs])
    varieties.offer(studio, variety, model, redraw)
    place.wire(photo, before)
    changed = [redraw.change, find.input, variety.input, variety.release, *place.events]
    redraw.change(plainly(arrange), model, [*named, hint, *unnamed], **EACH)
    seen = [before, picture, note, face, shot, letters, *place.parts]
    given = [*settings.values(), *place.inputs]
    arrived = gr.on(changed, plainly(arrive), given, seen, **LATEST)
    arrived.success(plainly(weigh), model, unnamed, **PRIVATE)
    reset.click(still, None, [*sliders, redraw], **PRIVATE)
    model.input(anew, None, [*sliders, redraw], **PRIVATE)
    rested = picture.settle(plainly(kept), picture, keep, **LATEST)
    arrived.success(plainly(kept), picture, keep, **PRIVATE)
    shell.remember(SLUG, rested, thumb, [picture, seed, photo])
    new = EndBox(controls, seed, dice, photo).wire(
        redraw, (model, functools.partial(studio.names, NEEDS)), note
    )
    shell.my_photo.takes(SLUG, photo, new, place)
    return EditTab(model, seed, photo)


def _slider(name: str, reach: float, value: float = 0.0) -> gr.Slider:
    """Its place in a link, and its id, come from its name."""
    return gr.Slider(
        -reach,
        reach,
        value=value,
        step=0.05,
        label=f"Direction {name[1:]}",
        visible=name.startswith("d"),
        min_width=260,
        elem_id=f"edit-{name}",
    )
