"""The Words tab: what it draws, its endpoint, and a browser; and what retrieval measures."""

import io
import json
import zipfile

import gradio_client
import numpy as np
import pytest
import torch
from conftest import serving
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint, images, metrics, systems
from gan_demo.actions import words
from gan_demo.metrics import Reference, Unavailable, retrieval
from gan_demo.studio import Studio
from gan_demo.tabs import words as tab
from gan_demo.ui import live

VOCABULARY = ["blue", "circle", "old", "owl", "red", "square"]
PHRASES = ["red circle", "blue square", "old owl", "red " * 12 + "square"]
NAME = "tiny-words"
SCENE = {"model": NAME, "phrases": ["red circle", "old owl"], "seed": "3", "at": [0.25]}


def reader() -> systems.System:
    """A text-to-image system small enough for a test, the same on every call."""
    torch.manual_seed(0)
    small = {"width": 4, "cap": 16}
    system = systems.make(
        "gan_int_cls",
        **{"size": 32, "z_dim": 8, "h_dim": 16, "code": 8, "reader": {"width": 8}},
        **{"generator": small, "discriminator": small},
        **{"vocabulary": VOCABULARY, "phrases": PHRASES},
    )
    with torch.no_grad():  # a generator fresh from the start draws plain grey
        for weight in system.G.parameters():
            weight.mul_(8 if weight.dim() > 1 else 1)
    return system


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readers")
    checkpoint.save(folder / NAME, reader(), training={"images": 0})
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


def test_a_sheet_is_one_phrase_from_seeds_on(studio):
    sheet = tab.draw_sheet(studio, NAME, " Red, circle ", "3", 4)
    assert [d.seed for d in sheet] == [3, 4, 5, 6]
    system = studio[NAME]
    x = system.illustrate(system.prior(1, 5), system.words(["red circle"]))
    shown = np.asarray(sheet[2].picture).astype(int)
    assert abs(shown - images.to_arrays(x)[0]).max() <= 1
    other = tab.draw_sheet(studio, NAME, "old owl", "3", 1)[0]
    assert (np.asarray(other.picture) != np.asarray(sheet[0].picture)).any()
    assert len(tab.draw_sheet(studio, NAME, "owl", 0, 10**9)) == words.MOST


def test_the_file_says_what_it_was_drawn_from(studio):
    sheet = tab.draw_sheet(studio, NAME, 'Red "circle"/..', 7, 2)
    name, data = tab.archive(sheet)
    assert name == f"{NAME}.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        first, second = z.namelist()
        assert first == f"{NAME}-Red-circle-seed-7.png" and "seed-8" in second
        picture = PILImage.open(io.BytesIO(z.read(first)))
        assert "circle" in picture.info["Description"] and "seed 7" in picture.info["Description"]


def test_examples_are_short_phrases_and_unknown_words_are_named(studio):
    system = studio[NAME]
    assert words.examples(system) == PHRASES[:3]
    assert words.unknown(system, "red xylophone", "Zebra: owl, zebra") == (
        "It does not know: xylophone, zebra."
    )
    assert words.unknown(system, "red", "owl") == ""


def test_the_way_starts_at_one_phrase_and_ends_at_the_other(studio):
    system = studio[NAME]
    x = words.between(system, "red circle", "old owl", 3, [-1.0, 0.5, 1.0])
    h = system.words(["red circle", "old owl", "red circle"])
    h[2] = (h[0] + h[1]) / 2
    expected = system.illustrate(system.prior(1, 3).expand(3, -1), h)
    torch.testing.assert_close(x, expected[[0, 2, 1]], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nobody"},
        {"model": ["tiny-words"]},
        {"phrases": ["red"]},
        {"phrases": ["red", "  "]},
        {"phrases": ["red", 7]},
        {"phrases": ["red", "xylophone"]},
        {"phrases": ["red", "owl " * 100]},
        {"phrases": None},
        {"seed": "-1"},
        {"seed": None},
        {"at": []},
        {"at": ["0.5"]},
        {"at": [float("nan")]},
    ],
    ids=lambda change: str(change)[:40],
)
def test_a_bad_scene_gets_a_sentence(studio, change):
    answer = live.answer(lambda s: tab.draw(studio, s), SCENE | change)
    assert answer["error"] and answer["src"] == live.BLANK
    assert "could not be drawn" not in answer["error"], "an accident, not a refusal"


@pytest.mark.parametrize("scene", [None, 7, "red", [], {}])
def test_what_is_no_scene_gets_a_sentence(studio, scene):
    assert "will appear here" in live.answer(lambda s: tab.draw(studio, s), scene)["error"]


def test_the_endpoint(api, studio):
    gallery, unknown = api.predict(NAME, "red xylophone", "3", 2, api_name="/words")
    assert unknown == "It does not know: xylophone."
    assert [entry["caption"] for entry in gallery] == ["seed 3", "seed 4"]
    shown = np.asarray(PILImage.open(gallery[1]["image"]).convert("RGB"))
    expected = tab.draw_sheet(studio, NAME, "red", 4, 1)[0].picture
    assert abs(shown.astype(int) - np.asarray(expected)).max() <= 1


def test_the_endpoint_refuses_in_a_sentence(api):
    for phrase, seed, why in (
        ("xylophone", "0", "knows no word"),
        (" ", "0", "Type a phrase"),
        ("red", "seven", "whole number"),
        ("red " * 99, "0", "200 letters"),
    ):
        with pytest.raises(AppError, match=why):
            api.predict(NAME, phrase, seed, 1, api_name="/words")


