"""Reconstruct: what the encoder reads in a photo, and what the generator draws from it."""

import contextlib
import functools
import html
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo import images, maps, recipe
from gan_demo.recipe import Recipe
from gan_demo.reconstruction import EXAMPLES, Seen, examples, look, reconstruct, redrawn
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui import history, live, page, stills
from gan_demo.ui.errors import plainly
from gan_demo.ui.files import Download
from gan_demo.ui.photo import Photo
from gan_demo.ui.shell import LATEST, PRIVATE, Shell

TITLE = "Reconstruct"
SLUG = "reconstruct"
NEEDS = Encodes
HINT = "Upload a photo, paste one, take one, or choose an example."
BOX = "rescale"  # CSS class around the scale slider
ABOUT = r"""
The encoder reads a photo as a code, $z = N(E(x))$; the generator draws what it understood,
$\hat x = G(s \cdot z)$.
"""
CAPTION = """
.html-container:has(> &) { padding: 0; }
padding: .35rem .6rem; font-size: .85rem; white-space: nowrap;
color: var(--body-text-color-subdued);
"""
NUMBERS = """
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(80px, 1fr)); gap: .6rem; }
dt { font-size: .85rem; color: var(--body-text-color-subdued); }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
p { margin: .8rem 0 0; font-size: .9rem; color: var(--body-text-color-subdued); }
"""
MEANINGS = {
    "avg E(x)": "the critic's verdict, higher for pictures it takes for real",
    "std E(x)": "the length that N takes out of the code",
    "MSE": "the mean squared difference of pixels in [-1, 1], 0 for a perfect copy",
    "PSNR": "the same in decibels, 10 more for a tenth of the error",
}


@dataclass(frozen=True)
class ReconstructTab:
    """What others may set."""

    model: gr.Dropdown
    photo: Photo
    stored: gr.Checkbox


def scene(seen: Seen, scale: float) -> dict[str, Any]:
    """What a live frame needs."""
    return {"model": seen.model, "z": seen.z.squeeze(0).tolist(), "at": [float(scale)]}


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """The picture of a scene, which may come from anyone.

    Raises:
        ValueError: not a scene.
    """
    try:
        z, scale = tuple(map(float, scene["z"])), float(scene["at"][0])
        made = Recipe(scene["model"], z=z, scale=scale, origin=SLUG)
    except (KeyError, TypeError, IndexError):
        raise ValueError("The reconstruction comes here.") from None
    system = studio.able(made.model, NEEDS)
    return images.to_arrays(redrawn(system, made.code(system), made.scale))[0]


def table(numbers: dict[str, float]) -> str:
    """The numbers, and one sentence that says what they mean."""
    cells = "".join(
        f"<div><dt>{html.escape(k)}</dt><dd>{v:.3g}{' dB' if k == 'PSNR' else ''}</dd></div>"
        for k, v in numbers.items()
    )
    means = "; ".join(f"{k} is {MEANINGS[k]}" for k in numbers if k in MEANINGS)
    return f"<dl>{cells}</dl><p>{means}.</p>"


