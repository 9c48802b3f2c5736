"""Three games side by side: a picture of each, what it has reached, and why it ends there."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr
import numpy as np

from gan_demo.lab import drawing
from gan_demo.lab.games import NAMES
from gan_demo.lab.mixtures import MOST, SHRUNK
from gan_demo.lab.scores import Score
from gan_demo.ui.live import frame_uri

LAWS = (
    "−log D<sub>B</sub>(x<sub>AB</sub>)",
    "… + d(x<sub>ABA</sub>, x<sub>A</sub>)",
    "… + the same from B to A",
)
REASONS = (
    "Any cross will do: colours pile up on a few, and the others stay bare.",
    "The way back keeps colours apart. But nobody misses a cross that no point reaches.",
    "Every point of B must come back too, x<sub>BAB</sub> ≈ x<sub>B</sub>: "
    "each cross has to be the image of something.",
)
STYLE = """
.html-container:has(> &) { padding: 0; }
.progress { display: flex; align-items: center; gap: .8rem; min-height: 1.6rem;
  font-variant-numeric: tabular-nums; font-size: .85rem; color: var(--body-text-color-subdued); }
.progress div { flex: 1; height: 6px; border-radius: 3px; overflow: hidden;
  background: var(--border-color-primary); }
.progress div i { display: block; height: 100%; background: var(--color-accent); }
.games { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem;
  margin: .4rem 0 .9rem; }
@media (min-width: 721px) {  /* titles, pictures and figures stand in line */
  .games { row-gap: 0; }
  section { display: grid; grid-row: span 6; grid-template-rows: subgrid; }
}
h2 { margin: 0; font-size: 1rem; font-weight: 600; }
.law { margin: 0 0 .4rem; font-size: .82rem; color: var(--body-text-color-subdued); }
sub { vertical-align: baseline; position: relative; top: .3em; font-size: .75em; }
img { display: block; width: 100%; aspect-ratio: 1; border-radius: var(--block-radius); }
.count { display: flex; align-items: center; flex-wrap: wrap; gap: .15rem .6rem; margin: .5rem 0; }
.count b { font-size: 1.7rem; line-height: 1.1; font-variant-numeric: tabular-nums; }
.count span { display: flex; gap: 3px; }
.count i { width: 9px; height: 9px; border-radius: 50%;
  border: 1.5px solid var(--body-text-color-subdued); }
.count i.on { background: var(--color-accent); border-color: var(--color-accent); }
dl { display: grid; grid-template-columns: 1fr auto; gap: .1rem .6rem; margin: 0;
  font-size: .85rem; font-variant-numeric: tabular-nums; }
dt { color: var(--body-text-color-subdued); }
dd { margin: 0; text-align: right; }
.why { margin: .5rem 0 0; font-size: .85rem; line-height: 1.45; }
.key { display: flex; align-items: center; gap: .9rem; font-size: .85rem; line-height: 1.5;
  color: var(--body-text-color-subdued); }
.key img { flex: none; width: 5.5rem; border-radius: 6px; }
.key i { display: inline-block; width: 7rem; height: .6rem; margin: 0 .4rem; border-radius: 3px; }
@media (max-width: 720px) {
  .games { grid-template-columns: 1fr; }
  section { display: grid; grid-template-columns: 56% 1fr; column-gap: .8rem; }
  section > * { grid-column: 2; }
  section img { grid-column: 1; grid-row: 1 / span 5; }
  .why { grid-column: 1 / -1; }
}
"""


@dataclass(frozen=True)
class Frame:
    """A moment of a run.

    Args:
        panels: a picture of each game, uint8 (h, w, 3).
        scores: what each has reached.
        source: a picture of A.
        iteration, iterations: done, and wanted.
        seconds: since the start; 0: it was learned before.
    """

    panels: Sequence[np.ndarray]
    scores: Sequence[Score]
    source: np.ndarray
    iteration: int
    iterations: int
    seconds: float


def bench(*, elem_id: str) -> gr.HTML:
    """The component; its value comes from `render`."""
    return gr.HTML(
        "", css_template=STYLE, js_on_load=None, apply_default_css=False, elem_id=elem_id
    )


def render(frame: Frame) -> str:
    columns = zip(NAMES, LAWS, REASONS, frame.panels, frame.scores, strict=True)
    sections = "".join(_section(*column) for column in columns)
    return f'{_progress(frame)}<div class="games">{sections}</div>{_key(frame.source)}'


def _section(name: str, law: str, why: str, panel: np.ndarray, score: Score) -> str:
    dots = "".join(f'<i class="{"on" if on else ""}"></i>' for on in score.covered)
    back = "none" if score.back is None else f"{score.back:.1%}"
    return (
        f'<section><h2>{name}</h2><p class="law">{law}</p>'
        f'<img src="{frame_uri(panel)}" alt="{name}: the points of A as it carries them to B">'
        f'<p class="count"><b>{sum(score.covered)}/{MOST}</b><span>{dots}</span></p>'
        f"<dl><dt>Collisions</dt><dd>{score.collisions}</dd>"
        f"<dt>On target</dt><dd>{score.on_target:.0%}</dd>"
        f"<dt>A→B→A error</dt><dd>{back}</dd></dl>"
        f'<p class="why">{why}</p></section>'
    )


def _progress(frame: Frame) -> str:
    if not frame.iterations:
        return '<p class="progress">Before the first step.</p>'
    share = frame.iteration / frame.iterations
    pace = frame.iteration / frame.seconds if frame.seconds else 0
    live = f"{frame.seconds:.0f} s, {pace:,.0f} a second"
    took = live if pace or not frame.iteration else "Learned before. Start plays it live."
    return (
        f'<div class="progress"><span>{frame.iteration:,} of {frame.iterations:,}</span>'
        f'<div role="progressbar" aria-label="Iterations" aria-valuenow="{100 * share:.0f}">'
        f'<i style="width: {share:.1%}"></i></div>'
        f"<span>{took}</span></div>"
    )


def _key(source: np.ndarray) -> str:
    return (
        f'<div class="key"><img src="{frame_uri(source)}" alt="The source A">'
        f"<div>A, drawn {1 / SHRUNK:.0f} times as large; a dot keeps the colour it has here. "
        "Crosses: the targets.<br>D<sub>B</sub>(x): 0, surely fake"
        f'<i style="background: linear-gradient(90deg, {", ".join(drawing.SHADES)})"></i>'
        "1, surely real</div></div>"
    )
