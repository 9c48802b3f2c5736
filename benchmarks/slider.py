"""How fast a picture follows a dragged slider, in a real browser with a real mouse.

    python -m benchmarks.slider [--checkpoints DIR ...] [--people 1 4] [--seconds 5] [--training]

An event counts from the moment the browser received it to the first frame after the picture
that answers it was decoded. Needs Playwright and a Chromium. With `--training` a training runs
beside it, started as the tab Train does.
"""

import argparse
import asyncio
import contextlib
import math
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image as PILImage
from playwright.async_api import Browser, Page, async_playwright

from benchmarks import served
from gan_demo.actions.train import course
from gan_demo.actions.train.plan import Plan
from gan_demo.actions.train.runs import Runs

RATE = 60  # moves a second, as a mouse sends them
WATCH = """
(() => {
  const live = window.live = {moves: 0, shown: [], asked: new Map()};
  let moved = 0;
  document.addEventListener('input', e => { moved = e.timeStamp; live.moves++; }, true);
  const ask = window.fetch;
  window.fetch = async (url, options) => {
    const when = moved, answer = await ask(url, options);
    if (String(url.url ?? url).includes('component_server')) {
      const at = JSON.parse(options.body).data.at;
      live.asked.set((await answer.clone().json()).src, {when, at});
    }
    return answer;
  };
  document.addEventListener('load', e => {
    const asked = live.asked.get(e.target.src);
    if (asked) requestAnimationFrame(() => {
      live.shown.push(performance.now() - asked.when);
      live.at = asked.at;
    });
  }, true);
})();
"""


async def opened(browser: Browser, url: str) -> Page:
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(served.PATIENCE * 1000)
    await page.add_init_script(WATCH)
    await page.goto(url + "?tab=interpolate")
    await page.wait_for_function("document.querySelector('#live img')?.naturalWidth > 1")
    await page.locator("#t input[type=range]").scroll_into_view_if_needed()
    await page.wait_for_timeout(1000)
    return page


async def drag(page: Page, seconds: float) -> tuple[float, list[float]]:
    """Back and forth over the slider: pictures a second, and each one's latency in ms."""
    box = await page.locator("#t input[type=range]").bounding_box()
    assert box
    middle, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(middle, y)
    await page.mouse.down()
    await page.evaluate("live.shown = []")
    start = time.monotonic()
    for step in range(round(seconds * RATE)):
        x = middle + 0.48 * box["width"] * math.sin(2 * math.pi * step / RATE / 2)
        await asyncio.sleep(max(0, start + step / RATE - time.monotonic()))
        await page.mouse.move(x, y)
    shown = await page.evaluate("live.shown")
    rate = len(shown) / (time.monotonic() - start)
    await page.mouse.up()
    return rate, shown


async def lost(page: Page, flicks: int) -> int:
    """Quick flicks after which the picture is not the one of the slider's last position."""
    box, count, rng = await page.locator("#t input[type=range]").bounding_box(), 0, random.Random(0)
    assert box
    y = box["y"] + box["height"] / 2
    for _ in range(flicks):
        await page.mouse.move(box["x"] + box["width"] * rng.random(), y)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * rng.random(), y, steps=3)
        await page.mouse.up()
        await page.wait_for_timeout(700)
        last = await page.evaluate("+document.querySelector('#t input[type=range]').value")
        count += await page.evaluate("live.at?.[0]") != last
    return count


@contextlib.contextmanager
def training() -> Iterator[None]:
    """An O-GAN learns 64 pictures of noise, from its first step on and until it is killed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "pictures").mkdir()
        for i in range(64):
            noise = np.random.default_rng(i).integers(0, 255, (64, 64, 3), np.uint8)
            PILImage.fromarray(noise).save(place / f"pictures/{i}.png")
        made = Plan(
            "O-GAN, other",
            (f"folder:{place}/pictures",),
            "beside",
            pictures=64,
            out=place / "out",
            runs=place / "runs",
            steps=10**6,
            sheet=10**5,
        )
        runs = Runs(made.runs)
        runs.start(made.words, made.name)
        while not course.read(made.runs / made.name).step:
            if not runs[made.name].busy:
                raise SystemExit(f"The training ended: {runs[made.name].said}")
            time.sleep(1)
        try:
            yield
        finally:
            runs.pause(made.name)
            while runs[made.name].busy:
                time.sleep(1)


async def measure(url: str, people: int, seconds: float, flicks: int) -> list[str]:
    """One row of the table; for several people the slowest rate and all their latencies."""
    async with async_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("google-chrome")
        options = ["--no-sandbox", "--disable-gpu"]
        browser = await playwright.chromium.launch(executable_path=found, args=options)
        pages = [await opened(browser, url) for _ in range(people)]
        drags = await asyncio.gather(*(drag(page, seconds) for page in pages))
        missed = await lost(pages[0], flicks)
        await browser.close()
    latencies = sorted(ms for _, shown in drags for ms in shown)
    slow = latencies[int(0.95 * len(latencies))]
    return [
        str(people),
        f"{min(rate for rate, _ in drags):.0f}",
        f"{statistics.median(latencies):.0f} ms",
        f"{slow:.0f} ms",
        f"{missed} of {flicks}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", nargs="+", default=[], metavar="SOURCE")
    parser.add_argument("--people", nargs="+", type=int, default=[1, 4])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--flicks", type=int, default=20)
    parser.add_argument("--training", action="store_true", help="with a training beside it")
    asked = parser.parse_args()
    print(served.machine())
    beside = training() if asked.training else contextlib.nullcontext()
    with served.checkpoints(asked.checkpoints) as sources, served.app(sources) as app, beside:
        rows = [
            asyncio.run(measure(app.url, people, asked.seconds, asked.flicks))
            for people in asked.people
        ]
    head = ["people dragging", "pictures/s (slowest)", "median latency", "95 %", "last value lost"]
    print(served.table(head, rows))


if __name__ == "__main__":
    main()
