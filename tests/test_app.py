import io
import time
import zipfile
from pathlib import Path

import pytest
from conftest import serving, tiny
from gradio_client.exceptions import AppError
from PIL import Image as PILImage

from gan_demo import checkpoint
from gan_demo.checkpoint import recipe
from gan_demo.studio import Studio
from gan_demo.tabs import serve

DRAWN = "document.querySelectorAll('#sheet .gallery-item').length === %d"
TOLD = '[data-testid=toast-body]:has-text("%s")'


def sample(client, seed="0", count=2, variety=1.0, model="tiny-faces"):
    return client.predict(model, seed, count, variety, api_name="/sample")


def pixels(shot):
    return PILImage.open(shot["image"]).convert("RGB").tobytes()


def test_picture_i_is_seed_plus_i(client):
    five = sample(client, "5", 3)
    assert [shot["caption"] for shot in five] == ["seed 5", "seed 6", "seed 7"]
    assert pixels(five[2]) == pixels(sample(client, "7", 1)[0])


def test_variety_changes_the_picture_and_zero_leaves_one(client):
    plain, calm, mean = (pixels(sample(client, "3", 1, v)[0]) for v in (1.0, 0.5, 0.0))
    assert len({plain, calm, mean}) == 3
    assert pixels(sample(client, "4", 1, 0.0)[0]) == mean
    with pytest.raises(AppError, match="Variety, which replaced the scale"):
        sample(client, "3", 1, 1.5)


def test_drawn_file_carries_its_recipe(client):
    made = recipe.read(sample(client, "9", 1, 0.8)[0]["image"])
    assert made == recipe.Recipe("tiny-faces", 9, variety=0.8)


@pytest.mark.parametrize(
    ("seed", "why"),
    [
        ("cat", "whole number"),
        ("-1", "between 0 and"),
        (str(2**32), "between 0 and"),
        ("<b>", "not '<b>'"),
    ],
)
def test_bad_seeds_are_answered_with_a_sentence(client, seed, why):
    with pytest.raises(AppError, match=why):
        sample(client, seed)
    assert sample(client)  # and the app goes on


def test_unknown_model_is_answered_with_the_known(client):
    with pytest.raises(AppError):
        sample(client, model="nobody")


def test_no_answer_waits_for_statistics():
    queue = serve.build()._queue
    queue.events_recorded = 10**6
    done = {"function": "sample", "status": "success", "process_time": 0.1}
    assert queue.compute_analytics_summary([done]) == {"functions": {}}


def test_page_opens_drawn_with_the_tabs_of_its_models_and_names_the_broken_checkpoint(home):
    home.wait_for_function(DRAWN % 18)
    assert "broken" in home.locator("#notice .problems").inner_text()
    home.wait_for_selector("#history p button")
    home.get_by_role("tab", name="Interpolate").wait_for()
    for name in ("Translate", "Pyramid", "Pairs"):
        assert home.get_by_role("tab", name=name).count() == 0


def test_a_tab_opened_before_the_page_is_ready_stays_open_and_draws(page, app_url, monkeypatch):
    quick = Studio.refresh

    def slow(studio):
        time.sleep(1.5)
        quick(studio)

    monkeypatch.setattr(Studio, "refresh", slow)
    page.goto(app_url)
    tab = page.get_by_role("tab", name="Interpolate")
    tab.click()
    page.wait_for_function(
        "document.querySelector('#live img').src.length > 1000 && window.followed"
    )
    assert tab.get_attribute("aria-selected") == "true"


def test_a_checkpoint_trained_meanwhile_shows_after_a_reload(page, tmp_path):
    with serving(tmp_path) as url:
        page.goto(url)
        assert "python -m train" in page.locator("#notice .welcome").inner_text()
        assert page.get_by_role("tab").all_inner_texts() == ["Lab", "Models"]  # they need none
        page.wait_for_selector("#lab-start")
        assert page.locator("[data-testid=toast-body]").count() == 0
        checkpoint.save(tmp_path / "mine", tiny(), training={})
        page.reload()
        page.wait_for_function(DRAWN % 18)
        assert page.get_by_label("Model").input_value() == "mine"
        assert page.locator("#notice .welcome").count() == 0


def test_dice_and_history_bring_a_sheet_back(home):
    home.wait_for_function(DRAWN % 18)
    home.click("#dice")
    home.wait_for_selector("#sheet img:not([alt='seed 0'])")
    home.wait_for_function("document.querySelectorAll('#history p button').length > 1")
    home.locator("#history button", has_text="seeds 0–17").click()
    home.wait_for_selector("#sheet img[alt='seed 0']")
    assert home.get_by_label("First seed").input_value() == "0"


def test_link_opens_the_same_sheet_and_can_be_copied(page, app_url):
    query = "tab=sample&model=tiny-faces&seed=70&count=4&variety=0.5"
    page.goto(f"{app_url}?{query}")
    page.wait_for_selector("#sheet img[alt='seed 70']")
    page.wait_for_function(DRAWN % 4)
    page.click("#sample-link")
    page.wait_for_url(f"**/?{query}")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            "count=1e9&scale=0.7&variety=2&model=x",
            ["count: choose", "has replaced it", "variety: choose", "model: there is no 'x'"],
        ),
        ("tab=<b>", ["There is no tab '<b>'"]),
    ],
)
def test_a_wrong_link_is_told_and_the_page_still_opens(page, app_url, query, told):
    page.goto(f"{app_url}?{query}")
    said = page.locator("[data-testid=toast-body]").inner_text()
    assert [words for words in told if words not in said] == []
    page.wait_for_function(DRAWN % 18)


def test_a_wrong_seed_is_told_in_the_page_and_it_goes_on(page, app_url):
    page.goto(f"{app_url}?seed=cat")
    page.wait_for_selector(TOLD % "whole number")
    for seed in ("-1", "3"):
        page.get_by_label("First seed").fill(seed)
        page.get_by_role("button", name="Draw").click()
        page.wait_for_selector("#sheet img[alt='seed 3']" if seed == "3" else TOLD % "between 0")


def test_a_sheet_and_a_chosen_picture_can_be_kept_and_sent_on(home):
    home.wait_for_function(DRAWN % 18)
    home.wait_for_function("document.querySelectorAll('#history p button').length > 0")
    with home.expect_download() as kept:
        home.get_by_role("button", name="Download all").click()
    names = zipfile.ZipFile(io.BytesIO(Path(kept.value.path()).read_bytes())).namelist()
    assert names == [f"tiny-faces-seed-{i}.png" for i in range(18)]
    home.locator("#sheet button").nth(2).click()
    home.wait_for_selector("text=Seed 2")
    with home.expect_download() as kept:
        home.get_by_role("button", name="Download this").click()
    assert kept.value.suggested_filename == "tiny-faces-seed-2.png"
    assert recipe.read(kept.value.path()).seed == 2
    home.get_by_role("button", name="Interpolate to").click()
    home.wait_for_selector("[role=tab][aria-selected=true]:has-text('Interpolate')")
