"""Memory of the server during visits to every tab, each with a large photo.

    python -m benchmarks.visit [--checkpoints DIR ...] [--visits 2] [--pixels 49] [--rest 1.5]

Needs Linux, Playwright and a Chromium. A tab is done when the server has come to rest.
"""

import argparse
import contextlib
import shutil
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


def photo(folder: Path, kind: str, megapixels: float) -> Path:
    """A soft pattern, so that even as PNG it is small enough to be sent."""
    side = round((1e6 * megapixels) ** 0.5)
    small = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    pattern = PILImage.fromarray(small).resize((256, 256), PILImage.Resampling.BICUBIC)
    path = folder / f"photo.{kind}"
    options = {"compression": "tiff_deflate"} if kind == "tif" else {}
    pattern.resize((side, side), PILImage.Resampling.NEAREST).save(path, **options)
    return path


def rested(app: served.Served, rest: float) -> float:
    """Waits until the server has rested for so many seconds; the most memory seen, in MB."""
    most, calm, end = 0.0, time.monotonic(), time.monotonic() + served.PATIENCE
    while calm + rest > (now := time.monotonic()) and now < end:
        time.sleep(0.05)
        most = max(most, megabytes(app))
        if busy(app.process.pid):
            calm = time.monotonic()
    return most


def busy(pid: int) -> bool:
    """Whether a thread of it runs, or would if there were a free processor."""
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):  # the thread has ended
            if stat.read_text().rpartition(")")[2].split()[0] == "R":
                return True
    return False


def visit(page: Page, app: served.Served, slug: str, picture: Path, rest: float) -> float:
    """Opens a tab and gives it a photo where it takes one; the most memory meanwhile."""
    page.goto(f"{app.url}?tab={slug}")
    page.wait_for_selector("[role=tab][aria-selected=true]")
    most = rested(app, rest)
    field = page.locator("[role=tabpanel]:visible [data-testid=image] input[type=file]").first
    if field.count():
        field.set_input_files(picture)
        most = max(most, rested(app, rest))
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--visits", type=int, default=2)
    parser.add_argument("--pixels", type=float, default=49, help="millions of a photo")
    parser.add_argument("--rest", type=float, default=1.5, help="seconds; more on a busy machine")
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
        rested(app, asked.rest)
        print(f"{megabytes(app):.0f} MB before the first visit")
        for i in range(asked.visits):
            picture = photo(Path(folder), KINDS[i % len(KINDS)], asked.pixels)
            with browser.new_context() as context, context.new_page() as page:
                page.set_default_timeout(served.PATIENCE * 1000)
                for slug in slugs:
                    most = visit(page, app, slug, picture, asked.rest)
                    seen[slug].append(f"{megabytes(app):.0f}, at most {most:.0f}")
                    print(f"visit {i + 1}, {slug}: {seen[slug][-1]} MB", flush=True)
        browser.close()
    head = ["memory of the server after", *(f"visit {i + 1}, MB" for i in range(asked.visits))]
    print(served.table(head, [[slug, *cells] for slug, cells in seen.items()]))


if __name__ == "__main__":
    main()
