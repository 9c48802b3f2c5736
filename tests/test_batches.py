"""What a run is fed: what it says of its folders, and of a batch that is too large."""

import pytest
from pictures import encoded, write

from gan_demo import systems
from gan_demo.data import DataError
from train import config
from train.batches import feed


@pytest.fixture
def pets(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    places = {"Training": 12, "Testing": 5}
    files = {
        f"{place}/{label}/{i}.png": encoded()
        for place, n in places.items()
        for i in range(n)
        for label in ("cat", "dog")
    }
    more = {"README.txt": b"", ".hidden.png": b"", "Training/cat/broken.png": b""}
    return write(tmp_path / "pets", files | more)


def made(root, *overrides):
    small = [f"data.source=folder:{root}", "model.size=32", "model.channels=1", "model.z_dim=8"]
    run = config.load("ogan", [*small, *overrides])
    return run, systems.make(run.system, **run.model)


@pytest.mark.filterwarnings("ignore:.*1 files skipped")
def test_a_run_says_which_folders_it_reads(pets):
    run, system = made(pets, "batch=8")
    (line,) = feed(run, system).told
    assert line.startswith(f"folder:{pets}: train 21 (Training), val 3 (held out of train), ")
    assert "test 10 (Testing), not used; labels cat, dog; left out: " in line
    assert line.endswith("1 hidden, 1 .txt, 1 skipped.")


@pytest.mark.filterwarnings("ignore:.*1 files skipped")
@pytest.mark.parametrize(
    ("overrides", "lower"),
    [
        (["batch=64"], "batch to 21"),
        (["batch=64", "accumulate=4"], "batch to 20"),
        (["batch=64", "accumulate=32"], "accumulate to 1 and batch to 21"),
    ],
)
def test_the_largest_batch_that_works_is_named(pets, overrides, lower):
    run, system = made(pets, *overrides)
    with pytest.raises(DataError, match=f"holds 21 .*: lower {lower}, the largest that works"):
        feed(run, system)
