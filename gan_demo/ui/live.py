"""A picture that follows sliders while they are dragged.

    slider moves -> newest wish -> server.frame -> newest answer -> <img>

A wish is small JSON, an answer a JPEG in a data URI: no file, no queue, no state on the server.
At most two requests are under way, a wish that was overtaken is never sent, a late answer never
shown, the last wish never lost. After the hand has rested, `settle` fires once with the final
value, so that Python need not follow each step.
"""

import asyncio
import base64
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo import faults

BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
SCRIPT = (Path(__file__).parent / "live.js").read_text("utf-8")
TEMPLATE = """
<figure style="aspect-ratio: ${ratio}">
<img src="${value.src}" alt="${alt}" draggable="false"><i></i></figure>
<p role="status">${value.error}</p>"""
STYLE = """
.html-container:has(> &) { padding: 0; }
figure { position: relative; margin: 0 auto; width: min(100%, 30rem, 60vh);
  overflow: hidden; border-radius: var(--block-radius); }
img { display: block; width: 100%; height: 100%; object-fit: contain; user-select: none; }
i { display: none; }
&.pad figure { cursor: crosshair; touch-action: none; }
&.pad i { display: block; position: absolute; translate: -50% -50%; pointer-events: none;
  left: calc(100% * var(--u)); top: calc(100% * var(--v)); width: 1.1rem; height: 1.1rem;
  border: 2px solid white; border-radius: 50%; outline: 1px solid black; }
p:not(:empty) { margin: 0.5rem 0 0; text-align: center; }
&.stuck img { opacity: 0.4; }
"""

DRAWING = ThreadPoolExecutor(max(2, os.cpu_count() or 1), "frames")

Draw = Callable[[dict[str, Any]], np.ndarray]


def picture(
    draw: Draw, scene: Any, sliders: str, *, alt: str, elem_id: str, ratio: int = 1
) -> gr.HTML:
    """The component. Its value is {"scene", "sliders", "src", "error"}: what to draw, where
    scene["at"] are the positions of the sliders inside the box with CSS class `sliders`, in page
    order; and what came of it. With two sliders the picture itself is a pad that moves both.

    Args:
        draw: scene -> uint8 picture (h, w, 3). Anyone can call it with anything: ValueError with
            a sentence for a scene that cannot be drawn.
        scene, sliders: where it stands before the first `showing`.
        alt: what the picture is, for those who cannot see it.
        ratio: its width by its height.
    """

    async def frame(wish: Any) -> dict[str, str]:
        return await asyncio.get_running_loop().run_in_executor(DRAWING, answer, draw, wish)

    return gr.HTML(
        {"scene": scene, "sliders": sliders, "src": BLANK, "error": ""},
        html_template=TEMPLATE,
        css_template=STYLE,
        js_on_load=SCRIPT,
        apply_default_css=False,
        server_functions=[frame],
        elem_id=elem_id,
        alt=alt,
        ratio=ratio,
    )


def showing(draw: Draw, scene: dict[str, Any], sliders: str) -> dict[str, Any]:
    """The value that shows a scene, drawn already."""
    return {"scene": scene, "sliders": sliders} | answer(draw, scene)


def answer(draw: Draw, scene: Any) -> dict[str, str]:
    """A picture, or a sentence that says why there is none; raises nothing."""
    try:
        return {"src": frame_uri(draw(scene)), "error": ""}
    except ValueError as error:
        return {"src": BLANK, "error": str(error)}
    except Exception as error:
        faults.log("A live picture could not be drawn.", error)
        return {"src": BLANK, "error": "This picture could not be drawn."}


def frame_uri(picture: np.ndarray) -> str:
    """uint8 (h, w, 3) -> a JPEG, colour at full resolution: small pictures are shown large."""
    file = io.BytesIO()
    PILImage.fromarray(picture).save(file, "JPEG", quality=92, subsampling=0)
    return data_uri(file.getvalue(), "jpeg")


def data_uri(data: bytes, kind: str) -> str:
    """A picture file -> what an <img> takes, with nothing on disk."""
    return f"data:image/{kind.lower()};base64,{base64.b64encode(data).decode()}"
