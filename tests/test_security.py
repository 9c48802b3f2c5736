"""Hostile requests to the running app, over plain HTTP."""

import base64
import errno
import html
import io
import itertools
import json
import math
import os
import socket
import threading
from pathlib import Path

import httpx
import pytest
from conftest import PATIENCE
from PIL import Image as PILImage
from starlette.applications import Starlette
from starlette.datastructures import Headers

from gan_demo.tabs import serve
from gan_demo.ui import errors, guard
from gan_demo.ui.photo import GONE

META = {"meta": {"_type": "gradio.FileData"}}
FORMS = {
    "bare": lambda path: {"path": path},
    "meta": lambda path: {"path": path} | META,
    "inline too": lambda path: {"path": path, "url": "data:image/png;base64,aGk="},
    "stream": lambda path: {"path": path, "is_stream": True},
    "named": lambda path: {"path": path, "orig_name": "x.png", "size": 1, "mime_type": "image/png"},
    "address": lambda path: {"url": f"file://{path}", "path": None},
}


@pytest.fixture
def http(app_url):
    with httpx.Client(base_url=app_url, timeout=PATIENCE) as client:
        yield client


def ask(http, api, data):
    """The last event of a call, as text."""
    body = json.dumps({"data": data})  # lone surrogates, too, as httpx would not send them
    headers = {"content-type": "application/json"}
    started = http.post(f"gradio_api/call/{api}", content=body, headers=headers)
    assert started.status_code == 200, started.text
    return http.get(f"gradio_api/call/{api}/{started.json()['event_id']}").text


def rebuild(http, photo):
    return ask(http, "reconstruct", ["tiny-faces", photo, False, True, 1, 0])


def upload(http, name="photo.png"):
    file = io.BytesIO()
    PILImage.new("RGB", (64, 64), "red").save(file, "PNG")
    return http.post("gradio_api/upload", files={"files": (name, file.getvalue())}).json()[0]


def test_a_picture_that_was_uploaded_is_taken(http):
    assert "event: complete" in rebuild(http, {"path": upload(http)} | META)


@pytest.mark.parametrize("form", FORMS)
def test_no_other_file_of_the_server_is_read_and_none_is_told_from_nothing(http, form, tmp_path):
    secret, link = tmp_path / "secret.png", tmp_path / "link.png"
    PILImage.new("RGB", (64, 64), "red").save(secret)
    link.symlink_to(secret)
    up = os.path.relpath(secret, os.environ["GRADIO_TEMP_DIR"])
    climbing = f"{os.environ['GRADIO_TEMP_DIR']}/{up}"
    paths = [str(secret), str(link), climbing, str(tmp_path / "none.png"), str(tmp_path)]
    said = {rebuild(http, FORMS[form](path)) for path in paths}
    assert all("event: error" in answer for answer in said)
    assert len(said) == 1 and str(tmp_path) not in said.pop()


def test_a_link_among_the_uploads_is_not_followed(http, tmp_path):
    PILImage.new("RGB", (64, 64), "red").save(tmp_path / "secret.png")
    planted = upload(http, "planted.png")
    Path(planted).unlink()
    Path(planted).symlink_to(tmp_path / "secret.png")
    assert html.escape(GONE) in rebuild(http, {"path": planted})


def test_a_pipe_ends_nothing(http):
    planted = upload(http, "pipe.png")
    Path(planted).unlink()
    os.mkfifo(planted)
    for path in (planted, "/proc/self/fd/1", "/dev/zero", "/dev/stdin"):
        answers = []
        asked = threading.Thread(
            target=lambda path=path, answers=answers: answers.append(rebuild(http, {"path": path}))
        )
        asked.start()
        asked.join(30)
        assert answers and "event: error" in answers[0], path
    assert "event: complete" in rebuild(http, {"path": upload(http)} | META)


