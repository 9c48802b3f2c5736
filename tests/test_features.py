"""The feature network, and the command that trains it, on small pictures of several packs."""

import json

import pytest
import torch
from PIL import Image

from gan_demo import checkpoint, data, features
from gan_demo.features import Classifier
from train import calibrate, mixture
from train import classifier as command
from train.mixture import UNKNOWN


def noise(n: int) -> torch.Tensor:
    g = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, 1, 16, 16), generator=g, dtype=torch.uint8)


TABLE = """
size = 16
widths = [4, 8]
steps = 4
batch = 12

[packs.faces]
source = "folder:faces"
share = 0.5
labels = {{ mood = "mood", hair = "hair" }}
same = '(id\\d+)_'
licence = "licence of faces"
{more}
[packs.things]
source = "folder:things"
labels = {{ thing = "folder" }}
size = 8
mirror = false
"""


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Faces with labels.csv, in which some cells are empty, and things in folders."""
    monkeypatch.chdir(tmp_path)
    g = torch.Generator().manual_seed(0)

    def paint(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = torch.randint(0, 256, (16, 16, 3), generator=g, dtype=torch.uint8)
        Image.fromarray(pixels.numpy()).save(path)

    rows = ["file,mood,hair"]
    for split, n in (("train", 8), ("val", 4)):
        for i in range(n):
            name = f"{split}/id{i // 2}_{i}.png"
            paint(tmp_path / "faces" / name)
            rows.append(f"{name},{('glad', 'calm', '')[i % 3]},{'red' if i == 0 else ''}")
            paint(tmp_path / "things" / split / ("cup", "pen")[i % 2] / f"{i}.png")
    (tmp_path / "faces" / "labels.csv").write_text("\n".join(rows[:-1]))  # one picture has no row
    return written(tmp_path / "toys.toml")


def written(path, more=""):
    path.write_text(TABLE.format(more=more))
    return mixture.table(str(path))


def lesson(table):
    parts, heads = mixture.load(table, "train")
    torch.manual_seed(0)
    net = Classifier(heads=heads, data=table.data, size=16, channels=3, widths=table.widths)
    return command.Lesson(net, parts, table.batch, bf16=False)


def test_each_head_learns_from_the_pictures_with_its_labels(table):
    parts, heads = mixture.load(table, "train")
    words = {"mood": ["calm", "glad"], "hair": ["red"], "thing": ["cup", "pen"]}
    assert heads == words | {"pack": ["faces", "things"]}
    faces, things = parts
    assert faces.labels["mood"].tolist() == [1, 0, UNKNOWN, 1, 0, UNKNOWN, 1, 0]
    assert faces.who.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert set(faces.labels["thing"].tolist()) == {UNKNOWN}
    assert things.labels["thing"].tolist() == [0] * 4 + [1] * 4
    assert things.labels["pack"].tolist() == [1] * 8
    assert things.who.tolist() == list(range(8))
    assert things.pictures.x.shape[-1] == 8
    assert mixture.shares(parts, 12) == [4, 8]
    val, known = mixture.load(table, "val", heads)
    assert known == heads
    assert val[0].labels["mood"].tolist() == [1, 0, UNKNOWN, UNKNOWN]


def test_unlabelled_rows_do_not_train_a_head(table):
    taught = lesson(table)
    for part in taught.parts:
        part.labels["mood"].fill_(UNKNOWN)
    terms = taught()
    assert terms["mood"].item() == 0
    torch.stack(list(terms.values())).sum().backward()

    def pull(head):
        grad = taught.net.get_parameter(f"heads.{head}.weight").grad
        assert grad is not None
        return grad.abs().sum()

    assert pull("mood") == 0 < pull("thing")


def test_rare_labels_weigh_more_and_one_on_average():
    y = torch.tensor([0] * 900 + [1] * 100 + [UNKNOWN] * 9)
    part = mixture.Part("a", mixture.Pack("x"), None, {"h": y}, y)  # type: ignore[arg-type]
    weight = command.weights([part], "h", 2)
    assert weight[1] / weight[0] == pytest.approx(3)
    assert (0.9 * weight[0] + 0.1 * weight[1]).item() == pytest.approx(1)


def test_the_command_makes_a_network_and_goes_on_where_it_stopped(table, tmp_path, monkeypatch):
    whole = lesson(table)
    assert command.train(table, whole, 4)
    for argv, stops in ((["--fresh", "--until", "2"], True), ([], False)):
        monkeypatch.setattr("sys.argv", ["classifier", "toys.toml", "--out", "net", *argv])
        if stops:
            with pytest.raises(SystemExit, match="goes on"):
                command.main()
            assert not (tmp_path / "net").exists()
        else:
            command.main()
    net = features.load(tmp_path / "net")
    assert net.name == "conv2-toys"
    assert checkpoint.find(tmp_path) == []  # it is no system
    for ours, theirs in zip(net.parameters(), whole.net.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-3)
    about = json.loads((tmp_path / "net" / features.CONFIG).read_text())
    assert about["training"]["source"] == ["folder:faces", "folder:things"]
    assert about["val"]["mood"]["photos"] == 2 and about["val"]["thing"]["photos"] == 4
    monkeypatch.setattr("sys.argv", ["calibrate", "net"])
    monkeypatch.setattr(calibrate, "CALIBRATED", ("faces",))
    calibrate.main()
    card = (tmp_path / "net" / "README.md").read_text()
    for words in ("| mood ", "| things ", "FeatDist-conv2-toys", "licence of faces", "| photos "):
        assert words in card
    other = written(tmp_path / "toys.toml", "mirror = false")
    with pytest.raises(ValueError, match="other settings"):
        command.train(other, lesson(other), 4)


def test_what_is_wrong_in_a_table_is_said(table, tmp_path):
    for text, said in (
        ("", "names no packs"),
        ("[packs.a]\nshare = 1", "no source"),
        ("[packs.a]\nsource = 'folder:faces'\nsahre = 1", "'sahre'.*share"),
        ("step = 1\n[packs.a]\nsource = 'folder:faces'", "'step'.*steps"),
        ("[packs.a\n", "cannot be read"),
        ("[packs.a]\nsource = 'x'\nlabels = {type = 'type'}", "head 'type'.*another name"),
    ):
        (tmp_path / "wrong.toml").write_text(text)
        with pytest.raises(ValueError, match=said):
            mixture.table("wrong.toml")
    with pytest.raises(ValueError, match="Did you mean 'packs'"):
        mixture.table("pack")
    faces = data.load("folder:faces", size=16, channels=3)
    for column, said in (("moood", "Did you mean 'mood'"), ("folder", "no label folders")):
        with pytest.raises(ValueError, match=said):
            mixture.column("folder:faces", column, faces)
    with pytest.raises(ValueError, match="There is no labels"):
        mixture.column("folder:things", "mood", faces)


def test_pictures_of_text_are_never_mirrored():
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 16).expand(32, 1, 16, 16).contiguous()
    slope = [
        (y[..., 8:12].mean((1, 2, 3)) - y[..., 4:8].mean((1, 2, 3))).sign().mean().item()
        for y in (command.transform(x, mirror)[0] for mirror in (True, False))
    ]
    assert abs(slope[0]) < 0.5
    assert slope[1] == 1


def test_the_nearest_photo_is_of_the_same_person_or_not():
    f = torch.tensor([[0.0], [0.1], [1.0], [1.2], [5.0]])
    found = calibrate.same(f, torch.tensor([0, 0, 1, 2, 1]))
    assert found["same person nearest"] == 0.5  # those of the first two, not of 1: 2 lies between
    assert found["by chance"] == 0.25 and found["of"] == 4
    assert calibrate.same(f, torch.arange(5)) == {}


def test_photos_of_one_person_are_one_person():
    names = ["a/id1_1.jpg", "b/id2_1.jpg", "a/id1_2.jpg", "a/other.jpg"]
    assert mixture.people(names, r"id(\d+)_").tolist() == [0, 1, 0, 2]
    assert mixture.people(names, None).tolist() == [0, 1, 2, 3]


def test_features_do_not_depend_on_company_or_colour_mode():
    for channels in (1, 3):
        net, grey = features.load(features.shipped(channels)), noise(9)
        f = net.features(grey)
        assert torch.allclose(net.features(grey[4:5]), f[4:5], atol=1e-4)
        colour = grey.expand(-1, 3, -1, -1)
        assert torch.allclose(net.features(colour), f, atol=1e-3)


def test_a_classifier_comes_back_and_damage_is_noticed(tmp_path):
    heads = {"letter": ["b", "a"], "shape": ["x", "y", "z"]}
    net = Classifier(heads=heads, data="toys", size=16, channels=3, widths=(4, 8, 16)).eval()
    features.save(net, tmp_path)
    again, x = features.load(tmp_path), noise(3)
    assert (again.name, again.labels) == ("conv3-toys", heads)
    f = net.features(x)
    assert torch.allclose(again.features(x), f, atol=1e-2)
    for labels in heads.values():
        assert torch.allclose(again.logits(f, labels), net.logits(f, labels), atol=1e-2)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ValueError, match="damaged"):
        features.load(tmp_path)


def test_a_head_is_chosen_by_the_labels_it_knows():
    heads = {"animal": ["horse", "zebra"], "thing": ["horse", "ship"], "none": ["ship"]}
    net = Classifier(heads=heads, size=16, widths=(4, 8)).eval()
    known = [net.knows(labels) for labels in (["horse"], ["ship", "horse"], ["zebra", "ship"], [])]
    assert known == ["animal", "thing", None, None]
    f = torch.randn(5, 8)
    said = net.heads["thing"](f).detach()
    assert torch.equal(net.logits(f, ["ship", "horse"]), said.flip(1))
    with pytest.raises(ValueError, match="zebra, ship"):
        net.logits(f, ["zebra", "ship"])


def test_pictures_have_a_ruler_of_their_own(tmp_path, monkeypatch):
    net = features.load(features.shipped(3, "zip:any.zip"))
    assert (net.name, net.channels) == ("conv7-packs", 3)
    monkeypatch.setenv("GAN_DEMO_CHECKPOINTS", str(tmp_path))
    assert features.shipped(3) is None
    for word, channels in (("a", 3), ("b", 3), ("c", 1)):
        net = Classifier(data=word, size=16, channels=channels, widths=(4, 8))
        training = {"source": [f"zip:here/{word}.zip"]}
        features.save(net, tmp_path / f"features-{word}", training=training)
    asked = ((3, ""), (3, "pack:b"), (3, "zip:there/c.zip"), (1, "zip:b.zip"), (2, ""))
    found = [features.shipped(*these).name[-1] for these in asked]
    assert found == ["a", "b", "a", "c", "a"]
