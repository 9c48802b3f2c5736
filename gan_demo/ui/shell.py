"""What the tabs share: the models on offer, links, the history, and the way between tabs.

A tab names its settings once, and is told when somebody else has set them:

    redraw = shell.place(SLUG, model=model, seed=seed, count=count)
    drawn = gr.on([draw.click, redraw.change], show, [model, seed, count], [picture])
    shell.remember(SLUG, drawn, lambda picture: (picture, "seed 7"), [picture])
    shell.link_button(SLUG)

From then on a link (`?tab=sample&seed=7`), the history and other tabs can set them by those
names; `redraw.change` follows each time, also once when the tab is first opened. A photo that
`my_photo.takes` declares goes along to every other tab that has one.
"""

import functools
import html
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from gan_demo.actions.first_look import first_look
from gan_demo.actions.reconstruct import carried
from gan_demo.actions.train.workshop import Workshop
from gan_demo.studio import Studio
from gan_demo.systems import System
from gan_demo.ui import hero, history, links, page
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, PRIVATE
from gan_demo.ui.judged import text
from gan_demo.ui.lately import Lately
from gan_demo.ui.my_photo import Mine, MyPhoto
from gan_demo.ui.photo import Photo


@dataclass(frozen=True)
class Place:
    """A tab as seen from outside: its settings by name, and the text that makes it redraw."""

    fields: dict[str, gr.Component]
    redraw: gr.Textbox


