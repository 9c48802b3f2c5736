"""The Models page: its facts against the files on disk, its endpoint, and a browser."""

import json
import re

import gradio_client
import pytest
import torch
from conftest import serving, tiny
from drawn import face
from PIL import Image as PILImage
from safetensors.torch import load_file
from translators import ALONE, COLOUR, CYCLE, save_all

from gan_demo import checkpoint, images
from gan_demo.actions import compare_models
from gan_demo.actions.models import Catalogue, Damaged, Model, duration, facts, points
from gan_demo.studio import Studio
from gan_demo.ui import catalogue, portrait

CURVE = [{"step": 10, "FD": 3.5, "rho": 0.5}, {"step": 20, "FD": 2.5, "rho": float("nan")}]
TRAINING = {
    "data_source": "faces <b>of</b> nobody",
    "data_licence": "CC0",
    "licence": "apache-2.0",
    "pictures": 1234,
    "images_seen": 5678,
    "images_seen_before": 9000,
    "steps": 20,
    "seconds": 3725,
    "seed": 7,
    "curve": CURVE,
}
METRICS = {"Samples": {"FD": 2.5, "FD ±": 0.5, "recall": 0.25}, "Protocol": {"N": 10}}
RICH, PLAIN, BROKEN = "rich", "plain", "broken"
SHOWN = "document.querySelector('#portrait h2')?.innerText === '%s'"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Translators, an O-GAN that tells everything, one that tells nothing, one that is damaged."""
    folder = save_all(tmp_path_factory.mktemp("models"))
    system = tiny()
    sheet = images.grid(system.sample(64, 0))
    checkpoint.save(
        folder / RICH, system, training=TRAINING, metrics=METRICS, sheets={"samples": sheet}
    )
    checkpoint.save(folder / PLAIN, tiny(z_dim=16), training={})
    checkpoint.save(folder / BROKEN, tiny(), training={})
    (folder / BROKEN / checkpoint.WEIGHTS).write_bytes(b"nothing")
    return folder


@pytest.fixture(scope="module")
def models(folder):
    return Catalogue(Studio([str(folder)]))


@pytest.fixture(scope="module")
def url(folder):
    with serving(folder) as url:
        yield url


@pytest.mark.parametrize("name", [RICH, PLAIN, CYCLE, ALONE])
def test_weights_and_bytes_are_those_of_the_file(models, folder, name):
    file = folder / name / checkpoint.WEIGHTS
    parameters = {n for n, _ in models.studio[name].named_parameters()}
    stored = {n: w.numel() for n, w in load_file(file).items() if n in parameters}
    model = models[name]
    assert (model.weights, model.bytes) == (sum(stored.values()), file.stat().st_size)
    for network, count in model.networks.items():
        assert count == sum(n for key, n in stored.items() if key.startswith(f"{network}."))
    assert not model.networks.keys() & set(models.studio[name].scaffold)


def test_facts_are_those_of_the_config(models):
    told = facts(models[RICH])
    assert told["Trained on"] == TRAINING["data_source"]
    assert told["Training pictures"] == "1,234"
    assert told["Pictures seen"] == "5,678 in 20 steps, after 9,000 in earlier runs"
    assert (told["Training time"], told["Seed"]) == ("1 h 2 min", "7")
    assert models[RICH].link == "https://arxiv.org/abs/1903.01931"
    assert facts(models[CYCLE])["Domains"] == "neutral and smiling"
    bare = facts(models[PLAIN])
    assert bare["Trained on"] == bare["Licence of the data"] == "not recorded"
    assert not {"Pictures seen", "Training time", "Seed", "Training pictures"} & bare.keys()


def test_a_curve_is_every_figure_that_is_a_number(models):
    assert models[RICH].curve == [(10, "FD", 3.5), (10, "rho", 0.5), (20, "FD", 2.5)]
    assert models[PLAIN].curve == []
    for strange in ("high", {"step": 1}, [3, {"FD": 1}, {"step": "x", "FD": 1}, {"step": True}]):
        assert list(points(strange)) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(59.6, "1 min 0 s"), (12, "12 s"), (7199, "1 h 59 min"), ("long", ""), (float("inf"), "")],
)
def test_times_are_told_in_two_units(seconds, text):
    assert duration(seconds) == text


def test_a_damaged_checkpoint_costs_only_its_row(models):
    *good, bad = models.rows()
    assert isinstance(bad, Damaged) and bad.name == BROKEN and "damaged" in bad.problem
    assert {RICH, PLAIN} < {row.name for row in good if isinstance(row, Model)}
    assert "Cannot be used" in catalogue.showing([bad], RICH)


def test_a_model_is_read_again_when_its_files_change(tmp_path):
    checkpoint.save(tmp_path / "one", tiny(), training={"seed": 1})
    models = Catalogue(Studio([str(tmp_path)]))
    before = models["one"]
    models.studio.refresh()
    assert models["one"] is before
    checkpoint.save(tmp_path / "one", tiny(z_dim=16), training={"seed": 2})
    models.studio.refresh()
    assert facts(models["one"])["Seed"] == "2"
    assert models["one"].weights > before.weights
    with pytest.raises(ValueError, match="no model 'two'"):
        models["two"]


def test_words_from_a_checkpoint_stay_words(models):
    shown = portrait.showing(models[RICH], {"sample": "Generate"})
    assert "&lt;b&gt;of&lt;/b&gt;" in shown and "<b>of" not in shown
    assert 'href="?tab=sample&amp;model=rich"' in shown


def test_a_card_keeps_its_code_and_loses_what_would_be_fetched(tmp_path):
    checkpoint.save(tmp_path / "one", tiny(), training={})
    (tmp_path / "one" / checkpoint.CARD).write_text(
        "# one\n\n![a](https://there/a.png) ![b][c]\n<img\nsrc='https://there/b.png'> <script>x()"
        "</script> see <https://arxiv.org/abs/1>\n\n```py\nlist<int> x = '![kept](a.png)'\n```\n"
    )
    card = Catalogue(Studio([str(tmp_path)]))["one"].card
    assert "![a]" not in card and "<img" not in card and "<script" not in card
    assert "[a](https://there/a.png)" in card and not card.startswith("#")
    assert "<https://arxiv.org/abs/1>" in card and "list<int> x = '![kept](a.png)'" in card


def test_a_sheet_that_is_no_picture_is_told(tmp_path):
    checkpoint.save(tmp_path / "one", tiny(), training={})
    (tmp_path / "one" / "samples.png").write_text("not a picture")
    model = Catalogue(Studio([str(tmp_path)]))["one"]
    assert "samples.png cannot be read" in portrait.showing(model, {})
    assert "<i></i>" in catalogue.showing([model], None)


def test_figures_of_any_depth_are_shown(tmp_path):
    checkpoint.save(tmp_path / "one", tiny(), training={}, metrics={"FD": 1.5, "<u>": {"x": "<v>"}})
    shown = portrait.measured(Catalogue(Studio([str(tmp_path)]))["one"])
    assert "1.5" in shown and "&lt;u&gt;" in shown and "&lt;v&gt;" in shown
    assert "<u>" not in shown and "<v>" not in shown


def test_what_stands_alone_needs_no_table_and_a_few_sheets_are_enough(tmp_path):
    sheets = {name: face() for name in ("samples", "edits", "redrawn", "stages", "classes")}
    protocol = {"Protocol": {"N": 6, "left out": "many words " * 9}}
    metrics = protocol | {"Samples": {"FD": 1.5}}  # how good it is comes first
    checkpoint.save(tmp_path / "one", tiny(), training={}, metrics=metrics, sheets=sheets)
    model = Catalogue(Studio([str(tmp_path)]))["one"]
    figures, protocol = portrait.measured(model).split("</details>")[:2]
    assert "<dl class='figures'><div><dt>FD</dt><dd>1.5</dd></div></dl>" in figures
    assert "<dl class='facts'>" in protocol and "<table>" not in figures + protocol
    assert portrait.measured(model).count("<details open>") == 1
    seen, _, folded = portrait.showing(model, {}).partition("<details>")
    assert seen.count("<figure>") == 3 and folded.count("<figure>") == 2
    assert seen.index("Samples") < seen.index("Classes")


def test_beside_each_other_are_the_pictures_that_each_draws_alone(models):
    studio = models.studio
    rows = compare_models.rows(studio, RICH, PLAIN, 5)
    assert [row.said for row in rows] == [RICH, PLAIN]
    for row in rows:
        alone = [studio[row.said].sample(1, seed=5 + i) for i in range(compare_models.COUNT)]
        assert torch.equal(row.pictures, images.to_pixels(torch.cat(alone)))


def test_translators_get_the_same_pictures(models):
    rows = compare_models.rows(models.studio, CYCLE, ALONE, 0)
    assert [row.said for row in rows] == ["neutral, to become smiling", CYCLE, ALONE]
    for row in rows[1:]:
        again = models.studio[row.said].translated(rows[0].pictures, "smiling")
        assert torch.equal(row.pictures, again)
    assert len(compare_models.rows(models.studio, ALONE, CYCLE, 0)) == 3  # only what both can draw


def test_who_can_stand_beside_whom(models):
    assert compare_models.partners(models.studio, RICH) == [PLAIN]
    assert compare_models.partners(models.studio, CYCLE) == [ALONE]
    assert compare_models.partners(models.studio, COLOUR) == []
    with pytest.raises(ValueError, match="do not do the same"):
        compare_models.rows(models.studio, RICH, CYCLE, 0)


def test_figures_of_both_are_those_that_both_have(tmp_path):
    other = {"Samples": {"FD": 9.0, "coverage": 1.0}, "Protocol": {"N": 99, "left out": "all"}}
    for name, metrics in (("one", METRICS), ("two", other), ("bare", {})):
        checkpoint.save(tmp_path / name, tiny(), training={}, metrics=metrics)
    models = Catalogue(Studio([str(tmp_path)]))
    one, two, bare = (models[name] for name in ("one", "two", "bare"))
    assert compare_models.figures(one, two) == {"Samples: FD": {"one": "2.5 ± 0.5", "two": "9"}}
    assert compare_models.apart(one, two) == ["N"]
    assert compare_models.figures(one, bare) == {} and compare_models.apart(one, one) == []


def test_the_endpoint_gives_every_checkpoint(url, folder):
    told = gradio_client.Client(url, verbose=False).predict(api_name="/models")
    assert "damaged" in told[BROKEN]["problem"]
    rich = told[RICH]
    assert rich["bytes"] == (folder / RICH / checkpoint.WEIGHTS).stat().st_size
    assert rich["parameters"] == sum(rich["networks"].values())
    assert rich["training"]["seconds"] == 3725 and rich["metrics"] == METRICS
    assert rich["curve"][0] == {"step": 10, "figure": "FD", "value": 3.5}
    assert rich["links"]["sample"] == "?tab=sample&model=rich"
    assert set(told[CYCLE]["links"]) == {"translate"}
    assert json.dumps(told)


def test_a_link_opens_a_model_and_a_click_another(page, url):
    page.goto(f"{url}?tab=models&model={RICH}")
    page.wait_for_function(SHOWN % RICH)
    assert page.locator("#catalogue [aria-current]").get_attribute("data-name") == RICH
    assert "faces <b>of</b> nobody" in page.inner_text("#portrait dl")
    assert "2.5 ± 0.5" in page.inner_text("#measured")
    assert "Cannot be used" in page.inner_text("#catalogue section")
    page.wait_for_function("document.querySelector('.sheets img')?.naturalWidth > 0")
    page.click("#course > button")
    page.wait_for_selector("#curve svg, #curve canvas")
    page.locator("#catalogue button", has_text=PLAIN).click()
    page.wait_for_function(SHOWN % PLAIN)
    page.locator("#curve").wait_for(state="hidden")
    assert "Not measured" in page.inner_text("#measured")
    page.locator("#card button").click()
    page.get_by_text("python app.py --checkpoints").wait_for()


IN_SIGHT = """() => {
  const chosen = document.querySelector('#catalogue [aria-current]');
  const box = chosen.parentElement.getBoundingClientRect(), at = chosen.getBoundingClientRect();
  return at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
}"""


def test_the_model_of_a_link_is_in_sight_in_the_list(page, url, models):
    page.set_viewport_size({"width": 1280, "height": 300})
    last = [row.name for row in models.rows() if isinstance(row, Model)][-1]
    page.goto(f"{url}?tab=models&model={last}")
    page.wait_for_function(SHOWN % last)
    page.wait_for_function(IN_SIGHT)


def test_a_model_opens_in_the_tabs_that_can_use_it(page, url):
    page.goto(f"{url}?tab=models&model={RICH}")
    page.wait_for_function(SHOWN % RICH)
    links = page.locator("#portrait nav a")
    assert [re.sub(r"\W", "", text) for text in links.all_inner_texts()][:2] == [
        "Generate",
        "Reconstruct",
    ]
    links.first.click()
    page.wait_for_selector("[role=tab][aria-selected=true]:has-text('Generate')")
    page.wait_for_function(
        f"[...document.querySelectorAll('input')].some(i => i.value === '{RICH}')"
    )
    page.wait_for_selector("#sheet img[alt='seed 0']")


def test_two_stand_beside_each_other(page, url):
    page.goto(f"{url}?tab=models&model={RICH}&compare=true&other={PLAIN}&seed=5")
    page.wait_for_function("document.querySelectorAll('#beside img').length === 16")
    assert page.locator("#beside h2").all_inner_texts() == [RICH, PLAIN]
    assert "no figure in common" in page.inner_text("#shared")
    page.locator("#catalogue button", has_text=COLOUR).click()
    page.wait_for_function("document.querySelectorAll('#beside img').length === 0")
    assert "No other model here does the same" in page.inner_text("#beside")


def test_without_checkpoints_the_tab_says_what_to_do(page, tmp_path):
    with serving(tmp_path) as url:
        page.goto(f"{url}?tab=models")
        page.wait_for_selector("[role=tab][aria-selected=true]:has-text('Models')")
        page.get_by_text("No model yet").wait_for()
        assert page.locator("[data-testid=toast-body]").count() == 0


def test_a_thumbnail_is_the_corner_of_the_samples(models, folder):
    model = models[RICH]
    side = catalogue.TILES * (model.size + 2) + 2
    assert PILImage.open(folder / RICH / "samples.png").width > side
    shown = catalogue.showing([model], RICH)
    assert 'aria-current="true"' in shown and "data:image/jpeg" in shown
