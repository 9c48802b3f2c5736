"""Files stay while a page has them, and no longer."""

import datetime
import os
import subprocess
import tempfile
from pathlib import Path

import gradio as gr
from gradio.route_utils import delete_files_created_by_app

from gan_demo.files import temporary
from gan_demo.ui.page import Page


def test_what_open_pages_have_stays_however_old_it_is(tmp_path):
    names = ["first", "chosen instead", "drawn", "forgotten", "of a page that was closed"]
    files = {name: tmp_path / name for name in names}
    with Page() as demo:
        photo, sheet = gr.Image(), gr.Gallery()
        demo.keep(gr.HTML())
    for file in files.values():
        file.touch()
        demo.upload_file_set.add(str(file))

    def sent(name):
        return {"path": str(files[name]), "meta": {"_type": "gradio.FileData"}}

    held, sessions = demo.lanes.held, demo.state_holder
    for session in ("open", "closed"):
        assert sessions[session]
    held.note("open", [photo], [sent("first")])
    held.note("open", [photo, sheet], [sent("chosen instead"), [{"image": sent("drawn")}]])
    held.note("open", [photo], [{"__type__": "update", "visible": False}])
    held.note("closed", [photo], [sent("of a page that was closed")])
    sessions["closed"].is_closed = True
    sessions.time_last_used["closed"] -= datetime.timedelta(hours=2)
    delete_files_created_by_app(demo, age=0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["chosen instead", "drawn"]
    held.note("open", [photo], [None])
    delete_files_created_by_app(demo, age=0)
    assert [p.name for p in tmp_path.iterdir()] == ["drawn"]
    demo._queue.close()
    delete_files_created_by_app(demo, age=None)
    assert not list(tmp_path.iterdir())


def test_the_folder_of_a_server_that_was_killed_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead, alive = (tmp_path / f"gan-demo-{pid}-abc" for pid in (ended.pid, os.getppid()))
    for folder in (dead, alive, tmp_path / "gan-demo-trial-abc"):
        folder.mkdir()
    made = Path(temporary.folder())
    assert made.is_dir() and alive.is_dir() and (tmp_path / "gan-demo-trial-abc").is_dir()
    assert not dead.exists()
