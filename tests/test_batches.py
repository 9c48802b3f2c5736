"""What a run is fed: what it says of its folders, and of a batch that is too large."""

import pytest
from pictures import encoded, write

from gan_demo.data import DataError
from train import batches, config
from train.batches import feed
from train.config import ConfigError
from train.optimizers import check_players


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


def settings(root, *overrides):
    small = [f"data.source=folder:{root}", "model.size=32", "model.channels=1", "model.z_dim=8"]
    return config.load("ogan", [*small, *overrides])


def made(root, *overrides):
    run = settings(root, *overrides)
    return run, batches.made(run)


@pytest.mark.filterwarnings("ignore:.*1 files skipped")
def test_a_run_says_which_folders_it_reads(pets):
    run, system = made(pets, "batch=8")
    (line,) = feed(run, system).told
    assert line.startswith(f"folder:{pets}: train 21 (Training), val 3 (held out of train), ")
    assert "test 10 (Testing), not used; labels cat, dog; left out: " in line
    assert line.endswith("1 hidden, 1 .txt, 1 skipped.")


@pytest.mark.filterwarnings("ignore:.*1 files skipped")
def test_a_run_says_that_it_reads_more_than_the_folders_it_names(pets):
    write(pets, {f"more/{i}.png": encoded() for i in range(2)})
    (line,) = feed(*made(pets, "batch=8")).told
    assert "train 23 (Training; 2 in none of these), val 3" in line


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


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["model.z_dim=0"], "layers without weights"),
        (["model.z_dim=8193"], "z_dim must be a whole number from 1 to 8192"),
        (["model.encoder.kernel=0"], "layers without weights"),
        (["model.network=modern", "model.encoder.group=0"], r"\[model\] asks for .* be built"),
    ],
)
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_what_the_app_could_not_open_is_not_trained(overrides, said):
    with pytest.raises(ValueError, match=said):
        made("anywhere", *overrides)


def test_a_player_that_never_moves_is_named():
    run = config.load("dcgan_faces", ["data.source=folder:anywhere", "model.critics=0"])
    with pytest.raises(ConfigError, match=r"G would never move.*critics"):
        check_players(run, batches.made(run))
