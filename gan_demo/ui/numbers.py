"""A few numbers under their names, and a sentence that says what they mean."""

import html
from collections.abc import Mapping

import gradio as gr

STYLE = """
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(96px, 1fr)); gap: .6rem; }
/* four of them: all in a row, or two and two, never three and one */
dl:has(> :nth-child(4):last-child) {
  grid-template-columns: repeat(auto-fit, minmax(clamp(96px, (420px - 100%) * 999, 40%), 1fr)); }
dt, small, p { font-size: .85rem; color: var(--body-text-color-subdued); }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
small { display: block; line-height: 1.3; }
p { margin: .8rem 0 0; }
"""


def numbers(*, elem_id: str) -> gr.HTML:
    """The component; its value comes from `table`."""
    return gr.HTML(css_template=STYLE, js_on_load=None, elem_id=elem_id)


def table(values: Mapping[str, str], meaning: str, below: Mapping[str, str] | None = None) -> str:
    """
    Args:
        below: words about some of the numbers, by their names.
    """
    said = {k: f"<small>{html.escape(words)}</small>" for k, words in (below or {}).items()}
    cells = "".join(
        f"<div><dt>{html.escape(k)}</dt><dd>{html.escape(v)}{said.get(k, '')}</dd></div>"
        for k, v in values.items()
    )
    return f"<dl>{cells}</dl><p>{html.escape(meaning)}</p>"
