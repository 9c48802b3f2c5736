"""The tab Train in a browser: the real thing, small."""

import itertools
import json
import os
import time
import zipfile

import pytest
from conftest import serving, until
from PIL import Image as PILImage
from test_training import narrow, place, soft  # noqa: F401 (fixtures)

from gan_demo.actions.train import course, plan, trial
from gan_demo.actions.train.visitors import Limits
from gan_demo.tabs import serve
from gan_demo.ui.film import STOPPED

STEP = "document.querySelector('#standing')?.innerText.match(/step ([0-9,]+) of/)?.[1]"


@pytest.fixture
def many(monkeypatch):
    """An effort of steps that will not end before the test, whose trial `test_training` makes."""

    def measured(*_):
        yield
        return trial.Pace(0.5, 10, 1)

    monkeypatch.setattr(trial, "measured", measured)
    monkeypatch.setattr(plan, "FEWEST", 2000)
    monkeypatch.setattr(plan, "SHEETS", 100)
    monkeypatch.setitem(plan.EFFORTS, "Quick look", 1)


@pytest.fixture
def pictures(tmp_path):
    file = tmp_path / "pictures.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for path in soft(64, tmp_path / "drawn").iterdir():
            archive.write(path, path.name)
    return file


@pytest.mark.usefixtures("narrow", "many")
def test_train_pause_reload_go_on_and_generate(page, tmp_path, pictures):
    workshop = serve.workshop([str(tmp_path / "out")], True, tmp_path / "runs")
    workshop.out.mkdir()
    with serving(workshop.out, workshop) as url:
        page.goto(f"{url}?tab=train")
        page.wait_for_selector("#train-start", state="visible")
        page.set_input_files("#train-a input[type=file]", str(pictures))
        page.wait_for_selector("#train-a a[download='pictures.zip']")
        page.get_by_label("32", exact=True).check()
        page.click("#train-start")
        page.wait_for_selector("#train-sheets img")
        first = page.get_attribute("#train-sheets img", "src")
        page.wait_for_function(
            "first => document.querySelector('#train-sheets img').src !== first", arg=first
        )
        page.click("#train-pause")
        page.wait_for_selector("#train-go-on", state="visible")
        page.reload()
        page.wait_for_selector("#train-go-on", state="visible")
        step = page.evaluate(STEP)
        page.click("#train-go-on")
        page.wait_for_function(f"step => {STEP} && {STEP} !== step", arg=step)
        page.wait_for_selector("#train-sample", state="visible")
        page.click("#train-sample")
        page.wait_for_function("document.querySelectorAll('#sheet .gallery-item').length === 18")
        if workshop.runs.busy():
            workshop.runs.pause("my-model")
        assert (workshop.out / "my-model/config.json").exists()


def test_a_training_from_a_terminal_is_scrubbed_and_its_film_stopped_and_saved(
    page, tmp_path, monkeypatch
):
    running, quick = [], course.film

    def endless(*given):
        running.append(True)
        try:
            for i in itertools.count():
                time.sleep(0.1)
                yield 0.5 * (i % 2)
        finally:
            running.clear()

    workshop = serve.workshop([str(tmp_path)], True, tmp_path / "runs")
    sheets = tmp_path / "runs/elsewhere/sheets"
    sheets.mkdir(parents=True)
    moments = [{"step": step, "time": 1.0, "saved": {}} for step in (10, 20, 30)]
    (sheets.parent / "progress.jsonl").write_text("\n".join(map(json.dumps, moments)))
    for moment, colour in zip(moments, ("red", "green", "blue"), strict=True):
        PILImage.new("RGB", (64, 64), colour).save(sheets / f"samples-{moment['step']:06}.png")
    earlier = tmp_path / "runs/earlier/progress.jsonl"
    earlier.parent.mkdir()
    earlier.touch()
    os.utime(earlier, (0, 0))
    with serving(tmp_path, workshop) as url:
        page.goto(f"{url}?tab=train")
        caption = page.locator("#train-sheets figcaption")
        caption.get_by_text("step 30").wait_for()
        page.locator("#moment input[type=range]").focus()
        page.keyboard.press("Home")
        caption.get_by_text("step 10").wait_for()
        monkeypatch.setattr(course, "film", endless)
        page.click("#train-film")
        page.wait_for_selector("#train-film-screen [role=progressbar]")
        page.click("#train-film-stop")
        until(lambda: not running, "Stop does not end it")
        page.wait_for_selector(f"#train-film-screen >> text={STOPPED}")
        monkeypatch.setattr(course, "film", quick)
        with page.expect_download() as saved:
            page.locator("#train-film:enabled").click()
        with PILImage.open(saved.value.path()) as film:
            assert (film.format, film.n_frames) == ("WEBP", 3)
        page.click("#train-delete")
        page.locator("#train-sure").wait_for()
        page.click("#train-run input")
        page.get_by_role("option", name="earlier").click()
        page.locator("#train-sure").wait_for(state="hidden")  # it was asked of the other one


def test_a_page_for_others_takes_no_paths(page, tmp_path):
    workshop = serve.workshop([str(tmp_path)], False, tmp_path / "runs")
    with serving(tmp_path, workshop) as url:
        page.goto(f"{url}?tab=train")
        page.wait_for_selector("#train-start", state="visible")
        assert not page.is_visible("#train-a-source")
        assert str(Limits()) in page.inner_text(".about >> visible=true").replace("\n", " ")
        page.wait_for_function("document.querySelector('#train-word textarea').value")
        page.click("#train-start")
        for said in ("[data-testid=toast-body]", "#train-report [role=alert]"):
            assert "Give pictures first" in page.locator(said).inner_text()
    assert not (tmp_path / "runs").exists()


def test_a_page_for_others_does_not_train_by_default(home):
    home.get_by_role("tab", name="Lab").wait_for()
    assert not home.get_by_role("tab", name="Train").count()
