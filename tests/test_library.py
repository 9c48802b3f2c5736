"""The library does what the page does, in few lines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from drawn import face, scene
from PIL import Image as PILImage
from translators import CYCLE, portraits, save

import gan_demo
from gan_demo.actions import reconstruct
from gan_demo.studio import Studio

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def model(checkpoints):
    return gan_demo.load(checkpoints / "tiny-faces")


def test_a_photo_is_read_as_the_page_reads_it(model, checkpoints, tmp_path):
    scene((40, 60, 160), (380, 200, 220)).save(tmp_path / "two.png")
    photo = gan_demo.open_photo(tmp_path / "two.png")
    studio = Studio([str(checkpoints / "tiny-faces")])
    codes = []
    for find, chosen in ((True, 0), (True, 1), (False, 0)):
        seen = reconstruct.look(studio, "tiny-faces", photo, find, stored=False, chosen=chosen)
        codes.append(model.encode(photo, find=find, face=chosen))
        assert torch.equal(codes[-1], seen.z)
    assert not torch.allclose(codes[0], codes[1]) and not torch.allclose(codes[0], codes[2])


def test_codes_and_pictures_have_their_shapes_and_ranges(model):
    z = model.encode(face(), find=False)
    x = model.decode(z)
    assert (z.shape, x.shape) == ((1, 8), (1, 1, 32, 32))
    assert z.dtype == x.dtype == torch.float32 and x.abs().max() <= 1
    assert torch.equal(x, model.system.reconstruct(reconstruct.shown(model.system, face())))
    five = model.sample(5, seed=3)
    assert torch.allclose(five[2:3], model.sample(1, seed=5), atol=1e-6)
    calm = model.sample(2, variety=0.0)
    assert torch.allclose(calm[0], calm[1]) and not torch.allclose(*model.sample(2))


def test_a_code_can_be_learned(model):
    z = model.encode(face()).requires_grad_()
    model.system.decode(z).square().mean().backward()
    assert z.grad is not None and z.grad.abs().sum() > 0


def test_half_precision_is_near_and_not_equal(model, checkpoints):
    half = gan_demo.load(checkpoints / "tiny-faces", half=True)
    whole, near = model.sample(4, seed=0), half.sample(4, seed=0)
    assert near.dtype == torch.float32
    assert 0 < (whole - near).abs().max() < 0.1
    assert torch.cosine_similarity(model.encode(face()), half.encode(face())) > 0.99


def test_what_cannot_be_done_is_a_sentence(model, tmp_path):
    with pytest.raises(ValueError, match=r"tiny-faces cannot translate: it draws new pictures"):
        model.translate(face())
    with pytest.raises(ValueError, match=r"shape \(b, 8\), not \(1, 9\)"):
        model.decode(torch.zeros(1, 9))
    with pytest.raises(ValueError, match=r"^nobody\.png: there is no such picture file"):
        gan_demo.open_photo(tmp_path / "nobody.png")
    with pytest.raises(ValueError, match=r"^The picture: not a picture"):
        gan_demo.open_photo(b"GIF?")
    with pytest.raises(ValueError, match="is no checkpoint"):
        gan_demo.load(tmp_path)
    with pytest.raises(ValueError, match=r"'cpuu'.*Did you mean"):
        gan_demo.load(tmp_path, device="cpuu")
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        gan_demo.lode  # noqa: B018


def test_a_translator_translates(tmp_path):
    save(tmp_path, CYCLE, ("neutral", "smiling"), portraits(16), portraits(16, 60))
    model = gan_demo.load(tmp_path / CYCLE)
    x = model.translate(face(), "smiling")
    assert x.shape[0] == 1 and x.abs().max() <= 1
    assert torch.equal(x, model.translate(face()))
    assert not torch.allclose(x, model.translate(face(), "neutral"))
    with pytest.raises(ValueError, match="cannot draw 'sad'"):
        model.translate(face(), "sad")
    with pytest.raises(ValueError, match="cannot encode a photo: it carries pictures"):
        model.encode(face())


def test_one_picture_or_a_grid_is_saved(model, tmp_path):
    for n, size in ((1, (32, 32)), (3, (3 * 34 + 2, 36))):
        gan_demo.save(model.sample(n), tmp_path / f"{n}.png")
        assert PILImage.open(tmp_path / f"{n}.png").size == size


def test_the_imports_are_light_and_the_packages_are_there():
    code = """
import sys, gan_demo
assert 'torch' not in sys.modules
from gan_demo import losses
import gan_demo.tabs.serve, train.loop
heavy = {'torchvision', 'torchmetrics', 'scipy', 'sklearn', 'triton'} & sys.modules.keys()
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_notebook_runs(tmp_path, monkeypatch):
    notebook = json.loads((ROOT / "examples/library.ipynb").read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    made: dict = {}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells)
    for cell in cells:
        exec("".join(cell["source"]), made)
    rho = torch.cosine_similarity(
        made["z"], made["m"].system.varied(made["m"].system.prior(1, 0), 0.7)
    )
    assert made["photo"].size == (128, 128) and rho > 0.5
    assert Path("steps.png").exists()
