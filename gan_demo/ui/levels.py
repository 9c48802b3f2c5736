"""Pictures as sums, a line each: coarse + detail = finer + detail = finest. The terms appear one
after another, all at the same size, each pixel of a coarse picture a square."""

import html
from collections.abc import Sequence

import gradio as gr
import numpy as np

from gan_demo.ui.inline import CLICK
from gan_demo.ui.live import frame_uri

PAUSE = 0.45  # seconds between two terms
STYLE = """
.html-container:has(> &) { padding: 0; overflow: visible; }
div { display: grid; gap: .45rem; align-items: center; padding: .75rem; }
b { font-size: .85rem; font-weight: 500; text-align: center; white-space: nowrap; }
i { font-style: normal; text-align: center; color: var(--body-text-color-subdued); }
span { font-size: .75rem; text-align: right; color: var(--body-text-color-subdued);
  font-variant-numeric: tabular-nums; }
img { display: block; width: 100%%; aspect-ratio: 1; border-radius: 4px;
  image-rendering: pixelated; }
button { display: block; padding: 0; border-radius: 4px; cursor: pointer; }
button:hover { outline: 2px solid var(--border-color-primary); }
button:focus-visible, button[aria-pressed=true] { outline: 2px solid var(--color-accent); }
img, i { animation: term-appears .5s both; animation-delay: calc(var(--k) * %ss); }
@keyframes term-appears { from { opacity: 0; transform: scale(.94); } }
@media (max-width: 720px) { div { gap: .2rem; padding: .4rem; } b { font-size: .7rem; } }
"""
MARK = """
element.addEventListener('click', event => {
  const chosen = event.target.closest('button');
  if (!chosen) return;
  for (const one of element.querySelectorAll('button')) one.ariaPressed = one === chosen;
});
"""

Sum = tuple[str, Sequence[np.ndarray]]  # what a line is called, its terms from left to right


def levels(*, elem_id: str) -> gr.HTML:
    """The component; its value comes from `showing`, its event `select` carries {"index"}, the line
    of the sum that was clicked; at first that is the first line."""
    return gr.HTML(
        "",
        container=True,
        css_template=STYLE % PAUSE,
        js_on_load=CLICK + MARK,
        apply_default_css=False,
        elem_id=elem_id,
    )


def showing(heads: Sequence[str], sums: Sequence[Sum]) -> str:
    """
    Args:
        heads: what stands above each term.
    """
    columns = " auto ".join(["minmax(0, 1fr)"] * len(heads))
    top = "<i></i>".join(f"<b>{html.escape(head)}</b>" for head in heads)
    lines = "".join(_line(i, name, heads, terms) for i, (name, terms) in enumerate(sums))
    return f'<div style="grid-template-columns: auto {columns}"><span></span>{top}{lines}</div>'


def _line(i: int, name: str, heads: Sequence[str], terms: Sequence[np.ndarray]) -> str:
    cells = [f"<span>{html.escape(name)}</span>"]
    for k, (head, term) in enumerate(zip(heads, terms, strict=True)):
        if k:
            cells.append(f'<i style="--k:{k}">{"+" if k % 2 else "="}</i>')
        said = html.escape(f"{name}, {head}")
        cells.append(f'<img src="{frame_uri(term)}" alt="{said}" title="{said}" style="--k:{k}">')
    pressed = str(i == 0).lower()
    cells[-1] = (
        f'<button type="button" data-index="{i}" aria-pressed="{pressed}">{cells[-1]}</button>'
    )
    return "".join(cells)
