"""A row of small pictures; a click moves the sliders of a live picture to where one was drawn."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
import numpy as np

from gan_demo.ui import live

SCRIPT = """
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  const at = JSON.parse(button.dataset.at);
  const sliders = document.querySelectorAll(`.${props.value.sliders} input[type=range]`);
  sliders.forEach((s, i) => { s.value = at[i]; });
  sliders.forEach(s => s.dispatchEvent(new Event('input', {bubbles: true})));
});
"""
TEMPLATE = """
{{#each value.stops}}<button type="button" data-at="{{at}}" title="Go here">
<img src="{{src}}" alt=""><span>{{name}}</span></button>{{/each}}
"""
STYLE = """
.html-container:has(> &) { padding: 0; }
display: flex; gap: 0.25rem; justify-content: center; min-height: 4.5rem;
button { flex: 1 1 0; min-width: 0; max-width: 6rem; padding: 0; cursor: pointer; }
img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 3px; }
span { font-size: 0.75rem; color: var(--body-text-color-subdued); }
button:hover img, button:focus-visible img { outline: 2px solid var(--color-accent); }
"""


def strip(*, elem_id: str) -> gr.HTML:
    """The component. Its value is {"sliders": CSS class of their box, "stops": [{"at", "src",
    "name"}, ...]}, see `showing`."""
    return gr.HTML(
        {"sliders": "", "stops": []},
        html_template=TEMPLATE,
        css_template=STYLE,
        js_on_load=SCRIPT,
        apply_default_css=False,
        elem_id=elem_id,
    )


def between(n: int = 9) -> dict[str, list[float]]:
    """So many stops of one slider from 0 to 1 in steps of 0.01, by name."""
    places = [round(i / (n - 1), 2) for i in range(n)]
    return {f"{place:.2g}": [place] for place in places}


def showing(
    sliders: str, pictures: Sequence[np.ndarray], stops: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """The value that shows one picture a stop; `stops` are slider positions by name."""
    shown = [
        {"at": json.dumps(list(at)), "src": live.frame_uri(picture), "name": name}
        for picture, (name, at) in zip(pictures, stops.items(), strict=True)
    ]
    return {"sliders": sliders, "stops": shown}
