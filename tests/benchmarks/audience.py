"""Load test: many users visit all pages of the app at once, some of them in real browsers.

    python -m tests.benchmarks.audience --artifacts artifacts --minutes 8 --train skipgram

It serves a copy of the artifacts, and prints views, errors, seconds per view and the memory of the
server. Users without a browser are websocket sessions, which need little of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright
from websockets.exceptions import ConnectionClosed

from core.config import TrainRequest
from core.jobs.training_queue import Queue
from core.runs.store import Store
from dashboard.pages import PAGES
from tests.benchmarks.app_client import AppClient
from tests.benchmarks.bench_app import FLAGS, App, crowding, serving, settle

# Seconds.
TIME_OUT = 120
BETWEEN_LOOKS = 5
BETWEEN_LINES = 30
# Views after which a user closes the tab and opens another.
VIEWS_A_SESSION = 12
# The share of the time after which caches are expected to be full.
WARM_UP = 0.25
ALERTS = "[data-testid=stException], [data-testid=stAlertContentError]"
# During the test, the same model is trained again and again, with new seeds.
FIRST_SEED, TRAININGS = 1_000, 20
Link = tuple[str, dict[str, str]]


class Look(NamedTuple):
    """The server at one moment: seconds since the start, MB held, processor seconds used."""

    seconds: float
    mb: float
    cpu: float


class Places:
    """The views of a data set: every page, with products and runs drawn at random."""

    def __init__(self, store: Store, dataset: str, seed: int = 0) -> None:
        self.rng = random.Random(seed)
        prepared = store.prepared(dataset)[0]
        split = store.load_split(dataset, prepared)
        self.ids = split.catalogue.frame["id"][split.seen].tolist()
        runs = store.finished_runs(dataset)
        self.mapped = [run.id for run in runs if run.map_stamp()]
        self.dataset = dataset

    def walk(self) -> Iterator[Link]:
        """Yield all views in a random order, again and again."""
        while True:
            links = self.links()
            self.rng.shuffle(links)
            yield from links

    def links(self) -> list[Link]:
        """Return a link to each view."""
        kinds: list[Link] = [("overview", {}), ("train", {}), ("about", {})]
        for look in ("relations", "network", "walk", "examples"):
            kinds.append(("data", {"look": look, "product": self.product()}))
        for part in ("results", "threshold", "curves", "learning", "slices", "settings"):
            kinds.append(("compare", {"part": part}))
        for part in ("matrix", "together", "why", "differ", "new"):
            kinds.append(("neighbours", {"near": part, "item": self.product()}))
        basket = ",".join(self.product() for _ in range(3))
        kinds.append(("neighbours", {"near": "basket", "item": self.product(), "basket": basket}))
        for by in ("cosine", "in-out"):
            kinds.append(("neighbours", {"by": by, "k": "20", "item": self.product()}))
        for colour in ("category_1", "brand", "price", "region"):
            kinds.append(("map", {"colour": colour, **self.runs(1)}))
        if len(self.mapped) > 1:
            kinds.append(("map", self.runs(2)))
        for scene in range(1, 7):
            kinds.append(("story", {"scene": str(scene)}))
        return [(page, {"data": self.dataset, **query}) for page, query in kinds]

    def product(self) -> str:
        """Return the id of a random product."""
        return self.rng.choice(self.ids)

    def runs(self, n: int) -> dict[str, str]:
        """Return the parameters that choose `n` random runs with maps, as far as there are any."""
        chosen = self.rng.sample(self.mapped, min(n, len(self.mapped)))
        return dict(zip(("of", "beside"), chosen))


@dataclass(frozen=True)
class Audience:
    """The number of users without a browser, the duration, and their mean pause in seconds."""

    people: int = 20
    minutes: float = 8
    pause: float = 20


@dataclass
class Tally:
    """Seconds of each view, by page, and errors."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def note(self, page: str, seconds: float, errors: list[str], link: str) -> None:
        """Note a view."""
        self.seconds.setdefault(page, []).append(seconds)
        self.errors += [f"{link}: {error}" for error in errors]

    def all(self) -> list[float]:
        """Return the seconds of all views without a browser, shortest first."""
        views = (found for page, found in self.seconds.items() if not page.startswith("browser"))
        return sorted(itertools.chain(*views))


async def person(address: str, places: Places, pause: float, tally: Tally) -> None:
    """Walk from view to view until cancelled."""
    rng = random.Random(places.rng.random())
    links = places.walk()
    await asyncio.sleep(rng.uniform(0, pause))
    while True:
        try:
            async with AppClient(address) as client:
                for link in itertools.islice(links, VIEWS_A_SESSION):
                    if not await _view(client, link, tally):
                        break
                    await client.linger(rng.uniform(0.5, 1.5) * pause)
        except (OSError, ConnectionClosed) as error:
            tally.errors.append(f"no connection: {error!r}")
            await asyncio.sleep(pause)


async def _view(client: AppClient, link: Link, tally: Tally) -> bool:
    """Open a link and record its time or error; return whether the session can continue."""
    page, query = link
    started, answers, errors = time.perf_counter(), True, []
    try:
        async with asyncio.timeout(TIME_OUT):
            errors = await client.view(page, query)
    except (TimeoutError, ConnectionClosed) as error:
        answers, errors = False, [repr(error)]
    tally.note(page, time.perf_counter() - started, errors, f"{page}?{urlencode(query)}")
    return answers


