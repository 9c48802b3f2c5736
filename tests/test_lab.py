"""The Lab: live in the page, and as a table on the command line."""

import base64
import io
import json
import time
from urllib.parse import parse_qsl

import numpy as np
import pytest
from conftest import until
from PIL import Image as PILImage

from gan_demo.lab import drawing, kept
from gan_demo.lab.experiment import Experiment
from gan_demo.lab.games import NAMES, Games
from gan_demo.lab.scores import Score
from gan_demo.tabs import lab
from gan_demo.ui import games
from train.experiments import lab as table

DONE = "document.querySelector('#games .progress')?.innerText.startsWith('%s of')"
GOING = "+document.querySelector('#games [role=progressbar]')?.ariaValueNow > 0"
ARRIVED = "v => [...document.querySelectorAll('input, textarea')].some(i => i.value === v)"


def scored(covered: int, collisions: int = 0, back: float | None = None) -> Score:
    return Score(tuple(k < covered for k in range(10)), collisions, covered / 10, back)


def test_the_table_has_mean_and_range_of_every_game():
    text = table.table(
        {
            "GAN": [scored(3, 9), scored(4, 10), scored(10, 2)],
            "DiscoGAN": [scored(10, back=0.02), scored(10, back=0.04), scored(10, back=0.06)],
        }
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    assert rows[0] == ["", "GAN", "DiscoGAN"]
    assert rows[2][1:] == ["5.7 (3 to 10)", "10.0 (10 to 10)"]
    assert rows[3][1:] == ["1 of 3", "3 of 3"]
    assert rows[4][1:] == ["7.0 (2 to 10)", "0.0 (0 to 0)"]
    assert rows[5][1:] == ["57% (30% to 100%)", "100% (100% to 100%)"]
    assert rows[6][1:] == ["no way back", "4.0% (2.0% to 6.0%)"]


def test_the_command_prints_the_table_and_keeps_the_figures(monkeypatch, capsys, tmp_path):
    file = tmp_path / "lab.json"
    monkeypatch.setattr(table, "EVERY", 2)
    argv = ["lab", "--seeds", "2", "--iterations", "3", "--modes", "4", "--json", str(file)]
    monkeypatch.setattr("sys.argv", argv)
    table.main()
    assert capsys.readouterr().out.count("\n") == 7
    kept = json.loads(file.read_text())
    assert list(kept["modes covered"]) == ["0", "2", "3"]
    assert {name: len(game) for name, game in kept["scores"].items()} == dict.fromkeys(NAMES, 2)
    assert kept["settings"] == {"seeds": 2, "iterations": 3, "modes": 4}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("--seeds=0", "one seed"),
        ("--iterations=0", "one iteration"),
        ("--modes=11", "1 to 10"),
        ("--keep=no/such/run", "There is no folder"),
        ("--json=no/such/figures", "There is no folder"),
    ],
)
def test_the_command_answers_wrong_settings_with_a_sentence(monkeypatch, wrong, why):
    monkeypatch.setattr("sys.argv", ["lab", "--iterations=1", "--seeds=1", wrong])
    with pytest.raises(SystemExit, match=why):
        table.main()


def test_discogan_parts_what_the_baselines_throw_together():
    """The claim at the earliest moment at which it shows, and shows on every machine."""
    scores, _ = table.play(range(3), 1000, 10)
    mean = {name: np.mean([s.collisions for s in game]) for name, game in scores.items()}
    assert mean["DiscoGAN"] < min(mean["GAN"], mean["GAN + reconstruction"]) / 2
    assert max(s.back for s in scores["DiscoGAN"]) < 0.3


def test_a_kept_run_stands_where_it_ended(tmp_path):
    experiment, file = Experiment([3, 7], 4), tmp_path / "run"
    for _ in range(3):
        experiment.games.step()
    kept.keep(experiment, file)
    again = kept.kept(file)
    assert (again.games.seeds, again.games.iteration) == ((7,), 3)
    for was, now in zip(experiment.standings(), again.standings(), strict=True):
        assert np.allclose(was[1].points, now[0].points, atol=1e-5)
        assert was[1].score.covered == now[0].score.covered


def test_the_tab_opens_on_what_it_wants_to_show():
    """The run that ships is that of the settings it opens with, and it shows the claim."""
    asked, shown = lab.shipped()
    assert asked == lab.run("1", 10, lab.ITERATIONS)
    assert "10,000 of 10,000" in shown and "Learned before" in shown
    gan, back, both = (game[0].score for game in kept.kept().standings())
    assert all(both.covered) and not both.collisions
    assert sum(gan.covered) < 10 and sum(back.covered) < 10
    assert both.back < back.back


