import time

import gradio as gr
import gradio_client
import numpy as np
from drawn import scene
from PIL import Image as PILImage

from gan_demo.studio import Studio
from gan_demo.ui import history
from gan_demo.ui.shell import Shell


def shown(grey: int) -> np.ndarray:
    return np.full((8, 8, 3), grey, np.uint8)


def test_newest_first_and_no_more_than_fit():
    entries = []
    for i in range(history.KEPT + 3):
        entries = history.add(entries, "sample", {"seed": i}, shown(i * 16), f"seed {i}")
    assert [e.settings["seed"] for e in entries] == list(range(14, 2, -1))


def test_showing_the_same_again_moves_it_to_the_front():
    entries = history.add([], "sample", {"seed": 1}, shown(0), "seed 1")
    entries = history.add(entries, "sample", {"seed": 2}, shown(99), "seed 2")
    entries = history.add(entries, "sample", {"seed": 1}, shown(0), "seed 1")
    assert [e.caption for e in entries] == ["seed 1", "seed 2"]


def test_large_photos_are_kept_small_and_with_what_they_carry():
    photo = PILImage.new("RGB", (4000, 2000))
    photo.info["gan-demo"] = "kept"
    [entry] = history.add([], "reconstruct", {"photo": photo}, photo, "photo")
    kept = entry.restored()["photo"]
    assert kept.size == (1024, 512) and kept.info["gan-demo"] == "kept"
    assert photo.size == (4000, 2000)


def test_a_photo_is_kept_once_and_pressed():
    photo, entries = scene((60, 40, 260)).resize((1024, 1024)), []
    for i in range(history.KEPT):
        entries = history.add(entries, "edit", {"photo": photo.copy()}, shown(i * 16), f"{i}")
    assert len({id(entry.settings["photo"]) for entry in entries}) == 1
    assert len(entries[0].settings["photo"].file) < 1024 * 1024 * 3 / 10
    small = photo.resize((300, 200))
    [entry] = history.add([], "edit", {"photo": small}, shown(0), "small")
    assert entry.restored()["photo"].tobytes() == small.tobytes()


def test_captions_are_text():
    page = history.render(history.add([], "sample", {}, shown(0), "<script>"))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_forged_click_picks_nothing():
    entries = history.add([], "sample", {}, shown(0), "seed 0")
    for data in ({"key": "5"}, {"key": -1}, {"key": None}, {"index": 0}, {"key": []}, {}, None):
        assert history.pick(entries, gr.EventData(None, data)) is None


def test_a_click_means_what_was_clicked_although_something_newer_came():
    [clicked] = entries = history.add([], "sample", {}, shown(0), "seed 0")
    entries = history.add(entries, "sample", {}, shown(9), "seed 1")
    assert f'data-key="{clicked.key}"' in history.render(entries)
    assert history.pick(entries, gr.EventData(None, {"key": clicked.key})) is clicked


def test_what_two_tabs_show_at_the_same_time_is_kept(monkeypatch):
    monkeypatch.setattr("gan_demo.ui.lately.PRIVATE", {})  # so that the client may call them

    def slowly(name: str) -> history.Thumb:
        time.sleep(0.3)
        return shown(0), name

    with gr.Blocks() as demo:
        shell = Shell(Studio([]))
        for slug in ("sample", "translate"):
            name = gr.Textbox()
            shell.place(slug, name=name)
            shell.remember(slug, gr.Button().click(lambda: None), slowly, [name])
        shell.lately.strip.render()
    _, url, _ = demo.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
    try:
        client = gradio_client.Client(url, verbose=False)
        jobs = [client.submit(*"aa", api_name="/keep"), client.submit(*"bb", api_name="/keep_1")]
        strips = [job.result()[0] for job in jobs]  # beside it, what the browser keeps
    finally:
        demo.close(verbose=False)
    assert max(strip.count("data-key") for strip in strips) == 2
