"""The speed of the dashboard in a real browser, compared with its limits.

    python -m tests.benchmarks.bench_app --folder FOLDER
    python -m tests.benchmarks.bench_app --artifacts artifacts --dataset demo

The first makes a shop of 400,000 products in FOLDER (once); the second uses existing artifacts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

from core.runs.store import Store
from tests.benchmarks import shop
from tests.benchmarks.contest import Contestant, Done, Stage

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PAGES = ("Data and walks", "Train", "Compare", "Neighbours", "Map", "About the method", "Overview")
PRODUCTS, PAIRS = 400_000, 4_000_000
# The first reads the files of all packages from the disk.
STARTS = 3
# Seconds.
LIMITS = {"start to first paint": 2.5, "first paint": 2.5, "page switch": 1.0, "look-up": 0.5,
          "search": 0.4, "map": 3.0, "recolour": 1.0}  # fmt: skip
DONE = "document.querySelector('[data-test-script-state=notRunning]')"
# The groups of a map, which its colouring makes.
GROUPS = """() => {
    const plot = document.querySelector('.js-plotly-plot');
    return plot && plot._fullData ? plot._fullData.map(trace => trace.name).join() : '';
}"""
# The app's state as it changes: polling would miss a short run.
COUNT_RUNS = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    window.runs = 0; window.running = false;
    if (window.watching) window.watching.disconnect();
    window.watching = new MutationObserver(() => {
        window.running = app.dataset.testScriptState !== 'notRunning';
        if (window.running) window.runs += 1;
    });
    window.watching.observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
}"""
DRAWN = """() => {
    const plot = document.querySelector('.js-plotly-plot');
    return plot && plot._fullData && plot.querySelector('.gl-container canvas')
        && plot._fullData.reduce((n, trace) => n + (trace.x ? trace.x.length : 0), 0) > 10
        && document.querySelector('[data-test-script-state=notRunning]') !== null;
}"""


class App(NamedTuple):
    """A running app: its address, and the id of the server's process."""

    address: str
    pid: int


@contextlib.contextmanager
def serving(artifacts: Path) -> Iterator[App]:
    """Start the app and yield it once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py"),
         "--server.port", str(port), "--server.address", "127.0.0.1",
         # An edit of the sources meanwhile would reload them under the sessions.
         "--server.fileWatcherType", "none"],
        cwd=ROOT, env={**os.environ, "ARTIFACTS_DIR": str(artifacts)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address):
            time.sleep(0.02)
        yield App(address, process.pid)
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
    except OSError:
        return False
    return True


class Watch:
    """What was measured, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def note(self, name: str, started: float) -> None:
        """Record the time since `started`."""
        self.seconds.setdefault(name, []).append(time.perf_counter() - started)

    def print(self) -> None:
        """Print every measure with its limit."""
        for name, found in self.seconds.items():
            limit = next((value for head, value in LIMITS.items() if name.startswith(head)), None)
            said = f"under {limit:g} s" if limit else ""
            middle = statistics.median(found)
            verdict = "" if limit is None else "ok" if middle < limit else "MISSED"
            print(
                f"{name:42} {middle:7.2f} s  (worst of {len(found)}: {max(found):.2f})  "
                f"{said:13} {verdict}"
            )


def crowding() -> float:
    """Return how long a second of work takes: more than 1 if others use the cores."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 1:
        sum(range(10_000))
    return time.perf_counter() - wall


def settle(page) -> None:
    """Wait until the app has drawn everything."""
    page.wait_for_function(f"() => {DONE} !== null", timeout=300_000)


def open_page(page, title: str) -> None:
    """Click a page in the list and wait until it is drawn."""
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for(timeout=300_000)
    settle(page)


def measure(browser, address: str, dataset: str, watch: Watch) -> None:
    """Use the app like a person, and record the time of each step."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(300_000)
    started = time.perf_counter()
    page.goto(f"{address}/?data={dataset}")
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    watch.note("first paint", started)
    page.locator("[data-testid=stMetric]").first.wait_for()
    watch.note("its figures, nothing cached", started)
    settle(page)
    watch.note("all of the page, nothing cached", started)
    for title in PAGES:
        open_page(page, title)
    for _ in range(3):
        for title in PAGES:
            started = time.perf_counter()
            open_page(page, title)
            watch.note(f"page switch: {title}", started)
            page.wait_for_timeout(500)
    neighbours(page, watch)
    maps(page, watch)


