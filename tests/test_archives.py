"""Archives that are cut off, locked, or replaced while they are read: nothing is taken for what it
is not."""

import io
import tarfile
import zipfile

import pytest
from pictures import encoded

from gan_demo import data
from gan_demo.data import DataError, selection
from gan_demo.data.archives import Tar, Zip

NAMES = [f"train/{'ab'[k % 2]}/{k}.png" for k in range(8)]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))


def archive(kind, order):
    """Its bytes; the picture of a name is always the same."""
    made = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(made, "w") as file:
            for k in order:
                file.writestr(NAMES[k], encoded((k,) * 3))
    else:
        with tarfile.open(fileobj=made, mode="w") as file:
            for k in order:
                raw, member = encoded((k,) * 3), tarfile.TarInfo(NAMES[k])
                member.size = len(raw)
                file.addfile(member, io.BytesIO(raw))
    return made.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("what", ["others", "half", "gone"])
def test_an_archive_replaced_while_it_is_read(tmp_path, monkeypatch, kind, what):
    path, choose = tmp_path / "set", selection.choose
    path.write_bytes(archive(kind, range(8)))
    whole, others = len(path.read_bytes()), archive(kind, [7, 6, 5, 4, 3, 2, 1, 0])

    def listed(*given):
        chosen = choose(*given)
        if what == "gone":
            path.unlink()
        else:
            path.write_bytes(others if what == "others" else path.read_bytes()[: whole // 2])
        return chosen

    monkeypatch.setattr(selection, "choose", listed)
    with pytest.raises(DataError, match="replaced or removed while it was read"):
        data.load(f"{kind}:{path}", size=16, channels=1, split=None)


def test_a_tar_file_cut_between_two_pictures_is_not_a_small_one(tmp_path):
    path, raw = tmp_path / "cut.tar", archive("tar", range(8))
    with tarfile.open(fileobj=io.BytesIO(raw)) as file:
        path.write_bytes(raw[: file.getmembers()[5].offset])
    with pytest.raises(DataError, match="its end is missing"):
        _ = Tar(path).names


def test_a_locked_zip_file_says_so_once(tmp_path):
    path, raw = tmp_path / "locked.zip", bytearray(archive("zip", range(8)))
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + flags] |= 1
            at = raw.find(signature, at + 4)
    path.write_bytes(raw)
    assert {reason for _, reason in Zip(path).skipped} == {"it is locked by a password: unpack it"}
