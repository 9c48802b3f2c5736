"""The head of the page: in four pictures what an O-GAN does, in one sentence, and where to go."""

import html
from typing import Any

import gradio as gr

from gan_demo import images
from gan_demo.actions.first_look import FirstLook
from gan_demo.images import colormap
from gan_demo.ui.live import data_uri, frame_uri

CLICK = """
if (new URLSearchParams(location.search).has('tab')) element.querySelector('section')?.remove();
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  element.querySelector('section').hidden = true;  // it has been read
  button.dataset.go === 'train' ? trigger('train') : trigger('photo');
});
"""
STYLE = """
.html-container:has(> &) { padding: 0; }
section:not([hidden]) { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem 2rem;
  padding: 1rem 1.2rem;
  border: 1px solid var(--border-color-primary); border-radius: 10px;
  background: var(--block-background-fill); }
.way { display: flex; align-items: center; gap: .5rem; color: var(--body-text-color-subdued); }
figure { margin: 0; width: 104px; }
figure img { display: block; width: 104px; height: 104px; border-radius: 8px; object-fit: cover; }
figure.code img { image-rendering: pixelated; object-fit: fill; }  /* every number */
figcaption { margin-top: .25rem; font-size: .75rem; text-align: center; white-space: nowrap;
  overflow: hidden; text-overflow: ellipsis; }
.say { flex: 1 1 20rem; }
.say p { margin: 0 0 .7rem; font-size: 1rem; line-height: 1.5; }
.say button { margin: 0 .5rem .3rem 0; padding: .4rem 1rem; border-radius: 99px; cursor: pointer;
  border: 1px solid var(--border-color-primary); color: var(--body-text-color); font-weight: 500; }
.say button:first-of-type { background: var(--color-accent); border-color: transparent;
  color: var(--button-primary-text-color); }
details { font-size: .88rem; line-height: 1.5; color: var(--body-text-color-subdued); }
summary { cursor: pointer; }
@media (max-width: 720px) { .way { gap: .3rem; width: 100%; justify-content: space-between; }
  figure, figure img { width: 21vw; } figure img { height: 21vw; } .way > b { display: none; } }
"""
SAID = (
    "A network looked at the portrait, wrote down {n} numbers, and drew the face again from these "
    "numbers alone. Move the numbers, and the face moves."
)
HOW = (
    "<details><summary>How it works</summary>One network E, trained to tell drawn pictures from "
    "real ones, gives a vector E(x). Its average is the verdict. The rest, N(E(x)) = (E(x) − avg) "
    "/ std, is a code z, and the generator G draws it again: G(N(E(x))). This is an O-GAN "
    "(Su 2019).</details>"
)


def hero(look: FirstLook | None, train: bool = False) -> gr.HTML:
    """The component; new values come from `showing`. Events: `photo` and `train`, its buttons."""
    return gr.HTML(
        text(look, train) if look else "",
        visible=look is not None,
        css_template=STYLE,
        js_on_load=CLICK,
        apply_default_css=False,
        elem_id="hero",
    )


def showing(look: FirstLook | None, train: bool = False) -> dict[str, Any]:
    return gr.update(value=text(look, train) if look else "", visible=look is not None)


def text(look: FirstLook, train: bool = False) -> str:
    """
    Args:
        train: whether there is a tab that trains.
    """
    x, again = (frame_uri(images.to_arrays(p)[0]) for p in (look.x, look.again))
    code, film = frame_uri(colormap.tiles(look.z)), data_uri(look.film, "webp")
    steps = [
        (x, "nobody", ""),
        (code, "what E read", "code"),
        (again, "drawn again", ""),
        (film, html.escape(f"moved: {look.moved}"), ""),
    ]
    figures = "<b>→</b>".join(
        f'<figure class="{kind}"><img src="{src}" alt="{said}"><figcaption>{said}</figcaption>'
        "</figure>"
        for src, said, kind in steps
    )
    own = '<button type="button" data-go="train">Train on my pictures</button>' if train else ""
    return (
        f'<section><div class="way">{figures}</div><div class="say">'
        f"<p>{SAID.format(n=look.z.shape[1])}</p>"
        f'<button type="button" data-go="photo">Use my photo</button>{own}{HOW}</div></section>'
    )
