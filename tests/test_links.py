import gradio as gr
import pytest
from conftest import PATIENCE

from gan_demo.ui import links

COUNT = gr.Slider(1, 64, value=16, step=1)
VARIETY = gr.Slider(0, 1, value=1, step=0.05)
SELECTED = """
  window.opened = [];
  new MutationObserver(() => {
    const tab = document.querySelector('#tabs [role=tab][aria-selected=true]')?.dataset.tabId;
    if (tab && window.opened.at(-1) !== tab) window.opened.push(tab);
  }).observe(document, {subtree: true, childList: true, attributes: true});
"""
PATH = gr.Radio([("Great circle", "slerp"), ("Line", "lerp")])


def test_values_arrive_as_the_component_shows_them():
    assert (links.parse(COUNT, "9"), type(links.parse(COUNT, "9"))) == (9, int)
    assert links.parse(VARIETY, "0.85") == 0.85
    assert links.parse(PATH, "lerp") == "lerp"
    assert links.parse(gr.Checkbox(), "false") is False
    assert links.parse(gr.Number(), "-3") == -3
    assert links.parse(gr.Textbox(), "cat") == "cat"
    assert links.parse(gr.Dropdown([]), "new", ["new"]) == "new"


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        (COUNT, "65", "from 1 to 64"),
        (COUNT, "many", "not a number"),
        (VARIETY, "nan", "not a number"),
        (VARIETY, "inf", "not a number"),
        (PATH, "Line", "there is no 'Line'"),
        (gr.Dropdown(["gone"]), "gone", "there is no"),
        (gr.Checkbox(), "1", "true or false"),
        (gr.Image(), "x.png", "cannot be set"),
        (gr.Textbox(), "x" * 201, "too long"),
    ],
)
def test_other_values_are_refused_with_a_reason(field, text, why):
    choices = ["new"] if isinstance(field, gr.Dropdown) else None
    with pytest.raises(ValueError, match=why):
        links.parse(field, text, choices)


@pytest.mark.parametrize(
    ("scale", "known"), [("1", True), ("1.0", True), ("0.7", False), ("a", False)]
)
def test_a_link_with_a_scale_is_understood_if_it_is_one_or_else_told(scale, known):
    told = links.replaced({"tab": "sample", "scale": scale})
    assert not told if known else "variety, from 0 to 1, has replaced it" in told[0]
    assert links.replaced({"tab": "sample"}) == []


@pytest.mark.parametrize(("asked", "opened"), [("edit", ["edit"]), ("moon", ["sample"])])
def test_the_tab_of_a_link_is_there_from_the_beginning(browser, app_url, asked, opened):
    with browser.new_page() as page:
        page.add_init_script(SELECTED)
        page.goto(f"{app_url}?tab={asked}", timeout=1000 * PATIENCE)
        shown = "#edit-after img[src^='data:image/jpeg']" if asked == "edit" else "#sheet img"
        page.wait_for_selector(shown, timeout=1000 * PATIENCE)
        assert page.evaluate("window.opened") == opened
        assert not page.get_by_text("Textbox", exact=True).filter(visible=True).count()