def build(studio: Studio, shell: Shell) -> ReconstructTab:
    """The photo and its settings; beside them its way through the model, and how far the two
    ends of it are apart."""
    page.about(ABOUT)
    draw_live = functools.partial(draw, studio)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            model = shell.model(NEEDS)
            photo = Photo(label="Photo", height=240, elem_id="photo")
            shelf = stills.shelf(label="Examples, drawn by the model", elem_id="examples")
            find = gr.Checkbox(True, label="Find the face", elem_id="find")
            stored = gr.Checkbox(True, label="Use a code stored in the picture", elem_id="stored")
            with gr.Column(elem_classes=BOX):
                scale = gr.Slider(0, 2, value=1, step=0.01, label="Scale", elem_id="rescale")
            inputs = [model, photo, find, stored, scale]
            settings = dict(zip(("model", "photo", "find", "stored", "scale"), inputs, strict=True))
            redraw = shell.place(SLUG, **settings)
            with gr.Row():
                keep = Download("Download", size="sm", interactive=False, min_width=100)
                shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_id="way"):
                with _tile("The face, x"):
                    original = stills.still("What the encoder sees", elem_id="original")
                with _tile("Its code, z"):
                    code = stills.still("The code", elem_id="code", elem_classes="tiles")
                with _tile("Redrawn, x̂"):
                    picture = live.picture(
                        draw_live, {"at": [1]}, BOX, alt="Reconstruction", elem_id="drawn"
                    )
                with _tile("Difference, x̂ − x"):
                    gap = stills.still("Too light red, too dark blue", elem_id="difference")
            note = gr.Markdown(HINT, elem_classes="hint", elem_id="note")
            with gr.Row():
                with gr.Column(min_width=260):
                    curtain = stills.Compare(
                        label="Before and after", elem_id="compare", interactive=False, height=400
                    )
                with gr.Column(min_width=260):
                    numbers = gr.HTML(css_template=NUMBERS, js_on_load=None, elem_id="numbers")
    seen = gr.State(None)
    fresh, later = [seen, original, code, picture, note], [gap, curtain, numbers, keep]

    def see(
        model: str | None,
        photo: PILImage.Image | None,
        find: bool,
        stored: bool,
        scale: float | int,
    ):
        """A new photo or model: everything is new."""
        if photo is None:
            nothing = {"scene": {"at": [scale]}, "sliders": BOX, "src": live.BLANK, "error": ""}
            return None, stills.showing(None), stills.showing(None), nothing, HINT
        found = look(studio, model, photo, find, stored)
        x, z = images.to_arrays(found.x)[0], maps.tiles(found.z)
        shown = live.showing(draw_live, scene(found, float(scale)), BOX)
        return found, stills.showing(x), stills.showing(z), shown, html.escape(found.note)

    def compare(seen: Seen | None, scale: float | int):
        """A new scale: what follows from the picture."""
        if seen is None:
            return stills.showing(None), None, "", gr.update(value=None, interactive=False)
        y, picture, made, numbers = reconstruct(studio, seen, float(scale))
        before, after = images.to_arrays(torch.cat([seen.x, y]))
        saved = f"{seen.model}-{SLUG}.png", recipe.png(picture, made)
        file = gr.update(value=saved, interactive=True)
        return stills.showing(maps.difference(seen.x, y)), (before, after), table(numbers), file

    def thumb(seen: Seen | None, scale: float | int) -> history.Thumb | None:
        return (reconstruct(studio, seen, float(scale))[1], "from a photo") if seen else None

    def offer(model: str | None) -> str:
        known = model in studio.names(NEEDS)
        return stills.offering(images.to_arrays(examples(studio, model)) if known else [])

    def choose(model: str | None, event: gr.EventData):
        index = int(event.index) % EXAMPLES
        return images.to_pil(examples(studio, model))[index], time.time_ns()

    given = [model.input, find.input, stored.input, redraw.change]
    shown = gr.on(given, plainly(see), inputs, fresh, **PRIVATE)
    compared = shown.success(plainly(compare), [seen, scale], later, **PRIVATE)
    picture.settle(plainly(compare), [seen, scale], later, **LATEST)
    photo.given().success(time.time_ns, None, redraw, **PRIVATE)
    gr.on([model.change, redraw.change], plainly(offer), model, shelf, **PRIVATE)
    shelf.select(plainly(choose), model, [photo, redraw], **PRIVATE)
    shell.remember(SLUG, compared, thumb, [seen, scale])
    _api(studio, inputs)
    return ReconstructTab(model, photo, stored)


@contextlib.contextmanager
def _tile(caption: str) -> Iterator[None]:
    with gr.Column(min_width=140), gr.Group(elem_classes="tile"):
        gr.HTML(caption, css_template=CAPTION, js_on_load=None)
        yield


def _api(studio: Studio, inputs: list[gr.Component]) -> None:
    """/reconstruct for programs; the page itself draws its pictures live."""

    def endpoint(
        model: str,
        photo: PILImage.Image,
        find: bool = True,
        stored: bool = True,
        scale: float | int = 1,
    ):
        seen = look(studio, model, photo, find, stored)
        _, picture, made, numbers = reconstruct(studio, seen, float(scale))
        return recipe.sign(picture, made), numbers | {"note": seen.note}

    with gr.Row(visible=False):
        picture, numbers = gr.Image(format="png", label="Reconstruction"), gr.JSON(label="Readings")
        call = gr.Button()
    call.click(plainly(endpoint), inputs, [picture, numbers], api_name=SLUG)
