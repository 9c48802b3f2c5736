"""Train: one's own pictures, what they are like, a plan; then the GAN while it learns them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from gan_demo.actions.models import Catalogue
from gan_demo.actions.train import course, plan, trial
from gan_demo.actions.train.plan import EFFORTS, RECIPES, SIDES, Plan
from gan_demo.actions.train.wish import Looked, drawn_up, look, wish
from gan_demo.studio import Studio
from gan_demo.ui import health, learning, page, pictures, publishing
from gan_demo.ui.endings import NONE, endings
from gan_demo.ui.errors import plainly, sentence
from gan_demo.ui.events import LATEST, PRIVATE, TRIAL
from gan_demo.ui.files import Download, save
from gan_demo.ui.film import Film, Work
from gan_demo.ui.shell import Shell

TITLE = "Train"
SLUG = "train"
NEEDS = None
TICK = 2.0  # seconds
WAYS = {"sample": "Open in Generate", "translate": "Open in Translate"}
ABOUT = "A GAN learns your pictures while you watch"
OWN = f"{ABOUT}, and goes on when you close the page. Trainings that were started in a terminal \
show as well."
CHANGED = "It goes on from the last save. With other settings, add --change."
UNSEEN = ("", True)
WORD = """() => {  // that this browser is known by, see actions/train/visitors
  const kept = localStorage.getItem('gan-demo-visitor');
  const made = kept ?? [...crypto.getRandomValues(new Uint8Array(16))]
    .map(n => n.toString(16).padStart(2, '0')).join('');
  localStorage.setItem('gan-demo-visitor', made);
  return made;
}"""
NOTHING = "nothing"  # in place of a digest


Seen = tuple[str, bool]


@dataclass(frozen=True)
class TrainTab:
    """What others may set."""

    run: gr.Dropdown


def facts(made: Plan, seconds: plan.Real) -> dict[str, str]:
    """A plan in words."""
    start = f"with the weights of {made.begins}" if made.begins else "from nothing"
    if not made.begins and made.start and (sides := made.startable):
        start += f"; a shipped model fits at a side of {' or '.join(map(str, sides))} pixels"
    return {
        "Recipe": f"{made.recipe}, {made.side} × {made.side} pixels",
        "Takes": f"{plan.told(seconds)}, by {trial.STEPS} real steps on this machine",
        "Steps": f"{made.steps:,}, a sheet every {made.sheet:,}",
        "Starts": start,
        "Model": made.name,
    }


def build(studio: Studio, shell: Shell) -> TrainTab:
    """The pictures and the plan; beside them the training that is looked at."""
    workshop, shelf = shell.workshop, Catalogue(studio)
    assert workshop is not None, "the page is not allowed to train"
    page.about(OWN if workshop.local else f"{ABOUT}. {workshop.limits}")
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
                effort = gr.Radio(
                    workshop.efforts,
                    value=workshop.efforts[0],
                    label="Time",
                    info=f"A quick look takes {plan.told(EFFORTS['Quick look'])}.",
                )
                side = gr.Radio([str(s) for s in SIDES], value="64", label="Side, pixels")
                start = gr.Checkbox(True, label="Start from a shipped model, if one fits")
                align = gr.Checkbox(False, label="Cut out and align the faces first")
                name = gr.Textbox("my-model", label="Name of the model", max_length=40)
            with gr.Row():
                check = gr.Button("Plan", min_width=90, elem_id="train-look")
                go = gr.Button("Start", variant="primary", min_width=90, elem_id="train-start")
        with gr.Column(scale=3, min_width=320):
            report = health.report(elem_id="train-report")
            planned = health.command(elem_id="train-command")
            with gr.Row(visible=False, elem_classes="actions") as offer:
                words = "Align the faces, then plan again"
                to_align = gr.Button(words, size="sm", elem_id="train-align")
            run = learning.Names([], label="Training", elem_id="train-run", visible=False)
            redraw = shell.place(SLUG, run=run)
            standing = learning.board(learning.STYLE, elem_id="standing")
            with gr.Row(elem_classes="actions"):
                off = {"size": "sm", "visible": False}
                pause = gr.Button("Pause", elem_id="train-pause", **off)
                go_on = gr.Button("Go on", elem_id="train-go-on", **off)
                ways = {s: gr.Button(t, elem_id=f"train-{s}", **off) for s, t in WAYS.items()}
                film = gr.Button("Save the film", elem_id="train-film", **off)
                stop = gr.Button("Stop", elem_id="train-film-stop", **off)
                to_hub = gr.Button("Publish", elem_id="train-publish", **off)
                drop = gr.Button("Delete", elem_id="train-delete", **off)
            with gr.Row(visible=False, elem_classes="actions") as question:
                asked = gr.Markdown(elem_classes="hint")
                sure = gr.Button("Delete it", variant="stop", size="sm", elem_id="train-sure")
                keep = gr.Button("Keep it", size="sm")
            publishing.panel(to_hub, run, lambda name: published(name))
            screen = gr.HTML(elem_id="train-film-screen", js_on_load=None)
            sheets = learning.board(learning.SHEETS, elem_id="train-sheets")
            moment = learning.Moments(
                1, 2, value=2, step=1, label="Sheet", visible=False, elem_id="moment", buttons=[]
            )
            curves = learning.board(learning.CURVES, elem_id="train-curves")
            same = health.command(CHANGED, elem_id="train-same")
    seen = gr.State(UNSEEN)  # who is shown, and whether the newest sheet is followed
    with gr.Row(elem_classes="unseen"):
        word = gr.Textbox(elem_id="train-word")
        news = gr.Textbox()  # changes when there is a new model
        # Not a State: it must come and go with what is shown, whichever answer is the last.
        stamp = gr.Textbox()
        file = Download("The film", elem_id="train-film-file")
    timer = gr.Timer(TICK)
    settings = [word, recipe, effort, side, start, align, name, *a, *b, name_a, name_b]
    live = [run, standing, pause, go_on, *ways.values(), film, to_hub, drop]
    live += [sheets, moment, curves, same]
    shown = [*live, seen, news, stamp]

    def describe(word: str, chosen: str | None, at: int, before: Seen, drawn: str = ""):
        """All that is seen of a training, if it has changed."""
        names = workshop.names(word)
        chosen = chosen if chosen in names else next(iter(names), None)
        if not chosen:
            if drawn == NOTHING:
                return gr.skip()
            nothing: dict[Any, Any] = dict.fromkeys(live, gr.update(visible=False))
            nothing |= {standing: NONE, sheets: endings(shelf), curves: ""}
            return nothing | {seen: UNSEEN, stamp: NOTHING}
        state = workshop.run(chosen, word)
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
            pause: gr.update(visible=state.busy or state.state == "waiting"),
            go_on: gr.update(visible=state.can_go_on),
            **{ways[s]: gr.update(visible=shows) for s, shows in can.items()},
            film: gr.update(visible=count > 1),
            to_hub: gr.update(visible=went.saved >= 0 and not state.busy and workshop.local),
            drop: gr.update(visible=not state.busy),
            sheets: learning.sheets(found, index),
            moment: gr.update(maximum=max(count, 2), value=max(1, index + 1), visible=count > 1),
            curves: learning.curves(went),
            same: health.commanded(state.command if workshop.local else ""),
            seen: (chosen, newest),
            stamp: digest,
            news: f"{chosen} {went.saved >= 0} {state.state}",
        }

    def draw(word: str, chosen: str | None, at: int, before: Seen):
        return describe(word, chosen, at, before)

    def tick(opened: str, word: str, *now: Any):
        workshop.greet(word)
        return describe(word, *now) if opened == SLUG else gr.skip()

    def plan_it(*given: Any):
        """The doctor, then the trial; says what it is doing, and what hindered it."""
        asked, looked, note = wish(*given), Looked([], [], []), health.note
        try:
            for step in look(workshop, asked):
                if isinstance(step, str):
                    yield said(note(step)), None
                else:
                    looked = step
            parts = "".join(map(health.examined, looked.found, asked.names or ["Your pictures"]))
            better = not asked.align and any(one.to_align for one in looked.found)
            tip = parts + note("Taking twenty real steps, to know how long it will take.")
            made, cache = drawn_up(workshop, asked, looked), workshop.cache(asked.word)
            for done in trial.planning(made, asked.effort, cache):
                if not done:
                    yield said(tip) | {offer: gr.update(visible=better)}, None
                    continue
                commands = [*looked.commands, done[0].command] if workshop.local else []
                told = said(parts + health.planned(facts(*done)), "\n".join(commands))
                yield told | {offer: gr.update(visible=better)}, done[0]
        except (ValueError, OSError) as error:
            yield said(health.refused(sentence(error))), None
            raise

    def said(html: str, command: str = ""):
        """By the report."""
        return {
            report: gr.update(value=html, visible=True),
            planned: health.commanded(command),
            offer: hidden,
        }

    def show_plan(*given: Any):
        for told, _ in plan_it(*given):
            yield told

    def start_it(*given: Any):
        """The same, and off it goes."""
        workshop.admit(given[0])
        made: Plan | None = None
        for told, plan_made in plan_it(*given):
            made = plan_made
            yield told
        assert made is not None, "the last thing that it gives"
        workshop.start(made, given[0])
        names = gr.update(choices=workshop.names(given[0]), value=made.name)
        yield {report: hidden, offer: hidden, planned: hidden, run: names}

    def pause_it(chosen: str, word: str):
        workshop.pause(chosen, word)
        gr.Info("It is saved after this step, and pauses.")

    def recipe_told(chosen: str | None):
        if chosen is None:
            return gr.skip(), gr.skip()
        told = gr.update(info=RECIPES[chosen].about)
        return told, gr.update(visible=RECIPES[chosen].two)

    def roll(word: str, chosen: str) -> Work:
        kinds = course.sheets(workshop.run(chosen, word).folder)
        return course.film(next(iter(kinds.values()), []))

    def rolled(data: bytes, word: str, chosen: str):
        return "", gr.update(value=(f"{chosen}.webp", data), interactive=True)

    def at_moment(word: str, chosen: str, at: int, before: Seen):
        found = course.sheets(workshop.run(chosen, word).folder)
        newest = at >= max(map(len, found.values()), default=0)
        return learning.sheets(found, at - 1), (before[0], newest)

    def published(chosen: str) -> Path:
        """The folder of its checkpoint, for those who may send it anywhere."""
        if not workshop.local:
            raise ValueError("Only a page on your own machine publishes, with your own token.")
        state = workshop.run(chosen, "")
        if state.busy:
            raise ValueError(f"{chosen} is being trained: pause it first.")
        return state.out / chosen

    def ask(chosen: str):
        told = f"Delete **{chosen}**, its sheets and its model for good?"
        return gr.update(visible=True), told

    def delete(chosen: str, word: str):
        workshop.delete(chosen, word)
        studio.refresh()
        return hidden

    hidden, now, one = gr.update(visible=False), [word, run, moment, seen], [run, word]
    gr.on(fn=None, inputs=None, outputs=word, js=WORD, **PRIVATE)  # when the page opens
    recipe.change(recipe_told, recipe, [recipe, second], **PRIVATE)
    planning: dict[str, Any] = TRIAL | {"show_progress_on": standing}
    told = [report, offer, planned]
    check.click(plainly(show_plan), settings, told, **planning)
    better = to_align.click(lambda: (True, hidden), None, [align, offer], **PRIVATE)
    better.then(plainly(show_plan), settings, told, **planning)
    started = go.click(plainly(start_it), settings, [*told, run], **planning)
    paused = pause.click(plainly(pause_it), one, None, **PRIVATE)
    gone = go_on.click(plainly(workshop.go_on), one, None, **PRIVATE)
    drop.click(ask, run, [question, asked], **PRIVATE)
    gr.on([keep.click, run.change], lambda: hidden, None, question, **PRIVATE)
    deleted = sure.click(plainly(delete), one, question, **PRIVATE)
    for done in (started, paused, gone, deleted):
        done.success(plainly(draw), now, shown, **PRIVATE)
    gr.on([run.input, redraw.change], plainly(draw), now, shown, **LATEST)
    timer.tick(plainly(tick), [shell.opened, *now, stamp], shown, **LATEST)
    moment.input(plainly(at_moment), now, [sheets, seen], **LATEST)
    filmed = Film(film, stop, screen, file, roll, rolled, [word, run])
    filmed.done.success(None, js=save("train-film-file"), **PRIVATE)
    filmed.ends([run.change])
    shell.renew(news.change)
    for slug, way in ways.items():
        shell.goto(way.click, slug, lambda name: {"model": name}, [run])
    return TrainTab(run)
