"""Train: one's own pictures, what they are like, a plan; then the GAN while it learns them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from gan_demo.actions.train import course, doctor, plan, trial
from gan_demo.actions.train.doctor import Health
from gan_demo.actions.train.plan import EFFORTS, RECIPES, SIDES, Plan
from gan_demo.actions.train.workshop import Workshop
from gan_demo.studio import Studio
from gan_demo.ui import health, learning, page, pictures
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LATEST, LONG, PRIVATE, TRIAL
from gan_demo.ui.files import Download
from gan_demo.ui.shell import Shell

TITLE = "Train"
SLUG = "train"
NEEDS = None
TICK = 2.0  # seconds
SAVE = "() => setTimeout(() => document.getElementById('train-film-file').click(), 500)"
WAYS = {"sample": "Open in Generate", "translate": "Open in Translate"}
ABOUT = """
A GAN learns your pictures while you watch, and goes on when you close the page. Trainings that were
started in a terminal show as well.
"""
UNSEEN = ("", True)
NONE = "<section><header><h2>Nothing learns yet</h2></header><ul><li>Give pictures, look at what \
they are like, then start.</li></ul></section>"


Seen = tuple[str, bool]


@dataclass(frozen=True)
class TrainTab:
    """What others may set."""

    run: gr.Dropdown


@dataclass(frozen=True)
class Wish:
    """The settings of the page, in its order."""

    recipe: str
    effort: str
    side: int
    start: bool
    align: bool
    name: str
    sets: tuple[tuple[list[str] | None, str], ...]
    names: tuple[str, ...]


def wish(recipe: str, effort: str, side: str, start: bool, align: bool, name: str, *sets: Any):
    """
    Raises:
        ValueError: a recipe or a side that is not there.
    """
    if recipe not in RECIPES or not str(side).isdecimal():
        raise ValueError("Choose a recipe and a side.")
    two = RECIPES[recipe].two
    sent = tuple((sets[i], str(sets[i + 1] or "")) for i in (0, 2)[: 1 + two])
    names = tuple(str(n).strip() for n in sets[4:6]) if two else ()
    return Wish(recipe, effort, int(side), start, align and not two, name, sent, names)


def look(workshop: Workshop, wish: Wish) -> Iterator[tuple[str, list[str], list[Health]]]:
    """What is done, then the sources and what they are like."""
    sources, found = [], []
    for sent, typed in wish.sets:
        source = workshop.source(sent, typed)
        yield "Looking at the pictures.", [], []
        if wish.align:
            for said in workshop.aligning(source):
                source = said
                yield said, [], []
        sources.append(source)
        for step in doctor.examining(source):
            if isinstance(step, Health):
                found.append(step)
            else:
                yield f"Looking at the pictures: {step:,} so far.", [], []
    yield "", sources, found


def drawn_up(workshop: Workshop, wish: Wish, sources: list[str], found: list[Health]) -> Plan:
    """
    Raises:
        ValueError: settings that do not fit together.
    """
    out = workshop.out
    taken = [*workshop.runs.names(), *(p.name for p in out.iterdir() if out.is_dir())]
    return Plan(
        wish.recipe,
        tuple(sources),
        plan.named(wish.name, taken),
        wish.side,
        start=wish.start,
        pictures=min(one.usable for one in found),
        names=wish.names,
        out=out,
        runs=workshop.runs.folder,
    )


def facts(made: Plan, seconds: plan.Real) -> dict[str, str]:
    """A plan in words."""
    start = f"with the weights of {made.begins}" if made.begins else "from nothing"
    return {
        "Recipe": f"{made.recipe}, {made.side} × {made.side} pixels",
        "Takes": f"{plan.told(seconds)}, by {trial.STEPS} real steps on this machine",
        "Steps": f"{made.steps:,}, a sheet every {made.sheet:,}",
        "Starts": start,
        "Model": made.name,
    }


def build(studio: Studio, shell: Shell) -> TrainTab:
    """The pictures and the plan; beside them the training that is looked at."""
    workshop = shell.workshop
    assert workshop is not None, "the page is not allowed to train"
    runs = workshop.runs
    page.about(ABOUT)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                recipes = list(RECIPES)
                first = RECIPES[recipes[0]].about
                recipe = gr.Dropdown(recipes, value=recipes[0], label="Recipe", info=first)
                a = pictures.given("Pictures", workshop.local, "train-a")
                with gr.Column(visible=False) as second:
                    name_a = gr.Textbox("a", label="Called", max_length=30)
                    b = pictures.given("Pictures of the other side", workshop.local, "train-b")
                    name_b = gr.Textbox("b", label="Called", max_length=30)
            with gr.Group():
                effort = gr.Radio(list(EFFORTS), value="Quick look", label="Effort")
                side = gr.Radio([str(s) for s in SIDES], value="64", label="Side, pixels")
                start = gr.Checkbox(True, label="Start from a shipped model, if one fits")
                align = gr.Checkbox(False, label="Cut out and align the faces first")
                name = gr.Textbox("my-model", label="Name of the model", max_length=40)
            with gr.Row():
                check = gr.Button("Plan", min_width=90, elem_id="train-look")
                go = gr.Button("Start", variant="primary", min_width=90, elem_id="train-start")
        with gr.Column(scale=3, min_width=320):
            report = health.report(elem_id="train-report")
            run = learning.Names([], label="Training", elem_id="train-run", visible=False)
            redraw = shell.place(SLUG, run=run)
            standing = learning.board(learning.STYLE, elem_id="standing")
            with gr.Row(elem_classes="actions"):
                off = {"size": "sm", "visible": False}
                pause = gr.Button("Pause", elem_id="train-pause", **off)
                go_on = gr.Button("Go on", elem_id="train-go-on", **off)
                ways = {s: gr.Button(t, elem_id=f"train-{s}", **off) for s, t in WAYS.items()}
                film = gr.Button("Save the film", elem_id="train-film", **off)
                drop = gr.Button("Delete", elem_id="train-delete", **off)
            with gr.Row(visible=False, elem_classes="actions") as question:
                asked = gr.Markdown(elem_classes="hint")
                sure = gr.Button("Delete it", variant="stop", size="sm", elem_id="train-sure")
                keep = gr.Button("Keep it", size="sm")
            sheets = learning.board(learning.SHEETS, elem_id="train-sheets")
            moment = learning.Moments(
                1, 2, value=2, step=1, label="Sheet", visible=False, elem_id="moment", buttons=[]
            )
            curves = learning.board(learning.CURVES, elem_id="train-curves")
    seen = gr.State(UNSEEN)  # who is shown, and whether the newest sheet is followed
    with gr.Row(elem_classes="unseen"):
        news = gr.Textbox()  # changes when there is a new model
        # Not a State: it must come and go with what is shown, whichever answer is the last.
        stamp = gr.Textbox()
        file = Download("The film", elem_id="train-film-file")
    timer = gr.Timer(TICK)
    settings = [recipe, effort, side, start, align, name, *a, *b, name_a, name_b]
    live = [run, standing, pause, go_on, *ways.values(), film, drop, sheets, moment, curves]
    shown = [*live, seen, news, stamp]

    def describe(chosen: str | None, at: int, before: Seen, drawn: str = ""):
        """All that is seen of a training, if it has changed."""
        names = runs.names()
        chosen = chosen if chosen in names else next(iter(names), None)
        if not chosen:
            nothing: dict[Any, Any] = dict.fromkeys(live, gr.update(visible=False))
            return nothing | {standing: NONE, sheets: "", curves: "", seen: UNSEEN, stamp: ""}
        state = runs[chosen]
        went, found = course.read(state.folder), course.sheets(state.folder)
        count = max(map(len, found.values()), default=0)
        now = (chosen, names, state.state, state.said, went.step, went.saved, count)
        digest = hashlib.sha256(repr(now).encode()).hexdigest()
        if digest == drawn:
            return gr.skip()
        newest = before[1] or before[0] != chosen
        index = count - 1 if newest else at - 1
        if went.saved >= 0:
            studio.include(str(state.out))
        can = {s: went.saved >= 0 and shell.takes(s, chosen) for s in WAYS}
        return {
            run: gr.update(choices=names, value=chosen, visible=len(names) > 1),
            standing: learning.standing(state, went),
            pause: gr.update(visible=state.busy),
            go_on: gr.update(visible=state.can_go_on),
            **{ways[s]: gr.update(visible=shows) for s, shows in can.items()},
            film: gr.update(visible=count > 1),
            drop: gr.update(visible=not state.busy and workshop.local),
            sheets: learning.sheets(found, index),
            moment: gr.update(maximum=max(count, 2), value=max(1, index + 1), visible=count > 1),
            curves: learning.curves(went),
            seen: (chosen, newest),
            stamp: digest,
            news: f"{chosen} {went.saved >= 0} {state.state}",
        }

    def draw(chosen: str | None, at: int, before: Seen):
        return describe(chosen, at, before)

    def tick(opened: str, *now: Any):
        return describe(*now) if opened == SLUG else gr.skip()

    def plan_it(*given: Any):
        """The doctor, then the trial; says what it is doing."""
        asked = wish(*given)
        sources, found = [], []
        for said, sources, found in look(workshop, asked):  # noqa: B007 (the last ones count)
            if said:
                yield gr.update(value=health.note(said), visible=True), None
        parts = "".join(map(health.examined, found, asked.names or ["Your pictures"]))
        tip = health.note("Taking twenty real steps, to know how long it will take.")
        for done in trial.planning(drawn_up(workshop, asked, sources, found), asked.effort):
            said = health.planned(facts(*done), done[0].command) if done else tip
            yield gr.update(value=parts + said, visible=True), done and done[0]

    def show_plan(*given: Any):
        for said, _ in plan_it(*given):
            yield said

    def start_it(*given: Any):
        """The same, and off it goes."""
        if busy := runs.busy():
            raise ValueError(f"{busy} is being trained, and one trains at a time: pause it first.")
        made: Plan | None = None
        for said, plan_made in plan_it(*given):
            made = plan_made
            yield said, gr.skip()
        assert made is not None, "the last thing that it gives"
        runs.start(made.words, made.name)
        yield gr.update(visible=False), gr.update(choices=runs.names(), value=made.name)

    def recipe_told(chosen: str):
        faces = "faces" in chosen
        told = gr.update(info=RECIPES[chosen].about)
        return told, gr.update(visible=RECIPES[chosen].two), gr.update(visible=faces)

    def filmed(chosen: str):
        kind = next(iter(course.sheets(runs[chosen].folder).values()))
        return f"{chosen}.webp", course.film(kind)

    def at_moment(chosen: str, at: int, before: Seen):
        found = course.sheets(runs[chosen].folder)
        newest = at >= max(map(len, found.values()), default=0)
        return learning.sheets(found, at - 1), (before[0], newest)

    def ask(chosen: str):
        told = f"Delete **{chosen}**, its sheets and its model for good?"
        return gr.update(visible=True), told

    def delete(chosen: str):
        if not workshop.local:
            raise ValueError("On a page for others nothing is deleted.")
        runs.delete(chosen)
        studio.refresh()
        return gr.update(visible=False)

    now = [run, moment, seen]
    recipe.change(recipe_told, recipe, [recipe, second, align], **PRIVATE)
    planning: dict[str, Any] = TRIAL | {"show_progress_on": standing}
    check.click(plainly(show_plan), settings, report, **planning)
    started = go.click(plainly(start_it), settings, [report, run], **planning)
    paused = pause.click(plainly(lambda name: runs.pause(name)), run, None, **PRIVATE)
    gone = go_on.click(plainly(lambda name: runs.go_on(name) and None), run, None, **PRIVATE)
    drop.click(ask, run, [question, asked], **PRIVATE)
    keep.click(lambda: gr.update(visible=False), None, question, **PRIVATE)
    deleted = sure.click(plainly(delete), run, question, **PRIVATE)
    for done in (started, paused, gone, deleted):
        done.success(plainly(draw), now, shown, **PRIVATE)
    gr.on([run.input, redraw.change], plainly(draw), now, shown, **LATEST)
    timer.tick(plainly(tick), [shell.opened, *now, stamp], shown, **LATEST)
    moment.input(plainly(at_moment), now, [sheets, seen], **LATEST)
    made = film.click(plainly(filmed), run, file, show_progress_on=sheets, **LONG)
    made.success(None, js=SAVE, **PRIVATE)
    shell.renew(news.change)
    for slug, way in ways.items():
        shell.goto(way.click, slug, lambda name: {"model": name}, [run])
    return TrainTab(run)
