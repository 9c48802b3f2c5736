"""Photo -> face -> code -> picture, from the pure functions to the endpoint."""

import json
import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import tiny
from drawn import face, scene
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint, images, systems
from gan_demo.actions import compare_methods
from gan_demo.actions.reconstruct import (
    STAND_IN,
    distance,
    example,
    examples,
    look,
    reconstruct,
    refine,
    shares,
    stand_in,
)
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.images import colormap
from gan_demo.metrics import Reference, readings
from gan_demo.studio import Studio
from gan_demo.ui.readings import table
from gan_demo.ui.redrawing import draw, plate

MODEL = "tiny-faces"


@pytest.fixture(scope="module")
def studio(checkpoints):
    return Studio([str(checkpoints)])


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.jpg"
    scene((300, 100, 260)).save(path)
    return path


def test_the_encoder_is_shown_the_face(studio):
    whole = look(studio, MODEL, scene((300, 100, 260)), True, True)
    alone = look(studio, MODEL, face(), True, True)
    assert (whole.x - alone.x).abs().mean() < 0.1
    assert "largest face" in whole.note
    off = look(studio, MODEL, scene((300, 100, 260)), False, True)
    assert (off.x - alone.x).abs().mean() > 0.1


def test_without_a_face_the_middle_is_used_and_said(studio):
    grey = PILImage.linear_gradient("L").resize((400, 300)).convert("RGB")
    seen = look(studio, MODEL, grey, True, True)
    assert "No face" in seen.note
    assert torch.equal(seen.x, images.from_pil(grey, 32, 1))


def test_the_saved_picture_gives_back_its_exact_code(studio):
    seen = look(studio, MODEL, face(), True, True)
    y, picture, made, _ = reconstruct(studio, seen, 0.7)
    signed = recipe.sign(picture, made)
    again = look(studio, MODEL, signed, True, True)
    nearer = studio[MODEL].varied(seen.z, 0.7)
    assert torch.allclose(again.z, nearer, atol=1e-6)
    assert torch.allclose(reconstruct(studio, again, 1.0)[0], y, atol=1e-6)
    assert not torch.allclose(look(studio, MODEL, signed, True, False).z, nearer, atol=1e-2)


def test_a_code_at_a_scale_is_not_used_and_that_is_said(studio):
    old = {"model": MODEL, "seed": 3, "scale": 0.8, "origin": "sample"}
    picture = face()
    picture.info = {recipe.KEY: json.dumps(old)}
    seen = look(studio, MODEL, picture, False, True)
    assert "not used. A scale other than 1" in seen.note
    assert torch.equal(seen.z, look(studio, MODEL, face(), False, True).z)


def test_a_code_of_another_model_is_not_used(studio):
    signed = recipe.sign(face(), Recipe("other", z=(1.0,) * 8))
    seen = look(studio, MODEL, signed, True, True)
    assert "other" in seen.note
    assert torch.allclose(seen.z, look(studio, MODEL, face(), False, True).z)


def test_a_model_that_learned_to_read_photos_draws_portraits(tmp_path):
    for name, training in (
        ("plain", {"config": {"data": {"photo": None}}}),
        ("painter", {"config": {"data": {"photo": {"source": "folder:photos"}}}}),
        ("strange", {"config": {"data": ["photo"]}}),
    ):
        checkpoint.save(tmp_path / name, tiny(), training=training)
    assert Studio([str(tmp_path)]).portrayers() == ["painter"]


def test_numbers():
    x, y = torch.zeros(1, 1, 4, 4), torch.full((1, 1, 4, 4), 0.2)
    found = distance(x, y)
    assert found["MSE"] == pytest.approx(0.04)
    assert found["PSNR"] == pytest.approx(20)
    assert math.isfinite(distance(x, x)["PSNR"])
    assert "20 dB" in table(found, {})