class Shell:
    """Made first; every tab's `build` gets it; `finish` wires what needs all tabs.

    Args:
        studio: the loaded checkpoints.
        workshop: where the page may train, None where it may not.
    """

    def __init__(self, studio: Studio, workshop: Workshop | None = None):
        self.studio, self.workshop = studio, workshop
        self.tabs = gr.Tabs(render=False, overflow_behavior="wrap", elem_id="tabs")
        self.pages: dict[str, gr.Tab] = {}
        self.needs: dict[str, type[System] | None] = {}
        self.built: dict[str, Any] = {}
        self.places: dict[str, Place] = {}
        self.models: dict[gr.Dropdown, type[System]] = {}
        self.codes: dict[str, dict[str, gr.Component]] = {}
        self.lately = Lately()
        # Not to be seen. First on the page, as Gradio looks for a component from the top of it,
        # each time that anything about it changes.
        self.backstage = gr.Column(elem_classes="unseen", render=False)
        # The tab that is seen. A text, as the page itself says which one it opens with.
        self.opened = gr.Textbox("", visible="hidden", render=False)
        self.my_photo = MyPhoto()
        self.later: list[Callable[[], None]] = []

    def add(self, tab: ModuleType) -> None:
        """Builds a tab; it is offered while some checkpoint has the ability it needs, or always if
        it needs none."""
        self.needs[tab.SLUG] = tab.NEEDS
        visible = self._offers(tab.SLUG)
        with gr.Tab(tab.TITLE, id=tab.SLUG, visible=visible) as self.pages[tab.SLUG]:
            self.built[tab.SLUG] = tab.build(self.studio, self)

    def takes(self, slug: str, model: str) -> bool:
        """Whether the tab can use the model."""
        need = self.needs.get(slug)
        return need is not None and model in self.studio.names(need)

    def model(self, can: type[System], label: str = "Model") -> gr.Dropdown:
        """A list of the checkpoints that can do it, renewed on every page load."""
        names = self.studio.names(can)
        first = names[0] if names else None
        dropdown = gr.Dropdown(names, value=first, label=label, info=self.studio.about(first))
        dropdown.change(self._told, dropdown, dropdown, **EACH)
        self.models[dropdown] = can
        return dropdown

    def _told(self, name: str | None) -> dict[str, Any]:
        return gr.update(info=self.studio.about(name))

    def place(self, slug: str, **fields: gr.Component) -> gr.Textbox:
        """Declares a tab's settings by name; the text changes when the tab should redraw."""
        # Not a State: the browser takes any answer for the first change of one.
        redraw = gr.Textbox("", visible="hidden", render=False)
        self.places[slug] = Place(fields, redraw)
        return redraw

    def renew(self, event: Any) -> None:
        """On `event`, every list of models and every tab is as the checkpoints are now."""

        def lists() -> dict[Any, Any]:
            self.studio.refresh()
            tabs = {tab: gr.Tab(visible=self._offers(slug)) for slug, tab in self.pages.items()}
            names = {field: self.studio.names(can) for field, can in self.models.items()}
            return tabs | {field: gr.update(choices=known) for field, known in names.items()}

        def wire() -> None:
            event(lists, None, [*self.pages.values(), *self.models], **PRIVATE)

        self.on_ready(wire)

    def on_ready(self, fn: Callable[[], None]) -> None:
        """Calls fn once all tabs exist."""
        self.later.append(fn)

    def goto(
        self, event: Any, slug: str, values: Callable[..., dict[str, Any]], inputs: Sequence[Any]
    ) -> None:
        """On `event` (`button.click`), opens tab `slug` with values(*inputs), by the names of
        what its `build` returned."""

        def wire() -> None:
            if slug not in self.built:
                return
            targets = vars(self.built[slug])
            taken = self.my_photo.taken(slug)

            def go(mine: Mine | None, *given: Any) -> dict[Any, Any]:
                held = dict.fromkeys(taken, mine.key if mine else "")  # it brings its own picture
                return held | self._opened(slug, {targets[k]: v for k, v in values(*given).items()})

            outputs = [self.tabs, *targets.values(), self.places[slug].redraw, *taken]
            event(plainly(go), [self.my_photo.mine, *inputs], outputs, **PRIVATE)

        self.on_ready(wire)

    def remember(
        self,
        slug: str,
        event: Any,
        shown: Callable[..., history.Thumb | None],
        inputs: Sequence[gr.Component],
    ) -> None:
        """After `event` succeeds, keeps shown(*inputs) -> (picture, caption) in the history
        together with the tab's settings; None keeps nothing."""
        fields, codes = self.places[slug].fields, self.codes.get(slug, {})
        self.lately.keep(event, slug, fields, codes, shown, inputs)

    def link_button(self, slug: str, **codes: gr.Component) -> gr.Button:
        """Copies a link that opens the tab with its present settings.

        Args:
            codes: for a photo among them, by its name, the text of its code.
        """
        self.codes[slug] = codes
        return links.button(slug, self.places[slug].fields, codes)

    def finish(self, demo: gr.Blocks, notice: gr.HTML, head: gr.HTML) -> None:
        """Wires what needs all tabs: page load, links, history."""
        self.notice, self.look = notice, first_look(self.studio)
        self.tabs.selected = self._first()
        self.goto(head.photo, "reconstruct", dict, [])
        self.goto(head.train, "train", dict, [])
        demo.load(self._greet, None, head, **PRIVATE)
        with self.backstage:
            self.opened.render()
            watcher = links.watch(self.places)
            for place in self.places.values():
                place.redraw.render()
        for fn in self.later:
            fn()
        fields = [field for place in self.places.values() for field in place.fields.values()]
        redraws = [place.redraw for place in self.places.values()]

        def restore(entries: list[history.Entry], event: gr.EventData) -> dict[Any, Any]:
            entry = history.pick(entries, event)
            if entry is None:
                return gr.skip()
            known, settings = self.places[entry.slug].fields, entry.restored()
            for name, value in settings.items():
                if isinstance(known[name], Photo) and isinstance(value, str):  # from the browser
                    settings[name] = carried(self.studio, settings.get("model"), value)
            return self._opened(entry.slug, {known[k]: v for k, v in settings.items()})

        def follow(event: gr.EventData) -> dict[Any, Any]:
            query = dict(parse_qsl(text(event, "query").removeprefix("?")))
            slug, (values, _) = query.get("tab", self._first()), self._asked(query)
            if slug not in self.places or not self._offers(slug):
                return gr.skip()
            given = {k: v for k, v in values.items() if not isinstance(k, Photo)}  # it is there
            return self._opened(slug, given)

        outputs = [self.tabs, *fields, *redraws]  # redraws last: they need the settings in place
        self.lately.wire(plainly(restore), outputs)
        watcher.follow(plainly(follow), None, outputs, **PRIVATE)
        set_up = [notice, self.tabs, *self.pages.values(), *self.models, *fields]
        parts = dict.fromkeys([*set_up, *self.lately.parts])
        loaded = demo.load(self._load, self.lately.kept, list(parts), **PRIVATE)
        ready = loaded.success(None, None, self.opened, js=links.OPENED, **PRIVATE)
        # One answer later, because a tab that was hidden has not taken its settings in before.
        ready.success(self._redraw, self.opened, redraws, **PRIVATE)
        for slug, place in self.places.items():  # the others when they are first opened
            mine = self.my_photo
            into = [self.opened, place.redraw, *mine.taken(slug), *mine.inputs(slug)]
            seen = [mine.mine, self.opened, place.redraw, *mine.taken(slug)]
            codes, opened = self.codes.get(slug, {}), self.pages[slug].select
            links.keep(slug, place.fields, codes, opened, watcher)
            self.pages[slug].select(functools.partial(self._enter, slug), seen, into, **PRIVATE)
        self.my_photo.wire({slug: place.redraw for slug, place in self.places.items()})

    def _opened(self, slug: str, values: dict[gr.Component, Any]) -> dict[Any, Any]:
        updates = {field: gr.update(value=value) for field, value in values.items()}
        for field, can in self.models.items():  # a model may be younger than its list
            if field in updates:
                updates[field] |= {"choices": self.studio.names(can)}
        redraw = self.places[slug].redraw
        return {self.tabs: gr.Tabs(selected=slug), redraw: time.time_ns(), **updates}

    def _load(self, kept: Any, request: gr.Request) -> dict[Any, Any]:
        """A page opens: look for checkpoints, then follow its link."""
        self.studio.refresh()
        updates: dict[Any, Any] = {self.notice: page.notice(self.studio)}
        updates |= {tab: gr.Tab(visible=self._offers(slug)) for slug, tab in self.pages.items()}
        query = dict(request.query_params)
        values, complaints = self._asked(query)
        if complaints:
            gr.Warning(html.escape("The link was not understood. " + " ".join(complaints)))
        for dropdown, can in self.models.items():
            names = self.studio.names(can)
            value = values.pop(dropdown, names[0] if names else None)
            told = self.studio.about(value if isinstance(value, str) else None)
            updates[dropdown] = gr.Dropdown(names, value=value, info=told)
        updates |= {field: gr.update(value=value) for field, value in values.items()}
        opened = query["tab"] if query.get("tab") in self.pages else self._first()
        if opened != self.tabs.selected:  # else a tab that was opened meanwhile is left alone
            updates[self.tabs] = gr.Tabs(selected=opened)
        known = {slug: place.fields for slug, place in self.places.items()}
        recalled = self.lately.recalled(kept, known)
        return updates | recalled

    def _greet(self, request: gr.Request) -> dict[str, Any]:
        """What this is; a link wants its tab, and not to be told."""
        if dict(request.query_params):
            return hero.showing(None)
        look = first_look(self.studio)
        if look is self.look:  # the page came with it
            return gr.skip()
        return hero.showing(look, train="train" in self.built)

    def _redraw(self, opened: str) -> dict[Any, Any]:
        """The tab that the page opens with draws its first picture."""
        if opened not in self.places or not self._offers(opened):
            return gr.skip()
        return {self.places[opened].redraw: time.time_ns()}

    def _enter(
        self, slug: str, mine: Mine | None, opened: str, drawn: str, *taken: str
    ) -> list[Any]:
        """A tab that has drawn nothing yet is drawn, and one that can use a new photo gets it. The
        tab that the page opens with is drawn by `_redraw`, and not twice: until the page is ready,
        `opened` stays empty, although the first tab is entered on the way to that of a link."""
        brought = self.my_photo.brought(slug, mine, *taken)
        if brought:
            return [slug, str(time.time_ns()), *brought]
        # Not `drawn`: what `_redraw` has set by now would be changed back, and drawn again.
        fresh = gr.skip() if drawn or opened in ("", slug) else str(time.time_ns())
        kept = len(taken) + len(self.my_photo.inputs(slug))
        return [slug if opened else gr.skip(), fresh, *[gr.skip()] * kept]

    def _first(self) -> str:
        """The tab that the page opens with."""
        return next(filter(self._offers, self.pages), next(iter(self.pages)))

    def _offers(self, slug: str) -> bool:
        need = self.needs[slug]
        return need is None or bool(self.studio.names(need))

    def _asked(self, query: dict[str, str]) -> tuple[dict[gr.Component, Any], list[str]]:
        """What a link asks for, and what of it cannot be had."""
        slug = query.get("tab", next(iter(self.places), ""))
        if slug not in self.places:
            return {}, [f"There is no tab {slug[:40]!r}."]
        values, complaints = {}, links.replaced(query)
        for name, field in self.places[slug].fields.items():
            if name in query:
                try:
                    values[field] = (
                        carried(self.studio, query.get("model"), query[name])
                        if isinstance(field, Photo)
                        else links.parse(field, query[name], self._choices(field))
                    )
                except ValueError as error:
                    complaints.append(f"{name}: {error}")
        return values, complaints

    def _choices(self, field: gr.Component) -> list[str] | None:
        can = self.models.get(field) if isinstance(field, gr.Dropdown) else None
        return self.studio.names(can) if can else None