def browse(
    address: str, places: Places, pause: float, tally: Tally, ended: threading.Event
) -> None:
    """Walk all pages in a real browser until `ended`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        while not ended.is_set():
            page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
            page.set_default_timeout(TIME_OUT * 1000)
            for name, query in itertools.islice(places.walk(), VIEWS_A_SESSION):
                path = "" if name == PAGES[0].name else name
                link = f"{path}?{urlencode(query)}"
                started = time.perf_counter()
                errors = _browser_errors(page, f"{address}/{link}")
                tally.note(f"browser: {name}", time.perf_counter() - started, errors, link)
                if ended.wait(pause):
                    break
            page.context.close()
        browser.close()


def _browser_errors(page: Page, link: str) -> list[str]:
    try:
        page.goto(link)
        page.wait_for_selector("h1")
        settle(page)
        return page.locator(ALERTS).all_inner_texts()
    except PlaywrightError as error:
        return [str(error).splitlines()[0]]


def look_at(pid: int, started: float) -> Look:
    """Look at the server's process (Linux)."""
    folder = Path(f"/proc/{pid}")
    pages = int((folder / "statm").read_text().split()[1])
    # After the name, which may have spaces: the state, then ten fields up to the two of time.
    used = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
    cpu = sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
    return Look(time.monotonic() - started, pages * os.sysconf("SC_PAGE_SIZE") / 2**20, cpu)


async def watch(pid: int, tally: Tally, looks: list[Look]) -> None:
    """Append the server's memory to `looks` and print a line now and then, until cancelled."""
    started = time.monotonic()
    for number in itertools.count():
        looks.append(look_at(pid, started))
        if number % (BETWEEN_LINES // BETWEEN_LOOKS) == 0:
            views = sum(map(len, tally.seconds.values()))
            print(
                f"{looks[-1].seconds:5.0f} s  {views:5} views  {len(tally.errors)} errors  "
                f"{looks[-1].mb:6.0f} MB  load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
        await asyncio.sleep(BETWEEN_LOOKS)


async def walk(app: App, places: Places, audience: Audience, tally: Tally) -> list[Look]:
    """Run the sessions without browsers; return the server's load over time."""
    looks: list[Look] = []
    tasks = [asyncio.create_task(watch(app.pid, tally, looks))]
    for _ in range(audience.people):
        tasks.append(asyncio.create_task(person(app.address, places, audience.pause, tally)))
    done, _ = await asyncio.wait(
        tasks, timeout=60 * audience.minutes, return_when=asyncio.FIRST_EXCEPTION
    )
    for task in tasks:
        task.cancel()
    for task in done:  # none but a failed one
        task.result()
    return looks


def report(tally: Tally, looks: list[Look]) -> None:
    """Print the results."""
    print(f"\n{'page':24} {'views':>6} {'median':>8} {'95 %':>8} {'max':>8}  seconds")
    for page, found in [*sorted(tally.seconds.items()), ("all without browser", tally.all())]:
        if found:
            median, high, slowest = np.quantile(found, [0.5, 0.95, 1])
            print(f"{page:24} {len(found):6} {median:8.2f} {high:8.2f} {slowest:8.2f}")
    print(f"\n{len(tally.errors)} errors")
    for error in dict.fromkeys(tally.errors):
        print(f"  {error}")
    warm = [look.mb for look in looks if look.seconds >= WARM_UP * looks[-1].seconds]
    print(f"memory of the server: {looks[0].mb:.0f} MB at first, {warm[0]:.0f} MB when warm, "
          f"{warm[-1]:.0f} MB in the end, {max(warm):.0f} MB at most")  # fmt: skip
    views, cpu = sum(map(len, tally.seconds.values())), looks[-1].cpu - looks[0].cpu
    print(f"processor time of the server: {cpu:.0f} s, {cpu / max(views, 1):.2f} s per view")


def main() -> None:
    """Copy the artifacts, serve them, run the load test, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artifacts", type=Path, required=True)
    parser.add_argument("--dataset", default="demo")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--browsers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--pause", type=float, default=20, help="mean seconds between two views")
    parser.add_argument("--train", metavar="MODEL", help="train it all the while")
    chosen = parser.parse_args()
    audience = Audience(chosen.people, chosen.minutes, chosen.pause)
    with tempfile.TemporaryDirectory() as scratch:
        artifacts = Path(shutil.copytree(chosen.artifacts, Path(scratch) / "artifacts"))
        queue = Queue(Store(artifacts))
        places = Places(queue.store, chosen.dataset)
        tally, ended = Tally(), threading.Event()
        print(f"a second of one core's work takes {crowding():.2f} s")
        if chosen.train:
            for seed in range(FIRST_SEED, FIRST_SEED + TRAININGS):
                queue.add(TrainRequest(dataset=chosen.dataset, model=chosen.train, seed=seed))
            queue.start_worker()
        try:
            with serving(artifacts) as app, ThreadPoolExecutor(chosen.browsers or 1) as browsers:
                walks = [
                    browsers.submit(browse, app.address, places, chosen.pause, tally, ended)
                    for _ in range(chosen.browsers)
                ]
                try:
                    looks = asyncio.run(walk(app, places, audience, tally))
                finally:
                    ended.set()
                for browser in walks:
                    browser.result()
        finally:
            queue.stop()
            while queue.has_worker():
                time.sleep(0.2)
        report(tally, looks)
        print(f"a second of one core's work takes {crowding():.2f} s")


if __name__ == "__main__":
    main()
