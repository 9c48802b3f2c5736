"""A training as it goes: how far it is, its sheets, and its curves with what they mean."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo.actions.models import duration, number
from gan_demo.actions.train import course
from gan_demo.actions.train.course import Course, Curve
from gan_demo.actions.train.plan import told
from gan_demo.actions.train.run import Run
from gan_demo.ui.errors import nameless
from gan_demo.ui.live import frame_uri

WORDS = {
    "waiting": "Waiting",
    "starting": "Getting ready",
    "running": "Learning",
    "paused": "Paused",
    "finished": "Done",
    "failed": "Stopped by a fault",
}
CAPTIONS = {
    "samples": "The same seeds",
    "reconstructions": "Pictures it never learned from, each beside its reconstruction",
    "redrawn": "Photos, each beside its portrait",
}
WIDTH, HEIGHT, MARGIN = 260, 84, 6  # of a curve
POINTS = 160  # of a curve that are drawn
STYLE = """
.html-container:has(> &) { padding: 0; }
section { padding: .9rem 1rem; border: 1px solid var(--border-color-primary); border-radius: 8px;
  background: var(--block-background-fill); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; }
h2 { margin: 0; font-size: 1.25rem; font-weight: 700; letter-spacing: -.01em;
  overflow-wrap: anywhere; }
header b { font-weight: 500; color: var(--body-text-color-subdued); }
header b.running, header b.starting { color: var(--color-accent); }
header span { margin-left: auto; font-variant-numeric: tabular-nums; }
[role=progressbar] { height: .5rem; margin: .7rem 0 .6rem; border-radius: 4px; }
ul { display: flex; flex-wrap: wrap; gap: .15rem 1.4rem; margin: 0; padding: 0; list-style: none;
  font-size: .9rem; color: var(--body-text-color-subdued); font-variant-numeric: tabular-nums; }
li b { font-weight: 600; color: var(--body-text-color); }
.fault { margin: .7rem 0 0; padding: .55rem .8rem; border-left: 4px solid var(--color-accent);
  border-radius: 4px; background: var(--background-fill-secondary); overflow-wrap: anywhere; }
"""
SHEETS = """
.html-container:has(> &) { padding: 0; }
display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: .9rem;
figure { margin: 0; }
img { display: block; width: 100%; border-radius: 6px; }
figcaption { margin-top: .3rem; font-size: .82rem; line-height: 1.4;
  color: var(--body-text-color-subdued); }
"""
CURVES = """
.html-container:has(> &) { padding: 0; }
display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: .7rem;
figure { margin: 0; padding: .6rem .75rem .5rem; border: 1px solid var(--border-color-primary);
  border-radius: 8px; background: var(--block-background-fill); }
figcaption { display: flex; justify-content: space-between; gap: .8rem; font-size: .88rem;
  font-weight: 500; }
figcaption b { font-weight: 600; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; margin: .2rem 0; overflow: visible; }
path { fill: none; stroke: var(--color-accent); stroke-width: 1.8; stroke-linejoin: round;
  vector-effect: non-scaling-stroke; }
