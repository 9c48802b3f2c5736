"""How varied drawn pictures are: a slider for the models whose mean code is known."""

import functools
from typing import Any

import gradio as gr

from gan_demo import latent
from gan_demo.studio import Studio
from gan_demo.systems import Samples
from gan_demo.ui.events import PRIVATE

INFO = "Lower is closer to the average picture."


class Variety(gr.Slider):
    """gr.Slider whose value is judged when it is used, see `latent.variety_of`."""

    is_template = True  # keep the front end of gr.Slider

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)

    def preprocess(self, payload: Any) -> Any:
        return payload


# Gradio tells the page the options that it reads in this signature.
functools.update_wrapper(Variety.__init__, gr.Slider.__init__)


def slider(value: float = latent.VARIETY, *, label: str = "Variety", elem_id: str) -> Variety:
    return Variety(  # by name: the page learns nothing of what stands in *args
        minimum=0,
        maximum=1,
        value=value,
        step=0.05,
        label=label,
        info=INFO,
        visible=False,
        elem_id=elem_id,
    )


def offer(studio: Studio, slider: gr.Slider, model: gr.Dropdown, redraw: gr.Textbox) -> None:
    """Shows the slider while the chosen model can use it."""

    def known(model: str | None):
        can = model in studio.names(Samples)
        return gr.update(visible=can and studio.able(model, Samples).centre is not None)

    gr.on([model.input, redraw.change], known, model, slider, **PRIVATE)
