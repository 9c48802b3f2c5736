"""A checkpoint goes to the Hub and comes back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import hub
import pytest
from conftest import tiny
from huggingface_hub import ModelCard
from PIL import Image as PILImage

from gan_demo import checkpoint
from train import publish

ROOT = Path(__file__).parent.parent
SECRET = "/home/alice/my photos/cats"
TRAINING = {
    "data": f"folder:{SECRET}",
    "config": {"data": {"source": f"folder:{SECRET}"}, "init": {"G": "../a/b"}, "out": "out"},
    "licence": "cc-by-4.0",
    "data_source": "cats and dogs/horses",
}
METRICS = {
    "Codes": {"rho fresh": 0.8, "MSE": 0.05, "MSE ±": 0.01, "note": "x"},
    "Translation": {"a to b": {"translated": {"FD": 3.0}, "identity map": {"FD": 9.0}}},
    "Calibration": {"FD of photos": 0.1},
    "Protocol": {"data": f"folder:{SECRET}", "N": 10},
}
LARGE = {"model.safetensors", "samples.png"}  # of its files
RUN = """
import contextlib, io, json, os, sys
from gan_demo.studio import Studio
from gan_demo.systems import Samples
from train import publish

said = []
for step in json.loads(sys.argv[1]):
    printed = io.StringIO()
    os.environ["HF_TOKEN"] = step.pop("token")
    os.environ.pop("HF_TOKEN") if not os.environ["HF_TOKEN"] else None
    with contextlib.redirect_stdout(printed):
        try:
            if "publish" in step:
                publish.main(step["publish"])
            else:
                studio = Studio([step["open"]])
                print(studio.names(Samples), list(studio.problems.values()))
                for name in studio.names(Samples):
                    print(studio[name].sample(1, 7).sum().item())
        except SystemExit as error:
            print(error)
    said.append(printed.getvalue())
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "cats"
    sheets = {"samples": PILImage.new("RGB", (8, 8), "red")}
    checkpoint.save(folder, tiny(), training=TRAINING, metrics=METRICS, sheets=sheets)
    (folder / "notes.txt").write_text("mine")
    return folder


def steps(server, tmp_path, *steps, url=""):
    """What each step printed, all in one process that knows this Hub alone."""
    own = {
        "HF_ENDPOINT": url or server.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    command = [sys.executable, "-c", RUN, json.dumps(steps)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_there_and_back(saved, tmp_path):
    def send(*more, token=hub.WRITER, to="hub:me/cats"):
        return {"publish": [str(saved), to, *more], "token": token}

    back = {"open": "hub:me/cats", "token": ""}
    with hub.serving() as server:
        server.failing = "/commit/"
        said = steps(
            server,
            tmp_path,
            send("--dry-run"),
            send(token=""),
            send(token="stolen"),
            send(to="hub:theirs/cats"),
            back,
            send("--private"),
            send(),
            back,
        )
    dry, nobody, unknown, theirs, missing, broken, sent, opened = said
    assert "To hub:me/cats, 5 files" in dry and "Nothing was sent" in dry
    assert "Nobody is logged in" in nobody and server.url in nobody
    assert "does not know this token" in unknown
    assert "may not write to theirs/cats" in theirs
    assert missing.startswith("[] ['hub:me/cats is not in the local cache and could not be fetched")
    assert "The disk is full. The same command goes on." in broken
    assert f"It is at {server.url}/me/cats" in sent
    assert len(server.stored) == len(set(server.stored)) == 2  # weights and sheet, each sent once
    assert server.private["me/cats"] and server.commits == 1
    files = server.files["me/cats"]
    assert set(files) == {"README.md", "config.json", "metrics.json", *LARGE}
    for name in LARGE:
        assert files[name] == (saved / name).read_bytes()
    assert not any(b"alice" in raw or b"mine" in raw for raw in files.values())
    names, drawn = opened.splitlines()
    assert names == "['cats'] []"
    own = checkpoint.load(saved).system.sample(1, 7).sum().item()
    assert float(drawn) == pytest.approx(own, rel=1e-5)


def test_without_a_network_a_sentence(saved, tmp_path):
    step = {"publish": [str(saved), "hub:me/cats"], "token": hub.WRITER}
    [said] = steps(None, tmp_path, step, url="http://127.0.0.1:9")
    assert "http://127.0.0.1:9 cannot be reached" in said and "goes on" in said


def test_the_card_can_be_searched(saved, tmp_path):
    loaded = checkpoint.load(saved)
    publish.prepare(loaded, "me/cats-of-mine", tmp_path)
    card = ModelCard.load(tmp_path / "README.md")
    data = card.data
    assert (data.license, data.pipeline_tag) == ("cc-by-4.0", "unconditional-image-generation")
    assert {"gan", "ogan"} <= set(data.tags) and data.model_name == "cats-of-mine"
    figures = {r.metric_name: (r.metric_value, r.dataset_name) for r in data.eval_results}
    assert figures == {
        "Codes: rho fresh": (0.8, "folder:cats"),
        "Codes: MSE": (0.05, "folder:cats"),
        "a to b: FD": (3.0, "folder:cats"),
    }
    assert {r.dataset_type for r in data.eval_results} == {"cats"}
    assert 'checkpoint.load("hub:me/cats-of-mine")' in card.text
    assert "--checkpoints hub:me/cats-of-mine" in card.text
    again = checkpoint.load(tmp_path)
    assert again.config["training"]["config"]["init"] == {"G": "b"}
    assert again.config["training"]["data_source"] == TRAINING["data_source"]
    assert again.config["model"] == loaded.config["model"]


@pytest.mark.parametrize(
    "target", ["me/cats", "hub:cats", "hub:a/b/c", "hub:me/..", "hub:", "x:a/b"]
)
def test_what_is_no_place_on_the_hub_is_told(target):
    with pytest.raises(ValueError, match=r"is no place on the Hub: write hub:owner/name"):
        publish.repository(target)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("folder:/home/me/cats", "folder:cats"),
        ("zip:../a/x.zip and tar:C:\\b\\y.tar.xz", "zip:x.zip and tar:y.tar.xz"),
        ("/home/me/checkpoints/a/", "a"),
        ("hub:me/cats", "hub:me/cats"),
        ("checkpoints/a", "checkpoints/a"),
        ("cats and dogs of a/b", "cats and dogs of a/b"),
    ],
)
def test_paths_of_this_machine_stay_here(text, left):
    assert publish.bare({"a": [text, 1, None]}) == {"a": [left, 1, None]}
