"""Attribute directions: means by hand, what is kept beside the weights, and the command."""

import json
import pickle

import pytest
import torch
from conftest import RULER, tiny
from PIL import Image
from safetensors.torch import save_file

from gan_demo import checkpoint, latent
from gan_demo.codes import attributes, directions
from gan_demo.codes.attributes import FILE, Attributes
from gan_demo.data import Pictures
from gan_demo.features import Classifier
from gan_demo.images import to_pixels
from gan_demo.metrics import editing, measuring
from train import attributes as command
from train import evaluate

CLASSES = ("anger", "happiness", "neutral")


@pytest.fixture(scope="module")
def codes():
    """Codes on the shell around a mean of each class: 4 angry, 8 happy, 6 neutral."""
    g = torch.Generator().manual_seed(0)
    y = torch.tensor([0] * 4 + [1] * 8 + [2] * 6)
    means = torch.randn(3, 16, generator=g)
    return latent.normalize(means[y] + 0.5 * torch.randn(18, 16, generator=g)), y


@pytest.fixture
def folder(tmp_path):
    return checkpoint.save(tmp_path / "faces", tiny(), training={})


def some(z_dim=8, n=2) -> Attributes:
    g = torch.Generator().manual_seed(1)
    moves = torch.randn(n, z_dim, generator=g)
    return Attributes(("smile", "anger")[:n], ("happiness", "anger")[:n], ("neutral",) * n, moves)


def test_a_move_is_the_difference_of_the_means(codes):
    z, y = codes
    found = attributes.find(z, y, CLASSES, least=4)
    assert (found.names, found.classes) == (("smile", "anger"), ("happiness", "anger"))
    assert found.bases == ("neutral", "neutral")
    means = [sum(z[i] for i in range(len(z)) if y[i] == c) / (y == c).sum() for c in range(3)]
    torch.testing.assert_close(found.moves[0], means[1] - means[2])
    torch.testing.assert_close(found.moves[1], means[0] - means[2])


def test_without_neutral_pictures_the_rest_is_the_base(codes):
    z, y = codes
    found = attributes.find(z, y, ("cat", "dog", "hen"), least=5)
    assert (found.names, found.bases) == (("dog", "hen"), ("the rest",) * 2)
    torch.testing.assert_close(found.moves[1], z[12:].mean(0) - z[:12].mean(0))


def test_only_what_is_asked_for_and_the_rest_where_few_are_neutral(codes):
    z, y = codes
    found = attributes.find(z, y, CLASSES, least=7, only=["happiness"])
    assert (found.names, found.bases) == (("smile",), ("the rest",))
    happy, rest = z[y == 1].mean(0), z[y != 1].mean(0)
    torch.testing.assert_close(found.moves[0], happy - rest)


def test_of_two_classes_one_move_is_enough(codes):
    z, y = codes
    found = attributes.find(z, y.clamp(max=1), ("female", "male"), least=4)
    assert (found.names, found.bases) == (("man",), ("the rest",))


def test_ways_of_labelling_are_free_of_each_other():
    """By hand: d = (2, 0, 0), others (1, 1, 0) and (0, 0, 1)."""
    one = Attributes(("a",), ("a",), ("r",), torch.tensor([[2.0, 0.0, 0.0]]))
    others = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    two = Attributes(("b", "c"), ("b", "c"), ("s", "s"), others)
    found = attributes.joined([one, two])
    assert (found.names, found.bases) == (("a", "b", "c"), ("r", "s", "s"))
    a, b, c = found.moves
    torch.testing.assert_close(a, torch.tensor([2.0, -2.0, 0.0]))  # r (1, -1, 0), half of d
    torch.testing.assert_close(b, torch.tensor([0.0, 2.0, 0.0]))
    torch.testing.assert_close(c, others[1])
    torch.testing.assert_close(a @ torch.cat([one.moves, others]).T, torch.tensor([4.0, 0.0, 0.0]))
    torch.testing.assert_close(attributes.joined([two]).moves, others)  # one way: as it was
    with pytest.raises(ValueError, match="a can hardly be told"):
        attributes.joined([one, Attributes(("d",), ("d",), ("r",), torch.tensor([[3.0, 0.5, 0]]))])


def test_too_few_pictures_are_counted_out(codes):
    with pytest.raises(ValueError, match=r"100 pictures.*4 of anger, 8 of happiness, 6 of neutral"):
        attributes.find(*codes, CLASSES)
    with pytest.raises(ValueError, match="of the rest"):  # a class, but nothing to compare it with
        attributes.find(*codes, ("a", "b", "c"), least=13)


