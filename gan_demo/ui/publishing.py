"""A trained model goes to the Hub: what would be sent is shown, then it is sent."""

import contextlib
import html
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from gan_demo.ui.errors import plainly
from gan_demo.ui.events import PRIVATE, TRIAL
from train.publish import publish

ONCE = "One that may write. It is used for this once and kept nowhere."
HIDDEN = {"autocomplete": "off", "spellcheck": False}
SHOWN = (
    "Nothing was sent yet. The token can stay empty after `hf auth login`, or with HF_TOKEN set."
)


def panel(ask: gr.Button, model: gr.Dropdown, place: Callable[[str], Path]) -> gr.Group:
    """Opened by `ask`.

    Args:
        place: the folder of a model's checkpoint.
    """
    with gr.Group(visible=False, elem_id="publish") as opened:
        with gr.Row():
            target = gr.Textbox(
                label="Where on the Hub",
                placeholder="hub:owner/name",
                max_length=120,
                elem_id="publish-target",
            )
            token = gr.Textbox(
                label="Token",
                info=ONCE,
                type="password",
                max_length=200,
                html_attributes=gr.InputHTMLAttributes(**HIDDEN),
                elem_id="publish-token",
            )
        private = gr.Checkbox(False, label="For me alone, where it is new")
        said = gr.HTML("", visible=False, container=True, js_on_load=None, elem_id="publish-said")
        with gr.Row():
            small: dict[str, Any] = {"size": "sm", "min_width": 90}
            show = gr.Button("Show what would be sent", elem_id="publish-show", **small)
            send = gr.Button(
                "Send it", variant="primary", interactive=False, elem_id="publish-send", **small
            )
            close = gr.Button("Close", **small)

    def shown(chosen: str, to: str, alone: bool):
        with contextlib.closing(publish(place(chosen), to.strip(), alone)) as steps:
            return _said(next(steps), SHOWN), gr.update(interactive=True)

    def sent(chosen: str, to: str, alone: bool, secret: str) -> Iterator[Any]:
        steps = publish(place(chosen), to.strip(), alone, secret.strip())
        with contextlib.closing(steps):
            yield _said(next(steps), "Sending.")
            yield _said("", next(steps))

    def changed():
        return gr.update(visible=False), gr.update(interactive=False)

    asked = [model, target, private]
    ask.click(lambda: gr.update(visible=True), None, opened, **PRIVATE)
    gr.on([close.click, model.change], lambda: gr.update(visible=False), None, opened, **PRIVATE)
    gr.on([target.input, private.input, model.change], changed, None, [said, send], **PRIVATE)
    gr.on([show.click, target.submit], plainly(shown), asked, [said, send], **PRIVATE)
    sending: dict[str, Any] = TRIAL | {"show_progress_on": send}
    ended = send.click(plainly(sent), [*asked, token], said, **sending)
    ended.then(lambda: "", None, token, **PRIVATE)  # also after an error
    return opened


def _said(listed: str, words: str) -> Any:
    files = f"<pre>{html.escape(listed)}</pre>" if listed else ""
    return gr.update(value=f"{files}<p role='status'>{html.escape(words)}</p>", visible=True)
