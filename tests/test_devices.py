"""The app leaves the CPU: what is asked for is had, or refused in a sentence."""

import pytest
import torch
from conftest import tiny
from drawn import face
from fake_gpu import OnGPU, plugged_in
from pictures import flat, write
from small import settings_of
from test_systems import CASES, PAIRS, batch_of, make

from gan_demo import checkpoint, devices, images
from gan_demo.actions import (
    arithmetic,
    compare_methods,
    compare_models,
    domains,
    edit,
    interpolate,
    reconstruct,
    translate,
    words,
)
from gan_demo.actions.first_look import first_look
from gan_demo.codes import attributes
from gan_demo.codes.attributes import Attributes
from gan_demo.studio import Studio
from gan_demo.systems import (
    Classifies,
    Conditions,
    Couples,
    Encodes,
    Grows,
    Perceives,
    Reads,
    Samples,
    Translates,
)
from train import batches, evaluate, hardware

ONE_A_SYSTEM = [case for case in (*CASES, *PAIRS) if " " not in case]


@pytest.fixture
def gpu():
    with plugged_in() as device:
        yield device


@pytest.fixture
def one_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)


def test_without_a_gpu_auto_is_the_cpu_and_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    auto = devices.choose()
    assert (auto.torch.type, auto.why) == (
        "cpu",
        "The models run on the CPU: there is no GPU here.",
    )
    assert devices.choose("cpu").why == "The models run on the CPU, as asked for."
    for wanted in ("cuda", "mps", "cuda:1"):
        with pytest.raises(ValueError, match=rf"no {wanted} on this machine\. Choose auto or cpu"):
            devices.choose(wanted)
    with pytest.raises(ValueError, match=r"'cpus'\. Did you mean 'cpu'"):
        devices.choose("cpus")


@pytest.mark.parametrize(("cpu", "cuda", "best"), [(4e-3, 1e-3, "cuda"), (1e-3, 4e-3, "cpu")])
def test_auto_takes_the_faster_and_says_how_fast(one_gpu, monkeypatch, cpu, cuda, best):
    monkeypatch.setattr(devices, "seconds", lambda kind: {"cpu": cpu, "cuda": cuda}[kind])
    auto = devices.choose("auto")
    assert auto.torch.type == best
    assert f"{1e3 * cpu:.0f} ms" in auto.why and f"{1e3 * cuda:.0f} ms" in auto.why
    assert devices.choose("cuda").torch.type == "cuda"
    with pytest.raises(ValueError, match="no cuda:1 on this machine"):
        devices.choose("cuda:1")


def test_a_gpu_that_pytorch_cannot_use_is_told(one_gpu, monkeypatch):
    def seconds(kind):
        if kind == "cuda":
            raise RuntimeError("no kernel image is available\nfor execution")
        return 1e-3

    monkeypatch.setattr(devices, "seconds", seconds)
    auto = devices.choose()
    assert auto.torch.type == "cpu" and "cannot be used (no kernel image is available)" in auto.why


def test_the_time_of_a_picture_is_taken_on_both(gpu):
    assert 0 < devices.seconds("cpu") < 5 and 0 < devices.seconds("cuda") < 5


def test_the_fake_is_as_strict_as_a_gpu(gpu):
    x = torch.ones(2)
    y = x.to(gpu)
    assert y.device == gpu and x.device.type == "cpu" and y.cpu().device.type == "cpu"
    assert isinstance(torch.zeros(2, device=gpu) + y, OnGPU)
    with pytest.raises(RuntimeError, match="same device"):
        x + y
    with pytest.raises(RuntimeError, match="same device"):
        torch.cat([x, y])
    with pytest.raises(TypeError, match="numpy"):
        y.numpy()
    assert y.cpu().numpy().sum() == 2 and y[0].item() == 1


@pytest.mark.parametrize("case", ONE_A_SYSTEM)
def test_all_that_a_system_can_do_it_does_there(gpu, case):
    system = make(case).eval()
    x = next((v for k, v in batch_of(system).items() if k in "xab"), torch.zeros(2, 1, 32, 32))
    system = system.to(gpu)
    x = x.to(gpu)
    done = []
    with torch.inference_mode():
        if isinstance(system, Samples):
            z = system.prior(3, 0)
            done += [system.sample(3, 0, 0.5), system.decode(z)]
        if isinstance(system, Encodes):
            done += [system.reconstruct(x), *system.reading(x)[1].values()]
        if isinstance(system, Conditions):
            done.append(system.decode(z, torch.zeros(3, dtype=torch.long, device=gpu)))
        if isinstance(system, Reads):
            done.append(words.between(system, "red", "blue", 1, (0.5,)))
            assert words.sheet(system, "model", "red circle", 1, 2)
        if isinstance(system, Grows):
            done += system.stages(z)
        if isinstance(system, Couples):
            done += system.pair(z)
        if isinstance(system, Perceives):
            done += system.maps(x)
        if isinstance(system, Classifies):
            done.append(system.classify(x))
        if isinstance(system, Translates):
            done += [system.translate(x, to) for to in system.targets]
    assert done and all(isinstance(made, OnGPU) for made in done)


