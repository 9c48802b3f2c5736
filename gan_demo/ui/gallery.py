"""Pictures side by side, each over what belongs to it and with its name: a click chooses one."""

import html
from collections.abc import Sequence

import gradio as gr
import numpy as np

from gan_demo.ui.inline import CLICK
from gan_demo.ui.live import frame_uri

Plate = tuple[Sequence[np.ndarray], str, str]  # pictures from top to bottom, name, what to say

STYLE = """
display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1.4rem;
button { flex: 1 1 %(least)dpx; max-width: %(most)dpx; padding: 0; overflow: hidden;
  border: 1px solid var(--border-color-primary); border-radius: 6px; cursor: pointer;
  text-align: left; display: flex; flex-direction: column; }
button:hover, button:focus-visible { outline: 2px solid var(--color-accent); }
img { display: block; width: 100%%; }
b, span { display: block; padding: .2rem .4rem 0; overflow: hidden; text-overflow: ellipsis;
  font-size: .85rem; font-weight: 500; }
span { padding-bottom: .3rem; color: var(--body-text-color-subdued); font-weight: 400;
  font-variant-numeric: tabular-nums; }
"""
EVEN = """
display: grid; grid-template-columns: repeat(auto-fill, minmax(%dpx, 1fr));
"""


def plates(
    *, label: str, elem_id: str, least: int, visible: bool = True, even: bool = False
) -> gr.HTML:
    """The component; its value comes from `showing`, its event `select` carries {"index"}.

    Args:
        least: width of a plate, pixels; a few are up to twice as wide.
        even: all rows have the same columns, also the last.
    """
    return gr.HTML(
        "",
        label=label,
        show_label=True,
        container=True,
        visible=visible,
        css_template=STYLE % {"least": least, "most": 2 * least} + (EVEN % least if even else ""),
        js_on_load=CLICK,
        apply_default_css=False,
        elem_id=elem_id,
    )


def showing(plates: Sequence[Plate]) -> str:
    return "".join(
        f'<button type="button" data-index="{i}" aria-label="{html.escape(name or str(i + 1))}">'
        + "".join(f'<img src="{frame_uri(picture)}" alt="">' for picture in pictures)
        + (f"<b>{html.escape(name)}</b>" if name else "")
        + (f"<span>{html.escape(said)}</span>" if said else "")
        + "</button>"
        for i, (pictures, name, said) in enumerate(plates)
    )
