"""A small shop with trained runs, and the app in each of its states."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from core.config import SplitRequest
from core.data.raw_data import RawData
from core.jobs.training_queue import Queue
from core.pipeline.preparation import prepare
from core.pipeline.train_run import train
from core.runs.store import Store
from dashboard import pages
from tests.jobs.processes import PATIENCE_SECONDS
from tests.maps import lay_out
from tests.shops import ONE_WORKER, planned, trained, write_edge_list

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
TINY = {"dim": 8, "epochs": 2, "points_per_epoch": 2}


def texts(app: AppTest) -> str:
    """Return all text of the page as one string."""
    kinds = ("title", "subheader", "caption", "markdown", "info", "error", "warning", "text")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def is_well(app: AppTest) -> bool:
    """Return whether the page shows neither an error nor a stack trace."""
    return not app.exception and not app.error


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """Every `AppTest` looks for components in all installed packages, which takes longer than a
    page: look once."""
    manifests = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: manifests)
        yield


@pytest.fixture(scope="session")
def prepared_root(tmp_path_factory) -> Path:
    """Artifacts with one prepared data set and no run."""
    folder = tmp_path_factory.mktemp("prepared")
    edges, products = write_edge_list(folder)
    prepare(Store(folder / "artifacts"), SplitRequest(dataset="shop"), RawData(edges, products))
    return folder / "artifacts"


def copy_of(root: Path, tmp_path_factory) -> Store:
    """Return a copy of an artifacts folder, to add runs to."""
    return Store(shutil.copytree(root, tmp_path_factory.mktemp("copy") / "artifacts"))


@pytest.fixture(scope="session")
def one_root(prepared_root, tmp_path_factory) -> Path:
    """The same with one finished run."""
    store = copy_of(prepared_root, tmp_path_factory)
    trained(store, "three-hop")
    return store.root


@pytest.fixture(scope="session")
def many_root(one_root, tmp_path_factory) -> Path:
    """The same with four finished runs, two of them of one model."""
    store = copy_of(one_root, tmp_path_factory)
    trained(store, "degree")
    for seed in (1, 2):
        config = planned(store, "skipgram", seed=seed, changes=TINY)
        train(store, config, ONE_WORKER)
    return store.root


@pytest.fixture(scope="session")
def cold_root(one_root, tmp_path_factory) -> Path:
    """One more run, of a model that reads titles and brands."""
    store = copy_of(one_root, tmp_path_factory)
    changes = {**TINY, "text_dim": 4, "rare": 1}
    trained(store, "skipgram-side-info", changes=changes)
    return store.root


@pytest.fixture(scope="session")
def stack_root(one_root, tmp_path_factory) -> Path:
    """One more run, of the model without vectors that combines others."""
    store = copy_of(one_root, tmp_path_factory)
    changes = {"dim": 8, "trees": 5}
    trained(store, "stack", changes=changes)
    return store.root


@pytest.fixture
def artifacts(request, tmp_path) -> Callable[[str], Path]:
    """A private copy of one of the folders above, or an empty one, by name."""

    def copy(name: str) -> Path:
        root = tmp_path / "artifacts"
        if name == "fresh":
            root.mkdir()
        else:
            shutil.copytree(request.getfixturevalue(f"{name}_root"), root)
        return root

    return copy


@pytest.fixture
def open_page(monkeypatch) -> Callable[..., AppTest]:
    """Open a page of the app on an artifacts folder; keywords are query parameters."""

    def run(root: Path, view: str, **query: str) -> AppTest:
        monkeypatch.setenv("ARTIFACTS_DIR", str(root))
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE_SECONDS)
        for name, value in query.items():
            app.query_params[name] = value
        page = pages.page(view)
        # The first page has no path and is open by default.
        if page is not pages.PAGES[0]:
            app.switch_page(str(page.file))
        return app.run()

    return run


@pytest.fixture
def mapped(artifacts):
    """Return artifacts with the maps of both skip-gram runs."""
    root = artifacts("many")
    for run in Store(root).runs("shop"):
        if run.config.model == "skipgram":
            lay_out(run)
    return root


@pytest.fixture
def no_worker(monkeypatch):
    """Jobs are queued and nothing is trained."""
    monkeypatch.setattr(Queue, "start_worker", lambda self: None)
