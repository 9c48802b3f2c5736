"""The strip of what was shown lately: newest first, each with the settings that bring it back."""

import base64
import hashlib
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass
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
  if (button) trigger('select', {key: button.dataset.key});
});
"""


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
    """

    slug: str
    settings: dict[str, Any]
    thumb: str
    caption: str
    key: str

    def restored(self) -> dict[str, Any]:
        """The settings as the tab had them."""
        return {k: v.picture if isinstance(v, Pressed) else v for k, v in self.settings.items()}


def add(
    entries: list[Entry], slug: str, settings: dict[str, Any], picture: Picture, caption: str
) -> list[Entry]:
    """The entries with one more in front; showing the same again moves it there."""
    values = [value for entry in entries for value in entry.settings.values()]
    kept = {value.file: value for value in values if isinstance(value, Pressed)}
    settings = {name: _small(value, kept) for name, value in settings.items()}
    thumb = _thumb(picture)
    key = hashlib.sha256("\n".join((slug, caption, thumb)).encode()).hexdigest()[:16]
    others = [entry for entry in entries if entry.key != key]
    return [Entry(slug, settings, thumb, caption, key), *others][:KEPT]


def pick(entries: list[Entry], event: gr.EventData) -> Entry | None:
    key = event._data.get("key") if isinstance(event._data, dict) else None
    return next((entry for entry in entries if entry.key == key), None)


def strip() -> gr.HTML:
    return gr.HTML(
        render([]), js_on_load=CLICK, render=False, elem_id="history", apply_default_css=False
    )


def render(entries: list[Entry]) -> str:
    """Twelve places of fixed size, so that nothing moves when one is filled."""
    shots = "".join(
        f'<button type="button" data-key="{e.key}" title="Use this: {html.escape(e.caption)}">'
        f'<img src="{e.thumb}" alt=""><span>{html.escape(e.caption)}</span></button>'
        for e in entries
    )
    empty = "<i></i>" * (KEPT - len(entries))
    return f"<h2>Seen lately <small>click one to bring it back</small></h2><p>{shots}{empty}</p>"


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
