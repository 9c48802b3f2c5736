"""The list of models: a picture of each, its name, what it can do; a click chooses one."""

import functools
import html
from collections.abc import Iterable
from pathlib import Path

import gradio as gr
import numpy as np

from gan_demo import files
from gan_demo.actions.domains import GAP
from gan_demo.actions.models import Damaged, Model, megabytes, millions
from gan_demo.ui.live import frame_uri
from gan_demo.ui.photo import HEAVIEST, read

TILES = 3  # of a sheet in a row and in a column
NONE = "<p>No model yet. Train one, then reload this page.</p>"
FIRST = "samples"  # the sheet to show, if there is one

SCRIPT = """
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (button) trigger('select', {name: button.dataset.name});
});
const seen = () => {  // the chosen one comes into sight
  const chosen = element.querySelector('[aria-current]');
  if (!chosen) return;
  const box = element.getBoundingClientRect(), at = chosen.getBoundingClientRect();
  element.scrollLeft += Math.min(0, at.left - box.left) + Math.max(0, at.right - box.right);
  element.scrollTop += Math.min(0, at.top - box.top) + Math.max(0, at.bottom - box.bottom);
};
watch('value', seen);
new ResizeObserver(seen).observe(element);  // narrower once there is a model beside the list
"""
STYLE = """
.html-container:has(> &) { padding: 0; }
display: flex; flex-direction: column; gap: .4rem; max-height: 82vh; overflow: auto; padding: 3px;
button, section { display: grid; grid-template-columns: 64px 1fr; align-items: center;
  column-gap: .7rem; flex: none; padding: .35rem; border: 1px solid var(--border-color-primary);
  border-radius: 8px; background: var(--block-background-fill); text-align: left; }
button { cursor: pointer; }
button:hover { border-color: var(--body-text-color-subdued); }
button[aria-current] { border-color: var(--color-accent);
  box-shadow: inset 3px 0 0 var(--color-accent); }
img, i { grid-row: 1 / span 3; display: block; width: 64px; aspect-ratio: 1; object-fit: cover;
  border-radius: 5px; background: var(--background-fill-secondary); }
b { align-self: end; overflow-wrap: anywhere; font-size: .95rem; font-weight: 600;
  line-height: 1.25; }
span, small { font-size: .78rem; line-height: 1.35; color: var(--body-text-color-subdued); }
span { font-variant-numeric: tabular-nums; }
small { align-self: start; }
section { border-left: 4px solid var(--color-accent); }
section small { grid-column: 1 / -1; margin-top: .3rem; overflow-wrap: anywhere; }
section b { grid-column: 1 / -1; }
&:empty { height: 82vh; } /* what is below does not move when the list comes */
@media (max-width: 720px) {
  &:empty { height: auto; }
  flex-direction: row; max-height: none; scroll-snap-type: x proximity;
  button, section { width: 15.5rem; scroll-snap-align: start; }
}
"""


def catalogue(*, elem_id: str) -> gr.HTML:
    """The component; its value comes from `showing`, its event `select` carries {"name"}."""
    return gr.HTML(
        "", css_template=STYLE, js_on_load=SCRIPT, apply_default_css=False, elem_id=elem_id
    )


def showing(rows: Iterable[Model | Damaged], chosen: str | None) -> str:
    shown = (
        _damaged(row) if isinstance(row, Damaged) else _row(row, row.name == chosen) for row in rows
    )
    return "".join(shown) or NONE


def sheet(path: Path, side: int | None = None) -> str:
    """A picture file, or its upper left corner, as a data URI.

    Raises:
        ValueError, OSError: not a picture, or not there any more.
    """
    return _sheet(path, path.stat().st_mtime_ns, side)


def _row(model: Model, chosen: bool) -> str:
    name = html.escape(model.name)
    current = ' aria-current="true"' if chosen else ""
    size = f"{model.method} · {millions(model.weights)} · {megabytes(model.bytes)}"
    source = corner(model, TILES)
    picture = f'<img src="{source}" alt="">' if source else "<i></i>"
    can = " and ".join(model.abilities)
    return (
        f'<button type="button" data-name="{name}"{current}>{picture}<b>{name}</b>'
        f"<span>{html.escape(size)}</span><small>{html.escape(can)}</small></button>"
    )


def _damaged(row: Damaged) -> str:
    return (
        f"<section><b>{html.escape(row.name)}</b>"
        f"<small>Cannot be used: {html.escape(row.problem)}</small></section>"
    )


def corner(model: Model, tiles: int) -> str:
    """That many rows and columns of the first of its sheets that can be read, as a data URI."""
    side = tiles * (model.size + GAP) + GAP
    for path in sorted(model.sheets, key=lambda path: (path.stem != FIRST, path.name)):
        try:
            return sheet(path, side)
        except (OSError, ValueError):  # damaged, or replaced just now: the next will do
            continue
    return ""


@functools.lru_cache(maxsize=128)
def _sheet(path: Path, stamp: int, side: int | None) -> str:
    return frame_uri(
        np.ascontiguousarray(np.asarray(read(files.beside(path, HEAVIEST)))[:side, :side])
    )
