"""Every tab as a person sees it on a phone, a tablet and a desk: pictures, and a table of how the
page behaves.

    python -m benchmarks.screenshots OUT [--checkpoints DIR ... | --url URL]
        [--tabs sample edit ...] [--widths 390 820 1280] [--themes light dark]

OUT gets WIDTH-TAB.png and WIDTH-TAB-dark.png. Needs Playwright and a Chromium.
"""

import argparse
import contextlib
import shutil
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import served
from gan_demo import tabs

WIDTHS = {390: 844, 820: 1180, 1280: 800}  # pixels, with the height of such a window
QUIET = 3000  # ms without a change: the tab has been drawn
WATCH = """
window.seen = {changed: performance.now(), shift: 0};
new MutationObserver(() => { seen.changed = performance.now(); })
  .observe(document, {subtree: true, childList: true, attributeFilter: ['src']});
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) seen.shift += entry.value;
})).observe({type: 'layout-shift', buffered: true});
"""
STILL = f"performance.now() - seen.changed > {QUIET} && document.querySelector('[role=tab]')"
FACTS = """() => {
  const root = document.scrollingElement;
  return [root.scrollHeight, root.scrollWidth - innerWidth, seen.shift.toFixed(2)];
}"""


def opened(
    browser: Browser, url: str, slug: str, width: int, theme: str
) -> tuple[Page, CDPSession]:
    """The tab by its link, drawn, and what measures it."""
    size = {"width": width, "height": WIDTHS.get(width, 900)}
    touch = width < 720
    page = browser.new_page(viewport=size, has_touch=touch, is_mobile=touch)  # type: ignore[arg-type]
    page.set_default_timeout(served.PATIENCE * 1000)
    page.add_init_script(WATCH)
    measured = page.context.new_cdp_session(page)
    measured.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(f"{url}?tab={slug}&__theme={theme}")
    page.wait_for_function(STILL)
    return page, measured


def scripted(measured: CDPSession) -> str:
    """How long the scripts of the page computed, in seconds of its thread."""
    known = {m["name"]: m["value"] for m in measured.send("Performance.getMetrics")["metrics"]}
    return f"{known['ScriptDuration']:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--checkpoints", nargs="+", default=["checkpoints"], metavar="SOURCE")
    parser.add_argument("--url", help="of an app that runs already")
    parser.add_argument("--tabs", nargs="+", default=[tab.SLUG for tab in tabs.ALL])
    parser.add_argument("--widths", nargs="+", type=int, default=list(WIDTHS))
    parser.add_argument("--themes", nargs="+", default=["light"], choices=["light", "dark"])
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    rows = []
    with contextlib.ExitStack() as stack, sync_playwright() as playwright:
        url = asked.url or stack.enter_context(served.app(asked.checkpoints)).url
        found = shutil.which("chromium") or shutil.which("google-chrome")
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=found, args=options)
        for width in asked.widths:
            for slug in asked.tabs:
                for theme in asked.themes:
                    page, measured = opened(browser, url, slug, width, theme)
                    name = f"{width}-{slug}{'-dark' if theme == 'dark' else ''}"
                    busy = scripted(measured)
                    page.screenshot(path=asked.out / f"{name}.png", full_page=True)
                    rows.append([name, *page.evaluate(FACTS), busy])
                    page.close()
        browser.close()
    facts = "height, px", "wider than the window, px", "layout shift", "seconds of scripts"
    print(served.table(["page", *facts], rows))


if __name__ == "__main__":
    main()
