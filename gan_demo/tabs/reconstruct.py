"""Reconstruct: what the encoder reads in a photo, and what the generator draws from it."""

import functools
import html
import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
import torch
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import compare_methods
from gan_demo.actions.reconstruct import (
    STAND_IN,
    STEPS,
    Seen,
    example,
    examples,
    look,
    pasted,
    reconstruct,
    refine,
    shares,
    stand_in,
)
from gan_demo.checkpoint import recipe, shorthand
from gan_demo.images import colormap
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui import (
    framing,
    gallery,
    history,
    inline,
    links,
    live,
    numbers,
    onward,
    page,
    paste,
    readings,
)
from gan_demo.ui import variety as varieties
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, LATEST, LONG, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.judged import clicked
from gan_demo.ui.photo import Photo
from gan_demo.ui.redrawing import draw, plate, scene, signed
from gan_demo.ui.round_trip import bar
from gan_demo.ui.shell import Shell

TITLE = "Reconstruct"
SLUG = "reconstruct"
NEEDS = Encodes
BOX = "variety"  # CSS class around the slider
ABOUT = r"""
The encoder reads a photo as a code, $z = N(E(x))$, and the generator draws what it understood,
$\hat x = G(z)$.
"""
REDRAWN, PORTRAIT = "Redrawn, x̂", "Your portrait, x̂"
ON, OFF = gr.update(interactive=True), gr.update(interactive=False)


@dataclass(frozen=True)
class ReconstructTab:
    """What others may set."""

    model: gr.Dropdown
    photo: Photo
    stored: gr.Checkbox


