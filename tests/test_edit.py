"""The Edit tab: moves of a code, the endpoint, frames from anyone, and a browser."""

import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving, tiny
from drawn import scene as photographed
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint, images, latent
from gan_demo.actions import edit, interpolate
from gan_demo.actions.edit import Edit
from gan_demo.checkpoint import recipe
from gan_demo.codes import attributes, directions
from gan_demo.codes.attributes import Attributes
from gan_demo.studio import Studio
from gan_demo.tabs import edit as tab
from gan_demo.ui import live

MODEL, PLAIN = "smiling", "without"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One model with two attributes, one without, one whose attributes are damaged."""
    folder = tmp_path_factory.mktemp("edits")
    for name in (MODEL, PLAIN, "damaged"):
        checkpoint.save(folder / name, tiny(), training={})
    moves = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    found = Attributes(("smile", "anger"), ("happiness", "anger"), ("neutral",) * 2, moves)
    attributes.save(folder / MODEL, found)
    (folder / "damaged" / attributes.FILE).write_bytes(b"nothing")
    return folder


@pytest.fixture(scope="module")
def studio(folder):
    return Studio([str(folder)])


@pytest.fixture(scope="module")
def url(folder):
    with serving(folder) as url:
        yield url


@pytest.fixture(scope="module")
def api(url):
    return gradio_client.Client(url, verbose=False)


@pytest.fixture
def photo(tmp_path):
    photographed((300, 100, 260)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def scene(studio, *at, model=MODEL, seed="3"):
    return Edit(model, edit.start(studio, model, seed, None, True)[0], at)


def test_attributes_and_directions_add_up_on_the_shell(studio):
    system = studio[MODEL]
    d = attributes.load(studio.checkpoint(MODEL).path, system).moves
    u = directions.strongest(system, 1).moves
    z = system.prior(1, 3)
    by_hand = latent.normalize(z + 1.5 * d[:1] - 0.5 * d[1:] + 2 * u)
    torch.testing.assert_close(edit.place(studio, scene(studio, 1.5, -0.5, 2.0)), by_hand)
    torch.testing.assert_close(edit.place(studio, scene(studio)), z)
    plain = edit.place(studio, scene(studio, 2.0, model=PLAIN))
    torch.testing.assert_close(plain, latent.normalize(z + 2 * u))


def test_a_scaled_code_keeps_its_length(studio):
    system = studio[MODEL]
    z = 0.7 * system.prior(1, 3)
    moved = edit.place(studio, Edit(MODEL, interpolate.write(z), (1.0, 0.0)))
    torch.testing.assert_close(latent.std(moved), latent.std(z))


def test_places_by_name(studio):
    assert edit.at(studio, MODEL, {"anger": -1, "direction 2": 3})[:4] == (0, -1, 0, 3)
    assert edit.at(studio, PLAIN, {"direction 2": 3})[:2] == (0, 3)
    with pytest.raises(ValueError, match="no 'hat' here: choose smile, anger, direction 1"):
        edit.at(studio, MODEL, {"hat": 1})
    with pytest.raises(ValueError, match="finite"):
        edit.at(studio, MODEL, {"smile": "much"})


def test_what_has_no_attributes_says_why_and_is_edited_all_the_same(studio):
    assert edit.names(studio, MODEL) == (["smile", "anger"], "")
    for model, why in ((PLAIN, "To learn some: python -m"), ("damaged", "is damaged")):
        known, said = edit.names(studio, model)
        assert known == [] and why in said and "train.attributes" in said
        still, moved = (edit.draw(studio, scene(studio, s, model=model)) for s in (0.0, 4.0))
        assert (still - moved).abs().max() > 0.01


GOOD = {"model": MODEL, "code": interpolate.write(torch.randn(1, 8)), "at": [0.5, 0]}


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nobody"},
        {"model": ["smiling"]},
        {"model": 7},
        {"code": "AAAA"},
        {"code": 7},
        {"code": "A" * 10**6},
        {"code": interpolate.write(torch.full((1, 8), torch.nan))},
        {"at": [0.0] * 99},
        {"at": ["1"]},
        {"at": [float("nan")]},
        {"at": [10**400]},
        {"at": None},
    ],
    ids=lambda change: str(change)[:50],
)
def test_a_bad_frame_gets_a_sentence(studio, change):
    assert live.answer(lambda s: tab.draw(studio, s), GOOD)["error"] == ""
    answer = live.answer(lambda s: tab.draw(studio, s), GOOD | change)
    assert answer["error"] and "could not be drawn" not in answer["error"]


@pytest.mark.parametrize("scene", [None, 7, "smile", [], {}])
def test_what_is_no_scene_gets_a_sentence(studio, scene):
    answer = live.answer(lambda s: tab.draw(studio, s), scene)
    assert answer["error"] and "could not be drawn" not in answer["error"]


def test_places_beyond_the_sliders_are_their_ends(studio):
    far, end = (tab.draw(studio, GOOD | {"at": [s, -s]}) for s in (1e9, edit.REACH))
    assert (far == end).all()


def test_the_endpoint(api, studio, photo):
    picture, told = api.predict(MODEL, "3", None, True, {"smile": 1.5}, api_name="/edit")
    made_at = scene(studio, 1.5)
    expected = images.to_arrays(edit.draw(studio, made_at))[0]
    assert (np.asarray(PILImage.open(picture).convert("RGB")) == expected).all()
    assert told == {"attributes": ["smile", "anger"], "note": ""}
    made = recipe.read(picture)
    assert made.origin == "edit"
    torch.testing.assert_close(made.code(studio[MODEL]), edit.place(studio, made_at))

    again, _ = api.predict(MODEL, "0", handle_file(picture), True, None, api_name="/edit")
    assert (np.asarray(PILImage.open(again).convert("RGB")) == expected).all()
    _, told = api.predict(MODEL, "0", handle_file(photo), True, {}, api_name="/edit")
    assert "largest face" in told["note"]


def test_the_endpoint_refuses_with_a_sentence(api):
    for seed, moves, why in (
        ("seven", {}, "whole number"),
        ("7", {"hat": 1}, "no 'hat' here"),
        ("7", [1], "How far by name"),
    ):
        with pytest.raises(AppError, match=why):
            api.predict(MODEL, seed, None, True, moves, api_name="/edit")


def expect(page, studio, wish):
    """The live picture becomes the one of this edit, byte for byte."""
    src = live.frame_uri(tab.draw(studio, wish.to_json()))
    page.wait_for_function("s => document.querySelector('#edit-after img')?.src === s", arg=src)


def test_in_the_browser(page, url, studio, photo):
    page.goto(f"{url}?tab=edit&model={MODEL}&seed=3&e1=1.5")
    still = (0.0,) * interpolate.COUNT
    expect(page, studio, scene(studio, 1.5, 0.0, *still))
    page.wait_for_selector("#hero section", state="hidden")  # a link wants its tab
    assert page.locator("#edit-e2").is_visible() and not page.locator("#edit-e3").count()
    page.locator("#edit-e2 input[type=range]").fill("-1")
    expect(page, studio, scene(studio, 1.5, -1.0, *still))
    page.locator("#history button", has_text="seed 3, smile +1.5, anger -1").wait_for()
    page.click("#edit-e1 [data-testid=reset-button]")
    expect(page, studio, scene(studio, 0.0, -1.0, *still))
    page.click("#edit-reset")
    expect(page, studio, scene(studio, 0.0, 0.0, *still))
    page.locator("#edit-d1 label", has_text="%").wait_for()

    page.set_input_files("#photo-edit input[type=file]", photo)
    page.wait_for_selector("#edit-note")
    code, *_ = edit.start(studio, MODEL, "0", PILImage.open(photo).convert("RGB"), True)
    expect(page, studio, Edit(MODEL, code, (0.0, 0.0, *still)))


def test_a_model_without_attributes_in_the_browser(page, url, studio):
    page.goto(f"{url}?tab=edit&model={PLAIN}&seed=3&d1=2")
    expect(page, studio, scene(studio, 2.0, *(0.0,) * (interpolate.COUNT - 1), model=PLAIN))
    assert "python -m train.attributes" in page.inner_text("#edit-hint")
    assert not page.locator("#edit-e1").count()
