"""A picture on its way to the other domain and back, as the page shows it."""

import html
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions.domains import World
from gan_demo.actions.translate import Translation
from gan_demo.images import colormap
from gan_demo.types import Pixels
from gan_demo.ui import inline, numbers

SMALL, LARGE = 512, 1280  # pixels at most, of a still and of the curtain
GAIN = 4  # of the difference: what is left is little, and shall be seen
MEANING = (
    "Changed and cycle L1 are the mean differences |x − y| and |x − x̂| of pixels in [-1, 1]. "
    "Between the two networks the picture is rounded to 8 bits, so nothing can hide there."
)
MASK = " Drawn anew is the mean of the mask m, which the network learned by itself."
TWIN = " Twin L1 is |y − twin|, Untouched |x − twin|."
ALONE = (
    "Changed is the mean difference |x − y| of pixels in [-1, 1]. This method knows no way back."
)
BAR = """
<div role="progressbar" aria-label="Done" aria-valuenow="{0}" style="height: .5rem;
border-radius: 4px; background:
linear-gradient(90deg, var(--color-accent) {0}%, var(--border-color-primary) 0)"></div>
{1}"""


@dataclass(frozen=True)
class Way:
    """The components, made by `way`."""

    captions: tuple[gr.HTML, gr.HTML, gr.HTML]
    tiles: tuple[gr.HTML, gr.HTML, gr.HTML, gr.HTML]
    note: gr.HTML
    curtain: inline.Compare
    figures: gr.HTML
    twin: gr.HTML
    known: gr.Column  # around the twin
    mask: gr.HTML
    masked: gr.Column  # around the mask
    side: gr.Column  # below the figures there is room

    @property
    def parts(self) -> list[Any]:
        """What `showing` gives values to."""
        shown = [*self.tiles, self.note, self.curtain, self.figures]
        return [*shown, self.twin, self.known, self.mask, self.masked]


def way(hint: str) -> Way:
    with gr.Row(elem_id="way-there", elem_classes="abreast result"):
        with inline.tile("Input, x") as x_caption:
            x = inline.still("The input", elem_id="way-x")
        with inline.tile("Translation, y") as y_caption:
            y = inline.still("The translation", elem_id="way-y")
        with gr.Column(visible=False, min_width=140) as known, inline.tile("Its twin"):
            twin = inline.still("What the input truly is in the other domain", elem_id="way-twin")
        with gr.Column(visible=False, min_width=140) as masked, inline.tile("Drawn anew, m"):
            mask = inline.still("The input, dark where it stays as it is", elem_id="way-mask")
        with inline.tile("Way back, x̂") as back_caption:
            back = inline.still("The way back", elem_id="way-back")
        with inline.tile(f"Difference, {GAIN} (x̂ − x)"):
            gap = inline.still("Too light red, too dark blue", elem_id="way-gap")
    note = gr.HTML(hint, elem_classes="hint", elem_id="way-note")
    with gr.Row():
        with gr.Column(min_width=260):
            curtain = inline.Compare(label="Before and after", elem_id="curtain", interactive=False)
        with gr.Column(min_width=260) as side:
            figures = numbers.numbers(elem_id="way-numbers")
    captions = x_caption, y_caption, back_caption
    return Way(captions, (x, y, back, gap), note, curtain, figures, twin, known, mask, masked, side)


def named(world: World, to: str) -> tuple[str, str, str]:
    """The captions."""
    origin = world.system.other(to)
    back = f"{origin} again, x̂" if origin in world.system.targets else "No way back"
    return html.escape(f"{origin}, x"), html.escape(f"{to}, y"), html.escape(back)


def showing(done: Translation, said: str) -> list[Any]:
    """Values for the parts."""
    ends = tuple(images.arrays(small(p, LARGE))[0] for p in (done.x, done.y))
    x, y = small(done.x, SMALL), small(done.y, SMALL)
    shown = [*(images.arrays(p)[0] for p in (x, y)), None, None]
    if done.back is not None:
        back = small(done.back, SMALL)
        a, b = images.from_pixels(x), images.from_pixels(back)
        shown[2:] = images.arrays(back)[0], colormap.difference(a, a + GAIN * (b - a))
    twin = None if done.twin is None else images.arrays(done.twin)[0]
    lit = None if done.mask is None else colormap.spotlit(images.from_pixels(done.x), done.mask)
    known = [
        part for p in (twin, lit) for part in (inline.showing(p), gr.update(visible=p is not None))
    ]
    return [*map(inline.showing, shown), html.escape(said), ends, table(done), *known]


def nothing(said: str) -> list[Any]:
    """The same for no picture."""
    unknown = [inline.showing(None), gr.update(visible=False)] * 2
    return [*[inline.showing(None)] * 4, html.escape(said), None, "", *unknown]


def table(done: Translation) -> str:
    values = {"Changed": f"{done.changed:.3g}"}
    if done.cycle is not None:
        values["Cycle L1"] = f"{done.cycle:.3g}"
    meaning = ALONE if done.back is None else MEANING
    if done.mask is not None:
        values["Drawn anew"] = f"{done.mask.mean().item():.0%}"
        meaning += MASK
    if done.from_twin is not None:
        values["Twin L1"], values["Untouched"] = (f"{error:.3g}" for error in done.from_twin)
        meaning += TWIN
    return numbers.table(values | {"Time": seconds(done)}, meaning)


def seconds(done: Translation) -> str:
    taken = done.milliseconds
    return f"{taken:.0f} ms" if taken < 1000 else f"{taken / 1000:.1f} s"


def bar(percent: int, said: str) -> str:
    """A bar that is so full, and what is said below it."""
    return BAR.format(percent, html.escape(said))


def small(pixels: Pixels, most: int) -> Pixels:
    """No longer than `most`: what the page shows need not be larger."""
    if max(pixels.shape[-2:]) <= most:
        return pixels
    picture = PILImage.fromarray(images.arrays(pixels)[0])
    picture.thumbnail((most, most), PILImage.Resampling.BOX)
    return images.resized(picture, picture.size, pixels.shape[1])