def test_frames_go_from_the_start_to_the_last_iteration(monkeypatch):
    monkeypatch.setattr(lab, "PACE", 0)  # a frame a step
    frames = list(lab.play((0, 10, 3)))
    assert [f.iteration for f in frames] == [0, 1, 2, 3]
    for panel in frames[-1].panels:
        assert panel.shape == (drawing.SIDE, drawing.SIDE, 3)
    page = games.render(frames[-1])
    assert "3 of 3" in page
    first = page.split("base64,")[1].split('"')[0]
    assert PILImage.open(io.BytesIO(base64.b64decode(first))).size == (drawing.SIDE, drawing.SIDE)


def test_a_run_has_a_bound(monkeypatch):
    monkeypatch.setattr(lab, "PACE", 0.05)
    monkeypatch.setattr(lab, "PATIENCE", 0.1)
    last = list(lab.play((0, 10, 10**6)))[-1]
    assert 0 < last.iteration < 10**5
    assert lab.run("7", 99, 1e9) == (7, 10, lab.LONGEST)
    assert lab.run("7", -1, -1) == (7, 2, 1)
    with pytest.raises(ValueError, match="whole number"):
        lab.run("cat", 10, 1000)


class Counted:
    """A method that counts its calls."""

    def __init__(self, method):
        self.method, self.times = method, 0

    def __get__(self, owner, kind):
        def call(*args):
            self.times += 1
            return self.method(owner, *args)

        return call


@pytest.fixture
def steps(monkeypatch):
    """Steps of which each tenth learns."""
    learn = Games.step

    def step(games) -> None:
        if games.iteration % 10:
            games.iteration += 1
        else:
            learn(games)

    counted = Counted(step)
    monkeypatch.setattr(Games, "step", counted)
    return counted


@pytest.fixture
def idle(monkeypatch):
    """Steps that take their time, and learn nothing."""

    def step(games) -> None:
        time.sleep(0.002)
        games.iteration += 1

    counted = Counted(step)
    monkeypatch.setattr(Games, "step", counted)
    return counted


def comes_to_rest(steps) -> None:
    """A step or a frame under way may end first."""

    def rests() -> bool:
        before = steps.times
        time.sleep(1)
        return steps.times == before

    until(rests)


def opened(page, app_url, query=""):
    page.goto(f"{app_url}?tab=lab{query}")
    page.wait_for_selector("#games img")
    for _, value in parse_qsl(query):
        page.wait_for_function(ARRIVED, arg=value)


def test_it_learns_before_ones_eyes_and_is_remembered(page, app_url, steps):
    opened(page, app_url, "&seed=5&modes=6&iterations=1000")
    assert "Before the first step" in page.locator("#games").inner_text()
    page.get_by_label("Seed", exact=True).fill("cat")
    page.click("#lab-start")
    assert "whole number" in page.locator("[data-testid=toast-body]").inner_text()
    assert steps.times == 0
    page.get_by_label("Seed", exact=True).fill("5")
    page.click("#lab-start")
    page.wait_for_function(DONE % "1,000")
    assert steps.times == 1000
    ended = page.locator("#games img").first.get_attribute("src")
    page.locator("#history button", has_text="seed 5, 6 modes").wait_for()
    page.click("#lab-roll")
    page.wait_for_function("document.querySelector('#games')?.innerText.includes('Before')")
    page.locator("#history button", has_text="seed 5, 6 modes").click()
    page.wait_for_function(DONE % "1,000")
    assert page.locator("#games img").first.get_attribute("src") == ended
    assert steps.times == 1000


def test_stop_stops_it(page, app_url, idle):
    opened(page, app_url, "&iterations=40000")
    page.click("#lab-start")
    page.wait_for_function(GOING)
    page.click("#lab-stop")
    page.wait_for_selector("#lab-start:enabled")
    comes_to_rest(idle)
    assert 0 < idle.times < 40_000


def test_a_closed_page_stops_it_and_holds_up_nobody(page, app_url, idle):
    opened(page, app_url, "&iterations=1000")
    with page.context.new_page() as other:
        opened(other, app_url, "&iterations=40000")
        other.click("#lab-start")
        other.wait_for_function(GOING)
        page.click("#lab-start")
        page.wait_for_function(DONE % "1,000")
        assert other.locator("#lab-stop").is_enabled()  # still at it, beside the first
    comes_to_rest(idle)
    assert 1000 < idle.times < 40_000
