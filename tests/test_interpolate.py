"""Walks between codes, live frames from anyone, and the tab in a browser."""

import base64
import io
import itertools
import json
import re
import time
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
import torch
from conftest import until
from PIL import Image as PILImage

from gan_demo import images, latent
from gan_demo.actions import interpolate
from gan_demo.actions.interpolate import Walk
from gan_demo.checkpoint import recipe, shorthand
from gan_demo.studio import Studio
from gan_demo.tabs import interpolate as tab
from gan_demo.ui import ends, live
from gan_demo.ui.film import STOPPED

SCENE = Walk("tiny-faces", "slerp", (3, 7), (0.25,)).to_json()


@pytest.fixture(scope="module")
def studio(checkpoints):
    return Studio([str(checkpoints)])


@pytest.fixture(scope="module")
def system(studio):
    return studio["tiny-faces"]


@pytest.mark.parametrize("path", ["slerp", "lerp"])
def test_ends_are_the_seeds_own_pictures(system, path):
    for t, seed in [(0.0, 3), (1.0, 7)]:
        drawn = interpolate.draw(system, Walk("tiny-faces", path, (3, 7), (t,)))
        torch.testing.assert_close(drawn, system.sample(1, seed=seed), atol=1e-4, rtol=0)


def test_paths_are_those_of_latent(system):
    a, b = system.prior(1, 3), system.prior(1, 7)
    at = {p: interpolate.place(system, Walk("m", p, (3, 7), (0.3,))) for p in ("slerp", "lerp")}
    assert torch.equal(at["slerp"], latent.slerp(a, b, 0.3))
    assert torch.equal(at["lerp"], latent.lerp(a, b, 0.3))


def test_corners_in_reading_order(system):
    for seed, at in enumerate(
        interpolate.stops(Walk("m", "corners", (0, 1, 2, 3), (0.0, 0.0)), 9).values()
    ):
        place = interpolate.place(system, Walk("m", "corners", (0, 1, 2, 3), at))
        torch.testing.assert_close(place, system.prior(1, seed))


def test_directions_start_at_the_code(system):
    still, first = (
        interpolate.place(system, Walk("m", "directions", (5,), (s, 0.0))) for s in (0.0, 3.0)
    )
    torch.testing.assert_close(still, system.prior(1, 5))
    assert (still - first).abs().max() > 0.1


def test_tours_close_or_arrive():
    square = interpolate.tour(Walk("m", "corners", (0, 1, 2, 3), (0.5, 0.5)), 9)
    assert square[0] == square[-1] == (0, 0) and square[4] == (1, 1)
    assert interpolate.tour(Walk("m", "directions", (0,), (2.0, -4.0)), 3)[1:] == [
        (1.0, -2.0),
        (2.0, -4.0),
    ]


def test_a_code_as_text_is_exact(system):
    z = system.prior(1, 11)
    assert torch.equal(interpolate.read(interpolate.write(z), system), z)
    walk = Walk("m", "lerp", (interpolate.write(z), 2**32 - 1), (0.5,))
    assert Walk.from_json(json.loads(json.dumps(walk.to_json()))) == walk


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nobody"},
        {"model": None},
        {"model": ["tiny-faces"]},
        {"path": "../.."},
        {"path": ["slerp"]},
        {"path": "corners"},
        {"ends": "ab"},
        {"ends": [{"seed": "3"}]},
        {"ends": [{"seed": "3"}, {"seed": "-1"}]},
        {"ends": [{"seed": "3"}, {"seed": str(2**64)}]},
        {"ends": [{"seed": "3"}, {"code": "AAAA"}]},
        {"ends": [{"seed": "3"}, {"code": "é" * 9}]},
        {"ends": [{"seed": "3"}, {"code": "A" * 10**6}]},
        {"ends": [{"seed": "3"}, {"code": interpolate.write(torch.full((1, 8), torch.nan))}]},
        {"ends": [{"seed": "3"}, 7]},
        {"at": []},
        {"at": [0.5] * 99},
        {"at": ["0.5"]},
        {"at": [float("nan")]},
        {"at": [10**400]},
        {"at": [True]},
        {"at": 0.5},
        {"variety": 1.5},
        {"variety": "1"},
    ],
    ids=lambda change: str(change)[:60],
)
def test_a_bad_frame_gets_a_sentence(studio, change):
    answer = live.answer(lambda s: tab.draw(studio, s), SCENE | change)
    assert answer["error"] and answer["src"] == live.BLANK
    ours = not re.search("could not|string|argument", answer["error"])
    assert ours, "an accident, not a refusal"


@pytest.mark.parametrize("scene", [None, 7, "slerp", [], {}, [[1]]])
def test_what_is_no_scene_gets_a_sentence(studio, scene):
    assert live.answer(lambda s: tab.draw(studio, s), scene)["error"]


