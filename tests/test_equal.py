"""Equal budgets: every row can be trained, and a table is the mean and range over its seeds."""

import sys

import pytest
from pictures import flat, write
from small import options

from train import batches, config
from train.config import ConfigError
from train.experiments import equal
from train.experiments.equal import TABLES, Table


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_a_training_that_can_be_made(table):
    names = set()
    for row in TABLES[table].rows:
        words = equal.settings(table, row, 7, [])
        run = config.load(words[0], words[1:])
        assert run.seed == 7 and run.name not in names
        names.add(run.name)
        batches.made(run)
        for start in run.init.values():  # of a row before, with the same seed
            assert start in names
    budgets = {
        config.load(w[0], w[1:]).steps for w in (r.split() for r in TABLES[table].rows.values())
    }
    assert len(budgets) == 1


def test_a_cell_is_the_mean_and_what_it_is_the_mean_of():
    assert equal.cell([0.5]) == "0.5"
    assert equal.cell([1.0, 2.0, 6.0]) == "3 (1 to 6)"


def test_a_table_is_trained_measured_and_written(tmp_path, monkeypatch, capfd):
    columns = ("ρ on fresh z", "MSE / random photo")
    monkeypatch.setitem(
        TABLES, "claim", Table({"no code": "ogan_faces model.lam_E=0.0"}, 2, columns)
    )
    files = {
        f"{split}/{name}": file for name, file in flat(8).items() for split in ("train", "val")
    }
    words = options(tmp_path, write(tmp_path / "pictures", files), "steps=2")
    tiny = [word for word in words if not word.startswith(("out=", "runs="))]
    monkeypatch.setattr(sys, "argv", ["", "claim", *tiny, "--out", str(tmp_path), "--jobs", "2"])
    equal.main()
    head, _, line = (line.split("|")[1:-1] for line in capfd.readouterr().out.splitlines()[-3:])
    assert [cell.strip() for cell in head] == ["claim", "seeds", *columns]
    name, seeds, *cells = (cell.strip() for cell in line)
    assert (name, seeds) == ("no code", "2") and all(" to " in cell for cell in cells)
    assert " to " not in equal.written("claim", tmp_path / "checkpoints", 1)


def test_what_fails_is_named_and_what_is_missing_too(tmp_path):
    with pytest.raises(ConfigError, match="leave --measure out"):
        equal.written("claim", tmp_path, 1)
    with pytest.raises(ConfigError, match="Not trained: nobody"):
        equal.train([["ogan_faces", "data.source=folder:nowhere", "name=nobody"]], 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--jobs", "0"], "1 or more"), (["--seeds", "-1"], "1 or more"), (["model.sise=3"], "sise")],
)
def test_a_mistake_is_said_before_the_work(words, said, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["", "claim", *words])
    with pytest.raises(SystemExit, match=said):
        equal.main()
