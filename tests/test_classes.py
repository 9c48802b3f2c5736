"""The Classes tab: the sheet, mixtures from anyone, the endpoint, and a browser."""

import json
import re

import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint, images, systems
from gan_demo.actions import classes
from gan_demo.actions.classes import Mixture
from gan_demo.studio import Studio
from gan_demo.ui import live

NAMES = ["cat", "dog", "<frog>"]
SCENE = Mixture("pets", 3, "cat", "dog", 0.25).scene()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conditional")
    width = {"generator": {"width": 4}, "discriminator": {"width": 4}}
    for name, of in (("pets", NAMES), ("moods", ["neutral", "happy"])):
        torch.manual_seed(0)
        system = systems.make("cgan", classes=of, size=32, channels=1, z_dim=8, **width).eval()
        with torch.no_grad():  # a generator fresh from the start draws plain grey
            for weight in system.G.parameters():
                weight.mul_(8 if weight.dim() > 1 else 1)
        checkpoint.save(folder / name, system, training={})
    return folder


@pytest.fixture(scope="module")
def studio(folder):
    return Studio([str(folder)])


@pytest.fixture(scope="module")
def url(folder):
    with serving(folder) as url:
        yield url


def said(page, what):
    """Waits until the line under the controls says so."""
    page.locator("#mixed", has_text=re.compile(what)).wait_for()


def test_a_sheet_has_a_row_for_each_seed_and_a_place_for_each_class(studio):
    system = studio["pets"]
    x = classes.sheet(system, 5, 2)
    assert x.shape == (6, 1, 32, 32)
    alone = system.decode(system.prior(1, 6), torch.tensor([2]))
    torch.testing.assert_close(x[5:6], alone, atol=1e-5, rtol=1e-4)


def test_the_ends_of_a_mixture_are_the_classes(studio):
    system = studio["pets"]
    z = system.prior(1, 3)
    for t, y in ((0.0, 0), (1.0, 1), (-5.0, 0), (9.0, 1)):
        drawn = classes.mixed(studio, Mixture("pets", 3, "cat", "dog", t))
        assert (drawn == images.to_arrays(system.decode(z, torch.tensor([y])))[0]).all()
    half = classes.mixed(studio, Mixture("pets", 3, "cat", "dog", 0.25))
    shares = torch.tensor([[0.75, 0.25, 0.0]])
    assert (half == images.to_arrays(system.blend(z, shares))[0]).all()
    same = classes.mixed(studio, Mixture("pets", 3, "dog", "dog", 0.4))
    assert (same == images.to_arrays(system.decode(z, torch.tensor([1])))[0]).all()


def test_the_way_is_the_mixtures_one_after_the_other(studio):
    places = [0.0, 0.25, 1.0]
    drawn = classes.way(studio, Mixture("pets", 3, "cat", "dog", 0.0), places)
    for t, picture in zip(places, drawn, strict=True):
        alone = classes.mixed(studio, Mixture("pets", 3, "cat", "dog", t))
        assert abs(picture.astype(int) - alone).max() <= 1  # a batch rounds otherwise than one


def test_a_mixture_says_its_shares():
    said = [Mixture("m", 0, "cat", "dog", t).said for t in (0.0, 0.3, 1.0)]
    assert said == ["cat", "70% cat, 30% dog", "dog"]


def test_the_spread_is_over_different_pairs_alone():
    """Two seeds, two classes, one pixel: by hand."""
    x = torch.tensor([0.0, 1.0, 0.5, 0.9]).view(4, 1, 1, 1)
    apart = classes.spread(x, 2)
    assert apart["other class"] == pytest.approx((1.0 + 0.4) / 2)
    assert apart["other seed"] == pytest.approx((0.5 + 0.1) / 2)
    assert classes.spread(x[:2], 2).keys() == {"other class"}


