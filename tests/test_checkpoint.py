"""Checkpoints: there and back, atomic, and a clear sentence for everything that can be wrong."""

import json
import stat
import threading
from pathlib import Path

import pytest
import torch
from conftest import tiny
from huggingface_hub import ModelCard
from PIL import Image
from safetensors.torch import load_file, save_file
from translators import dots, photo
from translators import save as save_translator

from gan_demo import checkpoint, systems
from gan_demo.checkpoint import CheckpointError
from gan_demo.checkpoint.sheets import sheets_in

NARROW = {"width": 4}
SMALL = {"size": 32, "channels": 1, "z_dim": 8, "generator": NARROW, "encoder": NARROW}
TRAINING = {"data": "folder:cats", "data_source": "Cats, ours", "data_licence": "CC0", "steps": 9}


@pytest.fixture
def system():
    torch.manual_seed(0)
    system = systems.make("ogan", **SMALL)
    for name, buffer in system.named_buffers():  # as after some training
        if name.endswith("num_batches_tracked"):
            buffer.fill_(100_003)
    return system.eval()


@pytest.fixture
def folder(system, tmp_path):
    sheets = {"samples": Image.new("RGB", (8, 8)), "reconstructions": Image.new("RGB", (8, 8))}
    return checkpoint.save(tmp_path / "cats", system, training=TRAINING, sheets=sheets)


def test_there_and_back(system, folder):
    loaded = checkpoint.load(folder)
    assert (loaded.name, loaded.path) == ("cats", folder)
    assert loaded.config == {
        "format": 1,
        "system": "ogan",
        "model": system.config["model"],
        "training": TRAINING,
    }
    assert loaded.system.config == system.config
    before, after = system.state_dict(), loaded.system.state_dict()
    for name, tensor in after.items():
        assert tensor.dtype == before[name].dtype
        rounded = before[name].half() if tensor.is_floating_point() else before[name]
        assert torch.equal(tensor, rounded.to(tensor.dtype)), name
    assert not loaded.system.training
    assert not any(p.requires_grad for p in loaded.system.parameters())
    difference = loaded.system.sample(4, seed=1) - system.sample(4, seed=1)
    assert difference.abs().max() < 0.01


def test_the_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "config.json",
        "metrics.json",
        "model.safetensors",
        "reconstructions.png",
        "samples.png",
    ]
    assert json.loads((folder / "metrics.json").read_text()) == {}
    floats = [v for v in load_file(folder / "model.safetensors").values() if v.is_floating_point()]
    assert {v.dtype for v in floats} == {torch.float16}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert len(modes) == 1  # whoever can read one of them can read all


def test_a_large_float_does_not_overflow(system, tmp_path):
    weight = next(system.parameters())
    with torch.no_grad():
        weight.view(-1)[0] = 1e6
    loaded = checkpoint.load(checkpoint.save(tmp_path / "large", system, training={}))
    assert next(loaded.system.parameters()).view(-1)[0] == pytest.approx(1e6, rel=0.01)


