"""Memory of the server during visits to every tab, each with a large photo.

    python -m benchmarks.visit [--checkpoints DIR ...] [--visits 2] [--pixels 49] [--stay 5]

Needs Playwright and a Chromium. In each tab a visitor stays for some seconds before the photo is
given, and after, and until the server has answered.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image as PILImage
from playwright.sync_api import Page, sync_playwright

from benchmarks import served
from benchmarks.memory import megabytes
from gan_demo import tabs

KINDS = "png", "jpg", "tif"
QUIET, IDLE = 3, 0.06  # seconds; share of a core that a server takes which has nothing to do


def photo(folder: Path, kind: str, megapixels: float) -> Path:
    """A soft pattern, so that even as PNG it is small enough to be sent."""
    side = round((1e6 * megapixels) ** 0.5)
    small = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    pattern = PILImage.fromarray(small).resize((256, 256), PILImage.Resampling.BICUBIC)
    path = folder / f"photo.{kind}"
    options = {"compression": "tiff_deflate"} if kind == "tif" else {}
    pattern.resize((side, side), PILImage.Resampling.NEAREST).save(path, **options)
    return path


def watched(app: served.Served, seconds: float) -> float:
    """The most memory in so many seconds, and until the server has nothing to do, in MB."""
    most, end, busy = 0.0, time.monotonic() + seconds, True
    while busy or time.monotonic() < end:
        before, until = worktime(app), time.monotonic() + QUIET
        while time.monotonic() < until:
            most = max(most, megabytes(app))
            time.sleep(0.05)
        busy = worktime(app) - before > IDLE * QUIET
    return most


def worktime(app: served.Served) -> float:
    """Processor time of the server until now, in seconds."""
    spent = app.process.cpu_times()
    return spent.user + spent.system


def bare() -> float:
    """Memory that PyTorch takes as it is installed here, in MB; builds differ by hundreds."""
    program = "import torch, psutil; print(psutil.Process().memory_info().rss / 1e6)"
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def visit(page: Page, app: served.Served, slug: str, picture: Path, stay: float) -> float:
    """Opens a tab and gives it a photo where it takes one; the most memory meanwhile."""
    page.goto(f"{app.url}?tab={slug}")
    page.wait_for_selector("[role=tab][aria-selected=true]")
    most = watched(app, stay)
    field = page.locator("[role=tabpanel]:visible [data-testid=image] input[type=file]").first
    if field.count():
        field.set_input_files(picture)
        most = max(most, watched(app, stay))
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--visits", type=int, default=2)
    parser.add_argument("--pixels", type=float, default=49, help="millions of a photo")
    parser.add_argument("--stay", type=float, default=5, help="seconds, at least")
    asked = parser.parse_args()
    print(served.machine())
    slugs = [tab.SLUG for tab in tabs.ALL if tab is not tabs.train]
    seen: dict[str, list[str]] = {slug: [] for slug in slugs}
    with (
        tempfile.TemporaryDirectory() as folder,
        served.checkpoints(asked.checkpoints) as sources,
        served.app(sources) as app,
        sync_playwright() as playwright,
    ):
        found = shutil.which("chromium") or shutil.which("google-chrome")
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=found, args=options)
        watched(app, asked.stay)
        told = f"{megabytes(app):.0f} MB before the first visit"
        print(f"{told}; a process that has done nothing but import torch takes {bare():.0f} MB")
        for i in range(asked.visits):
            picture = photo(Path(folder), KINDS[i % len(KINDS)], asked.pixels)
            with browser.new_context() as context:
                context.set_default_timeout(served.PATIENCE * 1000)
                for slug in slugs:
                    with context.new_page() as page:
                        most = visit(page, app, slug, picture, asked.stay)
                        seen[slug].append(f"{megabytes(app):.0f}, at most {most:.0f}")
                    print(f"visit {i + 1}, {slug}: {seen[slug][-1]} MB", flush=True)
        browser.close()
    head = ["memory of the server after", *(f"visit {i + 1}, MB" for i in range(asked.visits))]
    print(served.table(head, [[slug, *cells] for slug, cells in seen.items()]))


if __name__ == "__main__":
    main()
