"""The evaluation command, on systems of a few hundred weights and a folder of small pictures."""

import errno
import json
import re
import tempfile

import pytest
import torch
from conftest import RULER
from PIL import Image

from gan_demo import checkpoint, data, systems
from gan_demo.checkpoint.markdown import markdown, text
from train import attributes, centre, compare, evaluate, variety


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


def ogan(z_dim=8):
    width = {"width": 4, "cap": 16}
    return systems.make("ogan", size=32, channels=1, z_dim=z_dim, generator=width, encoder=width)


@pytest.fixture
def trained(tmp_path, photos):
    return checkpoint.save(tmp_path / "tiny", ogan(), training={"data": photos})


def translator(folder, photos, width=4, name="cyclegan", **more):
    """Between photos and their edges, one half of the names each."""
    options = {"generator": {"width": width, **more}, "discriminator": {"width": 4}}
    domains = ["edges", "photos"]
    system = systems.make(name, size=32, channels=1, domains=domains, **options)
    side = {"source": photos, "classes": None, "view": ""}
    data = {"a": side | {"half": 0, "view": "edges"}, "b": side | {"half": 1}, "pairs": True}
    return str(checkpoint.save(folder, system, training={"config": {"data": data}}))


def test_figures_reach_the_checkpoint(trained, photos):
    figures = evaluate.evaluate(str(trained), n=6)
    loaded = checkpoint.load(trained)
    assert loaded.metrics == json.loads(json.dumps(figures))
    assert loaded.metrics["Protocol"]["data"] == photos
    assert "not comparable with published FID" in loaded.metrics["Protocol"]["FD, KD"]
    assert f"FD-{RULER}-6" in loaded.metrics["Samples"]
    assert 0 <= loaded.metrics["Codes and reconstructions"]["top-1 pixels"] <= 1
    assert f"FD-{RULER}-6" in (trained / "README.md").read_text("utf-8")


def test_one_measure_is_taken_and_the_other_figures_stay(trained):
    checkpoint.record(trained, {"Samples": {"precision": 0.5}, "Protocol": {"N": 6}})
    evaluate.evaluate(str(trained), only="Readings of photos")
    loaded = checkpoint.load(trained)
    assert list(loaded.metrics) == ["Samples", "Protocol", "Readings of photos"]
    low, *_, high = known = loaded.metrics["Readings of photos"]["avg E(x)"]
    assert low < high and text(known) == f"{low:.4g} … {high:.4g}"
    assert "Readings of photos: avg E(x)" in (trained / "README.md").read_text("utf-8")
    for only, sources, why in (
        ("Reading of photos", (), "Did you mean 'Readings of photos'?"),
        ("Neighbours", (), "have no labels"),
        ("Samples", ("folder:x",), "leave out --data"),
    ):
        with pytest.raises(ValueError, match=re.escape(why)):
            evaluate.evaluate(str(trained), only=only, sources=sources)
    assert checkpoint.load(trained).metrics == loaded.metrics


def test_the_command_prints_the_table(trained, photos, monkeypatch, capsys):
    argv = ["evaluate", str(trained), "--data", photos, "--n", "4", "--features", "nowhere"]
    monkeypatch.setattr("sys.argv", argv)
    evaluate.main()
    out = capsys.readouterr().out
    assert "rho fresh" in out
    assert "no feature network" in out
    assert "FD-" not in out


def test_a_translator_is_measured_in_both_directions_and_compared(tmp_path, photos, capsys):
    folders = [
        translator(tmp_path / name, photos, width, blocks=1) for name, width in (("x", 4), ("y", 8))
    ]
    for folder in folders:
        figures = evaluate.evaluate(folder)
    rows = figures["Translation"]["edges to photos"]
    assert rows.keys() >= {"translated", "identity map", "colour transform", "real val pictures"}
    assert rows["translated"]["twin L1"] > 0
    assert rows["translated"]["cycle L1"] > 0
    assert rows["colour transform"]["twin L1"] < rows["identity map"]["twin L1"]
    about = figures["Protocol"]
    assert about["edges"] == f"{photos}, edges"
    assert about["edges pictures, train and val"] == "12 and 6"  # both halves
    assert about["colour transform"].endswith("the 12 true twins of train")
    assert about["twins in val"] == 6
    assert about["N"] == 6
    card = checkpoint.load(folders[0]).card
    assert "Translation, photos to edges:" in card
    assert "translated" in card and "identity map" in card
    assert "Translation, edges to photos" in evaluate.table(figures)

    tables = compare.compare(folders)
    lines = tables["edges to photos"]
    assert list(lines)[:3] == ["x", "y", "identity map"]
    assert lines["x"] != lines["y"] == rows["translated"]
    compared = [line.split("|")[1].strip() for line in markdown("m", lines).splitlines()]
    assert compared[0] == "m" and compared[2:] == list(lines)