def test_weights_that_are_not_finite_leave_the_last_good_checkpoint(system, folder):
    with torch.no_grad():
        next(system.parameters()).fill_(float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        checkpoint.save(folder, system, training={})
    assert checkpoint.load(folder).config["training"] == TRAINING
    assert [path.name for path in folder.parent.iterdir()] == ["cats"]


def test_loading_does_not_move_the_global_seed(folder):
    torch.manual_seed(5)
    expected = torch.randn(3)
    torch.manual_seed(5)
    checkpoint.load(folder)
    assert torch.equal(torch.randn(3), expected)


def test_metrics_belong_to_their_weights(system, folder):
    checkpoint.record(folder, {"rho": 0.97})
    checkpoint.save(folder, system, training=TRAINING)
    assert checkpoint.load(folder).metrics == {"rho": 0.97}
    with torch.no_grad():
        next(system.parameters()).add_(1)
    checkpoint.save(folder, system, training=TRAINING)
    assert checkpoint.load(folder).metrics == {}


def test_the_card(folder):
    checkpoint.record(folder, {"rho": 0.97123, "FD": {"floor": 1.5}})
    card = ModelCard.load(folder / "README.md")
    assert card.data.tags == ["gan", "ogan", "pytorch"]
    assert card.data.pipeline_tag == "unconditional-image-generation"
    for text in (
        "# cats\n\nO-GAN: a discriminator that is also an encoder.",
        "https://arxiv.org/abs/1903.01931",
        "![Samples](samples.png)",
        "![Reconstructions](reconstructions.png)",
        "python app.py --checkpoints checkpoints/cats",
        "Trained on: Cats, ours",
        "Licence of the data: CC0",
        "| rho | 0.9712 |",
        "| FD: floor | 1.5 |",
        "python -m train.evaluate checkpoints/cats",
        "| steps | 9 |",
        "| z_dim | 8 |",
    ):
        assert text in card.text
    assert checkpoint.load(folder).card.startswith("# cats")


def test_the_card_thins_a_long_curve_and_leaves_nested_settings_out(system, tmp_path):
    curve = [{"step": i, "rho": i / 100} for i in range(1, 101)]
    training = TRAINING | {"curve": curve, "config": {"secret": 1}}
    text = checkpoint.load(checkpoint.save(tmp_path / "c", system, training=training)).card
    assert "| step | rho |\n| --- | --- |\n| 1 | 0.01 |\n| 10 | 0.1 |" in text
    assert "| 100 | 1 |" in text and "| 99 |" not in text
    assert "secret" not in text


def test_the_code_in_the_card_runs(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    folder.rename(tmp_path / "moved")
    Path("checkpoints").mkdir()
    (tmp_path / "moved").rename("checkpoints/cats")
    code = checkpoint.load("checkpoints/cats").card.split("```python\n")[1].split("```")[0]
    exec(code, {})
    assert Image.open("samples.png").width > 32


def test_the_code_in_a_translators_card_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    save_translator(Path("checkpoints"), "emoji", ("plain", "bright"), dots(16), dots(16).flip(0))
    photo().save("picture.png")
    code = checkpoint.load("checkpoints/emoji").card.split("```python\n")[1].split("```")[0]
    exec(code, {})
    assert Image.open("translated.png").width > 32


def config(folder: Path, **changes) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def reshape(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    name = max(weights, key=lambda k: weights[k].ndim)
    weights[name] = weights[name][:-1].clone()
    save_file(weights, folder / "model.safetensors")


def rename_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["renamed"] = weights.pop(min(weights))
    save_file(weights, folder / "model.safetensors")


def add_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors") | {"extra": torch.zeros(1)}
    save_file(weights, folder / "model.safetensors")


@pytest.mark.parametrize(
    "damage, sentence",
    [
        (lambda f: config(f, system="o-gan"), "Did you mean 'ogan'"),
        (lambda f: config(f, system="os.system"), "Unknown system"),
        (lambda f: config(f, model=SMALL | {"zdim": 8}), "Did you mean 'z_dim'"),
        (lambda f: config(f, model=SMALL | {"network": "nope"}), "cannot be built"),
        (lambda f: config(f, model=SMALL | {"size": "big"}), "cannot be built"),
        (lambda f: config(f, model=SMALL | {"z_dim": 2**50}), "cannot be built"),
        (lambda f: config(f, model=SMALL | {"z_dim": 9}), "shape"),
        (lambda f: config(f, format=2), "newer gan-demo.*update"),
        (lambda f: config(f, format="1"), "'format'"),
        (lambda f: config(f, model=[]), "'model'"),
        (lambda f: (f / "config.json").write_text("{"), "not valid JSON"),
        (lambda f: (f / "config.json").write_text("[]"), "one JSON object"),
        (lambda f: (f / "config.json").write_bytes(b"\xff\xfe{"), "no text in UTF-8"),
        (lambda f: config(f, training={"\ud834": 1}), "halves of letters"),
        (lambda f: (f / "config.json").unlink(), "no checkpoint: it has no config.json"),
        (lambda f: (f / "metrics.json").write_text("nan"), "metrics.json is not valid JSON"),
        (lambda f: (f / "model.safetensors").unlink(), "has no model.safetensors"),
        (lambda f: (f / "model.safetensors").write_bytes(b""), "truncated or damaged"),
        (truncate, "truncated or damaged"),
        (reshape, "with shape"),
        (rename_weight, "lacks 1 weights"),
        (add_weight, "1 weights too many, for instance 'extra'"),
    ],
)
def test_damage_is_named_in_one_sentence(damage, sentence, folder):
    damage(folder)
    with pytest.raises(CheckpointError, match=sentence) as caught:
        checkpoint.load(folder)
    assert "cats" in str(caught.value) and "\n" not in str(caught.value)


def test_metrics_and_card_may_be_missing(folder):
    (folder / "metrics.json").unlink()
    (folder / "README.md").unlink()
    loaded = checkpoint.load(folder)
    assert (loaded.metrics, loaded.card) == ({}, "")


def test_a_reader_never_sees_half_a_checkpoint(system, folder):
    done, broken = threading.Event(), []

    def read():
        while not done.is_set():
            try:
                loaded = checkpoint.load(folder)
                first = next(loaded.system.parameters()).view(-1)[0].item()
                if first != loaded.config["training"].get("first", first):
                    broken.append("weights and facts of two checkpoints")
            except CheckpointError as error:
                broken.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(20):
        with torch.no_grad():
            next(system.parameters()).view(-1)[0] = i
        checkpoint.save(folder, system, training={"first": float(i)})
    done.set()
    reader.join()
    assert broken == []
    assert [path.name for path in folder.parent.iterdir()] == ["cats"]


def test_find_looks_one_level_down_and_past_what_is_being_written(folder, tmp_path):
    (tmp_path / ".cats.123.part").mkdir()
    (tmp_path / ".cats.123.part/config.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    assert checkpoint.find(tmp_path) == [str(folder)]
    assert checkpoint.find(folder, "hub:someone/cats") == [str(folder), "hub:someone/cats"]
    assert checkpoint.find(tmp_path / "notes") == []
    with pytest.raises(CheckpointError, match="There is no folder 'nowhere'"):
        checkpoint.find("nowhere")


def test_the_hub_is_asked_only_when_the_cache_has_nothing(folder, tmp_path, monkeypatch):
    cached = tmp_path / "models--someone--cats/snapshots/0123abcd"
    asked = []

    def hub(repo, *, allow_patterns, local_files_only=False):
        asked.append(local_files_only)
        if local_files_only and not cached.exists():
            raise FileNotFoundError("not cached")
        if not cached.exists():
            cached.parent.mkdir(parents=True)
            folder.rename(cached)
        return str(cached)

    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    assert checkpoint.load("hub:someone/cats").name == "cats"
    assert asked == [True, False]
    assert checkpoint.load("hub:someone/cats").metrics == {}
    assert asked == [True, False, True]


def test_the_hub_without_a_network_says_so(monkeypatch):
    def offline(repo, **_):
        raise OSError("no route\nmore")

    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    with pytest.raises(CheckpointError, match=r"hub:someone/cats .* could not be fetched: no rou"):
        checkpoint.load("hub:someone/cats")


def test_a_sheet_that_is_written_as_another_kind_replaces_the_first(system, tmp_path):
    small, large = Image.new("RGB", (8, 8)), Image.effect_noise((600, 600), 64).convert("RGB")
    for sheet, kept in ((small, "samples.png"), (large, "samples.webp"), (small, "samples.png")):
        folder = checkpoint.save(tmp_path / "x", system, training={}, sheets={"samples": sheet})
        assert [path.name for path in sheets_in(folder)] == [kept]
        assert f"({kept})" in (folder / "README.md").read_text("utf-8")


def test_a_training_of_many_moments_can_be_read_again(tmp_path):
    """Each takes a hundred bytes of a file that may have five million."""
    curve = [{"step": i, "FD-conv7-packs": 123.4567, "rho": 0.1234} for i in range(60_000)]
    for _ in range(2):  # the second looks what is there
        checkpoint.save(tmp_path / "long", tiny(), training={"curve": curve})
    kept = checkpoint.load(tmp_path / "long").config["training"]["curve"]
    assert 1000 < len(kept) <= 5000 and kept[-1] == curve[-1]
