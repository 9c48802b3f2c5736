"""The Translate tab: its endpoint, and a browser."""

import asyncio
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving
from drawn import scene
from gradio.components.image_editor import EditorData
from gradio.data_classes import FileData
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image as PILImage
from PIL import ImageDraw
from translators import ALONE, COLOUR, CYCLE, SIZE, SKETCH, dots, photo, save_all

from gan_demo import images
from gan_demo.actions import domains, translate
from gan_demo.studio import Studio
from gan_demo.ui.pad import BITS, WAITING, Pad, Sheet

READY = "document.querySelector('#curtain img')?.naturalWidth > 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_all(tmp_path_factory.mktemp("translators"))


@pytest.fixture(scope="module")
def url(folder):
    with serving(folder) as url:
        yield url


@pytest.fixture(scope="module")
def api(url):
    return gradio_client.Client(url, verbose=False)


@pytest.fixture
def file(tmp_path):
    photo(120, 80).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def called(api, path, model, to, **options):
    photo = handle_file(path)
    return api.predict(model=model, to=to, photo=photo, **options, api_name="/translate")


def pixels(path):
    return np.asarray(PILImage.open(path).convert("RGB"))


def test_the_endpoint_gives_there_and_back(api, file, folder):
    y, back, numbers = called(api, file, COLOUR, "bright")
    world = domains.world(Studio([str(folder)]), COLOUR)
    x, _ = translate.look(world, PILImage.open(file), "bright")
    done = translate.translation(world, x, "bright")
    assert (pixels(y) == images.arrays(done.y)[0]).all()
    assert (pixels(back) == images.arrays(done.back)[0]).all()
    assert numbers["cycle L1"] == pytest.approx(done.cycle)
    assert PILImage.open(y).size == (48, SIZE)


def test_the_endpoint_in_tiles_keeps_the_size(api, file):
    y, back, numbers = called(api, file, COLOUR, "bright", tiles=True)
    assert PILImage.open(y).size == PILImage.open(back).size == (120, 80)
    assert "tiles" in numbers["note"]
    with pytest.raises(AppError, match="translates whole pictures"):
        called(api, file, CYCLE, "smiling", tiles=True)


def test_the_endpoint_of_one_way(api, file):
    y, back, numbers = called(api, file, ALONE, "smiling", find=False)
    assert PILImage.open(y).size == (48, SIZE)
    assert back is None and "cycle L1" not in numbers


