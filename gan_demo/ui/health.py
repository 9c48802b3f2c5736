"""What the doctor says of pictures, and the plan that follows: facts, pictures, a command."""

import html
from collections.abc import Mapping, Sequence

import gradio as gr
import numpy as np

from gan_demo.actions.train.doctor import Health
from gan_demo.ui.live import frame_uri

STYLE = """
.html-container:has(> &) { padding: 0; }
section { padding: .9rem 1rem 1rem; border: 1px solid var(--border-color-primary);
  border-radius: 8px; background: var(--block-background-fill); }
section + section { margin-top: .8rem; }
h2 { margin: 0 0 .45rem; font-size: 1.05rem; font-weight: 600; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(6.5rem, 9rem) 1fr; margin: 0;
  font-size: .92rem; line-height: 1.45; font-variant-numeric: tabular-nums; }
dt, dd { margin: 0; padding: .3rem 0; border-top: 1px solid var(--border-color-primary);
  overflow-wrap: anywhere; }
dt { padding-right: 1rem; color: var(--body-text-color-subdued); }
img { display: block; width: 100%; max-width: 42rem; margin-top: .8rem; border-radius: 4px; }
pre { margin: .7rem 0 0; padding: .6rem .8rem; border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere; background: var(--background-fill-secondary); user-select: all;
  font-family: var(--font-mono); font-size: .8rem; line-height: 1.5; }
.note { margin: 0; color: var(--body-text-color-subdued); }
.note::before { content: ""; display: inline-block; width: .6rem; height: .6rem;
  margin-right: .6rem; border-radius: 50%; background: var(--color-accent);
  animation: at-work 1.2s infinite alternate; }
@keyframes at-work { to { opacity: .2; } }
@media (max-width: 720px) { dl { grid-template-columns: 1fr; }
  dd { padding-top: 0; border-top: 0; } dt { padding-bottom: 0; font-size: .82rem; } }
"""


def report(*, elem_id: str) -> gr.HTML:
    """The component; its value is made of the parts below."""
    return gr.HTML(
        "",
        visible=False,
        css_template=STYLE,
        js_on_load=None,
        apply_default_css=False,
        elem_id=elem_id,
    )


def examined(health: Health, heading: str) -> str:
    sheet = frame_uri(np.asarray(health.sheet))
    return (
        f"<section><h2>{html.escape(heading)}</h2>"
        f"{_facts(health.facts)}"
        f'<img src="{sheet}" alt="Some of the pictures"></section>'
    )


def planned(facts: Mapping[str, str], commands: Sequence[str]) -> str:
    """
    Args:
        commands: that do the same in a terminal, one after the other.
    """
    lines = html.escape("\n".join(commands))
    same = f"<pre aria-label='The same in a terminal'>{lines}</pre>" if commands else ""
    return f"<section><h2>The plan</h2>{_facts(facts)}{same}</section>"


def note(text: str) -> str:
    """What is being done."""
    return f"<section><p class='note' role='status'>{html.escape(text)}</p></section>"


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in facts.items())
    return f"<dl>{rows}</dl>"
