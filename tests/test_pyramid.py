"""The Pyramid tab: its sums, its endpoint, and a browser."""

import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving, tiny
from gradio_client.exceptions import AppError
from PIL import Image as PILImage
from torch.nn.functional import interpolate

from gan_demo import checkpoint, images, systems
from gan_demo.images import pyramid
from gan_demo.studio import Studio
from gan_demo.tabs import pyramid as tab
from gan_demo.ui import live

MODEL, READER = "tiny-lapgan", "tiny-reader"  # that learned from the same pictures
THIN = {"coarse": {"width": 8}, "detail": {"width": 8, "blocks": 1}, "critic": {"width": 8}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    system = systems.make("lapgan", size=16, coarsest=4, z_dim=330, **THIN)
    with torch.no_grad():  # fresh ones draw next to nothing
        for level in system.G:
            level.end.weight.mul_(30)
    folder = tmp_path_factory.mktemp("pyramids")
    toys = {"config": {"data": {"source": "pack:toys"}}}
    checkpoint.save(folder / MODEL, system, training=toys)
    checkpoint.save(folder / READER, tiny(), training=toys)
    return folder


@pytest.fixture(scope="module")
def studio(folder):
    return Studio([str(folder)])


@pytest.fixture(scope="module")
def url(folder):
    with serving(folder) as url:
        yield url


def test_the_terms_of_a_line_add_up(studio):
    (grown,) = tab.grow(studio, MODEL, "3", 1, "all")
    assert grown.heads == ["4 px", "detail", "8 px", "detail", "16 px"]
    small, first, middle, second, last = grown.terms
    eight = pyramid.up(small[..., ::4, ::4]) + first[..., ::2, ::2] / tab.GAIN
    torch.testing.assert_close(eight, middle[..., ::2, ::2])
    torch.testing.assert_close(pyramid.up(eight) + second / tab.GAIN, last)


def test_lines_differ_in_what_was_asked_for(studio):
    def same(lines: str) -> list[bool]:
        one, two = tab.grow(studio, MODEL, "5", 2, lines)
        return [
            torch.allclose(a, b, atol=1e-4) for a, b in zip(one.stages, two.stages, strict=True)
        ]

    assert same("all") == [False, False, False]
    assert same("details") == [True, False, False]
    assert same("finest") == [True, True, False]
    assert [g.name for g in tab.grow(studio, MODEL, "5", 2, "finest")] == ["5", "5 + 6"]


def test_other_wishes_are_refused_in_a_sentence(studio):
    with pytest.raises(ValueError, match="choose all, details, finest"):
        tab.grow(studio, MODEL, "5", 2, "none")


def test_a_model_with_one_z_for_all_stages_has_no_other_details(studio):
    system = studio.able(MODEL, systems.Grows)
    whole = system.parts
    try:
        system.parts = ()
        with pytest.raises(ValueError, match="one z decides"):
            tab.grow(studio, MODEL, "5", 2, "finest")
    finally:
        system.parts = whole


def test_the_endpoint_gives_every_stage_in_its_own_size(url, studio):
    api = gradio_client.Client(url, verbose=False)
    found = api.predict(model=MODEL, seed="7", count=2, lines="details", api_name="/pyramid")
    assert [item["caption"] for item in found[:3]] == [
        *("seed 7, 4 px", "seed 7, 8 px", "seed 7, 16 px")
    ]
    last = PILImage.open(found[2]["image"]).convert("RGB")
    (grown,) = tab.grow(studio, MODEL, "7", 1, "all")
    assert (np.asarray(last) == images.to_arrays(grown.stages[-1])[0]).all()
    assert found[3]["caption"] == "seed 7 + 8, 4 px"
    for wrong, why in (
        ({"seed": "x"}, "whole number"),
        ({"lines": "none"}, "details or"),
    ):
        with pytest.raises(AppError, match=why):
            api.predict(**({"model": MODEL, "seed": "7"} | wrong), api_name="/pyramid")


def test_a_link_draws_its_lines_and_others_are_asked_for(page, url):
    page.goto(f"{url}?tab=pyramid&seed=7&count=2&lines=details")
    page.wait_for_function("document.querySelectorAll('#pyramid img').length === 10")
    assert "7 + 8" in page.inner_text("#pyramid")
    sources = page.eval_on_selector_all("#pyramid img", "all => all.map(one => one.src)")
    assert sources[0] == sources[5] and sources[4] != sources[9]
    page.get_by_label("Other pictures").check()
    page.wait_for_function("!document.querySelector('#pyramid').innerText.includes('+ 8')")
    with page.expect_download() as kept:
        page.locator("button", has_text="Download sheet").click()
    assert kept.value.suggested_filename == f"{MODEL}-seed-7-all.png"
    assert PILImage.open(kept.value.path()).size == (5 * 18 + 2, 2 * 18 + 2)
    page.locator("#history button", has_text="grown from 7 to 8").wait_for()  # nothing moves now
    page.locator("#history button", has_text="grown from 7 to 7 + 8").click()
    page.wait_for_function("document.querySelector('#pyramid').innerText.includes('7 + 8')")


def test_the_marked_picture_goes_on_to_a_model_that_reads_such(page, url, studio):
    page.goto(f"{url}?tab=pyramid&seed=7&count=2&lines=details")
    page.locator("#pyramid-to-reconstruct").wait_for()
    assert page.locator("#pyramid-to-translate").is_hidden()  # no model carries them anywhere
    page.locator("#pyramid button").nth(1).click()
    page.wait_for_selector("#pyramid button[data-index='1'][aria-pressed=true]")
    page.get_by_text("Take seed 7 + 8 further").wait_for()
    page.click("#pyramid-to-reconstruct")
    page.wait_for_function("document.querySelector('#photo img')?.naturalWidth === 16")
    page.locator("#note", has_text=f"the code of {MODEL} in the picture is not used").wait_for()
    sent = tab.grow(studio, MODEL, "7", 2, "details")[1].finished
    read = live.frame_uri(images.to_arrays(images.from_pil(sent, 32, 1))[0])
    assert page.get_attribute("#original img", "src") == read


def test_terms_are_enlarged_without_a_change(studio):
    (grown,) = tab.grow(studio, MODEL, "1", 1, "all")
    wanted = interpolate(grown.stages[0], size=16, mode="nearest")
    assert torch.equal(grown.terms[0], wanted)