def test_what_learnt_from_pairs_is_the_ceiling_of_what_did_not(tmp_path, photos):
    methods = ("x", "cyclegan"), ("above", "pix2pix")
    folders = [translator(tmp_path / x, photos, name=name) for x, name in methods]
    for folder, l1 in zip(folders, (0.3, 0.1), strict=True):
        evaluate.evaluate(folder)
        path = tmp_path / folder / "metrics.json"
        figures = json.loads(path.read_text("utf-8"))
        rows = figures["Translation"]["edges to photos"]
        rows["translated"]["twin L1"], rows["identity map"]["twin L1"] = l1, 0.5
        path.write_text(json.dumps(figures), "utf-8")
    alone = compare.compare(folders[:1])["edges to photos"]
    assert "way to the ceiling" not in alone["x"]
    rows = compare.compare(folders)["edges to photos"]
    assert rows["x"]["way to the ceiling"] == pytest.approx(0.2 / 0.4)
    assert rows["above"]["way to the ceiling"] == 1


def test_twins_are_declared(tmp_path, photos):
    folder = translator(tmp_path / "x", photos, blocks=1)
    for pairs, known in ((False, 0), (True, 6)):
        about = evaluate.evaluate(folder, sources=[photos] * 2, pairs=pairs)["Protocol"]
        assert about["twins in val"] == known


def test_only_what_was_measured_alike_is_compared(tmp_path, photos, monkeypatch):
    x, y = (translator(tmp_path / name, photos, blocks=1) for name in "xy")
    monkeypatch.setattr("sys.argv", ["compare", x, y])
    with pytest.raises(SystemExit, match=r"train.evaluate .*x"):
        compare.main()
    evaluate.evaluate(x)
    evaluate.evaluate(y, n=4)
    with pytest.raises(SystemExit, match="not measured alike"):
        compare.main()
    evaluate.evaluate(y)
    compare.main()
    for sources in ([photos], [photos] * 3):
        with pytest.raises(ValueError, match="--data A B"):
            evaluate.evaluate(x, sources=sources)


def test_models_of_one_set_are_compared_measure_by_measure(tmp_path, photos):
    names = []
    for name, z_dim in (("x", 8), ("y", 12)):
        saved = checkpoint.save(tmp_path / name, ogan(z_dim), training={"data": photos})
        names.append(str(saved))
        figures = evaluate.evaluate(names[-1])
    tables = compare.compare(names)
    assert tables.keys() >= {"Codes and reconstructions", "Samples"}
    assert "Protocol" not in tables and "Calibration" not in tables
    codes = tables["Codes and reconstructions"]
    assert list(codes) == ["x", "y"]
    assert codes["x"]["MSE"] != codes["y"]["MSE"] == figures["Codes and reconstructions"]["MSE"]


def test_a_spread_stands_beside_its_figure():
    text = evaluate.table({"Samples": {"FD": 1.25, "FD ±": 0.02, "recall": 0.5}})
    assert "1.25 ± 0.02" in text
    assert text.count("FD") == 1


def test_what_is_wrong_is_said_in_a_sentence(tmp_path, photos, monkeypatch):
    nameless = checkpoint.save(tmp_path / "nameless", ogan(), training={})
    for arguments, said in (
        ([str(nameless)], "name it with --data"),
        ([str(tmp_path / "nothing")], "no checkpoint"),
        ([str(nameless), "--data", photos, photos], "name one source"),
        ([str(nameless), "--data", photos, "--n", "1"], "raise --n"),
        ([str(nameless), "--data", f"folder:{tmp_path / 'nothing'}"], "nothing"),
    ):
        monkeypatch.setattr("sys.argv", ["evaluate", *arguments])
        with pytest.raises(SystemExit, match=said):
            evaluate.main()


@pytest.mark.parametrize("work", [evaluate.evaluate, centre.add, variety.measure, attributes.learn])
def test_a_checkpoint_that_cannot_be_written_to_is_told_before_anything_is_measured(
    trained, monkeypatch, work
):
    def refuse(**_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(data, "load", None)
    with pytest.raises(ValueError, match=r"cannot be written to \(Read-only file system\)"):
        work(str(trained))
