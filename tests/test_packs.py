"""Packs made from originals that are here already: framed, split, resumed, checked."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from pictures import encoded, write
from PIL import Image

from gan_demo import data
from gan_demo.data import DataError
from gan_demo.data.labels import POINTS
from gan_demo.data.packs import NAMES
from gan_demo.images import frame
from train import pack_sources, packs

FACE = np.array([[60.0, 70.0], [100.0, 74.0], [80.0, 90.0], [62.0, 112.0], [95.0, 114.0]])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAN_DEMO_DATA", str(tmp_path / "made"))


def noise(seed: int) -> bytes:
    """A smooth picture, unlike the others."""
    small = np.random.default_rng(seed).integers(0, 255, (5, 5, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((180, 180), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def portraits(tmp_path):
    """Forty originals; the points of all but the last are known."""
    files = {f"game/images/{i}.jpg": noise(i) for i in range(1, 41)}
    cells = ",".join(str(v) for v in FACE.flatten())
    rows = "".join(f"{i}.jpg,{cells},{i % 3}\n" for i in range(1, 40))
    files["points.csv"] = f"file,{','.join(POINTS)},mood\n{rows}".encode()
    return write(tmp_path / "given", files | {"game/README.md": b"none"})


def nobody(picture):
    return None


def test_a_pack_is_framed_split_and_read_by_its_name(portraits, tmp_path, capsys):
    path = packs.build("portraits", portraits, tmp_path / "made", nobody)
    said = capsys.readouterr().out
    assert "150 MB to fetch, a quarter of an hour" in said
    assert "Left out: 1 without a face" in said
    with zipfile.ZipFile(path) as archive:
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
        names = set(archive.namelist())
    splits = {i: pack_sources.split(f"portrait-{i}") for i in range(1, 40)}
    assert names == {f"{s}/{i:05}.webp" for i, s in splits.items() if s} | {"labels.csv"}
    assert "" in splits.values() and "val" in splits.values()
    train = data.load("pack:portraits", size=128, channels=3)
    square = frame.square(FACE, 0.8)
    for row, name in enumerate(train.names):
        whole = np.asarray(Image.open(io.BytesIO(noise(int(name[6:11])))))
        wanted = frame.cut(whole, square, 128)
        packed = train.x[row].permute(1, 2, 0).numpy()
        assert np.abs(packed.astype(float) - wanted).mean() < 3  # WebP
    points = data.points("pack:portraits", train.names)
    assert np.abs(points - frame.within(FACE, square, 128)).max() <= 0.051  # written to a tenth
    assert set(data.columns("pack:portraits", train.names)["mood"]) == {"0", "1", "2"}


def test_a_pack_goes_on_where_it_was_and_is_not_made_twice(portraits, tmp_path, monkeypatch):
    whole = packs.build("portraits", portraits, tmp_path / "whole", nobody).read_bytes()
    calls, made = [], packs.made

    def stopping(*args):
        if len(calls) == 7:
            raise KeyboardInterrupt
        calls.append(1)
        return made(*args)

    monkeypatch.setattr(packs, "made", stopping)
    with pytest.raises(KeyboardInterrupt):
        packs.build("portraits", portraits, tmp_path / "parts", nobody)
    with (tmp_path / "parts" / ".portraits.part" / "rows.jsonl").open("a") as log:
        log.write('{"of": "torn')
    left = []
    monkeypatch.setattr(packs, "made", lambda *args: left.append(1) or made(*args))
    path = packs.build("portraits", portraits, tmp_path / "parts", nobody)
    assert path.read_bytes() == whole
    assert len(calls) == 7 and len(left) == len(zipfile.ZipFile(path).namelist()) - 1 - 7
    assert [p.name for p in path.parent.iterdir()] == ["portraits.zip"]
    monkeypatch.setattr(packs, "made", None)  # would fail
    assert packs.build("portraits", portraits, tmp_path / "parts", nobody) == path
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 255
    path.write_bytes(raw)
    with pytest.raises(DataError, match="delete it"):
        packs.build("portraits", portraits, tmp_path / "parts", nobody)


def test_people_are_in_one_split_and_an_archive_needs_no_unpacking(tmp_path):
    given = write(
        tmp_path / "given", {"legend.csv": b"user.id,image,emotion\n1,Ann_B_0002.jpg,HAPPINESS\n"}
    )
    with tarfile.open(given / "lfw-deepfunneled.tgz", "w:gz") as archive:
        for who in ("Ann_B", "Zoe_C"):
            for k in range(1, 4):
                member = tarfile.TarInfo(f"lfw-deepfunneled/{who}/{who}_{k:04}.jpg")
                raw = noise(k)
                member.size = len(raw)
                archive.addfile(member, io.BytesIO(raw))
    found = list(pack_sources.people(packs.originals(given)))
    assert [o.stem for o in found] == [f"id{i:05}_{k:03}" for i in (0, 1) for k in (1, 2, 3)]
    assert {o.split for o in found[:3]} == {pack_sources.split("Ann_B")}
    assert [o.row["expression"] for o in found] == ["", "happiness", "", "", "", ""]


def test_val_of_horses_is_their_test_set_and_cifar_is_halved(tmp_path):
    names = ["trainA/n1.jpg", "testA/n2.jpg", "trainB/n3.jpg", "testB/n4.jpg"]
    given = write(tmp_path / "h", {f"horse2zebra/{n}": encoded() for n in names})
    found = {
        o.stem: (o.split, o.row["animal"]) for o in pack_sources.horses(packs.originals(given))
    }
    assert found["horse/n2"] == ("val", "horse") and found["zebra/n3"] == ("train", "zebra")
    files = {
        f"{p}/{c}/{i:07}.png": encoded()
        for p in ("train", "test")
        for c in ("cat", "dog")
        for i in range(4)
    }
    found = list(pack_sources.cifar(packs.originals(write(tmp_path / "c", files))))
    val = sorted(o.stem for o in found if o.split == "val")
    assert val == ["cat/0000", "cat/0002", "dog/0000", "dog/0002"] and len(found) == 12


def test_a_product_is_cut_out_of_its_page():
    page = Image.new("RGB", (60, 80), "white")
    page.paste((200, 0, 0), (10, 30, 50, 50))
    square = packs.on_white(page)
    assert square.size == (42, 42)
    box = np.argwhere((np.asarray(square) == (200, 0, 0)).all(2))
    assert box.min(0).tolist() == [11, 1] and box.max(0).tolist() == [30, 40]


def test_what_cannot_be_made_is_told(tmp_path):
    with pytest.raises(DataError, match=r"no pack 'portrait'. Did you mean 'portraits'"):
        packs.build("portrait", None, tmp_path)
    with pytest.raises(DataError, match=r"get them from https.* --from FOLDER"):
        packs.build("shoes-bags", None, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="None of the originals of cats"):
        packs.build("cats", tmp_path / "empty", tmp_path)
    with pytest.raises(DataError, match="There is no folder"):
        packs.build("cats", tmp_path / "nowhere", tmp_path)


def test_every_pack_can_be_named_and_made():
    assert set(pack_sources.PACKS) == set(NAMES)