def test_strength_one_carries_one_mean_onto_the_other_and_keeps_the_shell(codes):
    z, y = codes
    move = attributes.find(z, y, CLASSES, least=4).moves[:1]
    neutral, happy = (z[y == c].mean(0, keepdim=True) for c in (2, 1))
    torch.testing.assert_close(
        latent.pearson(directions.moved(neutral, move, (1.0,)), happy)[0], torch.tensor(1.0)
    )
    edited = directions.moved(z, move, (1.7,))
    torch.testing.assert_close(latent.avg(edited), latent.avg(z), atol=1e-6, rtol=0)
    torch.testing.assert_close(latent.std(edited), latent.std(z))
    nearer = latent.pearson(edited, happy.expand(18, -1)) > latent.pearson(z, happy.expand(18, -1))
    assert nearer[y == 2].all()


def test_there_and_back(folder):
    attributes.save(folder, some())
    found = attributes.load(folder, tiny())
    assert (found.names, found.classes, found.bases) == (
        ("smile", "anger"),
        ("happiness", "anger"),
        ("neutral", "neutral"),
    )
    assert torch.equal(found.moves, some().moves)
    assert (folder / FILE).stat().st_size < 4096


def test_none_is_said_with_the_command(folder):
    with pytest.raises(ValueError, match=r"python -m train.attributes checkpoints/faces"):
        attributes.load(folder, tiny())


def about(**changes):
    told = {"names": ["a"], "classes": ["a"], "bases": ["b"], "weights": ""}
    return {"about": json.dumps(told | changes)}


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:60]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(pickle.dumps({"moves": 1})),
        lambda path: save_file({"moves": torch.zeros(1, 8)}, path),
        lambda path: save_file({"other": torch.zeros(1, 8)}, path, about()),
        lambda path: save_file({"moves": torch.zeros(8)}, path, about()),
        lambda path: save_file({"moves": torch.zeros(2, 8)}, path, about()),
        lambda path: save_file({"moves": torch.full((1, 8), torch.nan)}, path, about()),
        lambda path: save_file({"moves": torch.zeros(1, 8)}, path, about(names=7)),
        lambda path: save_file({"moves": torch.zeros(1, 8)}, path, {"about": "[]"}),
    ],
)
def test_damage_is_a_sentence(folder, damage):
    attributes.save(folder, some())
    damage(folder / FILE)
    with pytest.raises(
        ValueError, match=r"is damaged. Make them again: python -m train.attributes"
    ):
        attributes.load(folder, tiny())


def test_those_of_another_model_are_refused(folder, tmp_path):
    attributes.save(folder, some(z_dim=9))
    with pytest.raises(ValueError, match="belongs to another model"):
        attributes.load(folder, tiny())
    other = checkpoint.save(tmp_path / "other", tiny(lam_E=2.0).double().float(), training={})
    weights = other / checkpoint.WEIGHTS
    attributes.save(other, some())
    weights.write_bytes(weights.read_bytes() + b"\0")  # trained on, and copied by hand
    with pytest.raises(ValueError, match="belongs to another model"):
        attributes.load(other, tiny())


def test_they_go_with_the_same_weights_and_not_with_others(folder):
    attributes.save(folder, some())
    checkpoint.save(folder, tiny(), training={})
    assert attributes.load(folder, tiny()).names == ("smile", "anger")
    system = tiny()
    with torch.no_grad():
        next(system.parameters()).add_(1)
    checkpoint.save(folder, system, training={})
    assert not (folder / FILE).exists()


def test_the_curve_is_its_formulas():
    torch.manual_seed(0)
    system, network = (
        tiny().eval(),
        Classifier(heads={"mood": ("calm", "glad")}, size=32, widths=(4, 8)),
    )
    z, move = system.prior(5, seed=0), some(n=1).moves
    rows = editing.curve(system, z, move, network, {"glad": ["calm", "glad"]})
    assert list(rows) == ["-2", "-1.5", "-1", "-0.5", "0", "+0.5", "+1", "+1.5", "+2"]
    with torch.no_grad():
        f, g = (
            network.features(to_pixels(system.decode(latent.normalize(z + s * move))))
            for s in (0.0, 1.5)
        )
        called = network.heads["mood"](g).softmax(1)[:, 1].mean().item()
    assert rows["+1.5"]["P(glad)"] == pytest.approx(called, abs=1e-4)
    assert rows["+1.5"]["FeatDist-conv2-faces"] == pytest.approx(
        (f - g).square().mean().item(), rel=0.02
    )
    assert rows["0"]["FeatDist-conv2-faces"] == 0 < rows["-2"]["FeatDist-conv2-faces"]


