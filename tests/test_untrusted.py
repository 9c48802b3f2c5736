"""Checkpoints of strangers: each costs only itself, and nothing is allocated for a promise."""

import json
import os
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
import torch
from conftest import tiny
from safetensors.torch import load, save

from gan_demo import checkpoint, files, systems
from gan_demo.actions.models import Catalogue, harmless, points
from gan_demo.checkpoint import CARD, CONFIG, WEIGHTS, CheckpointError, untrusted
from gan_demo.studio import Studio
from gan_demo.systems import Samples, System


@pytest.fixture
def folder(tmp_path):
    """A good checkpoint `good` and one to break, `evil`."""
    for name in ("good", "evil"):
        checkpoint.save(tmp_path / name, tiny(), training={"images_seen": 5})
    return tmp_path


def options(evil, **changes):
    config = json.loads((evil / CONFIG).read_text())
    config["model"] |= changes
    (evil / CONFIG).write_text(json.dumps(config))


def weights(evil, change):
    held = load((evil / WEIGHTS).read_bytes())
    (evil / WEIGHTS).write_bytes(save({k: change(k, w) for k, w in held.items()}))


def header(evil, length):
    (evil / WEIGHTS).write_bytes(struct.pack("<Q", length) + b" " * length)


def first(name):
    def change(k, w):
        if w.ndim < 2:
            return w
        return {"nan": w * float("nan"), "inf": w / 0, "int": w.int(), "complex": w.cfloat()}[name]

    return change


CARDS = {
    "a tag": "---\n!!python/object/apply:os.system ['true']\n---\n# evil",
    "no yaml": "---\na: [b\n  c: }\n---\n# evil",
    "a bomb": "---\na: &a [x]\n" + "".join(f"b{i}: &b{i} [*a,*a]\n" for i in range(50)) + "---\n",
    "open": "---\n" + "[" * 5000,
    "long": "x" * 700_000,
    "bytes": "\udcff\udcfe",
}
BAD = {
    "z": (lambda e: options(e, z_dim=300_000), "z_dim"),
    "side": (lambda e: options(e, size=2**20), "side"),
    "width": (lambda e: options(e, generator={"width": 10**6}), "memory|shape|weights"),
    "channels": (lambda e: options(e, channels=10**6), "channels|memory"),
    "four channels": (lambda e: options(e, channels=4), "channels"),
    "huge": (lambda e: options(e, z_dim=10**400), "makes no sense"),
    "infinite": (lambda e: options(e, lam_E=float("inf")), "makes no sense"),
    "text": (lambda e: options(e, z_dim="8"), "cannot be built"),
    "nan": (lambda e: weights(e, first("nan")), "NaN or infinity"),
    "inf": (lambda e: weights(e, first("inf")), "NaN or infinity"),
    "integers": (lambda e: weights(e, first("int")), "another kind of number"),
    "complex": (lambda e: weights(e, first("complex")), "another kind of number"),
    "broadcast": (lambda e: weights(e, lambda k, w: w[:1].clone() if w.ndim else w), "shape"),
    "drawn as nan": (
        lambda e: weights(e, lambda k, w: -w - 1 if "running_var" in k else w),
        "draws NaN",
    ),
    "read as nan": (
        lambda e: weights(e, lambda k, w: torch.full(w.shape, 3e38) if k[0] == "E" else w),
        "reads a picture as NaN",
    ),
    "holes": (lambda e: os.truncate(e / WEIGHTS, 500_000_000), "truncated or damaged"),
    "header": (lambda e: header(e, 20_000_000), "header of more than"),
    "promise": (lambda e: (e / WEIGHTS).write_bytes(b"\xff" * 8), "truncated or damaged"),
    "deep": (lambda e: header_of(e, b"[" * 100_000), "truncated or damaged"),
    "pointer": (
        lambda e: (e / WEIGHTS).write_text("version https://git-lfs.github.com/spec/v1\nsize 9\n"),
        "git lfs pull",
    ),
    "pipe": (lambda e: piped(e / CONFIG), "ordinary file"),
    "weights' pipe": (lambda e: piped(e / WEIGHTS), "has no"),
    "classes out of sight": (lambda e: named(e, ["a", "\u200b"]), "can be seen"),
    "classes of two lines": (lambda e: named(e, ["a", "b\nc"]), "can be seen"),
    "deep config": (lambda e: (e / CONFIG).write_text('{"a":' * 50 + "1" + "}" * 50), "levels"),
    "surrogates": (lambda e: (e / CONFIG).write_text('{"a": "\\ud800"}'), "halves of letters"),
}


def named(evil, classes):
    config = json.loads((evil / CONFIG).read_text())
    small = {"size": 32, "channels": 1, "z_dim": 8, "classes": classes}
    (evil / CONFIG).write_text(json.dumps(config | {"system": "cgan", "model": small}))


