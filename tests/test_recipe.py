import json
import math
from pathlib import Path

import pytest
import torch
from conftest import tiny
from PIL import Image as PILImage
from PIL.PngImagePlugin import PngInfo

from gan_demo import checkpoint, latent
from gan_demo.checkpoint import recipe
from gan_demo.checkpoint.recipe import Recipe
from gan_demo.systems import Samples

PICTURE = PILImage.new("RGB", (8, 8), "red")


def test_file_gives_the_code_back_to_the_last_bit(tmp_path):
    z = torch.randn(64)
    made = Recipe("m", z=tuple(z.tolist()), variety=0.85, origin="interpolate")
    (tmp_path / "a.png").write_bytes(recipe.png(PICTURE, made))
    read = recipe.read(tmp_path / "a.png")
    assert torch.equal(torch.tensor(read.z), z)
    assert (read.model, read.seed, read.variety, read.origin) == ("m", None, 0.85, "interpolate")


def test_signed_picture_keeps_its_pixels():
    signed = recipe.sign(PICTURE, Recipe("m", 7))
    assert signed.tobytes() == PICTURE.tobytes()
    assert recipe.of(signed) == Recipe("m", 7)
    assert recipe.of(PICTURE) is None


def test_code_is_the_prior_of_the_seed_or_z_itself():
    system = tiny()
    assert torch.equal(Recipe("m", 7).code(system), system.prior(1, 7))
    z = system.prior(1, 3)
    assert torch.equal(Recipe("m", z=tuple(z[0].tolist())).code(system), z)
    system.centre = system.prior(1, 9)
    nearer = latent.varied(z, system.centre, 0.4)
    assert torch.equal(Recipe("m", 3, variety=0.4).code(system), nearer)
    assert torch.equal(Recipe("m", z=tuple(z[0].tolist()), variety=0.4).code(system), nearer)
    with pytest.raises(ValueError, match="choose the model other"):
        Recipe("other", z=(1.0, 2.0)).code(system)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": None},
        {"seed": -1},
        {"z": [math.nan]},
        {"z": []},
        {"z": [0.0] * (recipe.LONGEST + 1)},
        {"z": "1234"},
        {"z": [True]},
        {"variety": math.inf},
        {"variety": "1"},
        {"variety": -0.1},
        {"scale": 0.9},
        {"scale": "1"},
        {"model": ""},
        {"model": ["m"]},
        {"origin": "elsewhere"},
        {"surprise": 1},
        {"scale": 10**400},
        {"scale": 1e300},
        {"z": [10**4000]},
        {"seed": 10**400},
        {"model": "\ud800"},
        {"model": "m\n![x](http://there)"},
    ],
)
def test_a_forged_recipe_is_refused(change):
    fields = {"model": "m", "seed": 7, "variety": 1.0, "origin": "sample"} | change
    with pytest.raises(ValueError):
        Recipe.from_json(json.dumps(fields))


def test_a_recipe_with_a_scale_is_read_if_it_is_one_or_else_told():
    old = {"model": "m", "seed": 7, "scale": 1.0, "origin": "sample"}
    assert Recipe.from_json(json.dumps(old)) == Recipe("m", 7)
    signed = PICTURE.copy()
    signed.info = {recipe.KEY: json.dumps(old | {"scale": 0.8})}
    assert recipe.of(signed) is None
    assert "variety, from 0 to 1, has replaced it" in recipe.problem(signed)
    assert recipe.problem(PICTURE) == recipe.problem(recipe.sign(PICTURE, Recipe("m", 7))) == ""


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "{", "[" * 10**5, '{"model": 1}'])
def test_what_is_no_recipe_reads_as_none(tmp_path, text):
    chunk = PngInfo()
    chunk.add_text(recipe.KEY, text)
    PICTURE.save(tmp_path / "a.png", pnginfo=chunk)
    assert recipe.read(tmp_path / "a.png") is None


def test_files_that_are_no_png_read_as_none(tmp_path):
    (tmp_path / "a.png").write_text("not a picture")
    PICTURE.save(tmp_path / "b.jpg")
    names = ("a.png", "b.jpg", "missing.png")
    assert [recipe.read(tmp_path / name) for name in names] == [None] * 3


@pytest.mark.parametrize("typed", ["7", " 7 ", 7, 7.0, "+7", "007"])
def test_seed_as_people_type_it(typed):
    assert recipe.seed(typed) == 7


def test_largest_seed():
    assert recipe.seed(str(2**32 - 1)) == 2**32 - 1


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("cat", "whole number, for instance 7, not 'cat'"),
        ("", "whole number"),
        (None, "whole number"),
        ("1.5", "whole number"),
        (math.nan, "whole number"),
        (True, "whole number"),
        ("-1", "between 0 and"),
        (2**32, "between 0 and"),
        ("9" * 10**6, "between 0 and"),
    ],
)
def test_other_seeds_are_refused_with_a_sentence(typed, why):
    with pytest.raises(ValueError, match=why):
        recipe.seed(typed)


def test_every_model_that_ships_has_codes_that_a_recipe_holds():
    for path in sorted((Path(__file__).parents[1] / "checkpoints").glob("*/config.json")):
        loaded = checkpoint.load(path.parent)
        if isinstance(loaded.system, Samples):
            z = tuple(loaded.system.prior(1, 0).squeeze(0).tolist())
            made = Recipe(loaded.name, z=z)
            assert Recipe.from_json(made.to_json()).code(loaded.system).shape == (1, len(z))
