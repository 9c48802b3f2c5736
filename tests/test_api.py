"""The page's functions for programs and agents: docs/api.md says how, its lines are run here."""

import base64
import contextlib
import io
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import serving
from drawn import face
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image as PILImage
from translators import CYCLE, portraits, save

from gan_demo import images
from gan_demo.checkpoint import recipe
from gan_demo.tabs import serve
from gan_demo.ui import agents

DOCS = (Path(__file__).parent.parent / "docs/api.md").read_text("utf-8")
AT, MODEL = "http://127.0.0.1:7860", "tiny-faces"
ENDPOINTS = {
    *("/models", "/sample", "/encode", "/decode", "/reconstruct", "/interpolate", "/edit"),
    *("/arithmetic", "/translate", "/classes", "/words", "/pyramid", "/pairs"),
}


ME = {"url": f"data:image/png;base64,{base64.b64encode(images.png(face())).decode()}"}
ME["meta"] = {"_type": "gradio.FileData"}


def lines(language, i, url):
    return (
        DOCS.split(f"```{language}\n")[i + 1]
        .split("```")[0]
        .replace(AT, url.rstrip("/"))
        .replace("ogan-portraits", MODEL)
    )


def run(code, names):
    """In a thread of its own: a browser test before this one may have left a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(exec, code, names).result()


@pytest.fixture
def me(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    face().save("me.jpg")
    return str(tmp_path / "me.jpg")


def pixels(path):
    return np.asarray(PILImage.open(path).convert("RGB"))


def test_the_lines_for_python_run(app_url, me):
    made: dict = {}
    exec(lines("python", 0, app_url), made)
    assert len(made["sheet"]) == 16
    assert made["readings"]["MSE"] > 0
    assert len(made["code"]) == 8 and set(made["critic"]) >= {"avg E(x)", "std E(x)", "note"}
    assert (pixels(made["again"]) == pixels(made["face"])).all()
    assert recipe.read(made["again"]).z == pytest.approx(made["code"])
    assert recipe.read(made["halfway"]).origin == "interpolate"


def test_the_lines_of_a_translation_run(tmp_path, me):
    save(tmp_path / "saved", CYCLE, ("neutral", "smiling"), portraits(16), portraits(16, 60))
    made: dict = {"Client": Client, "handle_file": handle_file}
    with serving(tmp_path / "saved") as url:
        exec(lines("python", 1, url).replace("smile-cyclegan", CYCLE), made)
    assert Path(made["smiling"]).exists()
    assert Path(made["neutral_again"]).exists()
    assert made["readings"]["cycle L1"] >= 0


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_lines_for_curl_run(app_url, me):
    ran = subprocess.run(
        ["sh", "-e"], input=lines("sh", 0, app_url), capture_output=True, text=True
    )
    assert "event: complete" in ran.stdout, ran.stdout + ran.stderr
    assert '"avg E(x)"' in ran.stdout


def test_the_lines_for_agents_run(app_url, client):
    pytest.importorskip("mcp", reason="an optional package")
    made: dict = {}
    run(lines("python", 2, app_url), made)
    assert {f"/{name}" for name in made["names"]} == ENDPOINTS
    kinds = [part.type for part in made["parts"]]
    assert kinds == ["image", "text", "text"] * 2
    assert made["parts"][2].text == "seed 0"
    (shown, *_) = client.predict(MODEL, "0", 2, api_name="/sample")
    sent = io.BytesIO(base64.b64decode(made["parts"][0].data))
    assert (pixels(sent) == pixels(shown["image"])).all()


def test_an_agent_hands_pictures_on_by_address_and_no_others(app_url):
    pytest.importorskip("mcp", reason="an optional package")
    told = lines("python", 2, app_url).replace('"count": 2', '"count": 1')
    made: dict = {}
    run(told, made)
    own = made["parts"][1].text.removeprefix("Image URL: ")
    inline = f"data:image/png;base64,{made['parts'][0].data}"
    outside = f"{own.partition('file=')[0]}file={Path(serve.FAVICON).with_name('screenshot.png')}"
    for photo, answer in (
        (own, "Drawn from the code stored in the picture"),
        (inline, "middle of the photo"),
        ("http://example.org/me.png", "Addresses are not fetched"),
        ("me.png", "Wanted is the address of a picture that a tool gave"),
        (outside, "Addresses are not fetched"),
    ):
        asked = told.replace('"sample"', '"reconstruct"').replace(
            '"count": 1', f'"photo": "{photo}"'
        )
        run(asked, made)
        assert answer in made["parts"][-1].text, photo
        if photo == own:
            assert json.loads(made["parts"][-1].text)["MSE"] >= 0
        assert ("image" in [part.type for part in made["parts"]]) == (photo in (own, inline))


def test_every_endpoint_says_what_it_takes_and_gives(client):
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == ENDPOINTS
    for name, endpoint in named.items():
        assert endpoint["description"], name
        for given in endpoint["returns"]:
            assert not given["label"].startswith("value_"), name
        for taken in endpoint["parameters"]:
            about = taken["python_type"]["description"] or taken["label"]
            assert len(about) > 8, f"{name} {taken['parameter_name']}"
    photo = named["/encode"]["parameters"][1]
    assert photo["python_type"]["description"].startswith("A picture of what the model learned")
    assert "publicly available" not in str(photo["python_type"])
    assert photo["example_input"]["path"] == "me.jpg"


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("/sample", {"count": 65}, "count = 65: wanted is a whole number from 1 to 64. How many"),
        ("/sample", {"count": "two"}, "count = 'two': wanted is a whole number from 1 to 64"),
        ("/interpolate", {"t": 1.5}, "t = 1.5: wanted is a number from 0 to 1"),
        ("/interpolate", {"path": "round"}, "wanted is slerp or lerp or corners or directions"),
        ("/interpolate", {"path": "directions", "directions": [7]}, "6 numbers from -6 to 6"),
        ("/interpolate", {"directions": [1]}, "slerp does not use directions"),
        ("/interpolate", {"photo_c": ME}, "slerp does not use photo_c"),
        ("/decode", {"code": [0.5]}, "Codes of tiny-faces have 8 numbers, not 1"),
        ("/decode", {"code": {"z": 1}}, "wanted is a list, each part a number"),
        ("/edit", {"moves": {"direction 1": 9}}, "direction 1 is moved from -6 to 6, not 9"),
        ("/edit", {"moves": [1]}, "wanted is a table"),
        ("/encode", {"photo": "me.jpg"}, "cannot be read. Wanted are model, photo, find, stored"),
        ("/encode", {"photo": None}, "Give a photo first"),
        ("/sample", {"model": "<b>"}, "There is no model '<b>' here"),
        ("/classes", {}, "cannot do this. Models that can: none yet"),
    ],
)
def test_what_cannot_be_used_is_answered_with_a_sentence(client, name, given, why):
    with pytest.raises(AppError) as refused:
        client.predict(**({"model": MODEL} | given), api_name=name)
    assert why in str(refused.value)


def test_every_path_of_interpolate(client, me):
    corner = client.predict(MODEL, path="corners", u=1, v=0, seed_b="8", api_name="/interpolate")
    (shown,) = client.predict(MODEL, "8", 1, api_name="/sample")
    assert (pixels(corner) == pixels(shown["image"])).all()
    end = client.predict(MODEL, t=0, photo_a=handle_file(me), api_name="/interpolate")
    code, _ = client.predict(MODEL, handle_file(me), api_name="/encode")
    assert recipe.read(end).z == pytest.approx(code, abs=1e-5)
    still, moved = (
        client.predict(MODEL, path="directions", directions=s, api_name="/interpolate")
        for s in ([0], [3, -1])
    )
    assert (pixels(still) != pixels(moved)).any()


def test_a_name_that_there_is_none_of_is_told_by_http(app_url):
    for path, body, why in (
        ("sample", {"model": MODEL, "sead": 1}, "`sead` is not a valid"),
        ("samples", {}, "no endpoint '/samples'"),
        ("sample", {}, "required argument: model"),
    ):
        answer = httpx.post(f"{app_url}gradio_api/call/v2/{path}", json=body)
        assert answer.status_code == 422 and why in answer.json()["detail"]
    for path in ("call/samples", "run/samples"):
        answer = httpx.post(f"{app_url}gradio_api/{path}", json={"data": []})
        assert answer.status_code == 422
        assert answer.json()["detail"] == "There is no endpoint '/samples'."


@pytest.mark.parametrize("path", ["call/v2/sample/0123", "call/sample/0123", "queue/data"])
def test_the_stream_of_nobody_ends_with_a_sentence(app_url, path):
    answer = httpx.get(f"{app_url}gradio_api/{path}", params={"session_hash": "gone"})
    assert "There is no such call, or its answer was fetched already." in answer.text


def test_a_fault_of_the_app_is_told_as_one_and_is_a_line_in_the_log(client, monkeypatch, caplog):
    monkeypatch.setattr("gan_demo.tabs.sample.sample", lambda *given: int("x" * 999 + "\n"))
    monkeypatch.setattr("gan_demo.ui.api.telling", lambda written: contextlib.nullcontext())
    with pytest.raises(AppError, match="a fault of the app"):
        client.predict(MODEL, api_name="/sample")
    [line] = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert "\n" not in line and len(line) < 600 and "Traceback" not in caplog.text


def test_without_the_package_for_agents_a_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(agents, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["gan-demo", "--mcp", "--device", "cpu"])
    with pytest.raises(SystemExit):
        serve.main()
    assert 'pip install "mcp' in capsys.readouterr().err
