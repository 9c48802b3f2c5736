"""Translate: a photo carried to the other domain and back, by one method or by all."""

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import domains, in_domain, translate
from gan_demo.actions.domains import World
from gan_demo.actions.reconstruct import pasted
from gan_demo.actions.translate import Translation
from gan_demo.studio import Studio
from gan_demo.systems import Translates
from gan_demo.ui import direction, framing, gallery, onward, pad, page, paste
from gan_demo.ui.direction import Direction
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, LATEST, LONG, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.judged import clicked
from gan_demo.ui.photo import Photo
from gan_demo.ui.round_trip import bar, named, nothing, seconds, showing, way
from gan_demo.ui.shell import Shell

TITLE = "Translate"
SLUG = "translate"
NEEDS = Translates
HINT = "Upload a photo, paste one, take one, or choose an example."
STOPPED = "The tiles were stopped."
ABOUT = r"""
Two sets of pictures, no two of them a pair: one network carries $x$ to the other set, its partner
brings it back. What $\hat x$ still shows of $x$ has been kept on the way.
"""


@dataclass(frozen=True)
class TranslateTab:
    """What others may set."""

    model: gr.Dropdown
    to: Direction
    photo: Photo


def drawn(done: Translation) -> PILImage.Image:
    return PILImage.fromarray(images.arrays(done.y)[0])


def file(done: Translation) -> tuple[str, bytes]:
    """Name and contents of the translation's file."""
    return f"{done.model}-{done.to}.png", images.png(drawn(done))


def examples(world: World, to: str) -> list[gallery.Plate]:
    """Pictures of the world, each over its translation."""
    x = world.offered(to)
    if x is None:
        return []
    y = world.system.translated(x, to)
    return [(pair, "", "") for pair in zip(images.arrays(x), images.arrays(y), strict=True)]


def plate(done: Translation) -> gallery.Plate:
    """A translation, and the way back, among those of other methods."""
    pictures = [images.arrays(p)[0] for p in (done.y, done.back) if p is not None]
    cycle = "one way" if done.cycle is None else f"cycle L1 {done.cycle:.3g}"
    twin = "" if done.from_twin is None else f", twin L1 {done.from_twin[0]:.3g}"
    return pictures, done.model, f"{seconds(done)}, {cycle}{twin}"


