"""Rows of pictures under one another, each under its name: what belongs together is in a column."""

import html
from collections.abc import Sequence

import gradio as gr

from gan_demo import images
from gan_demo.actions.compare_models import Row
from gan_demo.ui.live import frame_uri

STYLE = """
.html-container:has(> &) { padding: 0; }
h2 { margin: .9rem 0 .3rem; font-size: .9rem; font-weight: 500; overflow-wrap: anywhere; }
.row { display: grid; grid-template-columns: repeat(%d, minmax(0, 1fr)); gap: .35rem; }
.row img { display: block; width: 100%%; border-radius: 4px; }
.said { margin: .6rem 0; font-size: .9rem; color: var(--body-text-color-subdued); }
"""


def rows(*, columns: int, elem_id: str) -> gr.HTML:
    """The component; its value comes from `showing`."""
    return gr.HTML(
        "", css_template=STYLE % columns, js_on_load=None, apply_default_css=False, elem_id=elem_id
    )


def showing(given: Sequence[Row]) -> str:
    shown = ""
    for row in given:
        pictures = "".join(
            f'<img src="{frame_uri(array)}" alt="">' for array in images.arrays(row.pictures)
        )
        shown += f"<h2>{html.escape(row.said)}</h2><div class='row'>{pictures}</div>"
    return shown