def build(studio: Studio, shell: Shell) -> ReconstructTab:
    """The photo and its settings; beside them its way through the model, and how far the two
    ends of it are apart."""
    page.about(ABOUT)
    draw_live = functools.partial(draw, studio)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            model = shell.model(NEEDS)
            with gr.Column(elem_classes="first"):
                photo = Photo(label="Photo", height=240, elem_id="photo")
                place = framing.framing("photo")
                shelf = inline.shelf(label="Examples, drawn by the model", elem_id="examples")
            find = gr.Checkbox(True, label="Find the face", elem_id="find")
            stored = gr.Checkbox(True, label="Use a code stored in the picture", elem_id="stored")
            with gr.Column(elem_classes=BOX):
                variety = varieties.slider(1.0, elem_id="reconstruct-variety")
            inputs = [model, photo, find, stored, variety]
            names = "model", "photo", "find", "stored", "variety"
            settings = dict(zip(names, inputs, strict=True))
            redraw = shell.place(SLUG, **settings)
            portray = gr.Button("Draw my portrait", elem_id="portray", visible=False)
            with gr.Row():
                keep = Download("Download", size="sm", interactive=False, min_width=100)
                letters = links.code()  # the code that is shown, for a link
                shell.link_button(SLUG, photo=letters)
        with gr.Column(scale=3, min_width=320):
            with gr.Row(elem_id="way", elem_classes="abreast result"):
                with inline.tile("The face, x"):
                    original = inline.still("What the encoder sees", elem_id="original")
                with inline.tile("Its code, z"):
                    code = inline.still("The code", elem_id="code", elem_classes="tiles")
                with inline.tile(REDRAWN) as head:
                    picture = live.picture(
                        draw_live, {"at": [1]}, BOX, alt="Reconstruction", elem_id="drawn"
                    )
                with inline.tile("Difference, x̂ − x"):
                    gap = inline.still("Too light red, too dark blue", elem_id="difference")
            with gr.Row(elem_classes="actions"):
                note = gr.HTML(STAND_IN, elem_classes="hint", elem_id="note")
                better = gr.Button("Refine", size="sm", interactive=False, elem_id="refine")
                against = gr.Button(
                    "Compare methods", size="sm", interactive=False, elem_id="contest"
                )
                stop = gr.Button("Cancel", size="sm", visible=False, elem_id="cancel")
            with gr.Row():
                with gr.Column(min_width=260):
                    curtain = inline.Compare(
                        label="Before and after", elem_id="compare", interactive=False
                    )
                with gr.Column(min_width=260):
                    figures = numbers.numbers(elem_id="numbers")
            others = gallery.plates(
                label="By every method: a click on a model chooses it",
                elem_id="methods",
                least=130,
                visible=False,
            )
            below = gr.Column()
    seen = gr.State(None)
    with below:
        result, turned = functools.partial(signed, studio), [model.change, redraw.change]
        onward.buttons(shell, SLUG, result, [seen, variety], turned, [model])
        entry = [model, photo, find, *place.inputs]

        def laid_back(
            seen: Seen | None,
            variety: float | int,
            model: str | None,
            photo: PILImage.Image | None,
            find: bool,
            choice: framing.Choice,
            *square: float | int,
        ) -> PILImage.Image | None:
            result = signed(studio, seen, variety)
            if photo is None or result is None:
                return None
            chosen = framing.chosen(photo, choice, *square)
            return pasted(photo, result, find, studio.frame(model or ""), chosen)

        paste.controls(SLUG, laid_back, [seen, variety, *entry])
    buttons = [better, against, stop]
    fresh = [seen, original, code, picture, head, note]
    later = [gap, curtain, figures, keep, letters]

    def see(
        model: str | None,
        photo: PILImage.Image | None,
        find: bool,
        stored: bool,
        variety: float | int,
        choice: framing.Choice,
        *square: float | int,
    ):
        """A new photo or model: everything is new."""
        parts = framing.showing(photo, find, choice)
        if photo:
            chosen = framing.chosen(photo, choice, *square)
            found = look(studio, model, photo, find, stored, chosen)
        else:
            found = stand_in(studio, model)
        x, z = images.to_arrays(found.x)[0], colormap.tiles(found.z)
        shown = live.showing(draw_live, scene(found, variety), BOX)
        note = html.escape(found.note)
        hidden = gr.update(value="", visible=False)
        portrait = photo and model in studio.portrayers() and recipe.of(photo) is None
        drawn = [shown, PORTRAIT if portrait else REDRAWN, note]
        return [found, inline.showing(x), inline.showing(z), *drawn, ON, ON, hidden, *parts]

    def sit():
        """The photo goes to the model that draws people it never saw."""
        return studio.portrayers()[0], True, time.time_ns()

    def begin():
        """Apart from the frames: one that was on its way when the work was cancelled must not
        undo it."""
        return OFF, OFF, gr.update(visible=True)

    def working(share: float, said: str) -> dict[Any, Any]:
        return {note: bar(round(100 * share), said)}

    def polish(read: Seen):
        """The search goes on from the code that is shown, and shows what it finds."""
        for i, now in enumerate(refine(studio, read, every=STEPS // 24)):
            drawn = live.showing(draw_live, scene(now, 1.0), BOX)
            found: dict[Any, Any] = {
                seen: now,
                code: inline.showing(colormap.tiles(now.z)),
                picture: drawn,
            }
            yield found | {variety: 1} | working(i / 24, now.note)

    def by_all(
        model: str | None,
        photo: PILImage.Image | None,
        find: bool,
        choice: framing.Choice,
        *square: float | int,
    ):
        chosen, find = framing.chosen(photo, choice, *square), find and photo is not None
        photo = photo or example(studio, model)
        for done, share in compare_methods.contest(studio, model, photo, find, chosen):
            shown = gr.update(value=gallery.showing([plate(one) for one in done]), visible=True)
            yield {others: shown} | working(share, f"{len(done)} methods are done.")

    def idle(seen: Seen | None):
        """The work is done, or was cancelled in the middle."""
        can = gr.update(interactive=seen is not None)
        said = html.escape(seen.note) if seen else STAND_IN
        return said, can, can, gr.update(visible=False)

    def switch(event: gr.EventData):
        """To the model of a plate; the searches are in the model that is chosen already."""
        known, i = studio.names(NEEDS), clicked(event)
        return (known[i], time.time_ns()) if 0 <= i < len(known) else (gr.skip(), gr.skip())

    def compare(seen: Seen | None, variety: float | int):
        """A new variety: what follows from the picture."""
        if seen is None:
            return inline.showing(None), None, "", gr.update(value=None, interactive=False), ""
        y, picture, made, read = reconstruct(studio, seen, variety)
        before, after = images.to_arrays(torch.cat([seen.x, y]))
        saved = f"{seen.model}-{SLUG}.png", recipe.png(picture, made)
        file = gr.update(value=saved, interactive=True)
        return (
            inline.showing(colormap.difference(seen.x, y)),
            (before, after),
            readings.table(read, shares(studio, seen)),
            file,
            "" if seen.example else shorthand.short(seen.z.squeeze(0).tolist()),
        )

    def thumb(seen: Seen | None, variety: float | int) -> history.Thumb | None:
        if seen is None or seen.example:
            return None
        return reconstruct(studio, seen, variety)[1], "from a photo"

    def offer(model: str | None):
        known = model in studio.names(NEEDS)
        drawn = images.to_arrays(examples(studio, model)) if known else []
        return inline.offering(drawn), gr.update(visible=bool(studio.portrayers()))

    def choose(model: str | None, event: gr.EventData):
        return example(studio, model, clicked(event)), time.time_ns()

    varieties.offer(studio, variety, model, redraw)
    place.wire(photo, original)
    turned = [model.input, find.input, stored.input, redraw.change, *place.events]
    search: dict[str, Any] = LONG | {"show_progress_on": note}
    found = [seen, code, picture, variety, note]
    polishing = better.click(begin, None, buttons, **PRIVATE)
    job = polishing.success(plainly(polish), seen, found, **search)
    racing = against.click(begin, None, buttons, **PRIVATE)
    race = racing.success(plainly(by_all), entry, [others, note], **search)
    stop.click(None, cancels=[job, race], **PRIVATE)
    for work in (job, race):  # it can be begun again now, and not when Cancel was pressed
        work.then(idle, seen, [note, *buttons], **PRIVATE)
    job.then(plainly(compare), [seen, variety], later, **PRIVATE)
    shown = gr.on(
        turned,
        plainly(see),
        [*inputs, *place.inputs],
        [*fresh, better, against, others, *place.parts],
        cancels=[job, race],
        **LATEST,
    )
    compared = shown.success(plainly(compare), [seen, variety], later, **PRIVATE)
    picture.settle(plainly(compare), [seen, variety], later, **LATEST)
    given = photo.given(note, (model, functools.partial(studio.names, NEEDS)))
    given.success(time.time_ns, None, redraw, **PRIVATE)
    shell.my_photo.takes(SLUG, photo, given, place)
    gr.on([model.change, redraw.change], plainly(offer), model, [shelf, portray], **EACH)
    portray.click(plainly(sit), None, [model, find, redraw], **PRIVATE)
    shelf.select(plainly(choose), model, [photo, redraw], **PRIVATE)
    others.select(plainly(switch), None, [model, redraw], **PRIVATE)
    shell.remember(SLUG, compared, thumb, [seen, variety])
    return ReconstructTab(model, photo, stored)