def build(studio: Studio, shell: Shell) -> TranslateTab:
    """The photo and its settings; beside them its way there and back, the same by other methods,
    and examples."""
    page.about(ABOUT)
    hidden: dict[str, Any] = {"visible": False}
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            model = shell.model(NEEDS)
            to = Direction([], label="Direction", elem_id="direction")
            with gr.Column(elem_classes="first"):
                paper = pad.pad(elem_id="pad")
                photo = Photo(label="Photo", height=240, elem_id="photo-translate")
                place = framing.framing("photo-translate")
            find = gr.Checkbox(True, label="Find the face", elem_id="translate-find", **hidden)
            trace = gr.Checkbox(True, label="Trace its edges", elem_id="trace", **hidden)
            compare = gr.Checkbox(False, label="Compare all methods", elem_id="rivals", **hidden)
            given = [model, to, photo, find, trace]
            names = ("model", "to", "photo", "find", "trace", "compare")
            redraw = shell.place(SLUG, **dict(zip(names, [*given, compare], strict=True)))
            with gr.Row():
                big = gr.Button("Full size, in tiles", size="sm", elem_id="tiles", **hidden)
                stop = gr.Button("Stop", size="sm", min_width=80, elem_id="stop", **hidden)
            with gr.Row():
                keep = Download("Download", size="sm", interactive=False, min_width=100)
                shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320):
            there = way(HINT)
            with there.side:
                shelf = gallery.plates(
                    label="Examples, each over its translation", elem_id="pairs", least=72
                )
            others = gallery.plates(
                label="By every method: translation and way back",
                elem_id="others",
                least=150,
                visible=False,
            )
            below = gr.Column()
    thumb, fresh = gr.State(None), gr.State(0)  # history.Thumb; changes with photo and drawing
    sheet = gr.State(pad.Sheet())  # what is drawn; here, as what the page has may be older
    result = gr.State(None)  # PILImage, the translation
    results = [*there.parts, keep]

    def chosen(model: str | None, to: str | None) -> tuple[World, str]:
        world = domains.world(studio, model)
        return world, world.target(to)

    def arrange(model: str | None, to: str | None):
        """What the model allows, in its own words."""
        world, to = chosen(model, to)
        drawings = world.drawings == world.system.other(to)
        return (
            gr.update(choices=direction.choices(world.system), value=to),
            gr.update(visible=world.faces),
            gr.update(visible=drawings),
            gr.update(visible=drawings),
            gr.update(visible=len(studio.rivals(world.name)) > 1),
            gr.update(visible=world.faces),
            *named(world, to),
        )

    def shown(done: Translation, said: str) -> list[Any]:
        return [*showing(done, said), gr.update(value=file(done), interactive=True)]

    def see(
        model: str | None,
        to: str | None,
        photo: PILImage.Image | None,
        sheet: pad.Sheet,
        find: bool,
        trace: bool,
        choice: framing.Choice,
        *square: float | int,
    ):
        """A new photo, stroke, direction or model."""
        world, to = chosen(model, to)
        parts = framing.showing(photo if world.faces else None, find, choice)
        which = framing.chosen(photo, choice, *square)
        seen = translate.shown(world, to, photo, sheet.drawing, find, trace, which)
        if seen is None:
            off = gr.update(value=None, interactive=False)
            return [*nothing(HINT), off, None, None, gr.update(visible=False), *parts]
        x, said = seen
        done = translate.translation(world, x, to)
        kept = (images.arrays(done.y)[0], f"as {to}") if photo and not sheet.drawing else None
        larger = world.textures and photo is not None and max(photo.size) > max(x.shape[-2:])
        return [*shown(done, said), kept, drawn(done), gr.update(visible=larger), *parts]

    def enlarge(model: str, to: str, photo: PILImage.Image | None, trace: bool):
        world, to = chosen(model, to)
        x, said = translate.whole(world, photo, to, trace=trace)
        work, percent = translate.tiled(world, x, to), -1
        while True:
            try:
                share = next(work)
            except StopIteration as end:
                yield dict(zip(results, shown(end.value, said), strict=True))
                return
            if percent != (percent := round(100 * share)):
                busy = gr.update(interactive=False)
                yield {
                    there.note: bar(percent, f"{percent} % of the tiles"),
                    big: busy,
                    stop: gr.update(visible=True),
                }

    def idle(note: str):
        """The tiles are done, or were stopped in the middle, where the last word is the bar's."""
        last = STOPPED if "progressbar" in note else gr.skip()
        return last, gr.update(interactive=True), gr.update(visible=False)

    def by_all(
        compare: bool,
        model: str | None,
        to: str | None,
        photo: PILImage.Image | None,
        sheet: pad.Sheet,
        find: bool,
        trace: bool,
        choice: framing.Choice,
        *square: float | int,
    ):
        world, to = chosen(model, to)
        which = framing.chosen(photo, choice, *square)
        known = domains.rivals(studio, world.name, to) if compare else []
        seen = [
            translate.shown(rival, to, photo, sheet.drawing, find, trace, which) for rival in known
        ]
        shown = [
            plate(translate.translation(rival, one[0], to))
            for rival, one in zip(known, seen, strict=True)
            if one
        ]
        if len(shown) < 2:
            return gr.update(value="", visible=False)
        return gr.update(value=gallery.showing(shown), visible=True)

    def offer(model: str | None, to: str | None):
        pairs = examples(*chosen(model, to))
        return gr.update(value=gallery.showing(pairs), visible=bool(pairs))

    def cleared():
        new = pad.Sheet.new()
        return new.paper(), new, time.time_ns()

    def draw(drawing: PILImage.Image | None, sheet: pad.Sheet):
        """A stroke; nothing new is what arrives late, of the paper before."""
        drawn = sheet.drawn(drawing)
        return (gr.skip(), gr.skip()) if drawn is sheet else (drawn, time.time_ns())

    def take(model: str | None, to: str | None, event: gr.EventData):
        world, to = chosen(model, to)
        return world.example(to, clicked(event)), *cleared()

    def switch(model: str | None, to: str | None, event: gr.EventData):
        world, to = chosen(model, to)
        known = domains.rivals(studio, world.name, to)
        return known[clicked(event, len(known))].name, time.time_ns()

    def laid_back(
        result: PILImage.Image | None,
        model: str | None,
        to: str | None,
        photo: PILImage.Image | None,
        find: bool,
        choice: framing.Choice,
        *square: float | int,
    ) -> PILImage.Image | None:
        if photo is None or result is None:
            return None
        world, _ = chosen(model, to)
        which = framing.chosen(photo, choice, *square)
        return pasted(photo, result, find and world.faces, world.frame, which)

    turned = [model.input, to.input, redraw.change]
    with below:
        onward.buttons(
            shell, SLUG, lambda result: result, [result], turned, [model, to], in_domain.translated
        )
        back = paste.controls(SLUG, laid_back, [result, model, to, photo, find, *place.inputs])
    asked, parts = [model, to, photo, trace], [*results, big, stop]
    job = big.click(plainly(enlarge), asked, parts, show_progress_on=there.note, **LONG)
    stop.click(None, cancels=[job], **PRIVATE)
    job.then(idle, there.note, [there.note, big, stop], **PRIVATE)  # it can be begun again now
    arranged = [to, find, trace, paper, compare, back, *there.captions]
    gr.on(turned, plainly(arrange), [model, to], arranged, **EACH)
    place.wire(photo, there.tiles[0])
    entry = [model, to, photo, sheet, find, trace, *place.inputs]
    # Of the first stroke there is no change; of a later one the input may bring the one before.
    strokes = [paper.input, paper.change]
    gr.on(strokes, plainly(draw), [paper, sheet], [sheet, fresh], **LATEST)
    seen = gr.on(
        [*turned, fresh.change, find.input, trace.input, *place.events],
        plainly(see),
        entry,
        [*results, thumb, result, big, *place.parts],
        cancels=[job],
        **LATEST,
    )
    gr.on(turned, plainly(offer), [model, to], shelf, **EACH)
    seen.success(plainly(by_all), [compare, *entry], others, **LATEST)
    compare.input(plainly(by_all), [compare, *entry], others, **LATEST)
    arrived = photo.given(there.note)
    arrived.success(cleared, None, [paper, sheet, fresh], **PRIVATE)
    shell.my_photo.takes(SLUG, photo, arrived, place)
    shelf.select(plainly(take), [model, to], [photo, paper, sheet, fresh], **PRIVATE)
    others.select(plainly(switch), [model, to], [model, redraw], **PRIVATE)
    shell.remember(SLUG, seen, lambda thumb: thumb, [thumb])
    return TranslateTab(model, to, photo)