@pytest.fixture
def trained(tmp_path):
    """A model of squares on neutral ground, happy ones in the light."""
    g = torch.Generator().manual_seed(0)
    for split, n in (("train", 100), ("val", 8)):
        for kind, light in (("neutral", 60), ("happiness", 180)):
            place = tmp_path / "photos" / split / kind
            place.mkdir(parents=True)
            for i in range(n):
                small = light + torch.randint(0, 60, (4, 4), generator=g).to(torch.uint8)
                picture = Image.fromarray(small.to(torch.uint8).numpy()).resize((32, 32))
                picture.save(place / f"id{i:05}_{len(kind)}.png")
    data = {"data": f"folder:{tmp_path / 'photos'}"}
    sheets = {"samples": Image.new("L", (8, 8))}
    folder = checkpoint.save(tmp_path / "faces", tiny(), training=data, sheets=sheets)
    checkpoint.record(folder, {"Samples": {"recall": 0.5}})
    return folder


def test_the_command(trained, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["attributes", str(trained), "--n", "6"])
    command.main()
    out = capsys.readouterr().out
    assert "Editing, smile, 6 photos of neutral" in out and "P(happiness)" in out
    loaded = checkpoint.load(trained)
    assert attributes.load(trained, loaded.system).names == ("smile",)
    assert loaded.metrics["Samples"] == {"recall": 0.5}
    rows = loaded.metrics["Editing"]["smile, 6 photos of happiness"]
    assert rows["0"][f"FeatDist-{RULER}"] == 0 < rows["+2"][f"FeatDist-{RULER}"]
    assert loaded.metrics["Editing"]["FeatDist, two people"] > 0
    assert loaded.metrics["Editing"]["FeatDist, one person, two photos"] > 0
    for sheet in ("samples", "edits", "edit-curve"):
        assert f"({sheet}.png)" in loaded.card
    assert "Editing, smile, 6 photos of neutral:" in loaded.card
    with Image.open(trained / "edits.png") as sheet:
        assert sheet.size == (2 + 9 * 34, 2 + 4 * 34)

    evaluate.evaluate(str(trained), n=6)
    kept = checkpoint.load(trained).metrics
    assert kept["Editing"] == loaded.metrics["Editing"] and "rho fresh" in str(kept)
    assert kept["Samples"] != {"recall": 0.5}


def test_the_classifier_need_not_know_the_first_attribute():
    g = torch.Generator().manual_seed(2)
    x = torch.randint(0, 256, (12, 1, 32, 32), dtype=torch.uint8, generator=g)
    names = [f"id{i:05}_x.png" for i in range(12)]
    val = Pictures(x, torch.arange(12) % 3, ("hat", "happiness", "neutral"), names, [])
    found = Attributes(("hat", "smile"), ("hat", "happiness"), ("neutral",) * 2, some().moves)
    with measuring(system := tiny()):
        figures, sheets = command.measured(system, found, [val], 4)
    assert figures["hat"] == "not measured: no classifier here knows hat"
    assert figures["FeatDist, two people"] > 0 and "edit-curve" in sheets


def test_what_cannot_be_learnt_from_is_said(trained, tmp_path, monkeypatch):
    def refused(*argv):
        monkeypatch.setattr("sys.argv", ["attributes", *map(str, argv)])
        with pytest.raises(SystemExit) as stopped:
            command.main()
        return str(stopped.value)

    one = tmp_path / "photos" / "train" / "neutral"
    assert "No picture is labelled 'grief'" in refused(trained, "--only", "grief")
    assert "no label folders" in refused(trained, "--data", f"folder:{one}")
    assert "cannot encode" in refused(_sampler(tmp_path))
    assert "name it with --data" in refused(checkpoint.save(tmp_path / "x", tiny(), training={}))


def _sampler(tmp_path):
    from gan_demo import systems

    width = {"width": 4}
    system = systems.make("gan", size=32, channels=1, z_dim=8, generator=width)
    return checkpoint.save(tmp_path / "gan", system, training={})


def test_pictures_that_nobody_labelled_are_read_where_the_network_is_sure(monkeypatch):
    torch.manual_seed(0)
    network = Classifier(heads={"mood": ["sad", "glad"]}, size=32, widths=(4, 8)).eval()
    x = torch.randint(0, 255, (12, 1, 32, 32), dtype=torch.uint8)
    pictures = Pictures(x, None, (), [f"{i}.png" for i in range(12)], [])
    p = network.heads["mood"](network.features(x)).softmax(1)
    bound = p.max(1).values.median().item()
    monkeypatch.setattr(command, "SURE", bound)
    found = command.read(pictures, network, "mood")
    kept = [i for i in range(12) if p[i].max() > bound]
    assert 0 < len(kept) < 12
    assert found.names == [f"{i}.png" for i in kept] and found.classes == ("sad", "glad")
    assert torch.equal(found.y, p[kept].argmax(1)) and torch.equal(found.x, x[kept])
