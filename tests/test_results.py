"""The tables of the pages are what the checkpoints measured."""

import math
import re
from pathlib import Path

import pytest
from safetensors import safe_open

from gan_demo import checkpoint
from gan_demo.checkpoint import card
from train import results


def test_the_command_finds_nothing_to_write():
    rows = results.shipped()
    for page in results.PAGES:
        text = page.read_text("utf-8")
        assert results.BLOCK.search(text)
        assert results.written(text, rows) == text, "run python -m train.results"


@pytest.mark.parametrize("name", ["ogan-portraits", "fluent-cyclegan"])
def test_a_card_counts_the_weights_that_ship(name):
    folder = Path(__file__).parents[1] / "checkpoints" / name
    with safe_open(folder / "model.safetensors", "pt") as file:
        shapes = [file.get_slice(key).get_shape() for key in file.keys()]  # noqa: SIM118
    loaded = checkpoint.load(folder)
    now = card.card(loaded.system, loaded.config, {}, name, [])
    for text in (now, (folder / "README.md").read_text("utf-8")):
        (told,) = re.findall(r"([\d.]+) million weights", text)
        assert abs(float(told) - sum(map(math.prod, shapes)) / 1e6) < 0.06


def test_a_figure_that_moves_moves_its_table():
    rows = results.shipped()
    row = rows["ogan-portraits"]
    codes = row.figures[results.CODES] | {"rho fresh": 0.12345}
    moved = rows | {row.name: row._replace(figures=row.figures | {results.CODES: codes})}
    page = "before\n<!-- table codes: ogan-portraits -->\nold\n<!-- /table -->\nafter\n"
    text = results.written(page, moved)
    assert "| 0.123 |" in text and "old" not in text
    assert text.startswith("before\n") and text.endswith("-->\nafter\n")
    assert results.written(text, moved) == text


def test_the_family_has_a_line_for_every_model_and_its_own_figure():
    config = {"system": "any", "model": {"size": 64}}
    config["training"] = {"data": "pack:a and zip:b/c.zip", "images_seen": 6400, "seconds": 1234}
    pairs = {"Pairs": {"rho": 0.5, "rho shuffled": 0.25}}
    sampled = {"FD-net-9": 3.0, "FD-net-9 ±": 0.5, "KD-net-9": 1.0, "precision": 0.8, "recall": 0.2}
    ways = {way: {"translated": {"FD-net-9": 2.0, "KD-net-9": 1, "cycle L1": 0.1}} for way in "pq"}
    rows = {
        name: results.Row(name, figures, config, 10**6)
        for name, figures in (
            ("bare", {}),
            ("coupled", pairs | {"Samples": sampled}),
            ("there", {"Translation": ways}),
        )
    }
    text = results.written("<!-- table family -->\n<!-- /table -->", rows)
    told = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[3:-1]]
    assert told == [
        ["`bare`", "any", "a and c.zip", "64", "6,400", "1,234", "1.0", *[""] * 5],
        [
            *("`coupled`", "any", "a and c.zip", "64", "6,400", "1,234", "1.0", "net-9: 3 ± 0.5"),
            *("1", "0.80, 0.20", "", "edge correlation 0.50, shuffled 0.25"),
        ],
        *(
            [
                *(f"`there`, {way}", "any", "a and c.zip", "64", "6,400", "1,234", "1.0"),
                *("net-9: 2", "1", "", "", "way back, L1 0.100"),
            ]
            for way in "pq"
        ),
    ]


def test_pictures_of_earlier_runs_stand_apart():
    config = {"training": {"images_seen": 6400}}
    assert results.seen(results.Row("new", {}, config, 1)) == "6,400"
    config["training"]["images_seen_before"] = 12000
    assert results.seen(results.Row("grown", {}, config, 1)) == "6,400 after 12,000"


def test_of_the_figures_that_were_measured_the_first_is_told():
    how = {"A": "a {x:.1f}", "B": "b {y[z]:.0%}"}
    assert results.told({"B": {"y": {"z": 0.5}}, "A": {"x": 1}}, how) == "a 1.0"
    assert results.told({"B": {"y": {"z": 0.5}}, "A": {}}, how) == "b 50%"
    assert results.told({"B": {"y": {}}}, how) == ""


def test_what_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"no table 'codez'.*codes, family"):
        results.written("<!-- table codez -->\n<!-- /table -->", {})
    with pytest.raises(ValueError, match="No checkpoint ogan-dogs"):
        results.written("<!-- table codes: ogan-dogs -->\n<!-- /table -->", {})
