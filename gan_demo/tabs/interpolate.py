"""Interpolate: two ends, a path between their codes, and the picture at each place on it."""

import functools
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image as PILImage

from gan_demo import images
from gan_demo.actions import interpolate as walks
from gan_demo.actions.interpolate import Walk
from gan_demo.checkpoint import recipe, shorthand
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.codes import directions
from gan_demo.images import animation
from gan_demo.studio import Studio
from gan_demo.systems import Encodes, Samples
from gan_demo.ui import ends, links, live, onward, page, strip
from gan_demo.ui import variety as varieties
from gan_demo.ui.errors import plainly
from gan_demo.ui.events import EACH, LATEST, PRIVATE
from gan_demo.ui.files import Download
from gan_demo.ui.film import Film, Work
from gan_demo.ui.photo import Photo
from gan_demo.ui.shell import Shell

TITLE = "Interpolate"
SLUG = "interpolate"
NEEDS = Samples
PATHS = [
    ("Great circle", "slerp"),
    ("Straight line", "lerp"),
    ("Four corners", "corners"),
    ("Directions", "directions"),
]
LETTERS = "abcd"  # of the ends
BOXES = {"slerp": "between", "lerp": "between", "corners": "square", "directions": "moves"}
RATE = 20  # frames a second of an animation
ABOUT = r"""
Every place $t$ on the way from $a$ to $b$ is a picture: on the great circle, or straight through,
at $N((1-t)\,a + t\,b)$. Drag a slider, or the picture between four corners.
"""


@dataclass(frozen=True)
class InterpolateTab:
    """What others may set."""

    model: gr.Dropdown
    seed_a: gr.Textbox
    seed_b: gr.Textbox
    variety: gr.Slider
    photo_a: Photo
    photo_b: Photo


def draw(studio: Studio, scene: Any) -> np.ndarray:
    """The picture of a scene, which is a walk as JSON and may come from anyone."""
    walk = Walk.from_json(scene)
    return images.to_arrays(walks.draw(studio.able(walk.model, Samples), walk))[0]


def signed(studio: Studio, walk: Walk) -> tuple[PILImage.Image, Recipe]:
    """The picture at the walk's place, with the code that draws it again inside."""
    system = studio.able(walk.model, Samples)
    code = tuple(walks.place(system, walk).squeeze(0).tolist())
    picture = images.to_pil(walks.draw(system, walk))[0]
    made = Recipe(walk.model, z=code, origin=SLUG)
    return recipe.sign(picture, made), made