def test_difference_is_white_where_equal_red_where_too_light():
    x, y = torch.zeros(1, 3, 1, 3), torch.tensor([0.0, 1.0, -1.0]).expand(1, 3, 1, 3)
    white, red, blue = colormap.difference(x, y)[0]
    assert white.tolist() == [255, 255, 255]
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_what_a_mask_leaves_out_is_dark():
    x, m = torch.tensor([1.0, 1.0, 0.0]).expand(1, 3, 1, 3), torch.tensor([[[[1.0, 0.0, 0.5]]]])
    lit = colormap.spotlit(x, m)[0]
    assert lit[:, 0].tolist() == [255, round(255 * colormap.SHADE), round(127.5 * 0.65)]


def test_the_code_has_one_tile_a_component():
    z = torch.zeros(1, 7)
    z[0, 4] = 3
    picture = colormap.tiles(z, 2)
    assert picture.shape == (6, 6, 3)
    dark = np.argwhere(picture.min(2) < 255)
    assert dark.min(0).tolist() == [2, 2]
    assert dark.max(0).tolist() == [3, 3]


def test_an_example_stands_in_for_a_photo_and_says_so(studio):
    seen = stand_in(studio, MODEL)
    assert torch.equal(seen.x, look(studio, MODEL, example(studio, MODEL), False, True).x)
    assert seen.example and seen.note == STAND_IN
    assert next(refine(studio, seen, steps=1)).example
    assert not look(studio, MODEL, face(), True, True).example


def test_a_reading_is_told_by_its_place_among_those_of_photos(tmp_path):
    x = torch.rand(40, 1, 32, 32, generator=torch.Generator().manual_seed(0)).mul(255).byte()
    figures = readings.measure(tiny(), Reference(x, x))
    values = readings.read(tiny(), x)["avg E(x)"]
    assert len(figures["avg E(x)"]) == readings.STEPS + 1
    for q in (0.0, 0.1, 0.63, 1.0):
        value = float(np.quantile(values, q))
        assert readings.share(value, figures["avg E(x)"]) == pytest.approx(q, abs=0.03)
    for odd in (None, [], [1.0], [2.0, 1.0], ["a", "b"], [0.0, float("nan")], {"0 %": 1.0}):
        assert readings.share(0.0, odd) is None
    checkpoint.save(tmp_path / "known", tiny(), training={}, metrics={readings.TITLE: figures})
    checkpoint.save(tmp_path / "new", tiny(), training={}, metrics={readings.TITLE: "odd"})
    studio = Studio([str(tmp_path)])
    seen = look(studio, "known", images.to_pil(images.from_pixels(x[:1]))[0], False, False)
    below = (values < seen.readings["avg E(x)"]).mean()
    assert shares(studio, seen)["avg E(x)"] == pytest.approx(below, abs=0.05)
    assert "higher than" in table(seen.readings, shares(studio, seen))
    assert shares(studio, replace(seen, model="new")) == {}


def test_examples_are_the_same_every_time(studio):
    assert torch.equal(examples(studio, MODEL), examples(studio, MODEL))


@pytest.mark.parametrize(
    "wish",
    [
        None,
        [],
        {"at": [1]},
        {"model": "tiny-faces", "z": [], "at": [1]},
        {"model": "tiny-faces", "z": [0] * 9, "at": [1]},
        {"model": "tiny-faces", "z": [float("nan")] * 8, "at": [1]},
        {"model": "tiny-faces", "z": [0] * 8, "at": []},
        {"model": "tiny-faces", "z": [0] * 8, "at": [1.1]},
        {"model": "tiny-faces", "z": [0] * 8, "at": ["1"]},
        {"model": "nobody", "z": [0] * 8, "at": [1]},
        {"model": 3, "z": [0] * 8, "at": [1]},
    ],
)
def test_a_live_frame_of_nonsense_is_a_sentence(studio, wish):
    with pytest.raises(ValueError, match=r"\.$"):
        draw(studio, wish)


