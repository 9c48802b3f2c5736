"""Sources, splits, labels and the cache."""

import io
import json
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
from pictures import encoded, flat, write
from pyarrow import parquet

from gan_demo import data
from gan_demo.data import DataError, decode, selection


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


CLASSES = {
    "set/train/cat/a.png": encoded((250, 0, 0)),
    "set/train/dog/b.jpg": encoded((0, 250, 0), suffix="jpg"),
    "set/train/dog/c.png": encoded((0, 0, 250)),
    "set/val/dog/d.png": encoded((9, 9, 9)),
    "set/README.txt": b"not a picture",
    "__MACOSX/set/train/cat/._a.png": b"nor this",
}


def as_folder(root: Path) -> str:
    return f"folder:{write(root / 'pictures', CLASSES)}"


def as_zip(root: Path) -> str:
    with zipfile.ZipFile(root / "a.zip", "w") as archive:
        for name, raw in CLASSES.items():
            archive.writestr(name, raw)
    return f"zip:{root / 'a.zip'}"


def as_tar(root: Path) -> str:
    with tarfile.open(root / "a.tar.xz", "w:xz") as archive:
        for name, raw in CLASSES.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return f"tar:{root / 'a.tar.xz'}"


@pytest.mark.parametrize("source", [as_folder, as_zip, as_tar])
def test_a_folder_and_its_archives_hold_the_same(source, tmp_path):
    pictures = data.load(source(tmp_path), size=16, channels=3)
    assert pictures.names == ["set/train/cat/a.png", "set/train/dog/b.jpg", "set/train/dog/c.png"]
    assert pictures.classes == ("cat", "dog")
    assert pictures.y.tolist() == [0, 1, 1]
    assert pictures.x.shape == (3, 3, 16, 16)
    assert pictures.x[0, :, 8, 8].tolist() == [250, 0, 0]
    val = data.load(source(tmp_path), size=16, channels=1, split="val")
    assert (val.names, val.y.tolist()) == (["set/val/dog/d.png"], [1])


def test_a_class_that_is_named_twice_is_refused():
    with pytest.raises(DataError, match="names 'a' 2 times"):
        selection.Wanted(classes=["b", "a", "a"])


def test_classes_are_kept_in_the_order_asked_for(tmp_path):
    source = as_folder(tmp_path)
    both = data.load(source, size=16, channels=1, classes=["dog", "cat"])
    assert both.classes == ("dog", "cat") and both.y.tolist() == [1, 0, 0]
    dogs = data.load(source, size=16, channels=1, classes=["dog"])
    assert len(dogs) == 2 and dogs.y is None
    with pytest.raises(DataError, match=r"'horse'.*cat, dog"):
        data.load(source, size=16, channels=1, classes=["horse"])


def test_without_a_val_folder_some_of_train_are_held_out(tmp_path):
    source = f"folder:{write(tmp_path / 'flat', flat(100))}"
    train = data.load(source, size=16, channels=1)
    val = data.load(source, size=16, channels=1, split="val")
    assert not set(train.names) & set(val.names)
    assert len(train) + len(val) == len(data.load(source, size=16, channels=1, split=None)) == 100
    assert 1 <= len(val) <= 12
    assert train.y is None and train.classes == ()


def test_a_dozen_pictures_have_one_to_look_at(tmp_path):
    source = f"folder:{write(tmp_path / 'few', flat(3))}"
    assert len(data.load(source, size=16, channels=1, split="val")) == 1
    assert len(data.load(source, size=16, channels=1)) == 2


def test_bad_files_are_named_and_skipped(tmp_path):
    bad = {
        "torn.jpg": encoded(suffix="jpg", size=(300, 300))[:400],
        "text.png": b"hello",
        "empty.png": b"",
        "tiny.png": encoded(size=(15, 90)),
        "bomb.png": _png_header(60_000, 60_000),
        "wide.png": _png_header(10_000, 6_000),
    }
    root = write(tmp_path / "mixed", bad | flat(9))
    with pytest.warns(UserWarning, match=r"6 files skipped .*bomb\.png"):
        pictures = data.load(f"folder:{root}", size=16, channels=1, split=None)
    assert sorted(bad) == [name for name, _ in pictures.skipped]
    assert dict(pictures.skipped)["tiny.png"].startswith("15 x 90 is too small")
    assert "50 million" in dict(pictures.skipped)["wide.png"]
    assert pictures.names == sorted(flat(9))
    assert pictures.x[:, 0, 0, 0].tolist() == [2 * i for i in range(9)]
    with pytest.warns(UserWarning, match="6 files skipped"):  # the cache remembers
        data.load(f"folder:{root}", size=16, channels=1, split=None)


def _png_header(width: int, height: int) -> bytes:
    png = bytearray(encoded())
    png[16:24] = struct.pack(">II", width, height)
    png[29:33] = struct.pack(">I", zlib.crc32(bytes(png[12:29])))
    return bytes(png)