def show(studio: Studio, walk: Walk, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The live picture and the strip of n stops, as the page takes them."""
    box, stops = BOXES[walk.path], walks.stops(walk, n)
    pictures = images.to_arrays(
        walks.frames(studio.able(walk.model, Samples), walk, list(stops.values()))
    )
    here = live.showing(functools.partial(draw, studio), walk.to_json(), box)
    return here, strip.showing(box, pictures, stops)


def film(studio: Studio, walk: Walk, kind: str, seconds: float) -> Work:
    """The file of an animation along the walk's path: yields the share of its frames that is drawn.

    Raises:
        ValueError: directions that all stand at zero lead nowhere.
    """
    if walk.path == "directions" and not any(walk.at):
        raise ValueError("Move a direction first: the animation goes from the middle to there.")
    places = walks.tour(walk, 1 + round(RATE * seconds))
    system, frames = studio.able(walk.model, Samples), []
    for at in places:
        yield len(frames) / len(places)
        frames += images.to_arrays(walks.draw(system, replace(walk, at=at)))
    return animation.encode(frames, kind, seconds=seconds, bounce=walk.path != "corners")


def caption(walk: Walk) -> str:
    known = [str(e) if isinstance(e, int) else "photo" for e in walk.ends]
    place = ", ".join(f"{x:.2g}" for x in walk.at)
    return f"{' · '.join(known)} at {place}"


def build(studio: Studio, shell: Shell) -> InterpolateTab:
    """The picture with its sliders and strip; beside it the ends, and what can be kept."""
    page.about(ABOUT)
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            picture = live.picture(
                functools.partial(draw, studio),
                Walk("", "slerp", (0, 1), (0.5,)).to_json(),
                BOXES["slerp"],
                alt="The picture at this place",
                elem_id="live",
            )
            boxes, sliders = _sliders()
            stops = strip.strip(elem_id="strip")

            below = gr.Column()
        with gr.Column(scale=2, min_width=300, elem_classes="controls"):
            with gr.Group():
                model = shell.model(NEEDS)
                path = gr.Radio(PATHS, value="slerp", label="Path", elem_id="path")
            with gr.Row():
                a, b = ends.box("a", "3"), ends.box("b", "26")  # chosen by eye
            with gr.Row():
                c, d = ends.box("c", "12", visible=False), ends.box("d", "16", visible=False)
            corners = dict(zip(LETTERS, (a, b, c, d), strict=True))
            variety = varieties.slider(label="Variety of the seeds", elem_id="walk-variety")
            settings = {"model": model, "path": path, "variety": variety}
            settings |= {f"seed_{k}": e.seed for k, e in corners.items()}
            settings |= {f"photo_{k}": e.photo for k, e in corners.items()} | sliders
            redraw = shell.place(SLUG, **settings)
            count = gr.Slider(3, 15, value=9, step=1, label="Pictures in the strip")
            with gr.Row():
                keep = Download("Download picture", size="sm", interactive=False, min_width=140)
                letters = {f"photo_{k}": links.code() for k in LETTERS}
                shell.link_button(SLUG, **letters)  # the codes of the photos
            rolling = _film(studio, picture)

    def arrange(model: str | None, path: str) -> dict[Any, Any]:
        """Shows the controls that a path needs and the model allows."""
        system, used = studio.able(model, Samples), LETTERS[: walks.ENDS[path]]
        shown: dict[Any, bool] = {end.box: letter in used for letter, end in corners.items()}
        shown |= dict.fromkeys((e.photo for e in corners.values()), isinstance(system, Encodes))
        shown |= {box: name == BOXES[path] for name, box in boxes.items()}
        shown[count] = BOXES[path] == "between"
        labels = _labels(system) if path == "directions" else {}
        return {part: gr.update(visible=on) for part, on in shown.items()} | {
            sliders[name]: gr.update(label=label) for name, label in labels.items()
        }

    def arrive(n: int, *values: Any) -> list[Any]:
        walk = _walk(studio, dict(zip(settings, values, strict=True)))
        return [*show(studio, walk, n), *_short(studio, walk)]

    def kept(shown: dict[str, Any]) -> dict[str, Any]:
        walk = Walk.from_json(shown["scene"])
        return _download(walk, "png", recipe.png(*signed(studio, walk)))

    def thumb(shown: dict[str, Any]) -> tuple[np.ndarray, str]:
        return draw(studio, shown["scene"]), caption(Walk.from_json(shown["scene"]))

    def result(shown: dict[str, Any]) -> PILImage.Image:
        return signed(studio, Walk.from_json(shown["scene"]))[0]

    with below:
        onward.buttons(shell, SLUG, result, [picture], [model.change, redraw.change], [model])
    varieties.offer(studio, variety, model, redraw)
    changed = [redraw.change, model.input, path.input]
    parts = [*(part for e in corners.values() for part in (e.box, e.photo)), count]
    parts += [*boxes.values(), *sliders.values()]
    gr.on(changed, plainly(arrange), [model, path], parts, **EACH)
    arrived = gr.on(
        [*changed, count.release, variety.input, variety.release],
        plainly(arrive),
        [count, *settings.values()],
        [picture, stops, *letters.values()],
        **LATEST,
    )
    # A film is of its path. Not after a redraw, as one may be late: the next film may have begun.
    ways = [model, path, variety, *(p for e in corners.values() for p in (e.seed, e.photo))]
    rolling.ends([part.change for part in ways])
    rested = picture.settle(plainly(kept), picture, keep, **LATEST)
    arrived.success(plainly(kept), picture, keep, **PRIVATE)
    shell.remember(SLUG, rested, thumb, [picture])
    turned = model, functools.partial(studio.names, Encodes)
    given = [end.wire(redraw, turned) for end in corners.values()]
    shell.my_photo.takes(SLUG, a.photo, given[0])
    return InterpolateTab(model, a.seed, b.seed, variety, a.photo, b.photo)


def _sliders() -> tuple[dict[str, gr.Column | gr.Row], dict[str, gr.Slider]]:
    """The box of each kind of path, and all sliders by name."""
    unit = {"minimum": 0, "maximum": 1, "value": 0.5, "step": 0.01}
    with gr.Column(elem_classes="between") as between:
        sliders = {"t": gr.Slider(**unit, label="t: from a to b", elem_id="t")}
    with gr.Row(elem_classes="square", visible=False) as square:
        sliders["u"] = gr.Slider(**unit, label="u: across", elem_id="u")
        sliders["v"] = gr.Slider(**unit, label="v: down", elem_id="v")
    with gr.Column(elem_classes="moves", visible=False) as moves:
        for start in range(1, walks.COUNT + 1, 2):
            with gr.Row():
                for k in range(start, min(start + 2, walks.COUNT + 1)):
                    sliders[f"s{k}"] = gr.Slider(
                        -walks.REACH, walks.REACH, value=0, step=0.1, label=f"Direction {k}"
                    )
    return {"between": between, "square": square, "moves": moves}, sliders


def _film(studio: Studio, picture: gr.HTML) -> Film:
    with gr.Accordion("Animation", open=False):
        with gr.Row():
            kind = gr.Radio(list(animation.FORMATS), value="WebP", label="Format", min_width=120)
            seconds = gr.Slider(0.5, 5, value=2, step=0.5, label="Seconds", min_width=140)
        with gr.Row():
            animate = gr.Button("Animate", size="sm", elem_id="animate", min_width=100)
            stop = gr.Button("Stop", size="sm", elem_id="stop-film", min_width=100, visible=False)
            take = Download("Download it", size="sm", interactive=False, min_width=100)
        screen = gr.HTML(elem_id="film", js_on_load=None)

    def work(shown: dict[str, Any], kind: str, seconds: float | int) -> Work:
        return film(studio, Walk.from_json(shown["scene"]), kind, float(seconds))

    def rolled(data: bytes, shown: dict[str, Any], kind: str, seconds: float | int):
        html = f'<img src="{live.data_uri(data, kind)}" alt="The animation">'
        return html, _download(Walk.from_json(shown["scene"]), kind, data)

    return Film(animate, stop, screen, take, work, rolled, [picture, kind, seconds])


def _walk(studio: Studio, s: dict[str, Any]) -> Walk:
    """What the page's settings say."""
    system, path = studio.able(s["model"], Samples), s["path"]
    letters = LETTERS[: walks.ENDS[path]]
    given = (ends.end(studio, s["model"], s[f"seed_{k}"], s[f"photo_{k}"]) for k in letters)
    at = {"square": ("u", "v"), "moves": [f"s{k + 1}" for k in range(walks.COUNT)]}
    names = at.get(BOXES[path], ("t",))
    at = tuple(float(s[name]) for name in names)
    return Walk(s["model"], path, tuple(given), at, system.variety(s["variety"]))


def _short(studio: Studio, walk: Walk) -> list[str]:
    """For a link, the code of each end that was a photo; "" for the others."""
    system = studio.able(walk.model, Samples)
    read = [
        "" if isinstance(e, int) else shorthand.short(walks.read(e, system)[0].tolist())
        for e in walk.ends
    ]
    return read + [""] * (len(LETTERS) - len(read))


def _labels(system: Samples) -> dict[str, str]:
    """Each direction with its share of what the fit explains."""
    shares = directions.strongest(system, walks.COUNT).shares.tolist()
    return {f"s{k}": f"Direction {k}, {share:.0%}" for k, share in enumerate(shares, 1)}


def _download(walk: Walk, kind: str, data: bytes) -> dict[str, Any]:
    return gr.update(value=(f"{walk.model}-{walk.path}.{kind.lower()}", data), interactive=True)
