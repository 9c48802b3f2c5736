"""Variety: where its mean code comes from, where it is kept, and every tab that draws with it."""

import json
import shutil

import pytest
import torch
from conftest import RULER, serving, tiny
from gradio_client.exceptions import AppError
from PIL import Image
from safetensors.torch import load_file, save_file

from gan_demo import checkpoint, images, latent, systems
from gan_demo.actions import arithmetic, edit, interpolate
from gan_demo.actions.arithmetic import Shelf
from gan_demo.checkpoint import CheckpointError
from gan_demo.codes import attributes
from gan_demo.codes.attributes import Attributes
from gan_demo.metrics import samples
from gan_demo.studio import Studio
from gan_demo.tabs import sample as tab
from gan_demo.ui import variety as varieties
from train import centre, config, loop, state, variety

MODEL, PLAIN = "tiny-faces", "without"
NARROW = {"width": 4, "cap": 16}
SMALL = {"size": 32, "channels": 1, "z_dim": 8, "generator": NARROW}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, checkpoints):
    """A model that knows its mean code, and one that does not."""
    folder = tmp_path_factory.mktemp("variety")
    shutil.copytree(checkpoints / MODEL, folder / MODEL)
    checkpoint.save(folder / PLAIN, tiny(), training={})
    return folder


@pytest.fixture(scope="module")
def studio(folder):
    return Studio([str(folder)])


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    g = torch.Generator().manual_seed(0)
    for split, n in (("train", 12), ("val", 6)):
        place = tmp_path / "photos" / split
        place.mkdir(parents=True)
        for i in range(n):
            small = torch.randint(0, 256, (4, 4), generator=g, dtype=torch.uint8)
            Image.fromarray(small.numpy()).resize((32, 32)).save(place / f"{i:02}.png")
    return f"folder:{tmp_path / 'photos'}"


def pixels(n):
    g = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (n, 1, 32, 32), generator=g, dtype=torch.uint8)


def test_the_mean_code_is_that_of_the_photos():
    system = tiny().eval()
    found = centre.mean_code(system, pixels(5), batch=2)
    codes = system.encode(images.from_pixels(pixels(5)))
    torch.testing.assert_close(found, latent.normalize(codes.mean(0, keepdim=True)))


@pytest.mark.parametrize(("prior", "std"), [("uniform", 0.56), ("normal", 0.93)])
def test_the_mean_code_is_as_long_as_the_codes_of_the_prior(prior, std):
    found = centre.mean_code(tiny(prior=prior).eval(), pixels(5))
    assert latent.std(found).item() == pytest.approx(std, abs=0.05)


def test_codes_of_several_parts_have_no_mean():
    parts = {"categories": [3], "continuous": 1, "discriminator": NARROW}
    assert centre.mean_code(systems.make("infogan", **SMALL | parts), pixels(2)) is None
    assert centre.find(systems.make("gan", **SMALL | {"discriminator": NARROW}), pixels(2)) is None


def test_a_checkpoint_keeps_the_mean_code_and_one_without_is_whole(folder, tmp_path):
    known, plain = (checkpoint.load(folder / name).system for name in (MODEL, PLAIN))
    torch.testing.assert_close(known.centre, tiny().prior(1, 99), atol=1e-3, rtol=0)
    assert plain.centre is None
    assert torch.equal(known.sample(2, 0), plain.sample(2, 0))
    shutil.copytree(folder / MODEL, tmp_path / "bad")
    path = tmp_path / "bad" / checkpoint.WEIGHTS
    save_file(load_file(path) | {"centre": torch.zeros(1, 9)}, path)
    with pytest.raises(CheckpointError, match=r"'centre' with shape \(1, 9\)"):
        checkpoint.load(tmp_path / "bad")


def test_a_model_draws_from_its_mean_code_to_its_prior(studio):
    system = studio[MODEL]
    assert torch.equal(system.sample(3, 5, 1.0), system.sample(3, 5))
    mean = system.decode(system.centre).expand(3, -1, -1, -1)
    torch.testing.assert_close(system.sample(3, 5, 0.0), mean, atol=1e-4, rtol=0)
    z = latent.slerp(system.centre.expand(3, -1), system.prior(3, 5), 0.6)
    assert torch.equal(system.sample(3, 5, 0.6), system.decode(z))
    few = samples.draw(system, 5, 3, variety=0.6)
    assert torch.equal(few, samples.draw(system, 5, 3, variety=0.6, batch=2))


def test_a_model_without_a_mean_code_draws_at_variety_1(studio):
    one, two = tab.sample(studio, PLAIN, "3", 1, 0.4), tab.sample(studio, PLAIN, "3", 1, 1)
    assert one[0][0].tobytes() == two[0][0].tobytes()
    assert one[0][1].variety == 1
    with pytest.raises(ValueError, match="from 0, the average picture, to 1"):
        tab.sample(studio, PLAIN, "3", 1, 1.5)


def test_seeds_are_drawn_at_it_and_codes_are_as_they_are(studio):
    system = studio[MODEL]
    z, nearer = system.prior(1, 3), system.varied(system.prior(1, 3), 0.5)
    walk = interpolate.Walk(MODEL, "lerp", (3, interpolate.write(z)), (0.0,), 0.5)
    assert torch.equal(interpolate.codes(system, walk), torch.cat([nearer, z]))
    code, *_ = edit.start(studio, MODEL, "3", None, True, 0.5)
    assert torch.equal(interpolate.read(code, system), nearer)
    assert torch.equal(arithmetic.codes(studio, MODEL, Shelf("3"), "a", 0.5), nearer)
    done = arithmetic.total(studio, MODEL, [Shelf(str(seed)) for seed in (3, 4, 4)], 0.5)
    torch.testing.assert_close(torch.tensor([done.code]), nearer, atol=1e-5, rtol=0)