@pytest.fixture
def page(page, url):
    """The tab, opened by a link."""
    page.goto(f"{url}?tab=words&phrase=red+xylophone&other=old+owl&seed=3&count=3&t=0.25")
    page.locator("#drawings button").nth(2).wait_for()
    return page


def expect_way(page, studio, **change):
    src = live.frame_uri(tab.draw(studio, SCENE | change))
    page.wait_for_function("s => document.querySelector('#middle img').src === s", arg=src)


def test_a_link_draws_its_phrase_and_names_what_it_does_not_know(page, studio):
    assert "It does not know: xylophone." in page.inner_text("#unknown")
    assert "seed 5" in page.inner_text("#drawings")
    expect_way(page, studio, phrases=["red", "old owl"])
    page.locator("#history button", has_text="red xylophone").wait_for()


def test_an_example_a_drawing_and_the_slider_change_what_is_shown(page, studio):
    page.locator("#shelf button", has_text="blue square").click()
    page.wait_for_function("document.querySelector('#phrase textarea').value === 'blue square'")
    expect_way(page, studio, phrases=["blue square", "old owl"])
    assert page.inner_text("#unknown") == ""
    page.locator("#drawings button", has_text="seed 5").click()
    expect_way(page, studio, phrases=["blue square", "old owl"], seed="5")
    page.locator("#stops button").last.click()
    expect_way(page, studio, phrases=["blue square", "old owl"], seed="5", at=[1.0])


def test_a_phrase_of_unknown_words_gets_a_message_and_the_page_goes_on(page, studio):
    page.fill("#phrase textarea", "xylophone")
    page.press("#phrase textarea", "Enter")
    page.locator("[data-testid=toast-body]", has_text="knows no word").wait_for()
    page.fill("#phrase textarea", "old owl")
    page.press("#phrase textarea", "Enter")
    expect_way(page, studio, phrases=["old owl", "old owl"])


# Retrieval.


class Copyist(systems.Reads):
    """Draws exactly the picture that belongs to a name."""

    z_dim = 4

    def __init__(self, pictures: torch.Tensor, names: list[str], vocabulary: list[str]):
        super().__init__(pictures.shape[-1], 3)
        self.pictures, self.names = pictures, names
        self.vocabulary, self.phrases = tuple(vocabulary), tuple(names)
        self.weight = torch.nn.Parameter(torch.zeros(1))  # where a system finds its device

    def words(self, phrases):
        return torch.tensor([[float(self.names.index(p))] for p in phrases])

    def illustrate(self, z, h):
        return images.from_pixels(self.pictures[h[:, 0].long()])


def test_retrieval_finds_what_is_drawn_exactly_and_leaves_out_unknown_names():
    g = torch.Generator().manual_seed(0)
    p = torch.randint(0, 256, (40, 3, 32, 32), generator=g, dtype=torch.uint8)
    names = [f"thing {i}" for i in range(40)]
    vocabulary = ["thing", *map(str, range(38))]  # of val, 38 and 39 are known in part
    system = Copyist(p, names, vocabulary)
    called = names[:30], [*names[30:], "xylophone"]
    val = torch.cat([p[30:], p[:1]])
    rows = retrieval.measure(system, Reference(p[:30], val, called=called))["by name"]
    whole, parts = rows["held out, all words known"], rows["held out, some words known"]
    assert whole["names"] == 8 and parts["names"] == 2 and whole["N"] == 11
    for row in (whole, parts, rows["trained on"]):
        assert row["top-1 pixels"] == 1 and row["median rank pixels"] == 1
        assert row["nearer pixels"] == 1
    assert rows["chance"]["top-1 pixels"] == 1 / 11 and rows["chance"]["nearer pixels"] == 0.5


def test_retrieval_of_drawings_that_mean_nothing_is_chance():
    g = torch.Generator().manual_seed(0)
    p, noise = torch.randint(0, 256, (2, 400, 3, 32, 32), generator=g, dtype=torch.uint8)
    found = retrieval.figures(noise, p, torch.arange(400), None)
    assert found["nearer pixels"] == pytest.approx(0.5, abs=0.05)
    assert found["top-1 pixels"] < 0.02
    assert found["median rank pixels"] == pytest.approx(200.5, abs=40)


def test_ranks_by_hand():
    levels = torch.tensor([0, 10, 20, 30], dtype=torch.uint8).view(4, 1, 1, 1)
    p = levels.expand(4, 3, 16, 16)
    shown = torch.full((1, 3, 16, 16), 12, dtype=torch.uint8)
    found = retrieval.figures(shown, p, torch.tensor([2]), None)  # 10 is nearer, 0 and 30 are not
    assert found["top-1 pixels"] == 0 and found["top-5 pixels"] == 1
    assert found["median rank pixels"] == 2
    assert found["nearer pixels"] == pytest.approx(2 / 3)


def test_the_nearest_name_shares_most_words():
    known = ["woman pilot dark skin tone", "man pilot", "red circle"]
    asked = ["woman pilot medium skin tone", "pilot", "blue circle"]
    assert retrieval.nearest_names(asked, known).tolist() == [0, 1, 2]


def test_pictures_without_names_are_left_out_of_the_report():
    p = torch.zeros(8, 3, 32, 32, dtype=torch.uint8)
    with pytest.raises(Unavailable, match="no names"):
        retrieval.measure(reader(), Reference(p, p))
    assert retrieval in metrics.measures(reader(), Reference(p, p))
    json.dumps(retrieval.chance(8))