def neighbours(page, watch: Watch) -> None:
    """Look products up in four models, and search while typing."""
    open_page(page, "Neighbours")
    for _ in range(6):
        before = page.url
        page.evaluate(COUNT_RUNS)
        started = time.perf_counter()
        page.get_by_role("button", name="Surprise me").click()
        page.wait_for_function(
            "was => location.href !== was && window.runs > 0 && window.running === false",
            arg=before,
        )
        watch.note("look-up, four models", started)
        page.wait_for_timeout(400)
    search = page.get_by_label("Find a product")
    for words in ("wireless", "usb charger", "brand 7 speaker", "milk", "organic", "chee"):
        search.press_sequentially(words[:-1], delay=60)
        page.wait_for_timeout(900)
        page.evaluate(COUNT_RUNS)
        started = time.perf_counter()
        search.press(words[-1])
        # A run whose start and end arrive at the browser together is not seen.
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_function(
                "() => window.runs > 0 && window.running === false", timeout=15_000
            )
            watch.note("search, from the last key", started)
        search.fill("")
        page.wait_for_timeout(700)


def maps(page, watch: Watch) -> None:
    """Open the map and colour it."""
    open_page(page, "Overview")
    for _ in range(3):
        started = time.perf_counter()
        page.get_by_role("link", name="Map", exact=True).click()
        page.wait_for_function(DRAWN)
        watch.note("map drawn", started)
        open_page(page, "Overview")
    page.get_by_role("link", name="Map", exact=True).click()
    page.wait_for_function(DRAWN)
    for name in ("Brand", "Price", "Category, level 1", "Brand", "Price", "Category, level 1"):
        before = page.evaluate(GROUPS)
        page.get_by_label("Colour").click()
        started = time.perf_counter()
        page.get_by_role("option", name=name, exact=True).click()
        page.wait_for_function(f"was => ({GROUPS})() !== was && {DONE} !== null", arg=before)
        watch.note("recoloured", started)
        page.wait_for_timeout(500)


def watched(artifacts: Path, dataset: str) -> Watch:
    """Start a browser and, several times, the app; take all measurements and return them."""
    watch = Watch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            for start in range(STARTS):
                started = time.perf_counter()
                with serving(artifacts) as (address, _):
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    page.goto(f"{address}/?data={dataset}")
                    page.get_by_role("heading", name="Overview", level=1).wait_for()
                    watch.note("start to first paint", started)
                    page.close()
                    if start == STARTS - 1:
                        measure(browser, address, dataset, watch)
            browser.close()
        finally:
            watch.print()
    return watch


def stages(size, graph, workers: int) -> Iterator[Stage]:
    """Yield a stage for each measure of the app on a shop of 400,000 products."""
    if shutil.which("chromium") is None:
        yield Stage("app", "", [Contestant("ours", missing="there is no Chromium")])
        return
    with tempfile.TemporaryDirectory() as scratch:
        shop.make(Store(Path(scratch)), PRODUCTS, PAIRS)
        before = crowding()
        watch = watched(Path(scratch), shop.DATASET)
    for name, found in watch.seconds.items():
        note = f"worst of {len(found)}: {max(found):.2f} s; a second of work took {before:.2f} s"
        done = Done(1, statistics.median(found), note=note)
        yield Stage(f"app: {name}", "", [Contestant("ours", lambda done=done: done, once=True)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where the generated shop is kept")
    parser.add_argument("--artifacts", type=Path, help="measure these artifacts instead")
    parser.add_argument("--dataset", default=shop.DATASET)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        artifacts = chosen.artifacts or chosen.folder or Path(scratch)
        if chosen.artifacts is None:
            shop.make(Store(artifacts), chosen.products, chosen.pairs)
        before = crowding()
        try:
            watched(artifacts, chosen.dataset)
        finally:
            print(
                f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores; a second of one core's "
                f"work took {before:.2f} s before and {crowding():.2f} s after"
            )


if __name__ == "__main__":
    main()