def test_places_beyond_the_slider_are_its_ends(studio):
    far = tab.draw(studio, SCENE | {"at": [1e9]})
    assert (far == tab.draw(studio, SCENE | {"at": [1.0]})).all()


def test_a_frame_is_the_picture(studio, system):
    answer = live.answer(lambda s: tab.draw(studio, s), SCENE)
    with PILImage.open(io.BytesIO(_data(answer["src"]))) as shown:
        shown = np.asarray(shown.convert("RGB")).astype(int)
    truth = images.to_arrays(interpolate.draw(system, Walk.from_json(SCENE)))[0]
    assert shown.shape == (32, 32, 3) and abs(shown - truth).mean() < 3


def test_a_kept_picture_is_an_end_again(studio, system):
    walk = Walk.from_json(SCENE)
    picture, made = tab.signed(studio, walk)
    again = ends.end(studio, "tiny-faces", "999", picture)
    assert torch.equal(interpolate.read(again, system), interpolate.place(system, walk))
    assert made.origin == "interpolate"
    signed = recipe.sign(picture, recipe.Recipe("tiny-faces", seed=4, variety=0.6))
    drawn = system.varied(system.prior(1, 4), 0.6)
    again = ends.end(studio, "tiny-faces", "999", signed)
    assert torch.equal(interpolate.read(again, system), drawn)


def test_the_code_of_another_model_is_not_taken_for_ones_own(studio, system):
    picture = images.to_pil(system.sample(1, 5))[0]
    theirs = recipe.sign(picture, recipe.Recipe("another", seed=4))
    code = interpolate.read(ends.end(studio, "tiny-faces", "0", theirs), system)
    torch.testing.assert_close(code, system.encode(images.from_pil(theirs, 32, 1)))


def test_a_photo_is_its_code(studio, system):
    photo = PILImage.effect_noise((64, 64), 80).convert("RGB")
    x = images.from_pil(photo, 32, 1)
    code = interpolate.read(ends.end(studio, "tiny-faces", "0", photo), system)
    torch.testing.assert_close(code, system.encode(x))


def test_the_endpoint(client, system):
    path = client.predict("tiny-faces", "3", "7", 0.25, "slerp", api_name="/interpolate")
    shown = np.asarray(PILImage.open(path).convert("RGB"))
    assert (shown == images.to_arrays(interpolate.draw(system, Walk.from_json(SCENE)))[0]).all()
    assert recipe.read(path).z is not None


def test_the_endpoint_refuses_with_a_sentence(client):
    with pytest.raises(Exception, match="whole number"):
        client.predict("tiny-faces", "seven", "7", 0.5, "slerp", api_name="/interpolate")


QUERY = "?tab=interpolate&model=tiny-faces&path=slerp&seed_a=3&seed_b=7&t=0.25"


def reopen(page, app_url, query=QUERY):
    page.goto(app_url + query)
    page.wait_for_function("document.querySelector('#live img')?.naturalWidth > 1")


def expect_picture(page, studio, walk):
    """The live picture becomes the one of this walk, byte for byte."""
    src = live.frame_uri(tab.draw(studio, walk.to_json()))
    page.wait_for_function("s => document.querySelector('#live img').src === s", arg=src)