def test_every_api_takes_it_and_refuses_in_a_sentence(client):
    calls = {
        "/interpolate": (("3", "7", 0.25, "slerp"), lambda found: found),
        "/edit": (("3",), lambda found: found[0]),
        "/arithmetic": (("3", "7", "1"), lambda found: found[0]),
    }
    for name, (given, picture) in calls.items():
        plain, calm = (
            picture(client.predict(MODEL, *given, api_name=name, **options))
            for options in ({}, {"variety": 0.2})
        )
        assert Image.open(plain).tobytes() != Image.open(calm).tobytes(), name
        with pytest.raises(AppError, match="Variety, which replaced the scale"):
            client.predict(MODEL, *given, variety=2, api_name=name)


def test_training_finds_the_mean_code_and_its_state_does_not_hold_it(tmp_path, photos):
    places = [f"out={tmp_path}/checkpoints", f"runs={tmp_path}/runs", f"data.source={photos}"]
    small = ["batch=4", "threads=1", "model.size=32", "model.z_dim=8", "steps=2", "sheet=2"]
    small += [f"model.{net}.{k}={v}" for net in ("generator", "encoder") for k, v in NARROW.items()]
    run = config.load("ogan_faces", [*places, *small])
    loop.train(run)
    trained = checkpoint.load(run.checkpoint).system
    assert trained.centre is not None
    assert "centre" not in state.load(run.folder / "state.pt")["ema"]
    # the same, added to a checkpoint without it
    weights = load_file(run.checkpoint / checkpoint.WEIGHTS)
    whole = weights.pop("centre")
    save_file(weights, run.checkpoint / checkpoint.WEIGHTS)
    assert checkpoint.load(run.checkpoint).system.centre is None
    centre.add(str(run.checkpoint))
    again = load_file(run.checkpoint / checkpoint.WEIGHTS)
    torch.testing.assert_close(again.pop("centre").float(), whole.float(), atol=0.05, rtol=0)
    assert again.keys() == weights.keys()
    assert all(torch.equal(again[name], weights[name]) for name in weights)


def test_adding_it_keeps_figures_sheets_and_attributes(tmp_path, photos):
    sheets = {"samples": Image.new("RGB", (8, 8))}
    options = {"training": {"data": photos}, "metrics": {"FD": 3.0}, "sheets": sheets}
    folder = checkpoint.save(tmp_path / "old", tiny(), **options)
    moves = Attributes(("smile",), ("happiness",), ("neutral",), torch.randn(1, 8))
    attributes.save(folder, moves)
    (folder / ".git").mkdir()  # cloned from the Hub
    (folder / ".git/HEAD").write_text("main")
    before = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert centre.add(str(folder)) == folder
    after = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {checkpoint.WEIGHTS, attributes.FILE}
    loaded = checkpoint.load(folder)
    assert torch.equal(attributes.load(folder, loaded.system).moves, moves.moves)
    plain = systems.make("gan", **SMALL | {"discriminator": NARROW})
    other = checkpoint.save(tmp_path / "gan", plain, training={"data": photos})
    with pytest.raises(ValueError, match="cannot encode"):
        centre.add(str(other))


def test_the_table_and_the_sheets(tmp_path, photos, monkeypatch, capsys):
    folder = checkpoint.save(tmp_path / "model", tiny(), training={"data": photos})
    out = tmp_path / "sheets"
    argv = ["variety", str(folder), "--n", "6", "--out", str(out), "--threads", "1"]
    monkeypatch.setattr("sys.argv", argv)
    with pytest.raises(SystemExit, match=r"Find it: python -m train\.centre"):
        variety.main()
    centre.add(str(folder))
    variety.main()
    rows = json.loads((folder / checkpoint.METRICS).read_text())["Variety"]["samples"]
    assert list(rows) == [f"{v:.1f}" for v in variety.VALUES]
    assert {"precision", "recall", "density", "coverage"} < rows["0.3"].keys()
    assert all(len({row[name] for row in rows.values()}) > 1 for name in (f"FD-{RULER}-6",))
    assert "coverage" in capsys.readouterr().out
    first, last = (Image.open(out / f"variety-{v}.png").tobytes() for v in ("0.3", "1.0"))
    assert first != last


def test_in_the_browser(page, folder):
    """Keys redraw; a model that knows no mean code has no slider, and draws as ever."""
    with serving(folder) as url:
        page.goto(f"{url}?tab=sample&model={MODEL}&count=2&variety=0.5")
        slider, shown = page.locator("#variety input[type=range]"), "#sheet img[alt='seed 0']"
        slider.wait_for()
        page.wait_for_selector(shown)
        assert slider.input_value() == "0.5"
        before = page.get_attribute(shown, "src")
        slider.press("ArrowLeft")
        assert slider.input_value() == "0.45"
        page.wait_for_function(
            "([shown, old]) => document.querySelector(shown).src != old", arg=[shown, before]
        )
        page.goto(f"{url}?tab=sample&model={PLAIN}&count=2&variety=0.5")
        page.wait_for_selector(shown)
        slider.wait_for(state="hidden")
        page.goto(f"{url}?tab=sample&model={MODEL}&count=2&scale=0.7")
        assert "variety, from 0 to 1" in page.locator("[data-testid=toast-body]").inner_text()
        for name in ("Interpolate", "Edit", "Arithmetic", "Reconstruct"):
            page.get_by_role("tab", name=name).click()
            page.locator("input[type=range][aria-label*=Variety]:visible").first.wait_for()


def test_the_page_is_told_the_ends_of_the_slider():
    config = varieties.slider(elem_id="variety").get_config()
    assert (config["minimum"], config["maximum"], config["step"]) == (0, 1, 0.05)
