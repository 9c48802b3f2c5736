"""From a result to the next tab: buttons that carry the picture, its exact code inside, for as far
as a model there can use it."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr
from PIL import Image as PILImage

from gan_demo.actions import in_domain
from gan_demo.actions.in_domain import Shown
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Encodes
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH
from gan_demo.ui.shell import Shell

WAYS = {  # label -> tab, and the setting that takes the picture
    "Reconstruct this": ("reconstruct", "photo"),
    "Edit this": ("edit", "photo"),
    "Interpolate: from here": ("interpolate", "photo_a"),
    "Interpolate: to here": ("interpolate", "photo_b"),
    "Translate this": ("translate", "photo"),
}
NONE = "No model here has learned from pictures like this one."


def settings(
    studio: Studio, target: str, model: str, shown: Shown, now: str | None = None
) -> dict[str, Any] | None:
    """What a tab is set to that takes such a picture; None where no model can use it.

    Args:
        model: who drew it.
        now: the model that the tab has; it is left if it can.
    """
    if target == "translate":
        known = in_domain.translators(studio, shown)
        name = now if now in known else next(iter(known), None)
        return None if name is None else {"model": name, "to": known[name][0]}
    if model in studio.names(Encodes):
        return {"model": model}
    readers = in_domain.readers(studio, shown)
    return {"model": now if now in readers else readers[0]} if readers else None


def of_model(studio: Studio, model: str | None) -> Shown:
    """For a tab whose results are drawn from codes."""
    return in_domain.drawn(studio, model or "")


def buttons(
    shell: Shell,
    slug: str,
    picture: Callable[..., PILImage.Image | None],
    inputs: Sequence[Any],
    turned: Sequence[Any],
    source: Sequence[gr.Component],
    shown: Callable[..., Shown] = of_model,
) -> None:
    """A button for every other tab that takes a picture.

    Args:
        picture: of the inputs, the result, signed with its recipe where it has a code.
        turned: the events after which other tabs may be offered.
        source: the tab's model, and what else `shown` takes.
        shown: of the studio and the values of these, what the results are.
    """
    studio, ways = shell.studio, {k: v for k, v in WAYS.items() if v[0] != slug}

    def carry(label: str, now: str | None, *given: Any) -> dict[str, Any]:
        target, field = ways[label]
        own, result = given[: len(source)], picture(*given[len(source) :])
        if result is None:
            raise ValueError("There is no picture yet: draw one first.")
        taken = settings(studio, target, str(own[0]), shown(studio, *own), now)
        if taken is None:
            raise ValueError(NONE)
        if target == "reconstruct":
            taken["stored"] = recipe.of(result) is not None
        return taken | {field: result}

    def offer(*own: Any) -> list[dict[str, Any]]:
        what = shown(studio, *own)
        found = {
            target: settings(studio, target, str(own[0]), what) is not None
            for target, _ in ways.values()
        }
        return [gr.update(visible=found[target]) for target, _ in ways.values()]

    made: list[gr.Button] = []
    with gr.Row(elem_classes="actions onward"):
        for label, (target, field) in ways.items():
            name = f"{slug}-to-{target}{field.removeprefix('photo').replace('_', '-')}"
            made.append(gr.Button(label, size="sm", min_width=110, elem_id=name))

    def wire() -> None:
        for button, (label, (target, _)) in zip(made, ways.items(), strict=True):
            given = [shell.built[target].model, *source, *inputs]
            shell.goto(button.click, target, functools.partial(carry, label), given)
        gr.on(turned, plainly(offer), list(source), made, **EACH)

    shell.on_ready(wire)
