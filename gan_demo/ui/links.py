"""Links that reopen a tab: `?tab=sample&model=ogan-faces&seed=7&count=16&variety=0.8`.

In the place of a photo they have its code, see `checkpoint.shorthand`, where the tab knows it; a
photo itself never leaves in a link.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import gradio as gr

from gan_demo.checkpoint import recipe
from gan_demo.ui.direction import Direction
from gan_demo.ui.events import UNLISTED
from gan_demo.ui.learning import Names
from gan_demo.ui.photo import Photo

LONGEST = 200  # letters of a value that is no code

QUERY = """
  const slug = %(slug)s, names = %(names)s, codes = %(codes)s;
  const now = new URLSearchParams(location.search), query = new URLSearchParams({tab: slug});
  const left = new Set();  // photos that the link cannot hold
  names.forEach((name, i) => {
    const value = values[i];
    if (value === null || value === undefined) return;
    if (typeof value === 'object') left.add(name);
    else query.set(name, typeof value === 'number' ? +value.toFixed(6) : value);
  });
  codes.forEach((name, i) => {
    const code = values[names.length + i];
    if (code) { query.set(name, code); left.delete(name); }
  });
  now.forEach((value, name) => { if (name.startsWith('__')) query.set(name, value); });  // Gradio's
  const link = location.origin + location.pathname + '?' + query;
