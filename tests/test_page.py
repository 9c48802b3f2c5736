"""The page as a whole: its address, its history, its keys, small screens, and who cannot see it."""

import re
from collections import Counter
from pathlib import Path
from urllib.request import urlopen

import gradio as gr
import pytest
import translators
from conftest import serving, tiny
from PIL import Image as PILImage

from gan_demo import checkpoint
from gan_demo.tabs import serve
from gan_demo.ui import history

SEEN = "[role=tab][aria-selected=true]:has-text('%s')"
TABS = ("Generate", "Reconstruct", "Interpolate", "Edit", "Arithmetic", "Lab", "Models")
SETTINGS = {"sample": {"seed", "count", "photo"}}
GRADIOS = "svelte-"  # a class of what Gradio draws, and of nothing that the app writes
STILL = "document.getAnimations().every(a => a.playState !== 'running')"
SHIFT = """new Promise(told => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => told(sum), 500);
})"""
WIDER = "document.scrollingElement.scrollWidth - innerWidth"


def kept(**changes):
    thumb = "data:image/jpeg;base64,AAAA"
    settings = {"seed": "3"}
    entry = {"slug": "sample", "settings": settings, "thumb": thumb, "caption": "c", "key": "k"}
    return entry | changes


def test_the_browser_keeps_settings_and_codes_and_no_photo():
    entry = history.Entry(
        "sample", {"seed": "3", "photo": object()}, kept()["thumb"], "c", "k", {"photo": "code"}
    )
    packed = history.packed([entry])
    assert packed == [kept(settings={"seed": "3", "photo": "code"})]
    assert history.packed(history.unpacked(packed, SETTINGS)) == packed


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {},
        [None],
        [kept(slug="gone")],
        [kept(slug=[])],
        [kept(thumb='x" onerror="alert(1)')],
        [kept(settings={"gone": 1})],
        [kept(settings={"seed": {"path": "/etc/passwd"}})],
        [kept(caption=None)],
    ],
)
def test_what_a_browser_makes_up_is_left_out(kept):
    assert history.unpacked(kept, SETTINGS) == []


def test_back_and_a_reload_keep_tab_settings_history_and_darkness(home):
    home.wait_for_selector("#history p button")
    home.click("#header button")
    home.get_by_label("First seed").fill("7")
    home.get_by_role("button", name="Draw", exact=True).click()
    home.wait_for_selector("#history p button:has-text('seeds 7–24')")
    home.wait_for_url("**/?tab=sample&*seed=7*")
    home.get_by_role("tab", name="Lab").click()
    home.wait_for_url("**/?tab=lab&*")
    home.go_back()
    home.wait_for_selector(SEEN % "Generate")
    assert home.get_by_label("First seed").input_value() == "7"
    home.reload()
    home.wait_for_selector("#sheet img[alt='seed 7']")
    home.wait_for_selector("#history p button:has-text('seeds 0–17')")
    assert home.locator("body.dark").count() == 1
    home.get_by_role("button", name="Clear").click()
    home.wait_for_function("!document.querySelector('#history button')")


def test_arrows_lead_from_tab_to_tab_and_keys_move_a_slider(home):
    home.wait_for_selector("#sheet img[alt='seed 17']")
    home.get_by_role("tab", name="Generate").focus()
    home.keyboard.press("ArrowRight")
    home.keyboard.press("End")
    home.keyboard.press("ArrowLeft")
    assert home.evaluate("document.activeElement.textContent.trim()") == "Lab"
    home.get_by_role("slider", name="Pictures").focus()
    home.keyboard.press("ArrowLeft")
    home.wait_for_function("document.querySelectorAll('#sheet .gallery-item').length === 17")
    count = home.get_by_role("spinbutton", name="Pictures")
    count.fill("4")
    count.press("Enter")
    home.wait_for_function("document.querySelectorAll('#sheet .gallery-item').length === 4")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The app with nothing broken."""
    folder = tmp_path_factory.mktemp("alone")
    checkpoint.save(folder / "faces", tiny(channels=3), training={"images": 0})
    dots = translators.dots(16)
    translators.save(folder, translators.COLOUR, ("plain", "bright"), dots, dots.flip(0))
    with serving(folder) as url:
        yield url


@pytest.mark.parametrize(
    ("slug", "drawn"),
    [
        ("reconstruct", "#examples button"),
        ("interpolate", "#strip img"),
        ("translate", "#curtain img"),
        ("edit", "#edit-after img[src^='data:image/jpeg']"),
    ],
)
def test_the_tab_of_a_link_is_drawn_once(page, alone, slug, drawn):
    asked = Counter()
    page.on(
        "request",
        lambda r: "/queue/join" in r.url and asked.update([r.post_data_json["fn_index"]]),
    )
    page.goto(f"{alone}?tab={slug}")
    page.wait_for_selector(drawn)
    assert len(asked) > 4 and set(asked.values()) == {1}


@pytest.mark.parametrize("width", [390, 1280])
def test_little_moves_while_a_tab_is_drawn(page, alone, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{alone}?tab=arithmetic")
    page.wait_for_selector("#sum-choice img")
    page.wait_for_selector("#sum-near img[src^='data:image/jpeg']")
    assert page.evaluate(SHIFT) < 0.1


def test_on_a_phone_the_photo_comes_first_then_the_result_then_the_settings(page, alone):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(alone)
    page.wait_for_selector("#sheet img")
    places = [page.locator(part).bounding_box() for part in ("#sheet", "#dice")]
    assert places == sorted(places, key=lambda box: box["y"])
    page.get_by_role("tab", name="Reconstruct").click()
    page.wait_for_selector("#examples button")
    places = [page.locator(part).bounding_box() for part in ("#photo", "#way", "#find")]
    assert places == sorted(places, key=lambda box: box["y"])
    page.locator("#examples button").last.click()
    page.wait_for_function("document.querySelector('#drawn img')?.naturalWidth > 1")
    page.wait_for_function(
        "document.querySelector('#drawn').getBoundingClientRect().bottom <= innerHeight"
    )


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe()


def faults(page, axe, **options) -> dict[str, list[str]]:
    """Where the app's own part of the page breaks which rule."""
    found = {}
    page.wait_for_function(STILL)
    for fault in axe.run(page, options=options).response["violations"]:
        opening = [node["html"].partition(">")[0] for node in fault["nodes"]]
        if ours := [tag for tag in opening if GRADIOS not in tag]:
            found[fault["id"]] = ours
    return found