def test_the_endpoint_refuses_in_a_sentence_and_lives_on(api, file, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    photo(400, 20).save(tmp_path / "long.png")
    for path, model, to, why in (
        (tmp_path / "notes.jpg", CYCLE, "smiling", r"notes\.jpg: not a picture"),
        (tmp_path / "long.png", CYCLE, "smiling", "8 times"),
        (file, "nobody", "smiling", "nobody"),
        (file, ALONE, "neutral", "Choose smiling"),
        (file, CYCLE, "<b>", "cannot draw '<b>'. Choose neutral or smiling"),
    ):
        with pytest.raises(AppError, match=why):
            called(api, path, model, to)
    assert called(api, file, CYCLE, "neutral")


def test_a_mask_says_where_a_picture_was_drawn_anew(folder):
    studio = Studio([str(folder)])
    world, x = domains.world(studio, COLOUR), dots(1)
    done = translate.translation(world, x, "bright")
    y, m = world.system.G_AB.masked(images.from_pixels(x))
    assert torch.equal(done.y, images.to_pixels(y))
    torch.testing.assert_close(done.mask, m)
    assert done.numbers["drawn anew"] == pytest.approx(m.mean().item())
    odd = images.from_pixels(x)[..., :30, :29]
    y, m = world.system.masked(odd, "plain")
    assert (y.shape[-2:], m.shape[-2:]) == ((30, 29), (30, 29))
    plain = translate.translation(domains.world(studio, CYCLE), x[:, :1], "smiling")
    assert plain.mask is None and "drawn anew" not in plain.numbers


def test_the_twin_of_an_example_is_known_where_pairs_are_declared(folder):
    studio = Studio([str(folder)])
    plain, bright = (domains.world(studio, COLOUR).examples[d] for d in ("plain", "bright"))
    undeclared = domains.world(studio, COLOUR)
    declared = replace(undeclared, twins=True)
    done = translate.translation(declared, plain[3:4], "bright")
    assert torch.equal(done.twin, bright[3:4])
    gap = (bright[3:4].float() - done.y.float()).abs().mean() / 127.5
    assert done.numbers["twin L1"] == pytest.approx(gap.item())
    assert torch.equal(translate.twin(declared, bright[5:6], "plain"), plain[5:6])
    assert translate.twin(declared, 255 - plain[3:4], "bright") is None
    assert translate.twin(undeclared, plain[3:4], "bright") is None
    assert domains.world(studio, SKETCH).twins and undeclared.textures


def test_a_drawing_becomes_one_that_the_translator_knows(folder):
    world = domains.world(Studio([str(folder)]), SKETCH)
    paper = PILImage.new("RGB", (512, 512), "white")
    ImageDraw.Draw(paper).line((100, 60, 400, 450), fill="black", width=16)
    x, _ = translate.sketched(world, paper, "faces")
    assert x.shape == (1, 1, SIZE, SIZE) and set(x.unique().tolist()) == {0, 255}
    assert 0.01 < (x == 0).float().mean() < 0.06


def test_the_pad_keeps_the_latest_drawings_and_fetches_nothing():
    drawn, pad = PILImage.new("RGBA", (64, 64)), Pad()
    for i in range(WAITING + 1):
        drawn.putpixel((i, 5), (0, 0, 0, 255))
        blob = {"type": "composite", "id": f"{i}", "index": None}
        pad.accept_blobs(SimpleNamespace(data=blob, files=[("drawing", images.png(drawn))]))
        pad.accept_blobs(SimpleNamespace(data=blob | {"type": "layer", "index": 10**12}, files=[]))
    assert pad.preprocess(EditorData(id="0")) is None
    last = np.asarray(pad.preprocess(EditorData(id=f"{WAITING}")))
    assert (last[5, : WAITING + 1] == 0).all() and last.sum() == 3 * 255 * (64 * 64 - WAITING - 1)
    assert pad.preprocess(EditorData(id=f"{WAITING}")) is None
    with pytest.raises(gr.Error, match="not on the server"):
        pad.preprocess(EditorData(composite=FileData(path="/etc/hostname")))
    with pytest.raises(gr.Error, match="not on the server"):
        # in a thread: the browser of other tests has a loop here
        moved = pad.async_move_resource_to_block_cache("http://127.0.0.1/x.png")
        ThreadPoolExecutor().submit(asyncio.run, moved).result()


def test_an_example_stands_in_and_a_photo_takes_its_place(page, url, tmp_path):
    page.goto(f"{url}?tab=translate&model={CYCLE}")
    page.wait_for_function(READY)
    assert "example" in page.inner_text("#way-note")
    assert page.locator("#history button").count() == 0
    page.wait_for_selector("#translate-link:text-is('Copy link')")
    for name in ("reconstruct", "edit", "interpolate-a", "interpolate-b"):  # no model reads it
        page.locator(f"#translate-to-{name}").wait_for(state="hidden")
    scene((300, 100, 260)).save(tmp_path / "me.jpg")
    page.set_input_files("#photo-translate input[type=file]", tmp_path / "me.jpg")
    page.wait_for_function("document.querySelector('#way-note').innerText.includes('face')")
    assert "neutral again" in page.inner_text("#way-there")
    assert "Cycle L1" in page.inner_text("#way-numbers")
    page.wait_for_selector("#translate-link:text-is('Copy link, without the photo')")
    page.locator("#history button", has_text="as smiling").wait_for()
    assert page.locator("#translate-paste").is_visible()
    with page.expect_download() as kept:
        page.locator("button", has_text="Download").locator("visible=true").first.click()
    assert kept.value.suggested_filename == f"{CYCLE}-smiling.png"
    page.get_by_label("smiling → neutral").check()
    page.wait_for_function("document.querySelector('#way-there').innerText.includes('smiling, x')")
    page.locator("#history button", has_text="as neutral").wait_for()
    page.locator("#history button", has_text="as smiling").click()
    page.wait_for_function("document.querySelector('#way-there').innerText.includes('neutral, x')")
    page.click("#my-photo button")
    page.wait_for_selector("#translate-link:text-is('Copy link')")


def test_a_link_sets_all_and_methods_are_compared(page, url):
    page.goto(f"{url}?tab=translate&model={CYCLE}&to=smiling&compare=true")
    page.wait_for_function("document.querySelectorAll('#others button').length === 2")
    said = page.inner_text("#others")
    assert ALONE in said and CYCLE in said and "one way" in said
    page.locator("#others button", has_text=ALONE).click()
    page.wait_for_function("document.querySelector('#way-there').innerText.includes('No way back')")
    assert page.get_by_label("smiling → neutral").count() == 0


def test_a_drawing_made_on_another_paper_changes_nothing():
    first, second = Sheet.new(), Sheet.new()
    drawing = first.paper()
    assert min(low for low, _ in second.paper().getextrema()) > 250  # white to the eye
    ImageDraw.Draw(drawing).line((100, 60, 400, 450), fill="black", width=16)
    assert second.drawn(drawing) is second and first.drawn(None) is first
    drawn = first.drawn(drawing)
    assert drawn.drawing is drawing and drawn.drawn(None).drawing is None
    assert Sheet(first.number + 2**BITS).drawn(drawing).drawing is drawing
    ImageDraw.Draw(drawing).line((0, 0, 60, 0), fill="black", width=16)  # over the number
    assert second.drawn(drawing).drawing is drawing


def test_each_stroke_on_the_pad_is_translated_and_drawings_are_offered_tracing(
    page, url, monkeypatch
):
    arrives = threading.Event()
    arrives.set()

    class Sent(OrderedDict):
        def __setitem__(self, name, drawing):
            arrives.wait(60)
            super().__setitem__(name, drawing)

    sent = Sent()
    monkeypatch.setattr("gan_demo.ui.pad._sent", sent)
    page.goto(f"{url}?tab=translate&model={SKETCH}&to=faces")
    paper = page.locator("#pad canvas").first
    paper.wait_for()
    shown = page.get_attribute("#way-y img", "src")
    box = paper.bounding_box()
    for i in (1, 2):
        page.mouse.move(box["x"] + i * box["width"] / 3, box["y"] + 0.3 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.7 * box["height"], steps=2)
        page.mouse.up()
        page.wait_for_function(
            "src => document.querySelector('#way-y img').src !== src"
            " && document.querySelector('#way-note').innerText === 'Your drawing.'",
            arg=shown,
        )
        shown = page.get_attribute("#way-y img", "src")
    assert not page.locator("#way-twin").is_visible()

    arrives.clear()  # a stroke is still under way when an example is chosen
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 0.7 * box["height"], steps=2)
    page.mouse.up()
    page.locator("#pairs button").nth(3).click()
    page.wait_for_function("document.querySelector('#photo-translate img')?.naturalWidth === 32")
    page.wait_for_function("document.querySelector('#way-note').innerText.includes('as it is')")
    page.evaluate(
        "window.said = []; setInterval("
        "() => window.said.push(document.querySelector('#way-note').innerText), 20)"
    )
    with page.expect_request("**/queue/join*"):
        arrives.set()
    page.wait_for_timeout(1000)
    assert all("as it is" in said for said in page.evaluate("window.said"))
    assert page.locator("#trace").is_visible()
    page.locator("#way-twin").wait_for()
    page.locator("#way-numbers", has_text="Twin L1").wait_for()
    page.get_by_label("faces → edges").check()
    page.locator("#trace").wait_for(state="hidden")
    page.locator("#pad").wait_for(state="hidden")


