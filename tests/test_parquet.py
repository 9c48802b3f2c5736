"""Tables of pictures: what is damaged or says nonsense costs no more than its own rows."""

import json
import warnings

import pyarrow
import pytest
from pictures import encoded
from pyarrow import parquet

from gan_demo import data
from gan_demo.data import DataError
from gan_demo.data.remote import Hub
from gan_demo.data.selection import declared


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda repo, **_: str(tmp_path / "a"))
    return tmp_path / "a"


def table(path, levels, labels=None, about=None, names=("cat", "dog")):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = {"image": [{"bytes": encoded((v,) * 3), "path": None} for v in levels]}
    made = pyarrow.table(cells | ({} if labels is None else {"y": labels}))
    feature = {"_type": "ClassLabel", "names": list(names)}
    known = json.dumps({"info": {"features": {} if labels is None else {"y": feature}}})
    made = made.replace_schema_metadata({"huggingface": known if about is None else about})
    parquet.write_table(made, path)
    return path


def load(split=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pictures = data.load("hub:some/set", size=16, channels=1, split=split)
    levels = pictures.x[:, 0, 0, 0].tolist()
    labels = None if pictures.y is None else [pictures.classes[y] for y in pictures.y]
    return sorted(levels if labels is None else zip(levels, labels, strict=True)), pictures


def test_a_damaged_table_costs_its_own_rows(hub):
    whole = table(hub / "train-0.parquet", [1, 2, 3]).read_bytes()
    for i, raw in enumerate((b"hello" * 50, whole[: len(whole) // 2], b"")):
        (hub / f"train-{i + 1}.parquet").write_bytes(raw)
    broken = bytearray(whole)
    broken[4:90] = bytes(86)
    (hub / "train-9.parquet").write_bytes(broken)
    levels, pictures = load()
    assert levels == [1, 2, 3]
    reasons = dict(pictures.skipped)
    assert len(reasons) == 6  # three tables, three rows of the fourth
    assert all("no table of pictures" in reasons[f"train-{i}.parquet"] for i in (1, 2, 3))
    assert "its table is damaged" in reasons["train/train-9-0000000.png"]
    (hub / "train-0.parquet").unlink()
    with pytest.raises(DataError, match=r"0 readable pictures.*skipped: .*no table of pictures"):
        load()


def test_rows_whose_label_is_unknown_are_named(hub):
    table(hub / "train-0.parquet", range(6), [0, 1, -1, None, 7, 1])
    rows, pictures = load()
    assert rows == [(0, "cat"), (1, "dog"), (5, "dog")]
    said = [reason for _, reason in pictures.skipped]
    assert said == [f"its label {v} is none of the 2 classes" for v in (-1, None, 7)]


def test_tables_of_one_file_name_stay_apart(hub):
    table(hub / "default" / "train" / "0000.parquet", [1, 2, 3])
    table(hub / "default" / "test" / "0000.parquet", [11, 12])
    table(hub / "other" / "train" / "0000.parquet", [4])
    table(hub / "default-train" / "0000.parquet", [5])
    assert load("test")[0] == [11, 12]
    assert load()[0] == [1, 2, 3, 4, 5, 11, 12]


def test_names_of_classes_become_names_of_folders(hub):
    names = ["..", ".git", "a/b", "val", "cat", "cat", "", "__MACOSX", "c\\d"]
    table(hub / "train-0.parquet", range(9), list(range(9)), names=names)
    rows, _ = load()
    found = ["-", "-git", "a-b", "val", "cat", "cat (5)", "class 6", "__MACOSX", "c-d"]
    assert rows == list(enumerate(found))


@pytest.mark.parametrize(
    "about",
    [
        "{",
        "[]",
        '{"info": 3}',
        "[" * 100_000,
        *(
            json.dumps({"info": {"features": {column: {"_type": "ClassLabel"} | names}}})
            for column, names in (("y", {}), ("y", {"names": "ab"}), ("z", {"names": ["a", "b"]}))
        ),
    ],
)
def test_a_garbled_description_leaves_the_pictures(hub, about):
    table(hub / "train-0.parquet", [1, 2], [0, 1], about)
    levels, pictures = load()
    assert levels == [1, 2] and pictures.classes == ()
    assert "its description is garbled" in dict(pictures.skipped)["train-0.parquet"]


def test_bytes_may_stand_in_several_kinds_of_columns(hub):
    raw = [encoded((7,) * 3), None]
    hub.mkdir()
    for i, cells in enumerate(
        (
            pyarrow.array(raw, pyarrow.binary()),
            pyarrow.array(raw, pyarrow.large_binary()),
            pyarrow.array([{"path": "x", "bytes": cell} for cell in raw]),
        )
    ):
        parquet.write_table(pyarrow.table({"n": [1, 2], "photo": cells}), hub / f"{i}.parquet")
    levels, pictures = load()
    assert levels == [7, 7, 7]
    assert {reason for _, reason in pictures.skipped} == {"no bytes in this row"}


def test_a_table_is_read_again_when_it_changes(hub):
    path = table(hub / "train-0.parquet", [1, 2])
    before = Hub("some/set").key
    table(path, [1, 2, 3])
    assert Hub("some/set").key != before and load()[0] == [1, 2, 3]


def test_the_split_of_a_table():
    for path, split in {
        "data/train-00000-of-00001.parquet": "train",
        "default/partial-test/0000.parquet": "test",
        "my_validation_3.parquet": "val",
        "test_set/train-0.parquet": "train",
        "0000.parquet": "train",
    }.items():
        assert declared(path) == split
