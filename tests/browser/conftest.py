"""The app behind a real server, driven through a system Chromium; skipped where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from core.config import SplitRequest
from core.data.raw_data import RawData
from core.pipeline.preparation import prepare
from core.pipeline.train_run import train
from core.runs.store import Store
from tests.maps import lay_out
from tests.shops import ONE_WORKER, planned, trained, write_edge_list

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Streamlit first requests these below the page's own path, where they are missing.
PROBES = ("_stcore/health", "_stcore/host-config")
# Far more than anything takes on a busy machine.
PATIENCE_MS = 180_000
TINY = {"dim": 8, "epochs": 2, "points_per_epoch": 2}
# Tags are removed as a file is read; this stays, and Markdown would interpret it.
HOSTILE = (
    "**bold** $x^2$ :red[Gadget] [link](http://x) `code` 1 < 2 &amp;lt;b www.evil.example "
    "https://evil.example/x a@evil.example a -> b"
)
QUIET = """() => {
    const app = document.querySelector('[data-testid=stApp]'), now = performance.now();
    // The browser fetches the code of a kind of element as the first of it is drawn.
    const loads = document.querySelector('[data-testid=stSkeleton]') !== null;
    const busy = app === null || app.dataset.testScriptState !== 'notRunning' || loads;
    if (busy || !window.busyAt) window.busyAt = now;
    return now - window.busyAt > 400;
}"""


@pytest.fixture(scope="session")
def browser():
    """A Chromium of the system."""
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if path is None:
        pytest.skip("no Chromium is installed here")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Servers:
    """Apps behind real servers, each on its own artifacts folder."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen] = {}
        self.outputs = tempfile.TemporaryDirectory()

    def start(self, artifacts: Path) -> str:
        """Start the app and return its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [
            sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py"),
            "--server.port", str(port), "--server.address", "127.0.0.1",
        ]  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        with self.output(address).open("w") as output:
            self.running[address] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "ARTIFACTS_DIR": str(artifacts)},
                stdout=output,
                stderr=output,
            )
        for _ in range(PATIENCE_MS // 100):
            assert self.running[address].poll() is None, self.output(address).read_text()
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
                return address
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def output(self, address: str) -> Path:
        """Return the file with what the app has printed."""
        return Path(self.outputs.name) / address.rpartition(":")[2]

    def stop(self, address: str) -> str:
        """Stop the app at `address` as Ctrl-C does; return its output."""
        server = self.running.pop(address)
        server.send_signal(signal.SIGINT)
        server.wait(timeout=PATIENCE_MS / 1000)
        return self.output(address).read_text()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Start and stop apps; all are stopped in the end."""
    servers = Servers()
    yield servers
    for address in list(servers.running):
        servers.stop(address)


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Path:
    """Artifacts with a prepared small shop, one of whose titles contains markup."""
    folder = tmp_path_factory.mktemp("browser")
    edges, products = write_edge_list(folder)
    text = products.read_text().replace("Gadget 0 of group 0", HOSTILE)
    products.write_text(text)
    prepare(Store(folder / "artifacts"), SplitRequest(dataset="shop"), RawData(edges, products))
    return folder / "artifacts"


def settled(page) -> None:
    """Wait until the app has drawn everything and been quiet for a while."""
    page.evaluate("window.busyAt = performance.now()")
    page.wait_for_function(QUIET)
    assert page.locator("[data-testid=stException]").count() == 0


def until(page, ready: Callable[[], bool]) -> None:
    """Wait until a condition outside the browser holds."""
    for _ in range(PATIENCE_MS // 100):
        if ready():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come to pass")


@pytest.fixture(scope="session")
def contexts(browser):
    """Return the browser context with these options: one for all tests, since a new one would
    fetch and compile the app's code again."""

    @cache
    def context(**options):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(PATIENCE_MS)
        return context

    return context


@pytest.fixture
def visit(contexts):
    """Open an address in a new session; afterwards the console must have no errors."""
    pages, problems = [], []

    def open_(address: str, **options):
        page = contexts(**options).new_page()
        pages.append(page)

        def hear(message) -> None:
            probe = any(name in message.location.get("url", "") for name in PROBES)
            if message.type == "error" and not probe:
                problems.append(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(address)
        page.wait_for_selector("h1")
        return page

    yield open_
    for page in pages:
        page.close()
    assert problems == []


def add_mapped_run(root: Path, seed: int) -> None:
    """Train a run on the shop in a moment, and lay out its map."""
    store = Store(root)
    config = planned(store, "skipgram", seed=seed, changes=TINY)
    lay_out(train(store, config, ONE_WORKER))


@pytest.fixture(scope="module")
def shop_with_maps(shop, tmp_path_factory) -> Path:
    """Artifacts with a graph score and two runs that have maps."""
    root = tmp_path_factory.mktemp("maps") / "artifacts"
    shutil.copytree(shop, root, ignore=shutil.ignore_patterns("runs", ".jobs"))
    store = Store(root)
    trained(store, "three-hop")
    for seed in (42, 43):
        add_mapped_run(root, seed)
    return root