def test_a_link_opens_its_picture_and_a_flick_ends_on_its_last_position(page, app_url, studio):
    reopen(page, app_url)
    expect_picture(page, studio, Walk.from_json(SCENE))
    slider = page.locator("#t input[type=range]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    for start, end in [(0.1, 0.93), (0.9, 0.21), (0.3, 0.64)]:
        page.mouse.move(box["x"] + start * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + end * box["width"], y, steps=3)
        page.mouse.up()
        t = float(slider.input_value())
        assert abs(t - end) < 0.05
        expect_picture(page, studio, Walk("tiny-faces", "slerp", (3, 7), (t,)))
    at = "new URLSearchParams(location.search).get('t')"
    page.wait_for_function(f"t => {at} === String(t)", arg=t)  # the address follows


def test_the_keyboard_moves_it_and_history_brings_it_back(page, app_url, studio):
    reopen(page, app_url)
    page.locator("#t input[type=range]").press("ArrowRight")
    expect_picture(page, studio, Walk("tiny-faces", "slerp", (3, 7), (0.26,)))
    page.locator("#history button", has_text="0.26").wait_for()
    page.locator("#strip button").last.click()
    expect_picture(page, studio, Walk("tiny-faces", "slerp", (3, 7), (1.0,)))
    page.locator("#history button", has_text="at 1").wait_for()  # nothing moves from here on
    page.locator("#history button", has_text="0.26").click()
    expect_picture(page, studio, Walk("tiny-faces", "slerp", (3, 7), (0.26,)))


def test_a_late_answer_does_not_undo_what_the_hand_did(page, app_url, studio, monkeypatch):
    reopen(page, app_url)
    quick = tab.show

    def slow(*given):
        time.sleep(1)
        return quick(*given)

    monkeypatch.setattr(tab, "show", slow)
    page.locator("#walk-variety input[type=range]").press("ArrowLeft")
    page.locator("#t input[type=range]").press("ArrowRight")
    expect_picture(page, studio, Walk("tiny-faces", "slerp", (3, 7), (0.26,), variety=0.95))
    page.locator("#history button", has_text="0.26").wait_for()


def test_the_picture_is_a_pad_between_four_corners(page, app_url, studio):
    reopen(page, app_url, QUERY.replace("path=slerp", "path=corners") + "&seed_c=2&seed_d=3")
    page.locator("#live .pad").wait_for()
    box = page.locator("#live figure").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"], steps=4)
    page.mouse.up()
    u, v = (float(page.locator(f"#{k} input[type=range]").input_value()) for k in "uv")
    assert abs(u - 0.9) < 0.05 and abs(v - 0.2) < 0.05
    expect_picture(page, studio, Walk("tiny-faces", "corners", (3, 7, 2, 3), (u, v)))


def test_a_broken_line_recovers(page, app_url, studio):
    reopen(page, app_url)
    page.route("**/component_server/*", lambda route: route.abort())
    page.locator("#t input[type=range]").press("ArrowRight")
    page.locator("#live .stuck").wait_for()
    page.unroute("**/component_server/*")
    page.locator("#t input[type=range]").press("ArrowRight")
    expect_picture(page, studio, Walk("tiny-faces", "slerp", (3, 7), (0.27,)))


def test_the_code_of_a_photo_is_in_the_link(page, app_url, studio, system, tmp_path):
    file = tmp_path / "photo.png"
    PILImage.effect_noise((64, 64), 80).save(file)
    page.goto(f"{app_url}?tab=interpolate&t=0")
    page.set_input_files("#photo-a input[type=file]", file)
    page.wait_for_function("location.search.includes('photo_a=')")
    query = dict(parse_qsl(page.evaluate("location.search.slice(1)")))
    code = interpolate.read(ends.end(studio, "tiny-faces", "0", PILImage.open(file)), system)
    again = torch.tensor([shorthand.long(query["photo_a"])])
    torch.testing.assert_close(again, code, rtol=0, atol=shorthand.REACH / 250)
    page.goto(f"{app_url}?{urlencode(query)}")
    page.wait_for_selector("#photo-a img")


def test_a_film_is_drawn_frame_by_frame(studio):
    walk, shares = Walk.from_json(SCENE), []
    work = tab.film(studio, walk, "WebP", 0.5)
    with pytest.raises(StopIteration) as end:
        while True:
            shares.append(next(work))
    assert shares == sorted(shares) and len(shares) == 11
    with PILImage.open(io.BytesIO(end.value.value)) as film:
        assert film.n_frames == 20  # there and back
    still = Walk("tiny-faces", "directions", (3,), (0.0,))
    with pytest.raises(ValueError, match="Move a direction first"):
        next(tab.film(studio, still, "WebP", 0.5))


def test_a_film_ends_when_it_is_stopped_and_when_the_page_leaves(page, app_url, monkeypatch):
    running = []

    def endless(*given):
        running.append(True)
        try:
            for i in itertools.count():
                time.sleep(0.3)
                yield 0.5 * (i % 2)
        finally:
            running.clear()

    monkeypatch.setattr(tab, "film", endless)
    reopen(page, app_url)
    page.locator("button:enabled", has_text="Download picture").wait_for()  # all is drawn
    page.get_by_role("button", name="Animation").click()
    page.click("#animate")
    page.wait_for_selector("#film [role=progressbar]")
    page.locator("#animate:disabled").wait_for()
    page.click("#stop-film")
    until(lambda: not running, "Stop does not end it")
    page.wait_for_selector(f"#film >> text={STOPPED}")
    page.locator("#stop-film").wait_for(state="hidden")
    page.locator("#animate:enabled").click()
    page.wait_for_selector("#film [role=progressbar]")
    page.get_by_label("Straight line").click()  # another path: it is of this one no longer
    until(lambda: not running, "another path does not end it")
    page.locator("#film [role=progressbar]").wait_for(state="detached")
    page.click("#animate")
    page.wait_for_selector("#film [role=progressbar]")
    page.goto("about:blank")
    until(lambda: not running, "it goes on without the page")


def _data(uri: str) -> bytes:
    return base64.b64decode(uri.split(",", 1)[1])
