"""Pictures for the page that leave no file on the server's disk: they travel inside the answer."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import numpy as np
from gradio.components.imageslider import SliderData
from gradio.data_classes import ImageData

from gan_demo.ui.live import BLANK, frame_uri

STILL = """
.html-container:has(> &) { padding: 0; }
figure { margin: 0; aspect-ratio: 1; overflow: hidden; }
img { width: 100%; height: 100%; object-fit: contain; }
&.tiles img { image-rendering: pixelated; }
"""
CAPTION = """
.html-container:has(> &) { padding: 0; }
padding: .35rem .6rem; font-size: .85rem; white-space: nowrap;
color: var(--body-text-color-subdued);
"""
SHELF = """
display: grid; margin-top: 1.4rem;
grid-template-columns: repeat(auto-fill, minmax(48px, 1fr)); gap: .35rem;
button { padding: 0; aspect-ratio: 1; overflow: hidden; border-radius: 4px; cursor: pointer; }
button:hover, button:focus-visible { outline: 2px solid var(--color-accent); }
img { display: block; width: 100%; height: 100%; }
"""
CLICK = """
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  trigger('select', {index: +button.dataset.index});
  const shown = [...document.querySelectorAll('.result')].find(one => one.offsetParent);
  const at = shown?.getBoundingClientRect();  // what comes of it is seen
  if (at && (at.top < 0 || at.bottom > innerHeight)) shown.scrollIntoView({behavior: 'smooth'});
});
"""


class Compare(gr.ImageSlider):
    """Two pictures under one curtain; its value is a pair of uint8 arrays (h, w, 3)."""

    is_template = True  # keep the front end of gr.ImageSlider

    def postprocess(self, value: Any) -> SliderData | None:
        if value is None:
            return None
        before, after = value
        return SliderData(root=(ImageData(url=frame_uri(before)), ImageData(url=frame_uri(after))))


def still(alt: str, *, elem_id: str, elem_classes: str = "") -> gr.HTML:
    """A square picture to look at; its value comes from `showing`."""
    return gr.HTML(
        BLANK,
        html_template='<figure><img src="${value}" alt="${alt}"></figure>',
        css_template=STILL,
        js_on_load=None,
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=elem_classes,
        alt=alt,
    )


@contextlib.contextmanager
def tile(caption: str) -> Iterator[gr.HTML]:
    """Room for a still under its caption, which is handed out."""
    with gr.Column(min_width=140), gr.Group(elem_classes="tile"):
        yield gr.HTML(caption, css_template=CAPTION, js_on_load=None)


def showing(picture: np.ndarray | None) -> str:
    return BLANK if picture is None else frame_uri(picture)


def shelf(*, label: str, elem_id: str) -> gr.HTML:
    """Small pictures to choose from, its value comes from `offering`. Its event `select` carries
    {"index"}."""
    return gr.HTML(
        "",
        label=label,
        show_label=True,
        container=True,
        css_template=SHELF,
        js_on_load=CLICK,
        apply_default_css=False,
        elem_id=elem_id,
    )


def offering(pictures: Sequence[np.ndarray]) -> str:
    return "".join(
        f'<button type="button" data-index="{i}" aria-label="Example {i + 1}">'
        f'<img src="{frame_uri(picture)}" alt=""></button>'
        for i, picture in enumerate(pictures)
    )
