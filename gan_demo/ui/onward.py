"""From a result to the next tab: buttons that carry the picture, its exact code inside."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo.checkpoint import recipe
from gan_demo.ui.shell import Shell

WAYS = {  # label -> tab, and the setting that takes the picture
    "Reconstruct this": ("reconstruct", "photo"),
    "Edit this": ("edit", "photo"),
    "Interpolate: from here": ("interpolate", "photo_a"),
    "Interpolate: to here": ("interpolate", "photo_b"),
    "Translate this": ("translate", "photo"),
}


def buttons(
    shell: Shell,
    slug: str,
    picture: Callable[..., PILImage.Image | None],
    inputs: Sequence[Any],
) -> None:
    """A button for every other tab that takes a picture.

    Args:
        picture: of the inputs, the result, signed with its recipe where it has a code.
    """

    def carry(label: str, *given: Any) -> dict[str, Any]:
        target, field = WAYS[label]
        result = picture(*given)
        if result is None:
            raise ValueError("There is no picture yet: draw one first.")
        taken: dict[str, Any] = {field: result}
        made = recipe.of(result)
        if target == "reconstruct":
            taken["stored"] = made is not None
        if made is None or target == "translate":
            return taken
        if not shell.takes(target, made.model):
            raise ValueError(f"{made.model} cannot do this: it has no encoder.")
        return taken | {"model": made.model}

    with gr.Row(elem_classes="actions onward"):
        for label, (target, field) in WAYS.items():
            if target != slug:
                name = f"{slug}-to-{target}{field.removeprefix('photo').replace('_', '-')}"
                button = gr.Button(label, size="sm", min_width=110, elem_id=name)
                shell.goto(button.click, target, functools.partial(carry, label), inputs)