@pytest.fixture
def studio(gpu, tmp_path):
    """Two encoders, one with an attribute, and a translator."""
    faces = tiny()
    faces.centre = faces.prior(1, 99).as_subclass(torch.Tensor)
    for name in ("faces", "others"):
        checkpoint.save(tmp_path / name, faces, training={})
    moves = torch.randn(1, 8, generator=torch.Generator().manual_seed(3))
    attributes.save(tmp_path / "faces", Attributes(("smile",), ("happiness",), ("neutral",), moves))
    textures = {"config": {"data": {"textures": True}}}
    checkpoint.save(tmp_path / "day", make("cyclegan"), training=textures)
    return Studio([str(tmp_path)], device=devices.Device(gpu, "On wood."))


def test_the_studio_puts_its_systems_there_and_every_tab_follows(studio, gpu, monkeypatch):
    assert not studio.problems and studio["faces"].device == gpu
    assert first_look(studio).film
    seen = reconstruct.look(studio, "faces", face(), find=True, stored=True)
    assert isinstance(seen.x, OnGPU) and isinstance(seen.z, OnGPU)
    *_, refined = reconstruct.refine(studio, seen, steps=2)
    y, picture, made, numbers = reconstruct.reconstruct(studio, refined, 0.8)
    assert isinstance(y, OnGPU) and picture.size == (32, 32) and numbers["MSE"] > 0
    assert isinstance(made.code(studio["faces"]), OnGPU)
    images.to_arrays(reconstruct.examples(studio, "faces"))
    code = interpolate.write(seen.z)
    for path, ends in (("slerp", (3, code)), ("directions", (code,))):
        walk = interpolate.Walk("faces", path, ends, (0.5,))
        images.to_arrays(interpolate.draw(studio["faces"], walk))
        images.to_arrays(interpolate.frames(studio["faces"], walk, [(0.1,), (0.2,)]))
    images.to_arrays(edit.draw(studio, edit.Edit("faces", code, (1.0, 0.0, 2.0))))
    shelves = [arithmetic.Shelf("1, 2", face()), arithmetic.Shelf("3"), arithmetic.Shelf("4")]
    assert arithmetic.total(studio, "faces", shelves).answer.shape == (32, 32, 3)
    assert compare_models.rows(studio, "faces", "others", 1)
    for steps in ("SEARCH", "HYBRID"):
        monkeypatch.setattr(compare_methods, steps, 2)
    *_, (done, share) = compare_methods.contest(studio, "faces", face(), True)
    assert len(done) == 4 and share == 1


def test_a_translation_comes_back_from_there(studio):
    world = domains.world(studio, "day")
    x, _ = translate.look(world, face(), "night")
    assert translate.translation(world, x, "night").cycle is not None
    x, _ = translate.whole(world, face(80), "night")
    assert translate.finished(translate.tiled(world, x, "night")).y.shape[-1] == 80


def test_the_app_refuses_what_is_not_there_and_the_page_names_what_is(monkeypatch, capsys):
    from gan_demo.tabs import serve

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["gan-demo", "--device", "cuda"])
    with pytest.raises(SystemExit) as ended:
        serve.main()
    assert ended.value.code == 2
    assert "PyTorch finds no cuda on this machine." in capsys.readouterr().err
    page = serve.build(["nowhere"], devices.Device(torch.device("cpu"), "Drawn on wood."))
    told = [str(part["props"].get("value")) for part in page.get_config_file()["components"]]
    assert any(text.endswith("Drawn on wood.") for text in told)


def test_pictures_that_fit_lie_there_and_the_batches_are_the_same(
    gpu, tmp_path, pictures, monkeypatch
):
    settings = settings_of(tmp_path, pictures)
    here = batches.feed(settings, batches.made(settings))
    monkeypatch.setattr(hardware, "room", lambda device: 4 * here.sets["x"].x.nbytes - 1)
    assert here.near(gpu) is here
    monkeypatch.setattr(hardware, "room", lambda device: 4 * here.sets["x"].x.nbytes)
    there = here.near(gpu)
    moved, stayed = there.batch(3, 0, 1)["x"], here.batch(3, 0, 1)["x"]
    assert isinstance(moved, OnGPU) and torch.equal(moved.cpu(), stayed)
    assert there.counts == here.counts


@pytest.mark.parametrize("kind", ["ogan", "cyclegan"])
def test_figures_are_the_same_from_there(gpu, one_gpu, tmp_path, kind):
    files = {f"{s}/{n}.png": f for s in ("train", "val") for n, f in flat(9).items()}
    source = f"folder:{write(tmp_path / 'pictures', files)}"
    side = {"source": source, "classes": None, "view": ""}
    config = {"data": {"a": side, "b": side | {"view": "edges"}, "pairs": True}}
    training = {"data": source} | ({"config": config} if kind == "cyclegan" else {})
    folder = str(checkpoint.save(tmp_path / kind, make(kind), training=training))
    here = evaluate.evaluate(folder, n=6)
    assert evaluate.evaluate(folder, n=6, device="cuda") == here and len(here) > 1
