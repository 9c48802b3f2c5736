"""The tables of the pages are what the checkpoints measured."""

import pytest

from train import results


def test_the_command_finds_nothing_to_write():
    rows = results.shipped()
    for page in results.PAGES:
        text = page.read_text("utf-8")
        assert results.BLOCK.search(text)
        assert results.written(text, rows) == text, "run python -m train.results"


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


def test_what_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"no table 'codez'.*codes, family"):
        results.written("<!-- table codez -->\n<!-- /table -->", {})
    with pytest.raises(ValueError, match="No checkpoint ogan-dogs"):
        results.written("<!-- table codes: ogan-dogs -->\n<!-- /table -->", {})
