"""Any photos in, aligned faces out: what is kept, what is left out and why, and going on."""

import csv
import io
import zipfile

import numpy as np
import pytest
from drawn import POINTS, face, scene
from PIL import Image as PILImage
from PIL import ImageFilter

from gan_demo import data
from gan_demo.images import faces
from gan_demo.images.faces import Face
from gan_demo.images.frame import Square, within
from gan_demo.images.landmarks import COLUMNS
from train import align

TWO = scene((20, 60, 200))
TWO.paste(face(280, background=230), (330, 100))  # not a duplicate


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "beach").mkdir(parents=True)
    TWO.save(folder / "beach" / "two & more.png")
    turned = PILImage.new("RGB", (640, 480), (10, 10, 10))
    turned.paste(face(260, background=10), (190, 110))
    turned.rotate(-25, fillcolor=(10, 10, 10)).save(folder / "turned.png")
    PILImage.linear_gradient("L").resize((400, 300)).save(folder / "empty.png")
    scene((300, 200, 45)).save(folder / "far.png")
    (folder / "torn.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("nor this")
    return folder


def run(photos, out, *more):
    align.main([f"folder:{photos}", "--out", str(out), *more])


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in files}


def test_end_to_end(photos, tmp_path, capsys):
    before, out = contents(photos), tmp_path / "faces"
    run(photos, out, "--blur", "0")
    assert contents(photos) == before
    rows = table(out / "labels.csv")
    assert [row["file"] for row in rows] == [
        "beach/two & more.png-1.webp",
        "beach/two & more.png-2.webp",
        "turned.png-1.webp",
    ]
    assert list(rows[0]) == ["file", *COLUMNS]
    reasons = {row["photo"]: row["reason"] for row in table(out / "left-out.csv")}
    assert reasons == {"empty.png": "no face", "far.png": "too small", "torn.jpg": "not readable"}
    for row in rows:
        assert PILImage.open(out / row["file"]).size == (128, 128)
        own = np.array([float(row[column]) for column in COLUMNS]).reshape(5, 2)
        square = Face(own, 1.0).square()
        assert (square.x, square.y, square.half) == pytest.approx((64, 64, 64), abs=0.5)
        assert square.tilt == pytest.approx(0, abs=1)
    page = (out / "contact.html").read_text("utf-8")
    assert 'src="beach/two%20%26%20more.png-1.webp"' in page
    assert "3 faces of 5 photos" in capsys.readouterr().out
    assert len(data.load(f"folder:{out}", size=32, channels=3, split=None)) == 3


def test_a_stopped_run_goes_on(photos, tmp_path, monkeypatch, capsys):
    run(photos, tmp_path / "whole", "--blur", "0")
    find, seen = faces.find, []

    def stop(photo):
        seen.append(photo)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return find(photo)

    monkeypatch.setattr(faces, "find", stop)
    run(photos, tmp_path / "parted", "--blur", "0")
    assert "Stopped" in capsys.readouterr().err
    journal = tmp_path / "parted" / "journal.jsonl"
    journal.write_text(journal.read_text() + '{"photo": "torn in the mid')
    run(photos, tmp_path / "parted", "--blur", "0")
    assert contents(tmp_path / "parted") == contents(tmp_path / "whole")
    assert len(seen) == 5  # four can be read, and one of them was begun twice


def test_other_options_are_not_mixed_in(photos, tmp_path):
    run(photos, tmp_path / "faces")
    with pytest.raises(SystemExit, match="other options"):
        run(photos, tmp_path / "faces", "--size", "64")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["folder:{}/nothing", "--out", "{}/f"], "no folder"),
        (["foldr:{}/photos", "--out", "{}/f"], "is not a data source"),
        (["pack:nothing", "--out", "{}/f"], "no pack 'nothing'"),
        (["folder:{}/photos", "--out", "{}/photos/f"], "untouched"),
        (["folder:{}/photos", "--out", "{}/photos/beach"], "untouched"),
        (["folder:{}/photos", "--out", "{}"], "other files"),
        (["folder:{}/photos", "--out", "{}/f", "--size", "0"], "16 to 1024"),
        (["folder:{}/photos", "--out", "{}/f", "--frame", "nan"], "0.3 to 3"),
    ],
)
def test_bad_input_is_a_sentence(photos, tmp_path, given, said):
    with pytest.raises(SystemExit, match=said):
        align.main([text.format(tmp_path) for text in given])
    assert not (tmp_path / "f").exists()


def test_an_archive_writes_nothing_outside(tmp_path):
    file = io.BytesIO()
    scene((190, 110, 260)).save(file, "PNG")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("/up.png", file.getvalue())
    align.main([f"zip:{tmp_path}/a.zip", "--out", f"{tmp_path}/in/faces", "--blur", "0"])
    assert (tmp_path / "in" / "faces" / "up.png-1.webp").exists()


def test_blurred_and_repeated_faces_are_left_out(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    photo = scene((190, 110, 260))
    photo.save(folder / "a.png")
    photo.resize((320, 240)).save(folder / "b.jpg")
    photo.filter(ImageFilter.GaussianBlur(16)).save(folder / "c.png")
    run(folder, tmp_path / "faces", "--blur", "0.04")
    left = {row["photo"]: row["reason"] for row in table(tmp_path / "faces" / "left-out.csv")}
    assert left["b.jpg"] == "duplicate"
    assert left["c.png"] in ("blurred", "no face")


def test_sharpness_falls_with_blur():
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 1), np.uint8).repeat(3, 2)
    assert align.sharpness(noise) == pytest.approx(20**0.5, rel=0.05)  # 4² + 1 + 1 + 1 + 1
    softer = [face(256).filter(ImageFilter.GaussianBlur(s)) for s in (0, 2, 4, 8)]
    found = [align.sharpness(np.asarray(picture)) for picture in softer]
    assert found == sorted(found, reverse=True)


def test_the_nose_tells_a_side_view():
    points = POINTS * 100
    assert align.sideways(Face(points, 1.0)) == pytest.approx(0)
    points[2, 0] = points[1, 0]  # before the right eye
    assert align.sideways(Face(points, 1.0)) == pytest.approx(1)
    turned = within(points, Square(50.0, 50.0, 50.0, 30.0), 100)
    assert align.sideways(Face(turned, 1.0)) == pytest.approx(1)


def test_a_fingerprint_bears_light_and_size_but_not_another_face():
    one, other = np.asarray(TWO.crop((20, 60, 220, 260))), np.asarray(face(200, 20).rotate(30))
    lighter = (one * 0.7 + 40).astype(np.uint8)
    smaller = np.asarray(PILImage.fromarray(one).resize((90, 90)))
    first = align.fingerprint(one)
    for same in (lighter, smaller):
        assert (first ^ align.fingerprint(same)).bit_count() <= align.ALIKE
    assert (first ^ align.fingerprint(other)).bit_count() > align.ALIKE
