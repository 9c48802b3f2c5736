"""A board of pictures: each row under its heading, each picture over its name. A click chooses."""

import html
from collections.abc import Sequence

import gradio as gr
import numpy as np

from gan_demo.ui.inline import CLICK
from gan_demo.ui.live import frame_uri

STYLE = """
div.board { display: grid; gap: .9rem; margin-top: 1.3rem; contain: inline-size;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, calc(var(--n) * 74px)), 1fr)); }
h2 { margin: 0 0 .3rem; font-size: .85rem; font-weight: 500;
  color: var(--body-text-color-subdued); }
div.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(62px, 1fr)); gap: .4rem;
  max-width: calc(var(--n) * 150px); }
button { padding: 0; overflow: hidden; border: 1px solid var(--border-color-primary);
  border-radius: 6px; cursor: pointer; }
button:hover { outline: 2px solid var(--border-color-primary); }
button:focus-visible, button[aria-pressed=true] { outline: 2px solid var(--color-accent); }
img { display: block; width: 100%; aspect-ratio: 1; }
span { display: block; padding: .1rem .25rem .15rem; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; font-size: .72rem; text-align: center; }
"""


def board(*, label: str, elem_id: str) -> gr.HTML:
    """The component; its value comes from `showing`, its event `select` carries {"index"}, counted
    through all rows."""
    return gr.HTML(
        "",
        label=label,
        show_label=True,
        container=True,
        css_template=STYLE,
        js_on_load=CLICK,
        apply_default_css=False,
        elem_id=elem_id,
    )


def showing(
    pictures: Sequence[np.ndarray], headings: Sequence[str], names: Sequence[str], chosen: int = -1
) -> str:
    """Rows under `headings`, each of one picture for each of `names`."""
    n, parts = len(names), []
    for i, heading in enumerate(headings):
        row = "".join(
            f'<button type="button" data-index="{j}" aria-pressed="{str(j == chosen).lower()}">'
            f'<img src="{frame_uri(pictures[j])}" alt=""><span>{html.escape(name)}</span></button>'
            for j, name in enumerate(names, i * n)
        )
        parts.append(f'<div><h2>{html.escape(heading)}</h2><div class="row">{row}</div></div>')
    return f'<div class="board" style="--n: {n}">{"".join(parts)}</div>'
