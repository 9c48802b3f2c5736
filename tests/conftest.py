"""One small untrained O-GAN, the app around it, and a browser: what the app's tests share."""

import contextlib
import json
import os
import shutil
import tempfile
import time
from importlib.util import find_spec
from urllib.parse import urlsplit

# read when gradio and huggingface_hub are imported
os.environ.update(
    GRADIO_ANALYTICS_ENABLED="False",
    # the first that it tries: another for each process of pytest-xdist, gw0, gw1, ...
    GRADIO_SERVER_PORT=f"{7860 + 100 * int(os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:])}",
    GRADIO_TEMP_DIR=tempfile.mkdtemp(),
    HF_HUB_OFFLINE="1",
)

import gradio_client
import numpy as np
import pytest
import torch
from PIL import Image as PILImage

from gan_demo import checkpoint, features, systems

torch.set_num_threads(1)
RULER = json.loads((features.needed(1) / features.CONFIG).read_text())["name"]  # of grey pictures
PATIENCE = 120  # seconds until a state must have come about: a busy machine takes its time
HEARD = pytest.StashKey[list[str]]()  # by a test: what its page complained of


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: drives Chromium; set for who uses its fixtures")


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Of a browser test that fails, what its page showed and complained of."""
    report = yield
    if report.failed and call.when == "call" and HEARD in item.stash:
        window = item._request.getfixturevalue("page")
        with contextlib.suppress(Exception):  # of one that is gone there is nothing to say
            shown = f"{window.url}\n{window.inner_text('body', timeout=5000)[:3000]}"
            report.sections.append(("What the page showed", shown))
        report.sections.append(("What it complained of", "\n".join(item.stash[HEARD])))
    return report


def tiny(**options) -> systems.System:
    """An O-GAN small enough for a test, the same on every call."""
    torch.manual_seed(0)
    small = {"size": 32, "channels": 1, "z_dim": 8}
    width = {"generator": {"width": 4}, "encoder": {"width": 4}}
    system = systems.make("ogan", **(small | width | options))
    with torch.no_grad():  # a generator fresh from the start draws plain grey
        for weight in system.G.parameters():
            weight.mul_(8 if weight.dim() > 1 else 1)
    return system


def until(state, what: str = "it never came about") -> None:
    """Waits for a state."""
    end = time.monotonic() + PATIENCE
    while not state():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def result(work):
    """What a generator returns, whatever it yields."""
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """A folder with one good checkpoint, `tiny-faces`, and one damaged, `broken`."""
    folder = tmp_path_factory.mktemp("checkpoints")
    faces = tiny()
    faces.centre = faces.prior(1, 99)
    checkpoint.save(folder / "tiny-faces", faces, training={"images": 0})
    checkpoint.save(folder / "broken", tiny(), training={"images": 0})
    weights = folder / "broken" / checkpoint.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:100])
    return folder


@contextlib.contextmanager
def serving(folder, training=None):
    """The address of the app, served for the checkpoints in a folder."""
    from gan_demo.tabs import serve
    from gan_demo.ui import agents

    demo = serve.build([str(folder)], training=training)
    tools = find_spec("mcp") is not None and agents.ready()
    options = {"server_name": "127.0.0.1", "prevent_thread_lock": True, "quiet": True}
    _, url, _ = demo.launch(**options, **serve.launch_options(tools=tools, training=training))
    try:
        yield url
    finally:
        demo.close(verbose=False)


@pytest.fixture(scope="session")
def app_url(checkpoints):
    with serving(checkpoints) as url:
        yield url


@pytest.fixture(scope="session")
def client(app_url):
    return gradio_client.Client(app_url, verbose=False)


@pytest.fixture(scope="session")
def browser():
    driver = pytest.importorskip("playwright.sync_api", reason="browser tests drive Chromium")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("browser tests need a Chromium, which a bare machine may lack")
    with driver.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def window(browser):
    """One for all tests: Chromium needs as long for another as for the app in it."""
    with browser.new_context() as context:
        context.set_default_timeout(1000 * PATIENCE)
        yield context.new_page()


@pytest.fixture
def page(window, request):
    """The page, and nothing kept of what stood there before. Fails the test when it asks more than
    one server for anything."""
    asked, heard = set(), request.node.stash.setdefault(HEARD, [])

    def note(request):
        address = urlsplit(request.url)
        if address.scheme.startswith("http"):
            asked.add(f"{address.scheme}://{address.netloc}")

    window.set_viewport_size({"width": 1280, "height": 900})
    told = {
        "request": note,
        "requestfailed": lambda one: heard.append(f"failed: {one.url} {one.failure}"),
        "pageerror": lambda error: heard.append(str(error)),
        "console": lambda said: heard.append(f"{said.type}: {said.text}"),
    }
    for event, listener in told.items():
        window.on(event, listener)
    yield window
    for event, listener in told.items():
        window.remove_listener(event, listener)
    window.unroute_all()
    window.goto("about:blank")
    window.mouse.move(0, 0)
    window.context.clear_cookies()
    browser = window.context.new_cdp_session(window)
    for origin in asked:
        browser.send(
            "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"}
        )
    browser.detach()
    assert len(asked) <= 1


@pytest.fixture
def home(page, app_url):
    """The app, opened without a link."""
    page.goto(app_url)
    return page


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """A folder of fourteen, and a cache of their own."""
    monkeypatch.setenv("GAN_DEMO_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(14):
        soft = rng.integers(0, 255, (4, 4), np.uint8)
        PILImage.fromarray(soft).resize((40, 48)).save(folder / f"{i}.png")
    return folder