line { stroke: var(--border-color-primary); vector-effect: non-scaling-stroke; }
circle { fill: var(--color-accent); }
p { margin: 0; font-size: .76rem; line-height: 1.4; color: var(--body-text-color-subdued); }
"""


class Names(gr.Dropdown):
    """Of trainings, which come and go between two looks: a name is judged when it is used."""

    is_template = True  # keep the front end of gr.Dropdown

    def preprocess(self, payload: Any) -> str:
        return payload if isinstance(payload, str) else ""


class Moments(gr.Slider):
    """Whose end moves between two looks."""

    is_template = True  # keep the front end of gr.Slider

    def preprocess(self, payload: Any) -> int:
        return max(1, int(payload)) if number(payload) else 1


def board(style: str, *, elem_id: str) -> gr.HTML:
    """A component for one of the parts below, with its style."""
    return gr.HTML(
        "", css_template=style, js_on_load=None, apply_default_css=False, elem_id=elem_id
    )


def standing(run: Run, went: Course) -> str:
    """State, step, speed, time left."""
    end, step = run.end or went.step, went.step
    done = min(100, round(100 * step / end)) if end else 0
    left = went.left(end) if run.state == "running" else None
    facts = {
        "left": told(left) if left else "",
        "pictures a second": f"{went.speed:.0f}" if went.speed and run.busy else "",
        "pictures seen": f"{went.pictures:,}" if went.pictures else "",
        "of training": duration(went.seconds) if went.seconds else "",
        "last saved at step": f"{went.saved:,}" if went.saved >= 0 else "",
    }
    before = {"last saved at step"}
    items = "".join(
        f"<li>{k} <b>{html.escape(v)}</b></li>" if k in before else f"<li><b>{v}</b> {k}</li>"
        for k, v in facts.items()
        if v
    )
    fault = (
        f"<p class='fault' role='alert'>{html.escape(nameless(run.said))}</p>" if run.said else ""
    )
    count = f"<span>step {step:,} of {end:,}</span>" if end else ""
    return (
        f"<section><header><h2>{html.escape(run.name)}</h2>"
        f"<b class='{run.state}'>{WORDS[run.state]}</b>{count}</header>"
        f'<div role="progressbar" aria-label="Steps" aria-valuenow="{done}" '
        f'style="background: linear-gradient(90deg, var(--color-accent) {done}%,'
        ' var(--border-color-primary) 0)"></div>'
        f"<ul>{items}</ul>{fault}</section>"
    )


def sheets(found: Mapping[str, course.Sheets], index: int) -> str:
    """The pictures of one moment.

    Args:
        index: of the moment, from 0.
    """
    return "".join(
        _sheet(title, *moments[min(index, len(moments) - 1)]) for title, moments in found.items()
    )


def curves(went: Course) -> str:
    """The figures of val first, then what the players pay."""
    drawn = [_curve(name, curve, course.meaning(name)) for name, curve in went.figures.items()]
    paid = "its terms added up: no player should run away from the others"
    drawn += [_curve(f"loss of {name}", curve, paid) for name, curve in went.losses.items()]
    return "".join(drawn)


def _sheet(title: str, step: int, path: Path) -> str:
    try:
        with PILImage.open(path) as sheet:
            shown = frame_uri(np.asarray(sheet.convert("RGB")))
    except (OSError, SyntaxError):  # being written, or gone
        return ""
    words = CAPTIONS.get(title, f"{title.replace('-', ' ')}: pictures, translations, the way back")
    said = html.escape(f"{words}, step {step:,}")
    return f'<figure><img src="{shown}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def _curve(name: str, curve: Curve, words: str) -> str:
    values = [value for _, value in curve]
    if len(curve) > POINTS:
        curve = [curve[i * (len(curve) - 1) // (POINTS - 1)] for i in range(POINTS)]
    low, high = min(values), max(values)
    first, last = curve[0][0], curve[-1][0]

    def place(step: int, value: int | float) -> str:
        x = MARGIN + (WIDTH - 2 * MARGIN) * (step - first) / max(last - first, 1)
        y = MARGIN + (HEIGHT - 2 * MARGIN) * (high - value) / ((high - low) or 1)
        return f"{x:.1f},{y:.1f}"

    x, y = place(*curve[-1]).split(",")
    line = "L".join(place(step, value) for step, value in curve)
    said = html.escape(f"{name}: from {values[0]:.3g} to {values[-1]:.3g}")
    return (
        f"<figure><figcaption><span>{html.escape(name)}</span><b>{values[-1]:.3g}</b></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
        f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT - 1}" y2="{HEIGHT - 1}"/><path d="M{line}"/>'
        f'<circle cx="{x}" cy="{y}" r="3"/></svg><p>{html.escape(words)}</p></figure>'
    )
