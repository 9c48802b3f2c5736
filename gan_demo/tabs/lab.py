"""Lab: three games learn side by side, live, to carry a cloud of points onto ten targets."""

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from gan_demo.checkpoint import recipe
from gan_demo.lab import drawing, kept
from gan_demo.lab.experiment import Experiment
from gan_demo.lab.mixtures import MOST
from gan_demo.studio import Studio
from gan_demo.ui import games, history, page
from gan_demo.ui import seed as seeds
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LAB, PRIVATE
from gan_demo.ui.shell import Shell

TITLE = "Lab"
SLUG = "lab"
NEEDS = None  # no checkpoint: everything is learnt while one looks
ITERATIONS, LONGEST = 10_000, 40_000
PACE = 0.3  # seconds between two frames
PATIENCE = 300  # seconds that a run may take at most
ABOUT = r"""
Why a third loss? Three games learn to carry the points of $A$ onto ten targets. They start from
the same weights and see the same points: only the loss differs.
"""

Run = tuple[int, int, int]  # seed, modes of the source, iterations


@dataclass(frozen=True)
class LabTab:
    """What others may set."""

    seed: gr.Textbox
    modes: gr.Slider
    iterations: gr.Slider


def run(seed: object, modes: float | int, iterations: float | int) -> Run:
    """The settings, from anyone.

    Raises:
        ValueError: a seed that cannot be used.
    """
    most = max(1, min(int(iterations), LONGEST))
    return recipe.seed(seed), max(2, min(int(modes), MOST)), most


def frame(experiment: Experiment, iterations: int, seconds: float) -> games.Frame:
    """How the games stand, as pictures and figures."""
    opinions = experiment.opinions(drawing.lattice())
    standings = experiment.standings()
    panels = [
        drawing.panel(game[0].points, game[0].modes, experiment.b, opinion[0])
        for game, opinion in zip(standings, opinions, strict=True)
    ]
    scores = [game[0].score for game in standings]
    source = drawing.source(experiment.points[0], experiment.modes[0])
    return games.Frame(panels, scores, source, experiment.games.iteration, iterations, seconds)


def play(settings: Run) -> Iterator[games.Frame]:
    """Frames while the games learn: whoever stops asking stops the learning."""
    seed, modes, iterations = settings
    experiment, started = Experiment([seed], modes), time.monotonic()
    seconds = 0.0
    while experiment.games.iteration < iterations and seconds < PATIENCE:
        yield frame(experiment, iterations, seconds)
        until = time.monotonic() + PACE
        experiment.games.step()
        while time.monotonic() < until and experiment.games.iteration < iterations:
            experiment.games.step()
        seconds = time.monotonic() - started
    yield frame(experiment, iterations, seconds)


@functools.cache
def shipped() -> tuple[Run, str]:
    """The run that comes with the package, as it ended."""
    experiment = kept.kept()
    iterations = experiment.games.iteration
    asked = experiment.games.seeds[0], len(experiment.a.means), iterations
    return asked, games.render(frame(experiment, iterations, 0.0))


@functools.lru_cache(maxsize=32)
def opening(seed: int, modes: int) -> str:
    """The games before the first step."""
    return games.render(frame(Experiment([seed], modes), 0, 0.0))


def build(studio: Studio, shell: Shell) -> LabTab:
    """The settings and the source; beside them the three games."""
    page.about(ABOUT)
    with gr.Row():
        with gr.Column(scale=1, min_width=260, elem_classes="controls"):
            with gr.Group():
                seed, dice = seeds.row("Seed", value="1", elem_id="lab-roll")
                modes = gr.Slider(2, MOST, value=MOST, step=1, label="Modes of A")
                iterations = gr.Slider(
                    1000, LONGEST, value=ITERATIONS, step=1000, label="Iterations"
                )
            with gr.Row():
                start = gr.Button("Start", variant="primary", min_width=100, elem_id="lab-start")
                stop = gr.Button("Stop", interactive=False, min_width=100, elem_id="lab-stop")
            settings: list[gr.Component] = [seed, modes, iterations]
            redraw = shell.place(SLUG, seed=seed, modes=modes, iterations=iterations)
            shell.link_button(SLUG)
        with gr.Column(scale=3, min_width=320):
            bench = games.bench(elem_id="games")
    last = gr.State(None)  # the final picture of a run
    finished: dict[Run, str] = {}

    def buttons(running: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        return gr.update(interactive=not running), gr.update(interactive=running)

    def show(*values: Any):
        """How a run of these settings has ended, or before the start."""
        asked = run(*values)
        finished.setdefault(*shipped())
        return finished.get(asked) or opening(*asked[:2])

    def begin(*values: Any):
        run(*values)
        return buttons(True)

    def learn(*values: Any):
        asked, shown, picture = run(*values), "", None
        for frame in play(asked):
            shown, picture = games.render(frame), frame.panels[-1]
            yield shown, None
        finished[asked] = shown
        while len(finished) > history.KEPT:
            del finished[next(iter(finished))]
        yield shown, picture

    def thumb(picture: np.ndarray, *values: Any) -> history.Thumb:
        seed, modes, _ = run(*values)
        return picture, f"seed {seed}" if modes == MOST else f"seed {seed}, {modes} modes"

    # Apart from the frames: one that was on its way when the run was stopped must not undo it.
    begun = start.click(plainly(begin), settings, [start, stop], **PRIVATE)
    learning = begun.success(plainly(learn), settings, [bench, last], show_progress_on=bench, **LAB)
    anew = gr.on(
        [redraw.change, seed.submit, modes.release],
        plainly(show),
        settings,
        bench,
        cancels=[learning],
        **PRIVATE,
    )
    stop.click(None, cancels=[learning], **PRIVATE)
    for end in (learning, anew):
        end.then(lambda: buttons(False), None, [start, stop], **PRIVATE)
    dice.click(seeds.roll, None, [seed, redraw], **PRIVATE)
    shell.remember(SLUG, learning, thumb, [last, *settings])
    return LabTab(seed, modes, iterations)
