"""Each picture once, each folder once, and whatever is left out is counted and named."""

import io
import os
import stat
import tarfile
import unicodedata
import warnings
import zipfile
from pathlib import Path

import pytest
from pictures import encoded, flat, write

from gan_demo import data
from gan_demo.data import DataError, decode, listing, selection, sources
from gan_demo.data.archives import Tar, Zip
from gan_demo.data.sources import Folder

WORD = "Grün"
TWO_FORMS = [unicodedata.normalize(form, WORD) for form in ("NFC", "NFD")]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def load(source, split=None, **options):
    """The set, and what was warned of."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        pictures = data.load(source, size=16, channels=1, split=split, **options)
    return pictures, " ".join(str(warning.message) for warning in told)


def zipped(path: Path, *entries: str | zipfile.ZipInfo) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # a name that stands there twice is meant
        for i, entry in enumerate(entries):
            archive.writestr(entry, encoded((i,) * 3))
    return path


def tarred(path: Path, *members: tarfile.TarInfo | str, **options) -> Path:
    with tarfile.open(path, "w", **options) as archive:
        for i, member in enumerate(members):
            member = tarfile.TarInfo(member) if isinstance(member, str) else member
            raw = encoded((i,) * 3) if member.isfile() else b""
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return path


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


def test_links_that_loop_lead_nowhere_twice(tmp_path):
    root = write(tmp_path / "a", flat(5))
    other = write(tmp_path / "b", {"far.png": encoded()})
    for place, target in {"1": root, "2": ".", "3": "4", "5": other, "6": other}.items():
        (root / place).symlink_to(target)
    (root / "below").mkdir()
    (root / "below" / "up").symlink_to("..")
    (other / "back").symlink_to(root)
    (root / "4").symlink_to("3")
    pictures, told = load(f"folder:{root}")
    assert pictures.names == [*flat(5), "5/far.png"]
    assert dict(pictures.skipped) == dict.fromkeys(
        ["1", "2", "5/back", "below/up"], "the same folder as the whole"
    ) | {"3": "a link to nothing", "4": "a link to nothing", "6": "the same folder as 5"}
    assert "7 files skipped" in told and "6 of 13 read" in told


def test_what_several_sources_skip_is_named_by_each(tmp_path):
    root = write(tmp_path / "a", {"b/1.png": encoded(), "train/2.png": encoded()})
    (root / "train" / "lost.png").symlink_to("nothing")
    write(tmp_path / "test", flat(2))
    path = zipped(tmp_path / "c.zip", "../x.png", "y.png")
    (root / "b" / "link").symlink_to(root)
    sources = [f"folder:{root}", f"zip:{path}", f"folder:{tmp_path / 'test'}"]
    pictures, _ = load(sources)
    assert len(pictures) == 5
    assert [name for name, _ in pictures.skipped] == ["a/b/link", "a/train/lost.png", "c/../x.png"]
    assert load(sources, "train")[0].skipped == pictures.skipped


def test_a_link_leads_into_a_hidden_folder(tmp_path):
    root = write(tmp_path / "a", {f".store/{i}.png": encoded() for i in range(3)})
    (root / "shown").symlink_to(".store")
    (root / "one.png").symlink_to(".store/0.png")
    pictures, _ = load(f"folder:{root}")
    assert pictures.names == ["one.png", "shown/1.png", "shown/2.png"]
    assert pictures.skipped == [("shown/0.png", "the same picture as one.png")]


def test_a_picture_under_two_names_counts_once(tmp_path):
    root = write(tmp_path / "a", flat(3))
    (root / "again.png").symlink_to("001.png")
    (root / "last.png").hardlink_to(root / "002.png")
    (root / "lost.png").symlink_to("nothing.png")
    pictures, _ = load(f"folder:{root}")
    assert pictures.names == list(flat(3))
    reasons = ["the same picture as 001.png", "the same picture as 002.png", "a link to nothing"]
    assert [reason for _, reason in pictures.skipped] == reasons


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_nobody_waits_for_a_pipe(tmp_path):
    root = write(tmp_path / "a", flat(3))
    os.mkfifo(root / "pipe.png")
    os.mkfifo(root / "labels.csv")
    pictures, _ = load(f"folder:{root}")
    assert len(pictures) == 3
    assert dict(pictures.skipped)["pipe.png"] == "not an ordinary file"


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    root = write(tmp_path / "a", {f"{k}/{i}.png": encoded() for k in "xy" for i in range(4)})
    whole = os.scandir

    def locked(path):
        if Path(path).name == "y":
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(sources.os, "scandir", locked)
    pictures, told = load(f"folder:{root}")
    assert len(pictures) == 4 and "y: cannot be looked into (Permission denied)" in told
    monkeypatch.undo()
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    assert len(load(f"folder:{root}")[0]) == 8


def test_a_picture_that_was_locked_is_read_the_next_time(tmp_path, monkeypatch):
    root = write(tmp_path / "a", flat(4))
    whole = sources.read

    def locked(path, most):
        if Path(path).name == "002.png":
            raise PermissionError(13, "Permission denied")
        return whole(path, most)

    monkeypatch.setattr(sources, "read", locked)
    assert load(f"folder:{root}")[0].skipped == [("002.png", "Permission denied")]
    monkeypatch.setattr(sources, "read", whole)
    pictures, told = load(f"folder:{root}")
    assert len(pictures) == 4 and not told


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_are_bytes(tmp_path):
    root = write(tmp_path / "a", {"b/1.png": encoded()})
    (root / "caf\udce9").mkdir()
    write(root / "caf\udce9", {"1.png": encoded()})
    tar = tarred(tmp_path / "a.tar", "b/1.png", "café/1.png", encoding="latin-1")
    for source in (f"folder:{root}", f"tar:{tar}"):
        for _ in range(2):  # decoded, and from the cache
            pictures, told = load(source)
            assert pictures.names == ["b/1.png", "café/1.png"] and not told
        assert pictures.classes == ("b", "café")
        assert load(source, "val")[0].names == ["café/1.png"]
    assert listing.composed("caf\udcc3\udca9/1") == "café/1"  # as the locale C gives UTF-8
    path = zipped(tmp_path / "a.zip", "b/1.png", "xxxx/1.png")  # in UTF-8, but it does not say so
    path.write_bytes(path.read_bytes().replace(b"xxxx", "füü"[:2].encode() + b"y"))
    assert Zip(path).names == ["b/1.png", "füy/1.png"]


def test_composed_and_decomposed_letters_are_the_same(tmp_path):
    one, two = TWO_FORMS
    root = write(
        tmp_path / "a",
        {f"{one}/1.png": encoded(), f"{two}/2.png": encoded(), "rot/3.png": encoded()},
    )
    for word in TWO_FORMS:
        pictures, _ = load(f"folder:{root}", classes=[word, "rot"])
        assert len(pictures) == 3 and pictures.classes == (one, "rot")
    held_back = [
        load(f"folder:{write(tmp_path / w, {f'{w}{i}.png': encoded() for i in range(60)})}", "val")
        for w in TWO_FORMS
    ]
    assert held_back[0][0].names == held_back[1][0].names
    both = write(tmp_path / "b", {f"{word}.png": encoded() for word in TWO_FORMS})
    assert Folder(both).names == [f"{one} (2).png", f"{one}.png"]  # two files stay two pictures
    table = f"file,{one}\n{one}.png,{two}\n{one} (2).png,x\n".encode()
    write(both, {"labels.csv": table})
    assert len(load(f"folder:{both}", label=two, where={two: one})[0]) == 1


def test_a_zip_file_of_windows_has_folders(tmp_path):
    names = [f"set\\{s}\\{i % 2}\\{i}.png" for s, n in (("train", 8), ("val", 4)) for i in range(n)]
    source = f"zip:{zipped(tmp_path / 'a.zip', *names)}"
    counts = {split: len(load(source, split)[0]) for split in ("train", "val")}
    assert counts == {"train": 8, "val": 4}
    assert load(source, "train")[0].classes == ("0", "1")


def test_what_lies_outside_an_archive_or_is_no_file_is_named(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    names = ["../up.png", "a/../../b.png", "/c.png", "./d.png", "d/../e.png", "e.png", link]
    found = Zip(zipped(tmp_path / "a.zip", *names))
    assert found.names == ["c.png", "d.png", "e.png"]
    outside = "its path leads out of the archive"
    assert dict(found.skipped) == {
        "../up.png": outside,
        "a/../../b.png": outside,
        "e.png": "another one of this name stands further behind",
        "link.png": "a link, not a picture",
    }


def test_links_in_a_tar_file(tmp_path):
    path = tarred(
        tmp_path / "a.tar",
        "x/a.png",
        "blob",
        special("x/hard.png", tarfile.LNKTYPE, "x/a.png"),
        special("x/soft.png", tarfile.SYMTYPE, "a.png"),
        special("x/softer.png", tarfile.SYMTYPE, "soft.png"),
        special("x/blob.png", tarfile.LNKTYPE, "blob"),
        special("x/out.png", tarfile.SYMTYPE, "/etc/hostname"),
        special("x/self.png", tarfile.SYMTYPE, "self.png"),
        special("x/pipe.png", tarfile.FIFOTYPE),
    )
    pictures, _ = load(f"tar:{path}")
    assert pictures.names == ["x/a.png", "x/blob.png"]
    assert pictures.x[:, 0, 0, 0].tolist() == [0, 1]
    same, lost = "the same picture as x/a.png", "a link to nothing in the archive"
    assert dict(pictures.skipped) == dict.fromkeys(
        ["x/hard.png", "x/soft.png", "x/softer.png"], same
    ) | {"x/out.png": lost, "x/self.png": lost, "x/pipe.png": "not an ordinary file"}


def test_of_two_files_of_one_name_the_last_counts(tmp_path):
    for source in (
        f"zip:{zipped(tmp_path / 'a.zip', 'a.png', 'b.png', 'a.png')}",
        f"tar:{tarred(tmp_path / 'a.tar', 'a.png', 'b.png', './a.png')}",
    ):
        pictures, told = load(source)
        assert dict(zip(pictures.names, pictures.x[:, 0, 0, 0].tolist(), strict=True)) == {
            "a.png": 2,
            "b.png": 1,
        }
        assert "a.png: another one of this name" in told


def test_a_tar_file_is_bounded_and_damage_is_not_its_end(tmp_path):
    large = tarfile.TarInfo("a.png")
    large.pax_headers = {"comment": "x" * 2_000_000}
    with pytest.raises(DataError, match="a header of 2 MB"):
        Tar(tarred(tmp_path / "pax.tar", large, format=tarfile.PAX_FORMAT)).names  # noqa: B018
    raw = tarred(tmp_path / "a.tar", "a.png", "b.png").read_bytes()
    at = raw.index(b"b.png")
    write(tmp_path, {"b.tar": raw[:at] + b"?" * 512 + raw[at + 512 :], "c.tar": raw[: at + 99]})
    for name in ("b.tar", "c.tar"):
        with pytest.raises(DataError, match="cannot be read as a tar archive"):
            Tar(tmp_path / name).names  # noqa: B018


def test_if_what_is_held_out_is_unreadable_the_next_is(tmp_path):
    root = write(tmp_path / "a", flat(10))
    for _ in range(3):
        (held_out,) = load(f"folder:{root}", "val")[0].names
        write(root, {held_out: b"no picture"})
    val, train = (load(f"folder:{root}", split)[0] for split in ("val", "train"))
    assert len(val) == 1 and len(train) == 6 and not set(val.names) & set(train.names)


def test_pictures_are_read_ahead_by_their_weight(tmp_path, monkeypatch):
    root = write(tmp_path / "a", {f"{i}.bmp": encoded(suffix="bmp") for i in range(30)})
    ahead = []
    weight, whole = decode.weight, decode.pixels
    monkeypatch.setattr(decode, "weight", lambda raw: ahead.append(1) or weight(raw))
    monkeypatch.setattr(decode, "pixels", lambda *a: ahead.append(-1) or whole(*a))
    raw = next(root.iterdir()).read_bytes()
    assert weight(raw) > len(raw) + 40 * 30 * 3 and weight(b"nothing") == 7
    monkeypatch.setattr(data, "AHEAD", 3 * weight(raw))
    assert len(load(f"folder:{root}")[0]) == 30
    most = max(sum(ahead[:i]) for i in range(len(ahead) + 1))
    assert most <= 4  # those that wait, and the one that was read


def test_the_cache_is_read_and_not_mapped(cache, tmp_path):
    source = f"folder:{write(tmp_path / 'a', flat(40))}"
    load(source)
    pictures, _ = load(source)
    (file,) = cache.glob("*.safetensors")
    before = pictures.x.clone()
    with file.open("r+b") as again:  # a map would now end the process
        again.truncate(8)
    assert pictures.x.equal(before)


def test_channels_that_no_picture_has(tmp_path):
    source = f"folder:{write(tmp_path / 'a', flat(4))}"
    for channels in (0, 2, 4):
        with pytest.raises(DataError, match=f"{channels} channels: choose channels = 1"):
            data.load(source, size=16, channels=channels)


@pytest.mark.parametrize(
    ("words", "split"),
    [
        (
            "Training train TRAIN train_set images_train trainA train-b 1_train 01-Training "
            "trainval seg_train trn",
            "train",
        ),
        (
            "valid Val validation dev eval Evaluation val_images valB holdout Held-out validate "
            "evaluations",
            "val",
        ),
        ("Testing test testA TEST test-set testset test_data 2.test seg_test tst", "test"),
        (
            "trainer tests_of_time latest contest value device testament cat 12 segment",
            None,
        ),
    ],
)
def test_the_words_people_use_for_splits(words, split):
    for word in words.split():
        assert selection.split(f"set/{word}/cat/1.png") == (split or "train")
        assert selection.folder(f"set/{word}/cat/1.png") == "cat"
        label = {"trainA": "A", "train-b": "B", "valB": "B", "testA": "A"}.get(word, "")
        assert selection.folder(f"set/{word}/1.png") == (label if split else word)
    assert selection.folder("train/train/1.png") == "train"  # a class of vehicles