def test_an_address_is_not_fetched(http):
    """One of a picture that the app gave is read from its folder."""
    own, outside = upload(http), Path(serve.__file__).parents[1] / "ui" / "screenshot.png"
    up = f"{Path(own).parent}/{'../' * len(Path(own).parts)}{outside}"
    at = f"{http.base_url}gradio_api/file="
    for path in (
        "http://127.0.0.1:1/x.png",
        "https://example.org/x.png",
        at + str(outside),
        at + up,
    ):
        answer = rebuild(http, {"path": path} | META)
        assert "event: error" in answer and "Addresses are not fetched" in answer, path
    assert "event: complete" in rebuild(http, {"path": at + own} | META)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "[::2]", "", "[", "localhost@evil"]
)
def test_a_foreign_name_is_not_answered(http, host):
    for method, path in (("GET", ""), ("POST", "gradio_api/upload"), ("OPTIONS", "config")):
        origin = {"host": host, "origin": f"http://{host}", "access-control-request-method": "POST"}
        answer = http.request(method, path, headers=origin)
        assert answer.status_code in (400, 403)  # 400: no header at all of that form
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:1", "x", "file://"]
)
def test_a_page_of_another_site_uploads_nothing(http, origin):
    answer = http.post("gradio_api/upload", files={"files": b"x"}, headers={"origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_its_own_page_is_let_in_by_each_name_and_behind_a_proxy(app_url):
    port = app_url.rstrip("/").rpartition(":")[2]
    assert guard.same(f"http://localhost:{port}", f"127.0.0.1:{port}")
    assert guard.same("https://gan.example", "gan.example")
    assert not guard.same(f"http://localhost:{port}", "127.0.0.1:1")
    behind = guard.Guard(Starlette(), guard.LOOPBACK | {"gan.example"})
    for host in ("127.0.0.1:7860", "gan.example"):
        told = Headers({"host": host, "origin": "https://gan.example"})
        assert behind.refusal(told, 1) is None


def test_a_body_is_bounded_whatever_it_says(http):
    large = b"x" * (guard.CALL + 1)
    assert http.post("gradio_api/queue/join", content=large).status_code == 413

    def unmeasured():
        for _ in range(40):
            yield large

    with pytest.raises(httpx.HTTPError) as ended:
        assert http.post("gradio_api/upload", content=unmeasured()).status_code >= 400
        raise httpx.HTTPError("refused")
    assert not isinstance(ended.value, httpx.TimeoutException)  # at once, not by patience
    assert http.get("").status_code == 200


def test_every_answer_says_what_a_browser_may_do_with_it(http):
    for path in ("", "config", "gradio_api/file=/etc/hostname", "none"):
        headers = http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "img-src 'self' data: blob:" in headers["content-security-policy"]


def test_the_page_is_sent_compressed(http):
    for path in ("/", "/config"):
        answer = http.get(path, headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.num_bytes_downloaded < len(answer.content) / 3
    assert "content-encoding" not in http.get("/", headers={"accept-encoding": "identity"}).headers


def test_a_picture_sent_inline_is_still_taken(http):
    file = io.BytesIO()
    PILImage.new("RGB", (64, 64), "red").save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    assert "event: complete" in rebuild(http, {"url": f"data:image/png;base64,{data}"})


def test_a_port_that_is_taken_gives_the_next_free_one(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < serve.free(port) < port + 100
        assert str(port) in capsys.readouterr().out


def test_only_a_page_that_this_machine_alone_reaches_is_bound_to_its_names():
    assert serve.local(None) and serve.local("localhost") and not serve.local("0.0.0.0")


@pytest.mark.parametrize("text", ["x" * 10**5, "\ud800", "9" * 400, "1e999"])
def test_no_text_ends_in_a_bare_error(http, text):
    answer = ask(http, "sample", ["tiny-faces", text, 1, 1])
    assert "event: error" in answer and '"error": null' not in answer and len(answer) < 600


def page_sends(http, session, fn, data, event=None):
    """The last thing that a page hears which sends this."""
    asked = {"data": data, "event_data": event, "fn_index": fn["id"], "session_hash": session}
    headers = {"content-type": "application/json", "x-gradio-user": "app"}
    http.post("gradio_api/queue/join", content=json.dumps(asked), headers=headers)
    with http.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as heard:
        return next(line for line in heard.iter_lines() if "process_completed" in line)


FORGED = (math.nan, 10**400, "seven", [[1]], {"scene": [math.inf]}, True)


def test_what_no_page_sends_gets_a_sentence_and_no_line_in_the_log(http, caplog, capfd):
    """One event of each kind; of its values one is forged, then what was clicked."""
    config = http.get("config").json()
    parts = {part["id"]: part for part in config["components"]}
    events = {}
    for fn in config["dependencies"]:
        if fn["api_visibility"] == "private" and fn["backend_fn"]:
            events.setdefault(tuple(parts[i]["type"] for i in fn["inputs"]), fn)
    forged, answers = itertools.cycle(FORGED), []
    for kinds, fn in events.items():
        usual = [parts[i]["props"].get("value") for i in fn["inputs"]]
        for i in [i for i, kind in enumerate(kinds) if kind != "state"][-1:]:
            sent = [*usual[:i], next(forged), *usual[i + 1 :]]
            answers += [page_sends(http, f"forged{len(answers)}", fn, sent, {"index": "x"})]
    assert len(answers) > 20
    assert not [a for a in answers if "fault of the app" in a or "Wanted are" in a]
    assert not caplog.records and "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("word", ["\ud800", "x" * 1500, "<b>bold</b>"])
def test_a_choice_that_there_is_none_of_is_repeated_as_words_and_briefly(http, word):
    """Gradio's own sentence broke off, or was as long as what was sent."""
    fns = http.get("config").json()["dependencies"]
    kinds = {c["id"]: c["type"] for c in http.get("config").json()["components"]}
    chosen = next(f for f in fns if [kinds[i] for i in f["inputs"]] == ["dropdown"])
    said = page_sends(http, "chosen", chosen, [word])
    assert "not in the list of choices" in said and "<b>" not in said
    assert max(map(len, said.split("data: "))) < 1200


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("'/srv/gan/runs/pictures/a1/b2.zip' holds 1 picture", "'b2.zip' holds 1 picture"),
        ("/home/eve/x/state.pt: No space left.", "state.pt: No space left."),
        ("no room to write /mnt/My Disk/cats.", "no room to write My Disk/cats."),
        (
            "see https://huggingface.co/a/b or and/or 3/4",
            "see https://huggingface.co/a/b or and/or 3/4",
        ),
        ("'/home/My Cats/all of them'", "'all of them'"),
    ],
)
def test_sentences_name_no_folder_of_the_machine(said, told):
    assert errors.sentence(ValueError(said)) == told


def test_a_disk_that_is_full_is_not_called_a_file_that_cannot_be_read():
    said = errors.sentence(OSError(errno.ENOSPC, "No space left on device", "/srv/x"))
    assert said == "There is no room on the disk: make some, and try again."


def test_half_a_letter_is_no_answer_that_never_comes(http, capfd):
    """A field of some length cuts an emoji in two."""
    page = http.get("config").json()
    kinds = {c["id"]: c["type"] for c in page["components"]}
    typed = [f for f in page["dependencies"] if [kinds[i] for i in f["inputs"]] == ["textbox"]]
    for event in (f for f in typed if f["backend_fn"]):
        session = f"half{event['id']}"
        asked = {"data": ["a\ud83d"], "fn_index": event["id"], "session_hash": session}
        headers = {"content-type": "application/json"}
        http.post("gradio_api/queue/join", content=json.dumps(asked), headers=headers)
        with http.stream(
            "GET", "gradio_api/queue/data", params={"session_hash": session}
        ) as answer:
            assert any("process_completed" in line for line in answer.iter_lines()), event
    assert len(typed) > 1 and "Traceback" not in "".join(capfd.readouterr())


def test_a_live_frame_is_drawn_and_what_is_none_is_left_to_gradio(http):
    parts = http.get("config").json()["components"]
    live = next(part for part in parts if part["props"].get("elem_id") == "live")
    scene = live["props"]["value"]["scene"] | {"model": "tiny-faces"}
    wish = {"data": scene, "component_id": live["id"], "fn_name": "frame", "session_hash": "me"}
    place = "gradio_api/component_server/"
    drawn = http.post(place, json=wish, headers={"accept-encoding": "gzip"})
    assert drawn.json()["src"].startswith("data:image/jpeg") and not drawn.json()["error"]
    assert "content-encoding" not in drawn.headers  # a JPEG cannot be made smaller
    assert http.post(place, json=wish | {"data": "none"}).json()["error"]
    for wrong in ({"fn_name": "postprocess"}, {"fn_name": None}, {"component_id": []}):
        assert http.post(place, json=wish | wrong).status_code in (400, 404, 422)
    abroad = {"origin": "https://example.org"}
    assert http.post(place, json=wish, headers=abroad).status_code == 403
