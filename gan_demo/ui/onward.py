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
    "Interpolate from": ("interpolate", "photo_a"),
    "Interpolate to": ("interpolate", "photo_b"),
    "Translate this": ("translate", "photo"),
}
NOTHING = "There is no picture yet: draw one first."
NONE = "No model here has learned from pictures like this one."


def settings(
    studio: Studio,
    target: str,
    model: str,
    shown: Shown,
    now: str | None = None,
    picture: PILImage.Image | None = None,
) -> dict[str, Any] | None:
    """What a tab is set to that takes such a picture; None where no model can use it.

    Args:
        model: who drew it.
        now: the model that the tab has; it is left if it can.
        picture: one of them, where it may decide which way it is translated.
    """
    if target == "translate":
        known = in_domain.translators(studio, shown)
        name = now if now in known else next(iter(known), None)
        if name is None:
            return None
        ways = known[name]
        to = in_domain.direction(studio, name, ways, shown, picture) if picture else ways[0]
        return {"model": name, "to": to}
    if model in studio.names(Encodes):
        return {"model": model}
    readers = in_domain.readers(studio, shown)
    return {"model": now if now in readers else readers[0]} if readers else None


def of_model(studio: Studio, model: str | None) -> Shown:
    """For a tab whose results are drawn from codes."""
    return in_domain.drawn(studio, model or "")


def button(slug: str, label: str, **options: Any) -> gr.Button:
    """From the tab `slug` on the way of this label."""
    target, field = WAYS[label]
    name = f"{slug}-to-{target}{field.removeprefix('photo').replace('_', '-')}"
    return gr.Button(label, size="sm", min_width=90, elem_id=name, **options)


def hint(picture: str) -> gr.Markdown:
    return gr.Markdown(f"Take {picture} further:", render=False, elem_classes="hint")


def buttons(
    shell: Shell,
    slug: str,
    picture: Callable[..., PILImage.Image | None],
    inputs: Sequence[Any],
    turned: Sequence[Any],
    source: Sequence[gr.Component],
    shown: Callable[..., Shown] = of_model,
    hint: gr.Markdown | None = None,
) -> None:
    """A button for every other tab that takes a picture.

    Args:
        picture: of the inputs, the result, signed with its recipe where it has a code.
        turned: the events after which other tabs may be offered.
        source: the tab's model, and what else `shown` takes.
        shown: of the studio and the values of these, what the results are.
        hint: says which picture goes on. The buttons then come with it, once it is known that it
            can.
    """
    studio, ways = shell.studio, {k: v for k, v in WAYS.items() if v[0] != slug}

    def carry(label: str, now: str | None, *given: Any) -> dict[str, Any]:
        target, field = ways[label]
        own, result = given[: len(source)], picture(*given[len(source) :])
        if result is None:
            raise ValueError(NOTHING)
        taken = settings(studio, target, str(own[0]), shown(studio, *own), now, result)
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
        seen = [any(found.values()), *(found[target] for target, _ in ways.values())]
        return [gr.update(visible=visible) for visible in seen]

    with gr.Row(elem_classes="actions onward", visible=hint is None) as row:
        if hint:
            hint.render()
        made = [button(slug, label) for label in ways]

    def wire() -> None:
        for one, (label, (target, _)) in zip(made, ways.items(), strict=True):
            given = [shell.built[target].model, *source, *inputs]
            shell.goto(one.click, target, functools.partial(carry, label), given)
        gr.on(turned, plainly(offer), list(source), [row, *made], **EACH)

    shell.on_ready(wire)
