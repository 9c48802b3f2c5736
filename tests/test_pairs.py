"""The Pairs tab: its endpoint, the way between two seeds, and a browser."""

import io
import zipfile

import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint, images, systems
from gan_demo.actions.interpolate import Walk
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.systems import Couples
from gan_demo.tabs import pairs as tab

MODEL = "tiny-cogan"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    small = {"size": 32, "channels": 1, "z_dim": 8, "domains": ["faces", "edges"]}
    nets = {"generator": {"width": 4, "cap": 16}, "critic": {"width": 4, "cap": 16}}
    system = systems.make("cogan", **small, **nets)
    with torch.no_grad():  # fresh ones draw plain grey
        for weight in system.G.parameters():
            weight.mul_(8 if weight.dim() > 1 else 1)
    folder = tmp_path_factory.mktemp("couples")
    checkpoint.save(folder / MODEL, system, training={})
    return folder


@pytest.fixture(scope="module")
def studio(folder):
    return Studio([str(folder)])


@pytest.fixture(scope="module")
def url(folder):
    with serving(folder) as url:
        yield url


def test_a_pair_is_one_z_drawn_twice(studio):
    system = studio.able(MODEL, Couples)
    found = tab.pairs(studio, MODEL, "6", 2)
    wanted = system.pair(system.prior(2, 6))
    for i, pair in enumerate(found):
        assert pair.seed == 6 + i
        for picture, x in zip(pair.pictures, wanted, strict=True):
            assert (np.asarray(picture) == images.to_arrays(x)[i]).all()


def test_the_way_ends_at_both_seeds(studio):
    def at(t: float) -> np.ndarray:
        return tab.draw(studio, Walk(MODEL, "slerp", (3, 4), (t,)).to_json())

    for t, seed in ((0.0, "3"), (1.0, "4")):
        (pair,) = tab.pairs(studio, MODEL, seed, 1)
        assert at(t).shape == (32, 64, 3)
        assert np.abs(at(t).astype(int) - pair.side_by_side).max() <= 2
    with pytest.raises(ValueError, match="reload"):
        tab.draw(studio, {"model": MODEL})


def test_the_archive_holds_both_and_the_first_can_be_drawn_again(studio):
    name, data = tab.archive(MODEL, tab.pairs(studio, MODEL, "6", 2))
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert name == f"{MODEL}.zip"
        assert len(z.namelist()) == 4
        face = PILImage.open(io.BytesIO(z.read(f"{MODEL}-seed-7-faces.png")))
        drawing = PILImage.open(io.BytesIO(z.read(f"{MODEL}-seed-7-edges.png")))
    made = recipe.of(face)
    assert made is not None and made.seed == 7
    assert recipe.of(drawing) is None and drawing.size == (32, 32)


def test_the_endpoint_names_both_domains(url):
    api = gradio_client.Client(url, verbose=False)
    found = api.predict(model=MODEL, seed="7", count=2, api_name="/pairs")
    assert [item["caption"] for item in found] == [
        *("seed 7, faces", "seed 7, edges", "seed 8, faces", "seed 8, edges")
    ]
    with pytest.raises(AppError, match="whole number"):
        api.predict(model=MODEL, seed="x", count=2, api_name="/pairs")


def test_two_chosen_pairs_become_the_ends_and_both_move(page, url):
    page.goto(f"{url}?tab=pairs&seed=10&count=4")
    page.wait_for_function("document.querySelectorAll('#twins button').length === 4")
    assert "faces above, edges below" in page.inner_text("#twins")
    page.locator("#twins button", has_text="seed 11").click()
    page.wait_for_function("document.querySelector('#to input, #to textarea').value === '11'")
    page.locator("#twins button", has_text="seed 13").click()
    page.wait_for_function("document.querySelector('#to input, #to textarea').value === '13'")
    page.wait_for_function("document.querySelector('#from input, #from textarea').value === '11'")
    page.wait_for_function("document.querySelector('#together img')?.naturalWidth === 64")
    before = page.get_attribute("#together img", "src")
    slider = page.locator("#way-t input[type=range]")
    slider.focus()
    slider.press("Home")
    page.wait_for_function(f"document.querySelector('#together img').src !== '{before}'")
    page.locator("#history button", has_text="11 · 13 at 0").wait_for()
    page.locator("#history button", has_text="pairs 10 to 13").wait_for()
    with page.expect_download() as kept:
        page.locator("button", has_text="Download all").locator("visible=true").click()
    assert kept.value.suggested_filename == f"{MODEL}.zip"