def test_a_large_photo_is_drawn_in_tiles(page, url, file):
    page.goto(f"{url}?tab=translate&model={COLOUR}")
    page.wait_for_function(READY)
    page.locator("#way-mask").wait_for()
    page.locator("#way-numbers", has_text="Drawn anew").wait_for()
    assert not page.locator("#tiles").is_visible()
    page.locator("#translate-paste").wait_for(state="hidden")  # no face, no place in the photo
    page.set_input_files("#photo-translate input[type=file]", file)
    page.click("#tiles")
    page.wait_for_function("document.querySelector('#way-note').innerText.includes('full size')")
    page.wait_for_function("document.querySelector('#way-y img').naturalWidth === 120")
    page.locator("#way-mask").wait_for(state="hidden")  # tiles show none
    page.locator("#stop").wait_for(state="hidden")


def test_tiles_can_be_stopped_and_give_way_to_another_wish(page, url, tmp_path, monkeypatch):
    quick = translate.tiled

    def endless(*given):
        while True:
            for share in quick(*given):
                yield share
                time.sleep(0.1)

    monkeypatch.setattr(translate, "tiled", endless)
    photo(1200, 900).save(tmp_path / "large.png")
    page.goto(f"{url}?tab=translate&model={COLOUR}")
    page.wait_for_function(READY)
    page.set_input_files("#photo-translate input[type=file]", tmp_path / "large.png")
    page.click("#tiles")
    page.wait_for_selector("#way-note [role=progressbar]")
    page.click("#stop")
    page.wait_for_function("document.querySelector('#way-note').innerText.includes('stopped')")
    page.locator("#stop").wait_for(state="hidden")
    page.click("#tiles")
    page.wait_for_selector("#way-note [role=progressbar]")
    page.get_by_label("bright → plain").check()
    page.wait_for_function("document.querySelector('#way-there').innerText.includes('plain, y')")
    page.locator("#stop").wait_for(state="hidden")
    page.locator("#way-note [role=progressbar]").wait_for(state="detached")
    page.wait_for_timeout(500)
    assert page.locator("#way-note [role=progressbar]").count() == 0
    assert page.evaluate("document.querySelector('#way-y img').naturalWidth") == 43
