"""labels.csv: labels, rows, frames, several sources as one, packs by name."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import encoded, flat, write
from PIL import Image

from gan_demo import data
from gan_demo.data import DataError, labels, packs, unpaired
from gan_demo.data.unpaired import Side
from gan_demo.images import frame
from train import config
from train.config import ConfigError

FACES = {f"{'val' if i % 4 == 3 else 'train'}/{i}.png": encoded((20 * i,) * 3) for i in range(12)}
MOODS = ["neutral", "happiness", "", "anger"]  # of the picture i: its place in turn, by thirds
TABLE = "file,mood,gender\n" + "".join(
    f"{name},{MOODS[i // 3]},{'female' if i % 2 else 'male'}\n" for i, name in enumerate(FACES)
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))


def faces(root: Path, table: str | bytes = TABLE, name: str = "faces") -> str:
    raw = table.encode() if isinstance(table, str) else table
    return f"folder:{write(root / name, FACES | {'labels.csv': raw})}"


def load(source, **options):
    return data.load(source, **({"size": 16, "channels": 1, "split": None} | options))


def levels(pictures) -> list[int]:
    return sorted((pictures.x[:, 0, 8, 8] // 20).tolist())


def test_a_column_is_the_label_and_pictures_without_a_value_are_left_out(tmp_path):
    source = faces(tmp_path)
    with pytest.warns(UserWarning, match="left out: 3 without mood"):
        all_of_it = load(source, label="mood")
    assert all_of_it.classes == ("anger", "happiness", "neutral")
    assert levels(all_of_it) == [0, 1, 2, 3, 4, 5, 9, 10, 11]
    kinds = {
        level: all_of_it.classes[y]
        for level, y in zip(all_of_it.x[:, 0, 0, 0].tolist(), all_of_it.y.tolist(), strict=True)
    }
    assert (kinds[0], kinds[60], kinds[220]) == ("neutral", "happiness", "anger")
    with pytest.warns(UserWarning):  # the cache remembers
        assert load(source, label="mood").left_out == {"mood": 3}
    with pytest.warns(UserWarning, match="2 without mood"):  # of this split; classes are of all
        assert load(source, label="mood", split="train").classes == all_of_it.classes


def test_classes_are_values_of_the_column_in_the_order_asked_for(tmp_path):
    source = faces(tmp_path)
    with pytest.warns(UserWarning):
        two = load(source, label="mood", classes=["neutral", "anger"])
    assert two.classes == ("neutral", "anger")
    assert two.y.tolist() == [0 if level < 60 else 1 for level in two.x[:, 0, 0, 0].tolist()]
    with pytest.raises(DataError, match=r"No picture has the mood 'angre'. Did you mean 'anger'"):
        load(source, label="mood", classes=["angre", "neutral"])


def test_rows_are_chosen_by_their_values(tmp_path):
    source = faces(tmp_path)
    assert levels(load(source, where={"gender": "female"})) == [1, 3, 5, 7, 9, 11]
    assert levels(load(source, where={"gender": "male", "mood": ["anger", "neutral"]})) == [
        0,
        2,
        10,
    ]
    assert levels(load(source, where={"mood": "anger"}, split="val")) == [11]
    assert load(source, where={"gender": "female"}).y is None
    side = Side(source, where={"mood": ["happiness"]})
    assert levels(unpaired.domain(side, size=16, channels=1)) == [4, 5]
    assert data.names(source, split="val", where={"gender": "female"}) == [
        "val/11.png",
        "val/3.png",
        "val/7.png",
    ]


def test_the_cache_knows_what_was_asked_for_and_when_the_table_changes(tmp_path):
    source = faces(tmp_path)
    female = load(source, where={"gender": "female"})
    assert len(load(source)) == 12 and len(female) == 6
    assert levels(load(source, where={"gender": "male"})) == [0, 2, 4, 6, 8, 10]
    faces(tmp_path, TABLE.replace("female", "woman"))
    with pytest.raises(DataError, match="No picture has the gender 'female'"):
        load(source, where={"gender": "female"})
    assert len(load(source, where={"gender": "woman"})) == 6


def test_a_table_saved_on_windows_is_read_as_meant(tmp_path):
    files = {"train/my face 1.png": encoded(), "train/two, in one.png": encoded((9, 9, 9))}
    text = 'file, mood\r\ntrain\\my face 1.png, happy \r\n"train/two, in one.png",neutral\r\n\r\n'
    write(tmp_path / "set", files | {"labels.csv": b"\xef\xbb\xbf" + text.encode()})
    pictures = load(f"folder:{tmp_path}/set", label="mood")
    assert pictures.classes == ("happy", "neutral") and pictures.y.tolist() == [0, 1]


ROW = "train/0.png,neutral\n"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("file,mode\n" + ROW, "has no column 'mood'. Did you mean 'mode'"),
        ("name,mood\n" + ROW, "no column 'file' in its first line. There are: name, mood"),
        ("", "no column 'file' in its first line. There are: none"),
        ("file,mood,mood\n", "two columns called 'mood'"),
        ("file,mood\n" + ROW + ROW, "two rows about 'train/0.png'"),
        ("file,mood\n" + ROW + "train/O.png,x\n", "Row 3 .*'train/O.png'.* mean 'train/"),
        ("file,mood\n" + ROW.replace("\n", ",more\n"), "Row 2 .* more cells"),
        ('file,mood\n"train/0.png" x,neutral\n', "cannot be read as comma-separated values"),
        ("file,mood\ntrain/0.png,fröhlich\n".encode("latin-1"), "is not text in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path, table, sentence):
    with pytest.raises(DataError, match=sentence):
        load(faces(tmp_path, table), label="mood")


def test_a_table_that_is_not_there_is_told_and_folders_do_without_one(tmp_path):
    write(tmp_path / "set", FACES | {"lables.csv": TABLE.encode()})
    with pytest.raises(DataError, match=r"no labels\.csv .* Did you mean 'lables\.csv'"):
        load(f"folder:{tmp_path}/set", where={"mood": "anger"})
    broken = faces(tmp_path, "file\nnothing.png\n")  # nobody asked for it
    assert len(load(broken)) == 12


POINTS = np.array([[22.0, 24.0], [42.0, 24.0], [32.0, 33.0], [25.0, 44.0], [39.0, 44.0]])


def drawn(root: Path) -> str:
    """Three pictures that darken to the right; the points of the second lie further right, those of
    the third are not known."""
    ramp = np.tile(np.linspace(0, 252, 64).round().astype(np.uint8), (64, 1))
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "PNG")
    cells = [",".join(str(v) for v in np.add(POINTS, [right, 0]).flatten()) for right in (0, 10)]
    table = f"file,{','.join(labels.POINTS)}\na.png,{cells[0]}\nb.png,{cells[1]}\nc.png\n"
    files = {name: file.getvalue() for name in ("a.png", "b.png", "c.png")}
    return f"folder:{write(root / 'ramps', files | {'labels.csv': table.encode()})}"


@pytest.mark.filterwarnings("ignore:.*left out")
def test_a_frame_is_cut_by_the_points_of_each_picture(tmp_path):
    source = drawn(tmp_path)
    framed = load(source, frame=0.4)
    assert framed.names == ["a.png", "b.png"] and framed.left_out == {"points": 1}
    square = frame.square(POINTS, 0.4)
    step = 2 * square.half / 16  # the ramp rises by 4 a pixel: its value is 4 (x - 0.5)
    middles = square.x + (np.arange(16) - 7.5) * step
    for row, right in enumerate((0, 10)):
        wanted = torch.from_numpy(4 * (middles + right - 0.5))
        assert (framed.x[row, 0, 8].double() - wanted).abs().max() < 2
    colour = load(source, frame=0.4, channels=3)
    assert torch.equal(colour.x[:, :1], framed.x)
    tighter = load(source, frame=0.2).x[0, 0, 8]
    assert tighter[0] > framed.x[0, 0, 8, 0] and tighter[-1] < framed.x[0, 0, 8, -1]
    assert len(load(source)) == 3


def test_frames_that_cannot_be_cut_are_told(tmp_path):
    with pytest.raises(DataError, match=r"five points, and .* no column 'left_eye_x'"):
        load(faces(tmp_path), frame=0.6)
    with pytest.raises(DataError, match=r"frame = 0.0: choose a share"):
        Side("folder:x", frame=0.0)
    source = drawn(tmp_path)
    table = tmp_path / "ramps" / "labels.csv"
    table.write_text(table.read_text().replace("22.0", "left"))
    with pytest.raises(DataError, match=r"The points of 'a\.png'.*'left'"):
        load(source, frame=0.6)


def test_columns_and_points_stand_beside_the_pictures(tmp_path):
    source = faces(tmp_path)
    pictures = load(source, split="train")
    known = data.columns(source, pictures.names)
    assert list(known) == ["mood", "gender"]
    for name, mood, gender in zip(pictures.names, *known.values(), strict=True):
        assert f"{name},{mood},{gender}\n" in TABLE
    ramps = drawn(tmp_path)
    points = data.points(ramps, ["c.png", "b.png"])
    assert points.shape == (2, 5, 2) and np.isnan(points[0]).all()
    assert (points[1] == np.add(POINTS, [10, 0])).all()


def test_several_sources_are_one_set(tmp_path):
    """Each keeps its own splits, labels and table; names stay apart."""
    mine = f"folder:{write(tmp_path / 'mine', flat(100))}"
    both = [faces(tmp_path), mine]
    val = load(both, split="val")
    assert val.names == [f"faces/{n}" for n in load(both[0], split="val").names] + [
        f"mine/{n}" for n in load(mine, split="val").names
    ]
    assert len(load(both)) == 112
    twice = load([both[0], both[0]], size=16)
    assert len(set(twice.names)) == 24
    with pytest.warns(UserWarning, match="103 without mood"):
        assert load(both, label="mood").classes == ("anger", "happiness", "neutral")
    assert levels(load(both, where={"gender": "female"})) == [1, 3, 5, 7, 9, 11]
    known = data.columns(both, ["mine/000.png", "faces/train/0.png"])
    assert known == {"mood": ["", "neutral"], "gender": ["", "male"]}
    with pytest.raises(DataError, match="An empty list"):
        load([])


def test_folders_of_several_sources_are_labels_together(tmp_path):
    cats = write(tmp_path / "one", {"cat/a.png": encoded(), "cat/b.png": encoded()})
    dogs = write(tmp_path / "two", {"train/dog/c.png": encoded()})
    pets = load([f"folder:{cats}", f"folder:{dogs}"])
    assert pets.classes == ("cat", "dog") and pets.y.tolist() == [0, 0, 1]


@pytest.fixture
def pack(tmp_path, monkeypatch):
    monkeypatch.setattr(packs, "CHECKOUT", tmp_path / "checkout")
    monkeypatch.delenv("GAN_DEMO_DATA", raising=False)
    (tmp_path / "work" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "here")

    def put(folder: str, name: str = "lfw.zip", n: int = 4) -> None:
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(place / name, "w") as archive:
            for i in range(n):
                archive.writestr(f"train/{i}.png", encoded((20 * i,) * 3))

    return put


PLACES = ["named", "checkout/data", "checkout/shared/data", "shared/data", "work/data"]


@pytest.mark.parametrize("place", [*PLACES, "work/here/data", "cache/packs"])
def test_a_pack_is_found_wherever_it_may_lie(pack, place, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"python -m train\.packs lfw"):
        load("pack:lfw")
    pack(place)
    monkeypatch.setenv("GAN_DEMO_DATA", str(tmp_path / "named"))
    assert len(load("pack:lfw")) == 4


def test_the_named_folder_comes_first_and_names_are_checked(pack, tmp_path, monkeypatch):
    pack("work/data", n=4)
    pack("named", n=5)
    monkeypatch.setenv("GAN_DEMO_DATA", str(tmp_path / "named"))
    assert len(load("pack:lfw")) == 5
    with pytest.raises(DataError, match=r"no pack 'lfv'. Did you mean 'lfw'"):
        load("pack:lfv")


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("data.lable=mood", "Unknown key data.lable. Did you mean 'label'?"),
        ("data.label=3", "data.label = 3: wanted is text"),
        ("data.where=mood", "data.where = 'mood': wanted is a table"),
        ("data.where.mood=3", "data.where = {'mood': 3}: wanted is a table"),
        ("data.frame=wide", "data.frame = 'wide': wanted is a number"),
        ("data.source=[3]", "data.source = [3]: wanted is text"),
        ("data.a.where=[1]", "data.a.where = [1]: wanted is a table"),
    ],
)
def test_tables_of_the_wrong_kind_are_told(tmp_path, override, sentence):
    path = tmp_path / "run.toml"
    path.write_text('system = "gan"\nsteps = 5\n[data]\nsource = "folder:x"\n')
    with pytest.raises(ConfigError) as error:
        config.load(str(path), [override])
    assert sentence in str(error.value)


def test_a_configuration_says_what_of_a_source_is_meant(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        'system = "gan"\nsteps = 5\n[data]\nsource = ["pack:lfw", "pack:portraits"]\n'
        'label = "expression"\nframe = 0.62\nwhere = {gender = "female", expression = ["neutral"]}'
    )
    side = config.load(str(path), []).data.sides["x"]
    assert side.source == ["pack:lfw", "pack:portraits"]
    assert side.selection == {
        "classes": None,
        "label": "expression",
        "where": {"gender": "female", "expression": ["neutral"]},
        "frame": 0.62,
    }
