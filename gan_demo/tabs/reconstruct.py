"""Reconstruct: what the encoder reads in a photo, and what the generator draws from it."""

import functools
import html
import io
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
import torch
from PIL import Image as PILImage

from gan_demo import images, maps, recipe
from gan_demo.recipe import Recipe
from gan_demo.reconstruction import EXAMPLES, Seen, encodes, examples, look, reconstruct, redrawn
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui import live
from gan_demo.ui.errors import plainly
from gan_demo.ui.files import Download
from gan_demo.ui.photo import Photo
from gan_demo.ui.shell import PRIVATE, Shell
from gan_demo.ui.stills import Compare, Still

TITLE = "Reconstruct"
SLUG = "reconstruct"
NEEDS = Encodes
HINT = "Upload a photo, paste one, take one, or choose an example."
BOX = "rescale"  # CSS class around the scale slider
LATEX = [{"left": "$", "right": "$", "display": False}]
ABOUT = r"""
The encoder reads a photo as a code, $z = N(E(x))$; the generator draws what it understood,
$\hat x = G(s \cdot z)$.
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
    system = encodes(studio, made.model)
    return images.to_arrays(redrawn(system, made.code(system), made.scale))[0]


def table(numbers: dict[str, float]) -> str:
    """The numbers, and one sentence that says what they mean."""
    cells = "".join(
        f"<div><dt>{html.escape(k)}</dt><dd>{v:.3g}{' dB' if k == 'PSNR' else ''}</dd></div>"
        for k, v in numbers.items()
    )
    means = "; ".join(f"{k} is {MEANINGS[k]}" for k in numbers if k in MEANINGS)
    return f"<dl>{cells}</dl><p>{means}.</p>"


def png(signed: PILImage.Image) -> bytes:
    """The file of a signed picture."""
    made = recipe.of(signed)
    assert made is not None
    buffer = io.BytesIO()
    recipe.write_png(signed, made, buffer)
    return buffer.getvalue()


def build(studio: Studio, shell: Shell) -> ReconstructTab:
    """The photo and its settings; beside them what the encoder saw, what was drawn from it, and
    how far the two are apart."""
    gr.Markdown(ABOUT, latex_delimiters=LATEX, elem_classes="about")
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            model = shell.model(NEEDS)
            photo = Photo(label="Photo", height=240, elem_id="photo")
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
            views = _views(functools.partial(draw, studio))
    seen = gr.State(None)
    fresh = [seen, views.original, views.picture, views.code, views.note]
    later = [views.gap, views.curtain, views.numbers, keep]

    def see(
        model: str | None,
        photo: PILImage.Image | None,
        find: bool,
        stored: bool,
        scale: float | int,
    ):
        """A new photo or model: everything is new."""
        if photo is None:
            return None, None, _live(studio, {"at": [scale]}), None, HINT
        found = look(studio, model, photo, find, stored)
        shown = _live(studio, scene(found, float(scale)))
        return found, images.to_arrays(found.x)[0], shown, maps.tiles(found.z), found.note

    def compare(seen: Seen | None, scale: float | int):
        """A new scale: what follows from the picture."""
        if seen is None:
            return None, None, "", gr.update(value=None, interactive=False)
        y, signed, numbers = reconstruct(studio, seen, float(scale))
        before, after = images.to_arrays(torch.cat([seen.x, y]))
        saved = f"{seen.model}-{SLUG}.png", png(signed)
        file = gr.update(value=saved, interactive=True)
        return maps.difference(seen.x, y), (before, after), table(numbers), file

    def thumb(seen: Seen | None, scale: float | int):
        if seen is not None:
            return reconstruct(studio, seen, float(scale))[1], "from a photo"
        return None

    def choose(model: str, event: gr.SelectData):
        return examples(studio, model)[event.index], time.time_ns()

    given = [model.input, find.input, stored.input, redraw.change]
    photo.given().success(time.time_ns, None, redraw, **PRIVATE)
    shown = gr.on(given, plainly(see), inputs, fresh, **PRIVATE)
    compared = shown.success(plainly(compare), [seen, scale], later, **PRIVATE)
    views.picture.settle(plainly(compare), [seen, scale], later, **PRIVATE)
    shell.remember(SLUG, compared, thumb, [seen, scale])
    shelves = [model.change, redraw.change]
    gr.on(shelves, functools.partial(_shelf, studio), model, views.shelf, **PRIVATE)
    views.shelf.select(plainly(choose), model, [photo, redraw], **PRIVATE)
    _api(studio, inputs)
    return ReconstructTab(model, photo, stored)


@dataclass(frozen=True)
class Views:
    """What is shown, in page order."""

    original: Still
    picture: gr.HTML
    gap: Still
    note: gr.Markdown
    curtain: Compare
    code: Still
    numbers: gr.HTML
    shelf: gr.Gallery


def _views(draw_live: live.Draw) -> Views:
    view = {"buttons": ["fullscreen"], "interactive": False}
    with gr.Row(elem_id="side-by-side"):
        with gr.Column(min_width=150):
            original = Still(label="What the encoder sees", elem_id="original", **view)
        with gr.Column(min_width=150):
            picture = live.picture(
                draw_live, {"at": [1]}, BOX, alt="The reconstruction", elem_id="reconstruction"
            )
        with gr.Column(min_width=150):
            gap = Still(label="Difference", elem_id="difference", **view)
    note = gr.Markdown(HINT, elem_classes="hint", elem_id="note")
    with gr.Row():
        with gr.Column(min_width=220):
            curtain = Compare(label="Before and after", elem_id="compare", **view)
        with gr.Column(min_width=220):
            code = Still(label="The code z", elem_id="code", **view)
        with gr.Column(min_width=220):
            numbers = gr.HTML(elem_id="numbers", js_on_load=None)
    shelf = gr.Gallery(
        label="Examples, drawn by the model",
        elem_id="examples",
        format="png",
        columns=EXAMPLES,
        height="auto",
        allow_preview=False,
        interactive=False,
        buttons=[],
    )
    return Views(original, picture, gap, note, curtain, code, numbers, shelf)


def _live(studio: Studio, scene: dict[str, Any]) -> dict[str, Any]:
    return live.showing(functools.partial(draw, studio), scene, BOX)


def _shelf(studio: Studio, model: str | None) -> list[PILImage.Image]:
    return examples(studio, model) if model in studio.names(NEEDS) else []


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
        _, signed, numbers = reconstruct(studio, seen, float(scale))
        return signed, numbers | {"note": seen.note}

    with gr.Row(visible=False):
        picture, numbers = gr.Image(format="png", label="Reconstruction"), gr.JSON(label="Readings")
        call = gr.Button()
    call.click(plainly(endpoint), inputs, [picture, numbers], api_name=SLUG)
