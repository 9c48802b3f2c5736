"""Seen lately: the history on the page. It lives in the visit, and in this browser for the next
one: thumbnails and settings, no photo."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import gradio as gr

from gan_demo.ui import history
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import PRIVATE

NAME = "gan-demo-history"
SHOW = """
() => setTimeout(() => {  // the tab opens first
  const result = [...document.querySelectorAll('.result')].find(one => one.offsetParent);
  const seen = result ?? document.querySelector('#tabs');
  seen.scrollIntoView({block: result ? 'center' : 'start', behavior: 'smooth'});
}, 300)
"""


class Lately:
    """The strip, the entries of this visit, and what the browser keeps of them."""

    def __init__(self):
        self.entries = gr.State([])
        # Hides nothing, but with a secret of its own a server that starts again could not read it.
        self.kept = gr.BrowserState([], storage_key=NAME, secret=NAME)
        self.strip = history.strip()

    @property
    def parts(self) -> list[Any]:
        """What `values` are for."""
        return [self.entries, self.strip, self.kept]

    def values(self, entries: list[history.Entry]) -> list[Any]:
        return [entries, history.render(entries), history.packed(entries)]

    def recalled(self, kept: Any, settings: Mapping[str, Collection[str]]) -> dict[Any, Any]:
        """For the parts, when a page opens.

        Args:
            kept: what the browser says that it kept.
            settings: of each tab, by their names.
        """
        entries = history.unpacked(kept, settings)
        return dict(zip(self.parts, self.values(entries), strict=True)) if entries else {}

    def keep(
        self,
        event: Any,
        slug: str,
        fields: Mapping[str, gr.Component],
        codes: Mapping[str, gr.Component],
        shown: Callable[..., history.Thumb | None],
        inputs: Sequence[gr.Component],
    ) -> None:
        """See `Shell.remember`.

        Args:
            codes: what stands for the photos among the fields in the browser.
        """

        def keep(entries: list[history.Entry], *values: Any):
            n, m = len(fields), len(fields) + len(codes)
            held = (v for part, v in zip(inputs, values[m:], strict=True) if part.stateful)
            nothing = any(v is None or (isinstance(v, list) and not v) for v in held)
            thumb = None if nothing else shown(*values[m:])
            if thumb is None:
                return [gr.skip()] * len(self.parts)
            settings = dict(zip(fields, values[:n], strict=True))
            written = {name: text for name, text in zip(codes, values[n:m], strict=True) if text}
            return self.values(history.add(entries, slug, settings, *thumb, written))

        event.success(
            plainly(keep),
            [self.entries, *fields.values(), *codes.values(), *inputs],
            self.parts,
            trigger_mode="multiple",  # none is dropped while an earlier one waits,
            concurrency_limit=1,  # and none reads the history while another
            concurrency_id="history",  # is about to write it
            **PRIVATE,
        )

    def wire(self, restore: Callable[..., dict[Any, Any]], outputs: Sequence[Any]) -> None:
        """
        Args:
            restore: gives the outputs their values for the entries and a click.
        """
        self.strip.render()
        restored = self.strip.select(restore, self.entries, outputs, **PRIVATE)
        restored.success(None, js=SHOW, **PRIVATE)
        self.strip.clear(lambda: self.values([]), None, self.parts, **PRIVATE)
