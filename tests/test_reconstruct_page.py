"""The Reconstruct tab in a browser."""

import contextlib
import threading

import pytest
from conftest import serving, tiny
from drawn import scene
from PIL import Image as PILImage
from playwright.sync_api import TimeoutError

from gan_demo import checkpoint
from gan_demo.actions.reconstruct import STAND_IN
from gan_demo.tabs import reconstruct as tab
from gan_demo.ui.live import BLANK

VARIETY = "#reconstruct-variety"
TILES = "original", "code", "drawn", "difference"
TWO = [(330, 100, 260), (20, 60, 180)]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    scene((300, 100, 260)).save(path)
    return path


def opened(page, link):
    page.goto(link)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    page.locator("#examples button").first.wait_for()
    page.locator(VARIETY).wait_for()
    # the page has drawn its first state, an example
    page.wait_for_function("document.querySelector('#compare img')?.naturalWidth > 1")


@contextlib.contextmanager
def compared(page):
    """Another picture than before."""
    before = source(page, "compare")
    yield
    redrawn(page, "compare", before)


def source(page, box):
    return page.get_attribute(f"#{box} img", "src")


def redrawn(page, box, before):
    page.wait_for_function(
        "([box, old]) => document.querySelector(`#${box} img`).src !== old", arg=[box, before]
    )


def test_an_example_stands_in_and_a_photo_takes_its_place(page, app_url, photo, tmp_path):
    opened(page, f"{app_url}?tab=reconstruct")
    note(page, STAND_IN)
    assert "MSE" in page.inner_text("#numbers")
    assert all(page.get_attribute(f"#{tile} img", "src") != BLANK for tile in TILES)
    assert page.locator("#history button").count() == 0
    with compared(page):
        page.set_input_files("#photo input[type=file]", photo)
    page.locator("#history button[data-key]").wait_for()  # the photo's, and no other
    assert page.locator("#history button[data-key]").count() == 1
    assert "largest face" in page.inner_text("#note")
    assert "MSE" in page.inner_text("#numbers")
    before = source(page, "drawn"), source(page, "difference")
    page.locator(f"{VARIETY} input[type=range]").fill("0.2")
    redrawn(page, "drawn", before[0])
    redrawn(page, "difference", before[1])
    page.click("#photo button[aria-label='Remove Image']")
    note(page, STAND_IN)
    bad = tmp_path / "bad.heic"
    bad.write_bytes(b"")
    page.set_input_files("#photo input[type=file]", bad)
    assert "bad.heic" in page.locator("[data-testid=toast-body]").inner_text()
    page.wait_for_function("!document.querySelector('#photo img')")


def test_the_curtain_is_as_high_as_its_picture(page, app_url):
    opened(page, f"{app_url}?tab=reconstruct")
    for width in (390, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            """() => {
              const high = one => document.querySelector(one).getBoundingClientRect().height;
              return Math.abs(high('#compare') - high('#compare img')) < 4;
            }"""
        )


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two models that encode, one of them large enough to be searched for a while."""
    folder = tmp_path_factory.mktemp("models")
    for name, options in {"first": {"size": 64, "z_dim": 16}, "second": {}}.items():
        system = tiny(**options)
        system.centre = system.prior(1, 99)
        checkpoint.save(folder / name, system, training={})
    with serving(folder) as url:
        yield url


def note(page, words):
    page.wait_for_function(
        "words => document.querySelector('#note')?.innerText.includes(words)", arg=words
    )


@pytest.fixture
def looked(page, models, photo):
    """The page, with the first model's reconstruction of the photo."""
    opened(page, f"{models}?tab=reconstruct&model=first")
    with compared(page):
        page.set_input_files("#photo input[type=file]", photo)
    page.locator("#refine:enabled").wait_for()
    return page


def test_refine_and_cancel_in_the_browser(looked, monkeypatch):
    page, quick, seen = looked, tab.refine, threading.Event()

    def held(*given, **options):
        for now in quick(*given, **options):
            yield now
            while not seen.wait(0.1):
                yield now

    monkeypatch.setattr(tab, "refine", held)
    before = source(page, "drawn"), source(page, "difference")
    page.locator(f"{VARIETY} input[type=range]").fill("0.5")
    page.click("#refine")
    page.wait_for_selector("#note [role=progressbar]")
    seen.set()
    note(page, "Refined in 120 steps")
    page.locator("#cancel").wait_for(state="hidden")
    redrawn(page, "drawn", before[0])
    redrawn(page, "difference", before[1])
    assert page.locator(f"{VARIETY} input[type=range]").input_value() == "1"
    seen.clear()
    page.click("#refine")
    page.wait_for_selector("#note [role=progressbar]")
    page.click("#cancel")
    page.locator("#refine:enabled").wait_for()
    note(page, "of 120 steps")
    page.locator("#note [role=progressbar]").wait_for(state="detached")


def test_methods_are_compared_and_one_is_chosen_in_the_browser(looked):
    page = looked
    page.click("#contest")
    page.wait_for_function("document.querySelectorAll('#methods button').length >= 2")
    with contextlib.suppress(TimeoutError):  # all are done before it could be pressed
        page.click("#cancel", timeout=5_000)
    page.locator("#contest:enabled").wait_for()
    page.wait_for_function(
        "document.querySelector('#methods').innerText.match(/first[^]*MSE[^]*second[^]*MSE/)"
    )
    page.locator("#methods button", has_text="second").first.click()
    page.wait_for_function("document.querySelector('#original img').naturalWidth === 32")
    page.locator("#methods").wait_for(state="hidden")


def test_an_example_and_a_phone_photo_in_the_browser(page, app_url, tmp_path):
    opened(page, f"{app_url}?tab=reconstruct")
    with compared(page):
        page.locator("#examples button").nth(2).click()
    page.wait_for_function("document.querySelector('#photo img')?.naturalWidth == 32")
    page.click("#photo button[aria-label='Remove Image']")
    heic = tmp_path / "phone.heic"
    scene((300, 100, 260)).save(heic)
    page.wait_for_function("!document.querySelector('#photo img')")
    page.set_input_files("#photo input[type=file]", heic)
    page.wait_for_function("document.querySelector('#photo img')?.naturalWidth == 640")
    page.wait_for_function("document.querySelector('#note').innerText.includes('largest')")


def test_faces_are_chosen_and_marked_in_the_browser_and_asked_for_where_none_is_found(
    page, app_url, tmp_path
):
    opened(page, f"{app_url}?tab=reconstruct")
    path = tmp_path / "two.png"
    scene(*TWO).save(path)
    page.set_input_files("#photo input[type=file]", path)
    note(page, "largest of 2 faces")
    before = source(page, "original")
    page.locator("#photo-faces button").nth(1).click()
    note(page, "Face 2 of 2")
    redrawn(page, "original", before)
    page.click("#photo-hand label")
    note(page, "by hand")
    before = source(page, "original")
    page.locator("#photo-square input[type=range]").nth(3).fill("30")
    redrawn(page, "original", before)
    page.click("#photo-hand label")
    note(page, "largest of 2 faces")
    page.click("#photo button[aria-label='Remove Image']")
    page.wait_for_function("!document.querySelector('#photo img')")
    path = tmp_path / "none.png"
    PILImage.linear_gradient("L").resize((400, 300)).save(path)
    page.set_input_files("#photo input[type=file]", path)
    page.wait_for_function(
        "document.querySelector('#photo-hand')?.innerText.includes('No face was found')"
    )