def test_a_damaged_picture_in_a_zip_is_skipped(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.png", encoded())
        archive.writestr("b.png", encoded())
    raw = bytearray((tmp_path / "a.zip").read_bytes())
    raw[raw.index(b"IDAT") + 4] ^= 255  # in the first picture: its checksum no longer fits
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.warns(UserWarning, match=r"1 files? skipped .*a\.png"):
        pictures = data.load(f"zip:{tmp_path / 'a.zip'}", size=16, channels=3, split=None)
    assert pictures.names == ["b.png"]


@pytest.mark.parametrize(
    "source, sentence",
    [
        ("photos.zip", "is not a data source: write folder:DIR"),
        ("folder:", "is not a data source"),
        ("rar:a.rar", "is not a data source"),
        ("folder:nowhere", "There is no folder 'nowhere'"),
        ("zip:nowhere.zip", "There is no file 'nowhere.zip'"),
        ("zip:text.zip", "cannot be read as a zip archive"),
        ("tar:text.zip", "cannot be read as a tar archive"),
        ("tar:torn.tar.xz", "cannot be read as a tar archive"),
        ("folder:documents", r"holds 0 readable train pictures.*2 \.txt"),
        ("torchvision:CIFAR11", "Did you mean 'CIFAR10'"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(source, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"text.zip": b"hello", "documents/a.txt": b"a", "documents/b.txt": b"b"})
    as_tar(tmp_path)
    raw = Path("a.tar.xz").read_bytes()
    Path("torn.tar.xz").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DataError, match=sentence):
        data.load(source, size=16, channels=3)


def test_too_few_pictures_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"3 readable train pictures, at least 64 .*1 in val"):
        data.load(as_folder(tmp_path), size=16, channels=3, minimum=64)
    broken = write(tmp_path / "broken", {"a.png": b"no", "b.png": b"no"})
    with pytest.warns(UserWarning), pytest.raises(DataError, match="holds 0 readable"):
        data.load(f"folder:{broken}", size=16, channels=3, split=None)


def test_a_second_load_reads_the_cache_and_a_change_does_not(tmp_path, monkeypatch):
    root = write(tmp_path / "pictures", flat(5))
    first = data.load(f"folder:{root}", size=16, channels=1, split=None)
    monkeypatch.setattr(decode, "pixels", None)  # any decoding would now be skipped as an error
    again = data.load(f"folder:{root}", size=16, channels=1, split=None)
    assert torch.equal(first.x, again.x) and first.names == again.names
    monkeypatch.undo()
    write(root, {"000.png": encoded((255, 255, 255), size=(50, 50))})
    changed = data.load(f"folder:{root}", size=16, channels=1, split=None)
    assert changed.x[0].min() == 255


def test_the_cache_is_whole_and_survives_damage(cache, tmp_path):
    source = f"folder:{write(tmp_path / 'pictures', flat(5))}"
    data.load(source, size=16, channels=1)
    (file,) = cache.iterdir()  # nothing half-written lies beside it
    file.write_bytes(file.read_bytes()[:100])
    assert len(data.load(source, size=16, channels=1)) == 4


def test_the_hub_is_a_folder_and_works_offline(tmp_path, monkeypatch):
    root = Path(as_folder(tmp_path).removeprefix("folder:"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda repo, **_: str(root))
    assert data.load("hub:someone/pets", size=16, channels=3).classes == ("cat", "dog")

    def offline(repo, **_):
        raise OSError("no route\nmore")

    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    with pytest.raises(DataError, match=r"'someone/pets' could not be fetched .*\(no route\)"):
        data.load("hub:someone/pets", size=16, channels=3)


def test_the_hub_keeps_pictures_in_tables(tmp_path, monkeypatch):
    about = {"info": {"features": {"y": {"_type": "ClassLabel", "names": ["cat", "dog/wolf"]}}}}
    for split, levels in {"train": [10, 20, 30], "validation": [40]}.items():
        rows = [{"bytes": encoded((v,) * 3), "path": None} for v in levels]
        table = pyarrow.table({"image": rows, "y": [i % 2 for i in range(len(rows))]})
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
        parquet.write_table(table, tmp_path / f"{split}-00000-of-00001.parquet")
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda repo, **_: str(tmp_path))
    train = data.load("hub:someone/pets", size=16, channels=1)
    assert train.classes == ("cat", "dog-wolf")
    assert sorted(zip(train.x[:, 0, 0, 0].tolist(), train.y.tolist(), strict=True)) == [
        (10, 0),
        (20, 1),
        (30, 0),
    ]
    assert data.load("hub:someone/pets", size=16, channels=1, split="val").x[0, 0, 0, 0] == 40


def test_torchvision_reads_its_files_from_the_cache(cache):
    for part, n in {"train": 40, "t10k": 4}.items():
        pixels = np.full((n, 28, 28), 7, np.uint8)
        labels = (np.arange(n) % 10).astype(np.uint8)
        write(
            cache / "torchvision/MNIST/raw",
            {
                f"{part}-images-idx3-ubyte": struct.pack(">IIII", 2051, n, 28, 28)
                + pixels.tobytes(),
                f"{part}-labels-idx1-ubyte": struct.pack(">II", 2049, n) + labels.tobytes(),
            },
        )
    test = data.load("torchvision:MNIST", size=32, channels=1, split="test")
    assert len(test) == 4 and len(test.classes) == 10 and test.y.tolist() == [0, 1, 2, 3]
    assert (test.x == 7).all()
    held_out = len(data.load("torchvision:MNIST", size=32, channels=1, split="val"))
    assert len(data.load("torchvision:MNIST", size=32, channels=1)) == 40 - held_out


def test_torchvision_without_a_network_says_so(monkeypatch):
    def offline(root, train=True, download=False):
        raise OSError("no route")

    monkeypatch.setattr("torchvision.datasets.CIFAR10", offline)
    with pytest.raises(DataError, match=r"could not provide CIFAR10 \(no route\).*by hand"):
        data.load("torchvision:CIFAR10", size=32, channels=3)


@pytest.mark.filterwarnings("ignore:.*41 without expression")
def test_the_real_faces():
    try:
        data.names("pack:lfw")
    except DataError as error:
        pytest.skip(str(error))
    val = data.load("pack:lfw", size=32, channels=1, split="val", label="expression", frame=0.62)
    assert len(val) == 1175 and "happiness" in val.classes and not val.skipped
