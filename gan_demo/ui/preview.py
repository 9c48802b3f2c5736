"""What a link to the page brings: in a message title, sentence and picture in the place of Gradio's
own, in the browser its tab from the beginning, which Gradio would open after the first one. And its
events in a list that is read quickly, and an end to what counts seconds. All of it stands in
Gradio's template."""

import functools
import html
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from gradio import routes
from jinja2 import FunctionLoader

PICTURE = Path(__file__).with_name("preview.jpg")
ADDRESS = "/preview.jpg"
TEMPLATE = "frontend/index.html"
MODULE = '<script type="module"'  # Gradio's page, which reads its configuration as it begins
OPEN = """<script>
(() => {
  const slug = new URLSearchParams(location.search).get('tab');
  const { components } = window.gradio_config, tab = ({ type, props }) =>
    type === 'tabitem' && props.id === slug && props.visible;
  const tabs = components.find(({ props }) => props.elem_id === 'tabs');
  if (tabs && components.some(tab)) tabs.props.selected = slug;
})();
</script>
"""
# Gradio goes through all events for each component, twice, and of a plain list Svelte watches each
# reading, although nobody writes to it: nearly half of what scripts compute until the page opens.
QUICK = """<script>
{
  class Events extends Array {}
  window.gradio_config.dependencies = Events.from(window.gradio_config.dependencies);
}
</script>
"""
# Gradio's "Loading..." counts its time frame by frame. When it is taken away it is not always told,
# and goes on for ever: sixty frames a second of a page at rest.
REST = r"""<script>
{
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = then => {
    if (document.querySelector('[role=tab]')) window.requestAnimationFrame = ask;
    else if (/performance\.now\(\)[^}]*1e3/.test(then)) return 0;
    return ask.call(window, then);
  };
}
</script>
"""
GRADIO = re.compile(r"""<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*""")


def offer(app: FastAPI, title: str, sentence: str) -> None:
    """A page of `app` is offered so."""
    app.get(ADDRESS, include_in_schema=False)(lambda: FileResponse(PICTURE))
    _write(title, sentence)


@functools.cache  # once: the templates are those of the process
def _write(title: str, sentence: str) -> None:
    env = routes.templates.env
    known: Any = env.loader
    said = {"og:title": title, "og:description": sentence, "og:type": "website"}
    tags = [f'<meta property="{k}" content="{html.escape(v)}">' for k, v in said.items()]
    tags.append(f'<meta property="og:image" content="{{{{ config.root }}}}{ADDRESS}">')
    tags.append('<meta name="twitter:card" content="summary_large_image">')

    def source(name: str):
        text, path, fresh = known.get_source(env, name)
        if name == TEMPLATE:
            text = GRADIO.sub("", text).replace("<head>", "\n".join(["<head>", *tags]), 1)
            text = text.replace(MODULE, OPEN + QUICK + REST + MODULE, 1)
        return text, path, fresh

    env.loader = FunctionLoader(source)
