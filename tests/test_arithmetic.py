"""a - b + c: the sums by hand, the endpoint, and a browser."""

import re

import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving, tiny
from drawn import face
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint, images, latent, systems
from gan_demo.actions import arithmetic, reconstruct
from gan_demo.actions.arithmetic import Shelf
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.tabs import arithmetic as tab
from gan_demo.ui import inline

MODEL, SAMPLER = "tiny-faces", "tiny-gan"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One model that encodes, one that does not and has another prior."""
    folder = tmp_path_factory.mktemp("sums")
    checkpoint.save(folder / MODEL, tiny(), training={})
    width = {"width": 4}
    torch.manual_seed(0)
    gan = systems.make("gan", size=32, channels=1, z_dim=8, generator=width, discriminator=width)
    checkpoint.save(folder / SAMPLER, gan, training={})
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


def shelves(*texts):
    return [Shelf(text) for text in texts]


def code(done):
    return torch.tensor([done.code])


def near(arrays, pictures):
    """The same but for rounding to 8 bits."""
    for array, expected in zip(arrays, images.to_arrays(pictures), strict=True):
        assert abs(array.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", ["sphere", "normal", "uniform"])
def test_the_identities(kind):
    z = latent.prior(kind, 6, 16, 0)
    torch.testing.assert_close(arithmetic.average(z[:1]), z[:1])
    torch.testing.assert_close(arithmetic.average(z[:1].expand(3, -1)), z[:1])
    a, c = arithmetic.average(z[:3]), arithmetic.average(z[3:])
    torch.testing.assert_close(arithmetic.combined(a, a, c), c)
    torch.testing.assert_close(latent.std(a).squeeze(), latent.std(z[:3]).mean())
    torch.testing.assert_close(latent.pearson(a, z[:3].mean(0, keepdim=True)), torch.ones(1))


def test_the_sum_by_hand(studio):
    system = studio[MODEL]
    done = arithmetic.total(studio, MODEL, shelves("3, 5", "7", "1 2 11"))
    z = {seed: system.prior(1, seed) for seed in (1, 2, 3, 5, 7, 11)}
    a, c = latent.normalize(z[3] + z[5]), latent.normalize(z[1] + z[2] + z[11])
    torch.testing.assert_close(code(done), latent.normalize(a - z[7] + c))
    near(done.averages, system.decode(torch.cat([a, z[7], c])))
    near([done.answer], system.decode(code(done)))
    assert [len(x) for x in done.exemplars] == [2, 1, 3]
    near(done.exemplars[2][2:], system.sample(1, 11))


def test_neighbours_are_near_on_the_shell_and_the_same_every_time():
    z = latent.prior("sphere", 1, 64, 0)
    around = arithmetic.neighbours(z)
    assert around.shape == (8, 64)
    torch.testing.assert_close(latent.std(around), torch.ones(8, 1))
    # u has a variance of 0.25² / 3, so ρ is about 1 / sqrt(1 + 0.25² / 3)
    rho = latent.pearson(around, z.expand(8, -1))
    torch.testing.assert_close(rho.mean().item(), (1 + 0.25**2 / 3) ** -0.5, atol=3e-3, rtol=0)
    assert torch.equal(around, arithmetic.neighbours(z))
    assert len({tuple(row) for row in around.tolist()}) == 8


def test_a_photo_is_one_more_exemplar_where_the_model_encodes(studio):
    system, photo = studio[MODEL], face(32)
    framed, _ = reconstruct.framed(photo, True, 0.8)
    z = system.encode(images.from_pil(framed, 32, 1))
    done = arithmetic.total(studio, MODEL, [Shelf("3", photo), Shelf("7"), Shelf("", photo)])
    a = latent.normalize(z + system.prior(1, 3))
    expected = latent.normalize(a - system.prior(1, 7) + z)
    torch.testing.assert_close(code(done), expected, atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="Nothing stands for c"):
        arithmetic.total(studio, SAMPLER, [Shelf("3"), Shelf("7"), Shelf("", photo)])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("three", "whole number"),
        ("-1", "between 0"),
        ("1, 2;3", "whole number"),
        (" ,", "Nothing stands for b"),
        (" ".join(map(str, range(13))), "at most 12"),
    ],
)
def test_what_is_no_list_of_seeds_gets_a_sentence(studio, text, why):
    with pytest.raises(ValueError, match=why):
        arithmetic.total(studio, MODEL, shelves("1", text, "2"))


def test_the_endpoint(api, studio, tmp_path):
    picture, around = api.predict(MODEL, "3, 5", "7", "1, 2, 11", api_name="/arithmetic")
    done = arithmetic.total(studio, MODEL, shelves("3, 5", "7", "1, 2, 11"))
    shown = np.asarray(PILImage.open(picture).convert("RGB"))
    assert (shown == done.answer).all()
    made = recipe.read(picture)
    assert made.origin == "arithmetic"
    torch.testing.assert_close(made.code(studio[MODEL]), code(done))
    assert (np.asarray(PILImage.open(around).convert("RGB")) == tab.square(done)).all()

    # the answer is an exemplar again, with its exact code
    again, _ = api.predict(
        MODEL, "", "3", "3", handle_file(picture), None, None, api_name="/arithmetic"
    )
    torch.testing.assert_close(
        recipe.read(again).code(studio[MODEL]), code(done), atol=1e-5, rtol=0
    )
    assert api.predict(SAMPLER, "3", "7", "1", api_name="/arithmetic")
    with pytest.raises(AppError, match="Nothing stands for b"):
        api.predict(MODEL, "3", "", "1", api_name="/arithmetic")


def expect(page, studio, a, b, c, model=MODEL):
    """The answer becomes that of these seeds, byte for byte."""
    done = arithmetic.total(studio, model, shelves(a, b, c))
    src = inline.showing(done.answer)
    page.wait_for_function("s => document.querySelector('#sum-answer img')?.src === s", arg=src)


def test_in_the_browser(page, url, studio):
    page.goto(f"{url}?tab=arithmetic&model={MODEL}&a=3&b=7&c=1,2&first=40")
    expect(page, studio, "3", "7", "1,2")
    page.locator("#sum-choice button").nth(5).click()
    expect(page, studio, "3, 45", "7", "1,2")
    assert page.locator("#sum-a textarea").input_value() == "3, 45"
    page.locator("#sum-target").get_by_label("c", exact=True).check()
    page.locator("#sum-choice button").nth(0).click()
    expect(page, studio, "3, 45", "7", "1, 2, 40")
    page.locator("#sum-a-shown button").nth(0).click()
    expect(page, studio, "45", "7", "1, 2, 40")
    page.locator("#sum-b-shown button").click()
    assert "last one" in page.locator("[data-testid=toast-body]").inner_text()
    newest = re.compile(r"^\s*45 − 7 \+ 1, 2, 40")
    page.locator("#history button", has_text=newest).wait_for()  # nothing moves from here on
    page.locator("#history button", has_text="3, 45 − 7 + 1,2").click()
    expect(page, studio, "3, 45", "7", "1,2")
    assert page.locator("#photo-sum-a").is_visible()


def test_a_model_that_cannot_encode_takes_no_photo(page, url, studio):
    page.goto(f"{url}?tab=arithmetic&model={SAMPLER}&a=3&b=7&c=1")
    expect(page, studio, "3", "7", "1", SAMPLER)
    assert not page.locator("#photo-sum-a").is_visible()
