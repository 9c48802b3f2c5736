"""What stands around the tabs: the header, and what to say when there is no checkpoint or a
broken one."""

import html
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api

from gan_demo import faults
from gan_demo.studio import Studio
from gan_demo.systems import System
from gan_demo.ui import judged
from gan_demo.ui.errors import sentence, telling
from gan_demo.ui.lanes import Lanes
from gan_demo.ui.sessions import Components

TITLE = "gan-demo"
SENTENCE = "Networks that draw pictures, read them and translate them."
HEADER = f"""
<header>
<svg viewBox="0 0 48 48" aria-hidden="true"><path d="M19 6.7A18 18 0 0 0 19 41.3"/>
<path d="M29 6.7A18 18 0 0 1 29 41.3"/><circle cx="24" cy="24" r="5"/></svg>
<div><h1>gan-demo</h1><p>{SENTENCE}</p></div>
<button type="button" aria-label="Switch between light and dark"></button>
</header>
"""
SCRIPT = "".join(
    (Path(__file__).parent / f"{name}.js").read_text("utf-8") for name in ("dark", "keys")
)
WELCOME = """
<section class="welcome"><h2>No checkpoint yet</h2>
<p>Train one on a folder of pictures; it appears here when you reload the page.</p>
<pre><code>python -m train ogan_faces data.source=folder:path/to/pictures</code></pre>
<p>Or open one from the Hub:</p>
<pre><code>python app.py --checkpoints hub:owner/name</code></pre></section>
"""
FAULT = "This is a fault of the app, not of what you asked for: its log says more."
UNREAD = "These values cannot be read. Wanted are {}: see the API page."

LETTERS = 2000  # of a text field; a session keeps what it was sent
LIST = 200_000  # of the numbers of a code

LATEX = [{"left": "$", "right": "$", "display": False}]


class Page(gr.Blocks):
    """gr.Blocks with a lane for each kind of event, a bound on what is typed, and a sentence for
    whatever goes wrong."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.default_config = Components(self)

    def queue(self, *args: Any, **options: Any) -> gr.Blocks:
        super().queue(*args, **options)
        self._queue = self.lanes = Lanes(self)
        return self

    def keep(self, part: gr.Component) -> None:
        """Makes this part of the page speak for the files that pages hold."""
        vars(part)["keep_in_cache"] = self.lanes.held

    async def process_api(self, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            return await super().process_api(*args, **options)
        except gr.Error:
            raise
        except Exception as error:
            faults.log("A request ended in an error.", error)
            raise gr.Error(FAULT, print_exception=False) from error

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        own = block_fn.api_visibility == "private"  # of the page itself
        try:
            inputs = whole(inputs)
            if own:
                with telling():
                    inputs = judged.values(block_fn.inputs, inputs, state)
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error as error:
            if not error.print_exception:
                raise
            # Gradio's, which repeats all that was sent
            said = html.escape(sentence(ValueError(error.message)))
            raise gr.Error(said, print_exception=False) from error
        except Exception as error:
            known = filter(None, block_fn.input_parameter_names or ())  # without a label: None
            said = judged.STALE if own else UNREAD.format(", ".join(known))
            raise gr.Error(said, print_exception=False) from error

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        super().validate_inputs(block_fn, inputs)
        for block, value in zip(block_fn.inputs, inputs, strict=False):
            most = LIST if isinstance(value, list) else LETTERS
            if isinstance(block, gr.Textbox | Api) and len(str(value)) > most:
                said = f"At most {most:,} letters can be sent here."
                raise gr.Error(said, print_exception=False)


def whole(value: Any) -> Any:
    """The value without halves of letters: an answer that repeated one could not be sent, and the
    page would wait for it for ever."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return list(map(whole, value))
    return {whole(k): whole(v) for k, v in value.items()} if isinstance(value, dict) else value


def about(sentence: str) -> gr.Markdown:
    """The sentence at the head of a tab, its formulas between dollar signs."""
    return gr.Markdown(sentence, latex_delimiters=LATEX, elem_classes="about")


def header() -> gr.HTML:
    return gr.HTML(HEADER, elem_id="header", apply_default_css=False, js_on_load=SCRIPT)


def notice(studio: Studio) -> gr.HTML:
    """How to train when there is nothing to show; which checkpoints were skipped, and why."""
    items = "".join(
        f"<li><b>{html.escape(name)}</b>: {html.escape(why)}</li>"
        for name, why in studio.problems.items()
    )
    skipped = f"<section class='problems'>Skipped:<ul>{items}</ul></section>" if items else ""
    text = skipped + ("" if studio.names(System) else WELCOME)
    return gr.HTML(text, visible=bool(text), elem_id="notice")
