"""The head of the page: a portrait, its code, the portrait again and a film of an edit."""

import io

import torch
from conftest import tiny
from PIL import Image as PILImage

from gan_demo import checkpoint
from gan_demo.actions.first_look import FRAMES, SEED, first_look
from gan_demo.codes import attributes
from gan_demo.codes.attributes import Attributes
from gan_demo.studio import Studio
from gan_demo.ui import hero


def test_it_is_what_the_model_reads_and_draws(tmp_path):
    folder = checkpoint.save(tmp_path / "faces", tiny(), training={})
    system = checkpoint.load(folder).system
    look = first_look(Studio([str(tmp_path)]))
    with torch.inference_mode():
        torch.testing.assert_close(look.x, system.sample(1, SEED))
        torch.testing.assert_close(look.again, system.decode(look.z))
    assert look.moved == "to another face"
    with PILImage.open(io.BytesIO(look.film)) as film:
        assert film.n_frames == 2 * FRAMES - 2
    attributes.save(folder, Attributes(("smile",), ("glad",), ("neutral",), torch.ones(1, 8)))
    assert first_look(Studio([str(tmp_path)])).moved == "smile"


def test_without_a_model_there_is_nothing(tmp_path):
    assert first_look(Studio([str(tmp_path)])) is None
    assert hero.showing(None)["visible"] is False


def test_in_the_browser(home):
    home.wait_for_selector("#hero figure:nth-of-type(4) img")
    home.click("#hero [data-go=photo]")
    home.wait_for_selector("#photo")
