"""What the doctor says of pictures, and the plan that follows: facts, pictures, and a command that
does the same in a terminal."""

import html
from collections.abc import Mapping
from typing import Any

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
.fault { margin: 0; padding: .55rem .8rem; border-left: 4px solid var(--color-accent);
  border-radius: 4px; background: var(--background-fill-secondary); overflow-wrap: anywhere; }
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


def planned(facts: Mapping[str, str]) -> str:
    return f"<section><h2>The plan</h2>{_facts(facts)}</section>"


def command(info: str | None = None, *, elem_id: str) -> gr.Textbox:
    """To copy; its value is that of `commanded`."""
    return gr.Textbox(
        label="The same in a terminal",
        info=info,
        buttons=["copy"],
        max_lines=8,
        interactive=False,
        visible=False,
        elem_classes="command",
        elem_id=elem_id,
    )


def commanded(lines: str) -> Any:
    """
    Args:
        lines: commands that do the same, one after the other; "" for none.
    """
    return gr.update(value=lines, visible=bool(lines))


def note(text: str) -> str:
    """What is being done."""
    return f"<section><p class='note' role='status'>{html.escape(text)}</p></section>"


def refused(text: str) -> str:
    """Why there is no plan, and what to do."""
    return f"<section><p class='fault' role='alert'>{html.escape(text)}</p></section>"


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in facts.items())
    return f"<dl>{rows}</dl>"