def test_refining_goes_on_from_what_the_encoder_reads(studio):
    seen = look(studio, MODEL, face(), True, True)
    before = reconstruct(studio, seen, 1.0)[3]["MSE"]
    first, *_, last = refine(studio, seen, 20)
    assert torch.equal(first.z, seen.z)
    assert f"0 of 20 steps: MSE {before:.3g} →" in first.note
    after = reconstruct(studio, last, 1.0)[3]["MSE"]
    assert after < before
    assert last.note == f"Refined in 20 steps: MSE {before:.3g} → {after:.3g}."
    for steps in (0, 10**6):
        with pytest.raises(ValueError, match="1 to 1000 steps"):
            next(refine(studio, seen, steps))


def test_a_contest_of_every_encoder_and_two_searches(tmp_path, monkeypatch):
    monkeypatch.setattr(compare_methods, "HYBRID", 20)
    monkeypatch.setattr(compare_methods, "SEARCH", 15)
    for name, options in {MODEL: {}, "wide": {"channels": 3, "z_dim": 6}}.items():
        checkpoint.save(tmp_path / name, tiny(**options), training={})
    studio = Studio([str(tmp_path)])
    *_, (done, share) = compare_methods.contest(studio, MODEL, scene((300, 100, 260)), True)
    assert share == 1
    names = [one.method for one in done]
    assert names[:2] == ["wide", MODEL]  # as in every list
    assert "refined in 20 steps" in names[2]
    assert "4 x 15 steps" in names[3]
    seen = look(studio, MODEL, scene((300, 100, 260)), True, True)
    wide, mine, refined, _ = done
    y, *_, numbers = reconstruct(studio, seen, 1.0)
    assert torch.equal(mine.y, y)
    assert mine.error == pytest.approx(numbers["MSE"])
    assert wide.y.shape == (1, 3, 32, 32)
    assert refined.error <= mine.error
    assert all(one.milliseconds > 0 for one in done)
    assert plate(mine)[2].startswith(f"MSE {mine.error:.3g}, FeatDist {mine.features:.2g}, ")
    with pytest.raises(ValueError, match="Give a photo"):
        next(compare_methods.contest(studio, MODEL, None, True))


def test_api(client, photo, studio):
    path, numbers = client.predict(
        MODEL, handle_file(photo), True, True, 1, api_name="/reconstruct"
    )
    assert recipe.read(path).model == MODEL
    assert PILImage.open(path).size == (32, 32)
    assert {"avg E(x)", "std E(x)", "MSE", "PSNR", "note"} == set(numbers)
    restored, _ = client.predict(MODEL, handle_file(path), True, True, 1, api_name="/reconstruct")
    assert np.array_equal(PILImage.open(restored), PILImage.open(path))
    photo = handle_file(photo)
    _, refined = client.predict(MODEL, photo, steps=20, api_name="/reconstruct")
    assert refined["MSE"] < numbers["MSE"]
    assert "20 steps" in refined["note"]


def test_api_refuses_in_a_sentence_and_lives_on(client, tmp_path, photo):
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a picture")
    with pytest.raises(AppError, match=r"notes\.jpg: not a picture"):
        client.predict(MODEL, handle_file(bad), api_name="/reconstruct")
    with pytest.raises(AppError, match="nobody"):
        client.predict("nobody", handle_file(photo), api_name="/reconstruct")
    assert client.predict(MODEL, handle_file(photo), api_name="/reconstruct")


def test_one_reconstruction_takes_at_most_30_ms():
    system = systems.make("ogan", size=64, channels=1).eval()
    x, took = torch.zeros(1, 1, 64, 64), []
    with torch.inference_mode():
        for _ in range(12):
            start = time.process_time()
            system.reconstruct(x)
            took.append(time.process_time() - start)
    assert min(took) < 0.03  # the best of them: the machine may be busy
