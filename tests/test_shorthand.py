"""Codes in links: there and back, and what the rounding does to a picture."""

import numpy as np
import pytest
import torch
from drawn import scene
from small import ROOT

from gan_demo import checkpoint, images
from gan_demo.checkpoint import shorthand
from gan_demo.latent import normalize


def test_there_and_back_by_hand():
    z = (0.0, REACH := shorthand.REACH, -REACH, 2 * REACH, REACH / 127)
    text = shorthand.short(z)
    assert text == "AH-BfwE"
    assert shorthand.long(text) == pytest.approx((0.0, REACH, -REACH, REACH, REACH / 127))


def test_the_error_is_half_a_step():
    z = np.random.default_rng(0).standard_normal(500).clip(-4, 4).tolist()
    error = np.abs(np.array(shorthand.long(shorthand.short(z))) - np.array(z))
    assert error.max() <= shorthand.REACH / 127 / 2 + 1e-9
    assert len(shorthand.short(z[:128])) == 171


@pytest.mark.parametrize("text", ["", "A", "???", "a" * 1000, "ü"])
def test_what_is_no_code_is_a_sentence(text):
    with pytest.raises(ValueError, match="copy the link again"):
        shorthand.long(text)


def test_the_picture_is_the_same_to_the_eye():
    system = checkpoint.load(ROOT / "checkpoints/ogan-portraits").system
    with torch.inference_mode():
        z = normalize(system.prior(8, 0))
        again = torch.tensor([shorthand.long(shorthand.short(row.tolist())) for row in z])
        p, q = (images.to_pixels(system.decode(c)).float() for c in (z, again))
    assert (p - q).abs().mean() < 1  # of 255


def test_a_link_brings_the_code_of_a_photo_along(page, app_url, tmp_path):
    page.goto(f"{app_url}?tab=reconstruct")
    file = tmp_path / "face.png"
    scene((300, 100, 260)).save(file)
    page.set_input_files("#photo input[type=file]", file)
    page.wait_for_selector("#history button[data-key]")  # of the photo; the example has none
    page.click("#reconstruct-link")
    page.wait_for_function("location.search.includes('photo=')")
    shown = page.get_attribute("#drawn img", "src")
    page.goto(page.url)
    page.wait_for_selector("#note:has-text('code stored in the picture')")
    page.wait_for_function("document.querySelector('#drawn img').src.length > 1000")
    assert len(page.get_attribute("#drawn img", "src")) == pytest.approx(len(shown), rel=0.1)


def test_a_damaged_code_in_a_link_is_a_sentence(page, app_url):
    page.goto(f"{app_url}?tab=reconstruct&photo=AA")
    page.wait_for_selector("text=The link was not understood")
