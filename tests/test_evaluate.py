"""The evaluation command, on a system of a few hundred weights and a folder of small pictures."""

import json

import pytest
import torch
from PIL import Image

from gan_demo import checkpoint, classifier, systems
from train import classifier as train_classifier
from train import evaluate


@pytest.fixture
def photos(tmp_path):
    g = torch.Generator().manual_seed(0)
    for split, n in (("train", 12), ("val", 6)):
        folder = tmp_path / "photos" / split
        folder.mkdir(parents=True)
        for i in range(n):
            small = torch.randint(0, 256, (4, 4), generator=g, dtype=torch.uint8)
            Image.fromarray(small.numpy()).resize((32, 32)).save(folder / f"{i}.png")
    return f"folder:{tmp_path / 'photos'}"


@pytest.fixture
def trained(tmp_path, photos):
    system = systems.make("ogan", size=32, channels=1, z_dim=8)
    return checkpoint.save(tmp_path / "tiny", system, training={"data": photos})


def test_figures_reach_the_checkpoint(trained, photos):
    figures = evaluate.evaluate(str(trained), n=6)
    loaded = checkpoint.load(trained)
    assert loaded.metrics == json.loads(json.dumps(figures))
    assert loaded.metrics["Protocol"]["data"] == photos
    assert "not comparable with published FID" in loaded.metrics["Protocol"]["FD, KD"]
    assert "FD-conv7-faces-6" in loaded.metrics["Samples"]
    assert 0 <= loaded.metrics["Codes and reconstructions"]["top-1 pixels"] <= 1
    assert "FD-conv7-faces-6" in (trained / "README.md").read_text("utf-8")


def test_the_command_prints_the_table(trained, photos, monkeypatch, capsys):
    argv = ["evaluate", str(trained), "--data", photos, "--n", "4", "--features", "nowhere"]
    monkeypatch.setattr("sys.argv", argv)
    evaluate.main()
    out = capsys.readouterr().out
    assert "rho fresh" in out
    assert "no feature network" in out
    assert "FD-" not in out


def test_a_spread_stands_beside_its_figure():
    text = evaluate.table({"Samples": {"FD": 1.25, "FD ±": 0.02, "recall": 0.5}})
    assert "1.25 ± 0.02" in text
    assert text.count("FD") == 1


def test_what_is_wrong_is_said_in_a_sentence(tmp_path, photos, monkeypatch):
    system = systems.make("ogan", size=32, channels=1, z_dim=8)
    nameless = checkpoint.save(tmp_path / "nameless", system, training={})
    for arguments, said in (
        ([str(nameless)], "name it with --data"),
        ([str(tmp_path / "nothing")], "no checkpoint"),
        ([str(nameless), "--data", photos, "--n", "1"], "raise --n"),
        ([str(nameless), "--data", f"folder:{tmp_path / 'nothing'}"], "nothing"),
    ):
        monkeypatch.setattr("sys.argv", ["evaluate", *arguments])
        with pytest.raises(SystemExit, match=said):
            evaluate.main()


def test_the_feature_network_is_trained_by_a_command(tmp_path, photos, monkeypatch):
    argv = ["classifier", photos, "--out", str(tmp_path / "net"), "--data", "toys"]
    monkeypatch.setattr("sys.argv", [*argv, "--size", "16", "--batch", "4", "--steps", "2"])
    train_classifier.main()
    assert classifier.load(tmp_path / "net").name == "conv7-toys"
    assert checkpoint.find(tmp_path) == []  # it is no system


def test_photos_of_one_person_are_one_person():
    names = ["a/id1_1.jpg", "b/id2_1.jpg", "a/id1_2.jpg", "a/other.jpg"]
    assert train_classifier.people(names, r"id(\d+)_").tolist() == [0, 1, 0, 2]
    assert train_classifier.people(names, None).tolist() == [0, 1, 2, 3]