def test_every_tab_fits_the_window_and_axe_finds_no_fault_of_ours(page, alone, axe):
    """In one walk from tab to tab, which takes longer than what is looked for."""
    page.goto(f"{alone}?__theme=light")
    page.wait_for_selector("#sheet img")
    wide, found = [], {}
    for name in TABS:
        page.get_by_role("tab", name=name).click()
        page.wait_for_selector(SEEN % name)
        for width in (390, 820, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate(WIDER) > 0 or page.get_by_role("button", name="More tabs").count():
                wide.append((name, width))
        if light := faults(page, axe):
            found[name, "light"] = light
        page.click("#header button")
        page.wait_for_selector("body.dark")
        if dark := faults(page, axe, runOnly=["color-contrast"]):  # nothing else is another
            found[name, "dark"] = dark
        page.click("#header button")
        page.wait_for_selector("body:not(.dark)")
    assert (wide, found) == ([], {})


def test_what_shows_no_progress_has_no_outputs_to_show_it_on(checkpoints):
    fns = serve.build([str(checkpoints)]).fns.values()
    hidden = [fn for fn in fns if fn.fn and fn.show_progress == "hidden"]
    assert len(hidden) > 100
    assert [fn.name for fn in hidden if fn.show_progress_on != []] == []


@pytest.fixture(scope="module")
def whole():
    """The page of all that ships, not served."""
    return serve.build([str(Path(__file__).parents[1] / "checkpoints")])


def test_no_two_listeners_of_an_event_wait_for_their_turn(whole):
    """They would keep each other going: see `gan_demo.ui.events.EACH`."""
    waiting = Counter(
        target
        for fn in whole.fns.values()
        for target in fn.targets
        if fn.trigger_mode == "always_last" and target[0] is not None
    )
    assert waiting and waiting.most_common(1)[0][1] == 1


def test_no_two_parts_have_one_id(whole):
    """The styles of one would be the other's, too."""
    ids = Counter(part.elem_id for part in whole.blocks.values() if part.elem_id)
    assert len(ids) > 200 and [i for i, n in ids.items() if n > 1] == []


def test_little_is_read_while_a_slider_moves(whole):
    """The state of all inputs and targets, for each: see `gan_demo.ui.links.MOVED`."""
    read = [
        len(fn.inputs) + len(fn.targets)
        for fn in whole.fns.values()
        for block, event in fn.targets
        if event == "change" and isinstance(whole.blocks.get(block), gr.Slider)
    ]
    assert read and max(read) <= 12


READ = """
const filter = Array.prototype.filter;
window.read = 0;
Array.prototype.filter = function (...given) {
  window.read += this.constructor.name === 'Events';
  return filter.apply(this, given);
};
window.frames = [];
const frame = requestAnimationFrame;
window.requestAnimationFrame = then => {
  if (!document.querySelector('[role=tab]')) window.frames.push(String(then));
  return frame(then);
};
"""


def test_the_list_of_events_is_read_itself_and_no_seconds_are_counted(page, app_url):
    session = page.context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.addScriptToEvaluateOnNewDocument", {"source": READ})
    page.goto(app_url)
    session.detach()  # and its script with it
    page.wait_for_selector("#sheet img[alt='seed 17']")
    assert page.evaluate("read >= gradio_config.components.length")
    frames = page.evaluate("frames")
    assert frames and [asked for asked in frames if "performance.now()" in asked] == []


def test_a_link_in_a_message_shows_this_app_and_not_gradio(app_url):
    with urlopen(app_url) as answer:
        head = answer.read().decode().split("<style>")[0]
    assert 'property="og:title" content="gan-demo"' in head
    assert "Gradio" not in head
    picture = re.findall('og:image" content="([^"]*)"', head)
    with urlopen(*picture) as answer:
        assert PILImage.open(answer).size == (1200, 600)
