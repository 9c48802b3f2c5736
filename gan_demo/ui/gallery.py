"""Pictures side by side, each over what belongs to it and with its name: a click chooses one."""

import html
from collections.abc import Sequence

import gradio as gr
import numpy as np

from gan_demo.ui.inline import CLICK
from gan_demo.ui.live import frame_uri

Plate = tuple[Sequence[np.ndarray], str, str]  # pictures from top to bottom, name, what to say

STYLE = """
display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%%, %dpx), 1fr));
gap: .5rem; margin-top: 1.4rem;
button { padding: 0; overflow: hidden;
  border: 1px solid var(--border-color-primary); border-radius: 6px; cursor: pointer;
  text-align: left; display: flex; flex-direction: column; }
button:hover, button:focus-visible { outline: 2px solid var(--color-accent); }
img { display: block; width: 100%%; }
b, span { display: block; padding: .15rem .3rem 0; overflow: hidden; text-overflow: ellipsis;
  font-size: .8rem; font-weight: 500; font-variant-numeric: tabular-nums; }
span { padding-bottom: .3rem; color: var(--body-text-color-subdued); font-weight: 400; }
"""


def plates(*, label: str, elem_id: str, least: int, visible: bool = True) -> gr.HTML:
    """The component; its value comes from `showing`, its event `select` carries {"index"}.

    Args:
        least: width of a plate, pixels.
    """
    return gr.HTML(
        "",
        label=label,
        show_label=True,
        container=True,
        visible=visible,
        css_template=STYLE % least,
        js_on_load=CLICK,
        apply_default_css=False,
        elem_id=elem_id,
    )


def showing(plates: Sequence[Plate]) -> str:
    return "".join(
        f'<button type="button" data-index="{i}"'
        + ("" if name or said else f' aria-label="{i + 1}"')  # or else what stands in it
        + ">"
        + "".join(f'<img src="{frame_uri(picture)}" alt="">' for picture in pictures)
        + (f"<b>{html.escape(name)}</b>" if name else "")
        + (f"<span>{html.escape(said)}</span>" if said else "")
        + "</button>"
        for i, (pictures, name, said) in enumerate(plates)
    )
