"""Files that take the places of others: what stays, what goes, and what a killed writer leaves."""

import os
import subprocess
import sys

import pytest
import torch
from PIL import Image

from gan_demo import checkpoint
from gan_demo.files import replace, weights


@pytest.fixture
def gone():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def write(folder, **files):
    with replace.writing(folder, own=["old"], last=["last"]) as part:
        for name, text in files.items():
            (part / name).write_text(text)


def test_only_what_was_written_is_replaced(tmp_path):
    folder = tmp_path / "cats"
    (folder / ".git").mkdir(parents=True)
    for name in ("a", "old", "notes", ".git/config"):
        (folder / name).write_text("before")
    write(folder, a="after", last="after")
    assert (folder / "a").read_text() == (folder / "last").read_text() == "after"
    assert (folder / "notes").read_text() == (folder / ".git/config").read_text() == "before"
    assert sorted(p.name for p in folder.iterdir()) == [".git", "a", "last", "notes"]


def test_a_block_that_fails_changes_nothing(tmp_path):
    write(tmp_path / "cats", a="before")
    for folder in ("cats", "new"):
        with pytest.raises(ValueError), replace.writing(tmp_path / folder, own=["a"]) as part:
            (part / "a").write_text("half")
            raise ValueError
    assert [p.name for p in tmp_path.iterdir()] == ["cats"]
    assert (tmp_path / "cats/a").read_text() == "before"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "cats").symlink_to("disk")
    write(tmp_path / "cats", a="after")
    assert (tmp_path / "cats").is_symlink() and (tmp_path / "disk/a").read_text() == "after"


def test_the_next_writer_sweeps_after_the_dead_alone(tmp_path, gone):
    folder, alive = tmp_path / "cats", os.getppid()
    for path in (f".{gone}.part", f".{alive}.part", "../.cats.{gone}.part", ".mine.part"):
        (folder / path.format(gone=gone)).mkdir(parents=True)
    (folder / f".{gone}.swap").mkdir()
    (folder / f".{gone}.swap/b").write_text("was ready to move")
    write(folder, a="after")
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [f".{alive}.part", ".mine.part", "a", "b"]
    )
    assert [p.name for p in tmp_path.iterdir()] == ["cats"]


def test_a_reader_waits_for_moves_of_the_living_only(tmp_path, gone):
    folder = tmp_path / "cats"
    (folder / f".{gone}.swap").mkdir(parents=True)
    assert replace.reading(folder, lambda: "read") == "read"
    moving = folder / f".{os.getpid()}.swap"
    moving.mkdir()
    reads = []

    def read():
        reads.append(len(reads))
        if len(reads) == 3:
            moving.rmdir()
        return len(reads)

    assert replace.reading(folder, read) == 3


def test_what_is_no_checkpoint_is_refused(tmp_path):
    from conftest import tiny

    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_text("a cat")
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text('{"format": "another program"}')
    (tmp_path / "file").write_text("a file")
    for name in ("photos", "model", "file"):
        before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
        with pytest.raises(checkpoint.CheckpointError, match="no checkpoint"):
            checkpoint.save(tmp_path / name, tiny(), training={})
        assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    (tmp_path / "repository/.git").mkdir(parents=True)  # cloned from the Hub
    checkpoint.save(tmp_path / "repository", tiny(), training={})
    assert (tmp_path / "repository/.git").is_dir()


def test_a_small_network_takes_the_place_of_its_like_alone(tmp_path):
    from conftest import tiny

    model = checkpoint.save(tmp_path / "model", tiny(), training={})
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_text("a cat")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for folder in (model, tmp_path / "photos", tmp_path / "photos/cat.jpg"):
        with pytest.raises(ValueError, match="something else"):
            weights.save(folder, "small.json", {"w": torch.ones(2)}, {})
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for value in (1.0, 2.0):
        weights.save(tmp_path / "new", "small.json", {"w": torch.tensor(value)}, {"a": 1})
        assert weights.load(tmp_path / "new", "small.json")[1]["w"] == value
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == [weights.WEIGHTS, "small.json"]


def test_a_checkpoint_that_is_deleted_leaves_what_lies_beside_it(tmp_path):
    from conftest import tiny

    sheets = {"samples": Image.new("RGB", (8, 8))}
    folder, bare = (
        checkpoint.save(tmp_path / name, tiny(), training={}, sheets=sheets) for name in "ab"
    )
    (folder / "holiday.png").write_text("a photo")
    (folder / ".git").mkdir()
    for place in (folder, bare):
        checkpoint.remove(place, ["samples"])
    assert sorted(p.name for p in folder.iterdir()) == [".git", "holiday.png"]
    assert not bare.exists()