def test_unknown_classes_fall_back_to_the_first_two(studio):
    system = studio["pets"]
    assert classes.ends(system, None, "ship") == ("cat", "dog")
    assert classes.ends(system, "dog", None) == ("dog", "cat")
    assert classes.ends(system, "<frog>", "dog") == ("<frog>", "dog")


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nobody"},
        {"a": "ship"},
        {"b": None},
        {"seed": "x"},
        {"seed": -1},
        {"seed": True},
        {"at": []},
        {"at": None},
        {"at": ["x"]},
        {"at": [True]},
        {"at": [float("nan")]},
        {"at": [10**400]},
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_bad_frame_gets_a_sentence(studio, change):
    answer = live.answer(lambda s: classes.draw(studio, s), SCENE | change)
    assert answer["error"] and answer["src"] == live.BLANK
    ours = not re.search("could not|string|argument", answer["error"])
    assert ours, "an accident, not a refusal"


@pytest.mark.parametrize("scene", [None, 7, [], {}, "cat"])
def test_what_is_no_scene_gets_a_sentence(studio, scene):
    assert live.answer(lambda s: classes.draw(studio, s), scene)["error"] == classes.HERE


def test_a_scene_is_a_mixture_again():
    assert Mixture.of(json.loads(json.dumps(SCENE))) == Mixture("pets", 3, "cat", "dog", 0.25)


def test_the_endpoint_gives_every_class_and_a_mixture(url, studio):
    api = gradio_client.Client(url, verbose=False)
    shots, mixed = api.predict("pets", "3", "cat", "dog", 0.25, api_name="/classes")
    assert [shot["caption"] for shot in shots] == NAMES
    truth = images.to_arrays(classes.sheet(studio["pets"], 3, 1))
    for shot, array in zip(shots, truth, strict=True):
        with PILImage.open(shot["image"]) as picture:
            assert (np.asarray(picture.convert("RGB")) == array).all()
    with PILImage.open(mixed) as picture:
        drawn = np.asarray(picture.convert("RGB"))
    assert (drawn == classes.draw(studio, SCENE)).all()
    for bad, why in ((("pets", "x"), "whole number"), (("pets", "1", "ship"), "no class")):
        with pytest.raises(AppError, match=why):
            api.predict(*bad, api_name="/classes")


def test_a_link_a_click_and_the_history(page, url):
    page.goto(f"{url}?tab=classes&model=pets&seed=4&seeds=2&z=5&a=dog&b=cat&t=0.3")
    said(page, r"30% cat")
    assert page.locator("#every button").count() == 6
    assert "<frog>" in page.inner_text("#every")
    assert page.locator("#every button[aria-pressed=true]").get_attribute("data-index") == "4"
    page.locator("#history button", has_text="70% dog").wait_for()
    page.locator("#every button").nth(2).click()
    said(page, r"^\s*<frog>, seed 4")
    assert page.get_by_label("Its seed").input_value() == "4"
    page.locator("#history button", has_text="frog").wait_for()  # nothing moves from here on
    page.locator("#history button", has_text="70% dog").click()
    said(page, r"30% cat")
    assert page.get_by_label("Its seed").input_value() == "5"
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download picture").click()
    assert kept.value.suggested_filename.startswith("pets-")


def test_the_slider_draws_live_and_another_model_brings_its_classes(page, url):
    page.goto(f"{url}?tab=classes&model=pets&a=cat&b=dog&t=0")
    said(page, r"^\s*cat, seed 0")
    before = page.locator("#mixture img").get_attribute("src")
    page.locator("#share input[type=range]").fill("1")
    said(page, r"^\s*dog, seed 0")
    assert page.locator("#mixture img").get_attribute("src") != before
    page.locator("#class-stops button").nth(4).click()
    said(page, r"50% cat, 50% dog")
    page.goto(f"{url}?tab=classes&model=moods&a=cat")
    said(page, r"^\s*neutral, seed 0")
    assert page.get_by_label("cat").count() == 0
    assert page.locator("[data-testid=toast-body]").count() == 0
