"""Pictures to train on: files sent to the page, or a source that this machine knows."""

import gradio as gr

from gan_demo.data.decode import SUFFIXES

HINT = "folder:/my/pictures, zip:FILE, pack:cats or hub:owner/name"


def given(label: str, local: bool, elem_id: str) -> tuple[gr.File, gr.Textbox]:
    """
    Args:
        local: whether sources may be typed.
    """
    sent = gr.File(
        label=f"{label}: a zip, or files",
        file_count="multiple",
        file_types=[".zip", *sorted(SUFFIXES)],
        height=150,
        elem_classes="given",
        elem_id=elem_id,
    )
    typed = gr.Textbox(
        label="Or a folder, a pack, a Hub data set",
        placeholder=HINT,
        visible=local,
        elem_id=f"{elem_id}-source",
    )
    return sent, typed