"""
COPY = f"""
async (...values) => {{{QUERY}
  window.history.replaceState(null, '', link);  // the address bar holds it too
  try {{ await navigator.clipboard.writeText(link);
    return left.size ? 'Copied, without the photo' : 'Link copied'; }}
  catch {{ return 'The link is in the address bar'; }}  // no clipboard without https
}}
"""
SEEN = "document.querySelector('#tabs [role=tab][aria-selected=true]')?.dataset.tabId"
# After a while, because browsers count; another tab is another page to go back to.
KEEP = f"""
(...values) => {{
  const touched = navigator.userActivation?.hasBeenActive;
  if (!window.followed || !touched) return;  // the page is as it was opened
  clearTimeout(window.kept);
  window.kept = setTimeout(() => {{{QUERY}
    const tabs = [...document.querySelectorAll('#tabs [role=tab]')].map(tab => tab.dataset.tabId);
    if ({SEEN} !== slug) return;
    const same = (now.get('tab') ?? tabs[0]) === slug;
    window.history[same ? 'replaceState' : 'pushState'](null, '', link);
  }}, 400);
}}
"""
OPENED = f"""
async () => {{  // the link that opened the page was followed: here
  let left = 100, seen;
  do await new Promise(done => setTimeout(done, 10));  // while the row of tabs is drawn none is
  while (!(seen = {SEEN}) && --left);
  window.followed = true;
  return seen ?? '';
}}
"""
# What hears of a change has the state of all its inputs and targets read first: for the address
# some 50 of them, too many for each move of a slider.
MOVED = """
() => {
  const slug = %(slug)s, moving = window.moving ??= {};
  clearTimeout(moving[slug]);
  moving[slug] = setTimeout(() => dispatchEvent(new CustomEvent('moved', {detail: slug})), 200);
}
"""
WATCH = """
addEventListener('popstate', () => trigger('follow', {query: location.search}));
addEventListener('moved', event => trigger(event.detail));  // one of %(slugs)s
"""
LABEL = f"""
async (...values) => {{{QUERY}
  return left.size ? 'Copy link, without the photo' : 'Copy link';
}}
"""
AFTER = LABEL.replace("{", "{ await new Promise(done => setTimeout(done, 1800));", 1)


def code() -> gr.Textbox:
    """Not to be seen: holds the code of a photo for the link. Of the tab that a page begins with
    Gradio shows also what is visible="hidden"."""
    with gr.Row(elem_classes="unseen"):
        return gr.Textbox()


def button(
    slug: str,
    fields: Mapping[str, gr.Component],
    codes: Mapping[str, gr.Component] | None = None,
) -> gr.Button:
    """Copies the link of a tab with its present settings, and says so; before, what it leaves out.

    Args:
        codes: texts that go into the link in the place of photos, by the names of these.
    """
    codes = codes or {}
    given = [*fields.values(), *codes.values()]
    copy = gr.Button("Copy link", size="sm", elem_classes="link", elem_id=f"{slug}-link")
    script = _filled(COPY, slug, fields, codes)
    copied = copy.click(None, given, copy, js=script, **UNLISTED)
    label = _filled(LABEL, slug, fields, codes)
    copied.then(None, given, copy, js=_filled(AFTER, slug, fields, codes), **UNLISTED)
    if photos := [v.change for k, v in fields.items() if isinstance(v, Photo) and k not in codes]:
        gr.on(photos, None, given, copy, js=label, trigger_mode="multiple", **UNLISTED)
    return copy


def keep(
    slug: str,
    fields: Mapping[str, gr.Component],
    codes: Mapping[str, gr.Component],
    opened: Any,
    watcher: gr.HTML,
) -> None:
    """The address of the page is the link of what it shows.

    Args:
        opened: the event of the tab.
        watcher: see `watch`.
    """
    given: list[Any] = [*fields.values(), *codes.values()]
    changing = [field for field in given if hasattr(field, "change")]
    sliders = [field for field in changing if isinstance(field, gr.Slider)]
    changed = [field.change for field in changing if field not in sliders]
    script = _filled(KEEP, slug, fields, codes)
    gr.on([opened, *changed], None, given, None, js=script, **UNLISTED)
    getattr(watcher, slug)(None, given, None, js=script, **UNLISTED)
    moving = _filled(MOVED, slug, (), ())
    for slider in sliders:
        slider.change(None, None, None, js=moving, trigger_mode="multiple", **UNLISTED)


def watch(slugs: Iterable[str]) -> gr.HTML:
    """Not to be seen. Its event `follow` carries {"query"}: what was left is wanted again; the one
    with a tab's name says that the tab's sliders rest."""
    script = WATCH % {"slugs": json.dumps(list(slugs))}  # Gradio looks there for names of events
    return gr.HTML("", js_on_load=script, elem_classes="unseen")


def parse(field: gr.Component, text: str, choices: list[str] | None = None) -> Any:
    """The value that a link gives a component; `choices` replaces the component's own.

    Raises:
        ValueError: not a value that this component can show.
    """
    if len(text) > LONGEST:
        raise ValueError("too long.")
    if isinstance(field, gr.Textbox | Direction | Names):
        return text  # judged when it is used
    if isinstance(field, gr.Slider):
        return _within(field, text)
    if isinstance(field, gr.Dropdown | gr.Radio):
        known = choices if choices is not None else [value for _, value in field.choices or []]
        if text not in known:
            raise ValueError(f"there is no {text[:40]!r} here.")
        return text
    if isinstance(field, gr.Checkbox):
        if text not in ("true", "false"):
            raise ValueError("choose true or false.")
        return text == "true"
    if isinstance(field, gr.Number):
        return _number(text)
    raise ValueError("cannot be set by a link.")


def replaced(query: Mapping[str, str]) -> list[str]:
    """What a link of an earlier version asks for that is no longer had."""
    try:
        scale = _number(query.get("scale", "1"))
    except ValueError:
        scale = math.nan
    return [] if scale == 1 else [recipe.SCALED]


def _filled(script: str, slug: str, fields: Iterable[str], codes: Iterable[str]) -> str:
    lists = {"names": json.dumps(list(fields)), "codes": json.dumps(list(codes))}
    return script % {"slug": json.dumps(slug), **lists}


def _within(slider: gr.Slider, text: str) -> int | float:
    value = _number(text)
    low, high = float(slider.minimum), float(slider.maximum)
    if not low <= value <= high:
        raise ValueError(f"choose a number from {low:g} to {high:g}.")
    return int(value) if slider.step == 1 else value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]!r} is not a number.")
    return value
