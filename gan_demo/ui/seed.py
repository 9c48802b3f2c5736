"""A seed to type or to roll."""

import random
import time

import gradio as gr


def row(
    label: str, *, value: str = "0", elem_id: str | None = None
) -> tuple[gr.Textbox, gr.Button]:
    """The text and its dice, whose button `elem_id` names."""
    with gr.Row(elem_classes="joined"):
        text = gr.Textbox(value, label=label, max_length=30, scale=3, min_width=120)
        dice = gr.Button("Roll", elem_id=elem_id, scale=1, min_width=70)
    return text, dice


def rolled() -> str:
    return str(random.randrange(10**6))


def roll() -> tuple[str, int]:
    """A new seed, and the redraw that it asks for."""
    return rolled(), time.time_ns()
