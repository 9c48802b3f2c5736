"""Models: every checkpoint with its card, sheets, size, data, figures and training curve, and two
of them beside each other."""

import time
from dataclasses import dataclass
from typing import Any

import gradio as gr
import pandas as pd

from gan_demo.actions import compare_models
from gan_demo.actions.models import Catalogue, Damaged, Model, told
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import System
from gan_demo.ui import catalogue, page, portrait, rows
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, LATEST, PRIVATE
from gan_demo.ui.judged import text
from gan_demo.ui.shell import Shell

TITLE = "Models"
SLUG = "models"
NEEDS = None
ABOUT = """
What each model is, what it was trained on and how well it does. Choose one to read about it, or
put two beside each other.
"""
ALONE = "<p class='said'>No other model here does the same: only figures can be compared.</p>"
NOTHING_SHARED = "<p class='none'>They have no figure in common.</p>"


@dataclass(frozen=True)
class ModelsTab:
    """What others may set."""

    model: gr.Dropdown
    compare: gr.Checkbox
    other: gr.Dropdown
    seed: gr.Textbox


def known(models: Catalogue, shell: Shell) -> dict[str, dict[str, Any]]:
    """Every checkpoint for programs, with the links of the tabs that can use it."""
    return {
        row.name: {"problem": row.problem}
        if isinstance(row, Damaged)
        else told(row)
        | {"links": {slug: portrait.link(slug, row.name) for slug in ways(shell, row)}}
        for row in models.rows()
    }


def ways(shell: Shell, model: Model) -> dict[str, str]:
    """slug -> title of the tabs that can use the model."""
    able = (slug for slug in _takers(shell) if shell.takes(slug, model.name))
    return {slug: str(shell.pages[slug].label) for slug in able}


def curve(model: Model, figure: str | None) -> gr.LinePlot:
    """One figure in the course of the training."""
    points = [(step, value) for step, name, value in model.curve if name == figure]
    return gr.LinePlot(pd.DataFrame(points, columns=["step", "value"]), y_title=figure or "")


def figures(a: Model, b: Model) -> str:
    """The figures that both have, and whether they can be compared."""
    shared, apart = compare_models.figures(a, b), ", ".join(compare_models.apart(a, b))
    if not shared:
        return NOTHING_SHARED
    said = f"Measured in different ways, compare with care: {apart}." if apart else ""
    return portrait.part("Figures of both", shared, said)


def _takers(shell: Shell) -> list[str]:
    """The tabs that let a model be chosen."""
    return [slug for slug, built in shell.built.items() if "model" in vars(built)]


def build(studio: Studio, shell: Shell) -> ModelsTab:
    """The list; beside it the chosen model, below that one with another."""
    models = Catalogue(studio)
    page.about(f"{ABOUT}\n{studio.device.why}")
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            listing = catalogue.catalogue(elem_id="catalogue")
            with gr.Row(elem_classes="unseen"):
                model = shell.model(System)
            with gr.Group():
                compare = gr.Checkbox(False, label="Compare with another model")
                with gr.Column(visible=False) as wishes:
                    other = shell.model(System, "The other model")
                    seed = gr.Textbox("0", label="First seed", max_length=30)
            settings: list[gr.Component] = [model, compare, other, seed]
            redraw = shell.place(SLUG, model=model, compare=compare, other=other, seed=seed)
            shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320, visible=False) as detail:
            with gr.Column(visible=False) as both:
                pictures = rows.rows(columns=compare_models.COUNT, elem_id="beside")
                shared = portrait.tables(elem_id="shared")
            about = portrait.portrait(_takers(shell), elem_id="portrait")
            measured = portrait.tables(elem_id="measured")
            course = gr.Accordion("Training curve", open=False, visible=False, elem_id="course")
            with course:
                figure = gr.Dropdown([], show_label=False, elem_id="figure")
                plot = gr.LinePlot(
                    x="step", y="value", height=240, show_label=False, elem_id="curve", buttons=[]
                )
            with gr.Accordion("Model card", open=False, elem_id="card"):
                card = gr.Markdown()

    def listed(name: str | None) -> str:
        return catalogue.showing(models.rows(), name)

    def show(name: str | None):
        """Everything about one model."""
        if not name:
            return {detail: gr.update(visible=False)}
        chosen = models[name]
        names = list(dict.fromkeys(figure for _, figure, _ in chosen.curve))
        first = names[0] if names else None
        return {
            detail: gr.update(visible=True),
            about: portrait.showing(chosen, ways(shell, chosen)),
            course: gr.update(visible=bool(names)),
            figure: gr.update(choices=names, value=first),
            plot: curve(chosen, first),
            measured: portrait.measured(chosen),
            card: chosen.card or "This model has no card.",
        }

    def put(name: str | None, compare: bool, other_name: str | None, seed: str):
        """The other model beside it: the one asked for, if it does the same."""
        shown = bool(compare and name)
        seen: dict[Any, Any] = dict.fromkeys((both, wishes), gr.update(visible=shown))
        if not name or not shown:
            return seen
        partners = compare_models.partners(studio, name)
        known = partners or [n for n in studio.names(System) if n != name]
        choices = compare_models.nearest_first(models[name], (models[n] for n in known))
        if other_name not in choices:
            other_name = next(iter(choices), None)
        seen |= {other: gr.update(choices=choices, value=other_name), pictures: ALONE, shared: ""}
        if other_name in partners:
            drawn = compare_models.rows(studio, name, other_name, recipe.seed(seed))
            seen[pictures] = rows.showing(drawn)
        if other_name:
            seen[shared] = figures(models[name], models[other_name])
        return seen

    def choose(event: gr.EventData) -> tuple[str, int]:
        return text(event, "name"), time.time_ns()

    listing.select(plainly(choose), None, [model, redraw], **PRIVATE)
    gr.on([model.input, redraw.change], plainly(listed), model, listing, **EACH)
    parts = [detail, about, course, figure, plot, measured, card]
    shown = gr.on([model.input, redraw.change], plainly(show), model, parts, **LATEST)
    outputs = [both, wishes, other, pictures, shared]
    shown.success(plainly(put), settings, outputs, **LATEST)
    gr.on([compare.input, other.input, seed.submit], plainly(put), settings, outputs, **LATEST)
    figure.input(
        plainly(lambda name, figure: curve(models[name], figure)), [model, figure], plot, **LATEST
    )
    for slug in _takers(shell):
        clicked = getattr(about, slug)
        shell.goto(clicked, slug, lambda name: {"model": name}, [model])
    return ModelsTab(model, compare, other, seed)
