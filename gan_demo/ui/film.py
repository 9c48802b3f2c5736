"""A film on its way: a bar while its frames are drawn, and a button that stops it."""

from collections.abc import Callable, Generator, Sequence
from typing import Any

import gradio as gr
from gradio.components import Component

from gan_demo.ui.errors import plainly
from gan_demo.ui.events import LONG, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.round_trip import bar

STOPPED = "The animation was stopped."
GONE = gr.update(value=None, interactive=False)  # the file of a film
STILL = gr.update(interactive=True), gr.update(visible=False)  # to begin and to stop: none is drawn

Work = Generator[float, None, bytes]  # yields the share of the frames that is drawn


class Film:
    """The controls of one film, wired.

    Args:
        begin, stop: their buttons; `stop` is seen while a film is drawn.
        screen: shows the bar, then what `shown` says.
        take: gets the file.
        work: inputs -> the film on its way.
        shown: the finished film, inputs -> the values of `screen` and `take`.
    """

    def __init__(
        self,
        begin: gr.Button,
        stop: gr.Button,
        screen: gr.HTML,
        take: Download,
        work: Callable[..., Work],
        shown: Callable[..., tuple[Any, Any]],
        inputs: Sequence[Component],
    ):
        buttons = [begin, stop]
        self.parts = [screen, take, *buttons]

        def start():
            """Apart from the frames, as one may be on its way when the work is stopped."""
            return gr.update(interactive=False), gr.update(visible=True)

        def roll(*given: Any):
            film, percent = work(*given), -1
            while True:
                try:
                    share = next(film)
                except StopIteration as end:
                    data = end.value
                    break
                if percent != (percent := 5 * round(20 * share)):  # the page need not see each one
                    yield bar(percent, "The frames are being drawn."), gr.skip()
            yield shown(data, *given)

        def idle(said: str):
            """It is done, or was stopped in the middle, where the last word is the bar's."""
            return STOPPED if "progressbar" in said else gr.skip(), *STILL

        started = begin.click(start, None, buttons, **PRIVATE)
        self.done = started.success(
            plainly(roll), inputs, [screen, take], show_progress_on=screen, **LONG
        )
        self.rolling: list[Any] = [started, self.done]
        stop.click(None, cancels=self.rolling, **PRIVATE)
        # it can be begun again now, not before
        self.done.then(idle, screen, [screen, *buttons], **PRIVATE)

    def ends(self, events: Sequence[Any]) -> None:
        """With these events it is a film of something else: it ends, and is seen no more."""
        gr.on(events, lambda: ("", GONE, *STILL), None, self.parts, cancels=self.rolling, **PRIVATE)
