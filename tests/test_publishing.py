"""Publish from the tab Train: shown first, sent then, with a token that nobody keeps."""

import json

import hub
import pytest
from conftest import serving, tiny
from test_training import place  # noqa: F401 (a fixture)

from gan_demo import checkpoint
from gan_demo.tabs import serve
from train import publish

SAID = "#publish-said"


@pytest.fixture
def workshop(tmp_path):
    """With a paused training whose checkpoint is `mine`."""
    made = serve.workshop([str(tmp_path / "out")], True, tmp_path / "runs")
    checkpoint.save(tmp_path / "out/mine", tiny(), training={"images": 0})
    folder = tmp_path / "runs/mine"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"out": str(tmp_path / "out"), "end": 9}))
    moment = {"step": 5, "time": 1.0, "saved": {}}
    (folder / "progress.jsonl").write_text(json.dumps(moment) + "\n")
    return made


@pytest.fixture
def server(monkeypatch):
    """A Hub that this process sends to, on a machine where nobody is logged in."""
    with hub.serving() as there:
        monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
        real = publish.HfApi
        monkeypatch.setattr(publish, "HfApi", lambda **how: real(endpoint=there.url, **how))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield there


def test_what_would_be_sent_is_shown_first_and_the_token_is_kept_nowhere(
    page, workshop, server, tmp_path
):
    with serving(workshop.out, workshop) as url:
        page.goto(f"{url}?tab=train")
        page.click("#train-publish")
        page.fill("#publish-target textarea", "hub:me/cats")
        assert page.is_disabled("#publish-send")
        page.click("#publish-show")
        page.wait_for_selector(SAID)
        assert "model.safetensors" in page.inner_text(SAID) and not server.files
        page.click("#publish-send")
        page.get_by_text("Nobody is logged in").wait_for()
        page.fill("#publish-token input", hub.WRITER)
        page.click("#publish-send")
        page.get_by_text("It is at").wait_for()
        page.wait_for_function("document.querySelector('#publish-token input').value === ''")
    assert "model.safetensors" in server.files["me/cats"]
    kept = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert kept and not any(hub.WRITER.encode() in p.read_bytes() for p in kept)


def test_a_page_for_others_publishes_nothing(page, workshop):
    others = serve.workshop([str(workshop.out)], False, workshop.runs.folder)
    with serving(others.out, others) as url:
        page.goto(f"{url}?tab=train")
        page.wait_for_selector("#train-sheets", state="attached")
        page.wait_for_selector("#standing section")
        assert not page.is_visible("#train-publish")


@pytest.mark.parametrize("token", ["hf_x\ny", "hf x", "hf_ä"])
def test_a_token_that_is_none_is_not_repeated(token, tmp_path):
    with pytest.raises(publish.PublishError, match="This is no token") as told:
        publish.send(tmp_path, "me/cats", None, token)
    assert token not in str(told.value)