def header_of(evil, text):
    (evil / WEIGHTS).write_bytes(struct.pack("<Q", len(text)) + text)


def piped(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_checkpoint_is_refused_in_a_sentence_at_once(name, folder):
    damage, why = BAD[name]
    damage(folder / "evil")
    untrusted.planned(tiny)  # what is imported once is not counted
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(CheckpointError, match=why) as refused:
        checkpoint.load(folder / "evil")
    assert time.process_time() - start < 5
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
    said = str(refused.value)
    assert str(folder) not in said and "\n" not in said and len(said) < 500
    studio = Studio([str(folder)])
    assert studio.names(System) == ["good"] and set(studio.problems) == {"evil"}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_text_whatever_it_holds(name, folder):
    (folder / "evil" / CARD).write_bytes(CARDS[name].encode("utf-8", "surrogateescape"))
    start = time.process_time()
    rows = Catalogue(Studio([str(folder)])).rows()
    assert [row.name for row in rows] == ["evil", "good"]
    assert time.process_time() - start < 5


def test_a_file_that_may_not_be_read_is_not_called_damaged(folder, monkeypatch):
    real = os.open

    def locked(path, *how):
        if str(path).endswith(("evil/" + WEIGHTS, "evil/metrics.json")):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *how)

    monkeypatch.setattr(os, "open", locked)
    told = Studio([str(folder)]).problems["evil"]
    assert told.startswith("model.safetensors cannot be read: Permission denied. Make it readable")


def test_a_long_curve_is_thinned_to_its_end():
    shown = list(points([{"step": step, "rho": 0.5} for step in range(1, 100_001)]))
    assert len(shown) < 2500 and shown[-1] == (100_000, "rho", 0.5)


@pytest.mark.parametrize(
    "piece", ["![", "<a", "`", "```", "<!", "[", "![a](", "<a `", "`\n<", "\\"]
)
def test_a_card_is_read_once_through(piece):
    start = time.process_time()
    harmless(piece * (200_000 // len(piece)))
    assert time.process_time() - start < 1


def test_a_link_shows_nothing_from_outside(folder):
    secret = folder / "secret.json"
    secret.write_text('{"password": "hunter2"}')
    for name in (CARD, "metrics.json"):
        (folder / "evil" / name).unlink()
        (folder / "evil" / name).symlink_to(secret)
    with pytest.raises(CheckpointError, match="leads out"):
        checkpoint.load(folder / "evil")
    (folder / "evil" / "metrics.json").unlink()
    assert "hunter2" not in checkpoint.load(folder / "evil").card
    with pytest.raises(OSError):
        files.beside(folder / "evil" / CARD, 100)


def test_a_snapshot_of_the_hub_links_to_its_blobs_and_is_named_after_its_repository(tmp_path):
    home = tmp_path / "models--me--cats"
    made = checkpoint.save(home / "blobs" / "all", tiny(), training={})
    place = home / "snapshots" / "abc"
    place.mkdir(parents=True)
    for file in made.iterdir():
        (place / file.name).symlink_to(file)
    assert checkpoint.load(place).name == "cats"
    assert Studio([str(home / "snapshots")]).names(System) == ["cats"]


def test_names_that_are_no_text_and_what_cannot_be_entered_are_named(folder, monkeypatch):
    (folder / "evil").rename(folder / os.fsdecode(b"\xffevil\n"))
    studio = Studio([str(folder)])
    (name,) = set(studio.names(System)) - {"good"}
    assert name.isprintable() and json.dumps(name, ensure_ascii=False).encode()
    assert studio[name].size == 32
    real = Path.stat

    def locked(path, **options):
        if path.parent.name == "good":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", locked)
    assert str(folder / "good") in checkpoint.find(folder)


def test_weights_that_shrink_while_they_are_used_end_nothing(folder):
    system = Studio([str(folder)]).able("evil", Samples)
    before = system.sample(2, seed=0)
    with (folder / "evil" / WEIGHTS).open("r+b") as file:
        file.truncate(0)  # under a memory map the next read would be a SIGBUS
    assert torch.equal(system.sample(2, seed=0), before)


def test_an_unforeseen_error_costs_one_checkpoint(folder, monkeypatch):
    real = checkpoint.load

    def load(place):
        if "evil" in place:
            raise RecursionError("deep")
        return real(place)

    monkeypatch.setattr(checkpoint, "load", load)
    assert Studio([str(folder)]).problems == {"evil": "It cannot be read (RecursionError)."}


def test_every_system_can_be_planned():
    for name in systems.names():
        budget = untrusted.Budget()
        with budget:
            try:
                system = systems.make(name)
            except ValueError as error:  # one that must be told its classes or domains
                assert "classes" in str(error) or "domains" in str(error) or "words" in str(error)
                continue
        assert all(p.is_meta for p in (*system.parameters(), *system.buffers())), name
        assert budget.operations < untrusted.OPERATIONS / 10
