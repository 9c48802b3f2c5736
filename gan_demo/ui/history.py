"""The strip of what was shown lately: newest first, each with the settings that bring it back."""

import base64
import hashlib
import html
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo.ui.pressed import Pressed, pressed

KEPT = 12
THUMB = 96  # pixels
PHOTO = 1024  # a photo among the settings is kept at most this large

Picture = PILImage.Image | np.ndarray | str  # as Gradio hands pictures over
Thumb = tuple[Picture, str]

CLICK = """
element.addEventListener('click', e => {
  const button = e.target.closest('button');
  if (!button) return;
  button.dataset.key ? trigger('select', {key: button.dataset.key}) : trigger('clear');
});
"""
PLAIN = (str, int, float, bool, type(None))  # settings that a browser keeps
URI = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/=]{1,40000}")


@dataclass(frozen=True)
class Entry:
    """One thing that was shown.

    Args:
        slug: the tab.
        settings: value of each of the tab's settings, by name; photos are pressed.
        thumb: a small picture, as a data URI.
        caption: what a person calls it.
        key: the same for the same thing shown again, so that a click always finds what it meant:
            a place in the strip would be another's as soon as something new is shown.
        codes: of the photos among the settings, as in a link.
    """

    slug: str
    settings: dict[str, Any]
    thumb: str
    caption: str
    key: str
    codes: Mapping[str, str] = field(default_factory=dict)

    def restored(self) -> dict[str, Any]:
        """The settings as the tab had them."""
        return {k: v.picture if isinstance(v, Pressed) else v for k, v in self.settings.items()}


def add(
    entries: list[Entry],
    slug: str,
    settings: dict[str, Any],
    picture: Picture,
    caption: str,
    codes: Mapping[str, str] | None = None,
) -> list[Entry]:
    """The entries with one more in front; showing the same again moves it there."""
    values = [value for entry in entries for value in entry.settings.values()]
    kept = {value.file: value for value in values if isinstance(value, Pressed)}
    settings = {name: _small(value, kept) for name, value in settings.items()}
    thumb = _thumb(picture)
    key = hashlib.sha256("\n".join((slug, caption, thumb)).encode()).hexdigest()[:16]
    others = [entry for entry in entries if entry.key != key]
    return [Entry(slug, settings, thumb, caption, key, codes or {}), *others][:KEPT]


def pick(entries: list[Entry], event: gr.EventData) -> Entry | None:
    key = event._data.get("key") if isinstance(event._data, dict) else None
    return next((entry for entry in entries if entry.key == key), None)


def packed(entries: list[Entry]) -> list[dict[str, Any]]:
    """What a browser keeps: a photo's code in its place, where it has one."""
    return [
        {
            "slug": e.slug,
            "settings": {k: v for k, v in e.settings.items() if isinstance(v, PLAIN)} | {**e.codes},
            "thumb": e.thumb,
            "caption": e.caption,
            "key": e.key,
        }
        for e in entries
    ]


def unpacked(kept: Any, settings: Mapping[str, Collection[str]]) -> list[Entry]:
    """The inverse, of what a browser sent: entries that are none, or of an earlier version, are
    left out.

    Args:
        settings: of each tab, by their names.
    """
    return [
        Entry(item["slug"], item["settings"], item["thumb"], item["caption"], item["key"])
        for item in (kept if isinstance(kept, list) else [])[:KEPT]
        if _understood(item, settings)
    ]


def _understood(item: Any, settings: Mapping[str, Collection[str]]) -> bool:
    if not isinstance(item, dict):
        return False
    texts = [item.get(name) for name in ("slug", "thumb", "caption", "key")]
    given = item.get("settings")
    return (
        all(isinstance(text, str) for text in texts)
        and item["slug"] in settings
        and URI.fullmatch(item["thumb"]) is not None
        and isinstance(given, dict)
        and all(k in settings[item["slug"]] and isinstance(v, PLAIN) for k, v in given.items())
    )


def strip() -> gr.HTML:
    return gr.HTML(
        render([]), js_on_load=CLICK, render=False, elem_id="history", apply_default_css=False
    )


def render(entries: list[Entry]) -> str:
    """Nothing yet, or twelve places of fixed size, so that nothing moves when one is filled."""
    if not entries:
        return "<h2>Seen lately <small>what you make will appear here</small></h2>"
    shots = "".join(
        f'<button type="button" data-key="{html.escape(e.key)}" '
        f'title="Use this: {html.escape(e.caption)}">'
        f'<img src="{e.thumb}" alt=""><span>{html.escape(e.caption)}</span></button>'
        for e in entries
    )
    empty = "<i></i>" * (KEPT - len(entries))
    clear = '<button type="button">Clear</button>'
    said = f"click one to bring it back; kept in this browser, without photos {clear}"
    return f"<h2>Seen lately <small>{said}</small></h2><p>{shots}{empty}</p>"


def _small(value: Any, kept: Mapping[bytes, Pressed]) -> Any:
    """A photo pressed, and one for all entries that have the same."""
    if not isinstance(value, PILImage.Image):
        return value
    small = pressed(value, PHOTO)
    return kept.get(small.file, small)


def _thumb(picture: Picture) -> str:
    if isinstance(picture, np.ndarray):
        picture = PILImage.fromarray(picture)
    elif isinstance(picture, str):
        picture = PILImage.open(picture)
    small = picture.convert("RGB")
    small.thumbnail((THUMB, THUMB))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
