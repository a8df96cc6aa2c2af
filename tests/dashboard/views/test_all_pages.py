"""Every page in every state: it says what to do, and never shows a stack trace."""

from __future__ import annotations

import json
import sys
from subprocess import run as run_process

import pytest

from core.config import TrainRequest
from core.jobs.training_queue import Queue
from core.runs.store import Store
from dashboard.pages import PAGES
from tests.dashboard.conftest import APP, is_well, texts
from tests.jobs.processes import PATIENCE_SECONDS
from tests.shops import planned

VIEWS = tuple(page.name for page in PAGES)


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Jobs are queued and nothing is trained."""
    monkeypatch.setattr(Queue, "start_worker", lambda self: None)


def running(root, **status):
    """Put a run in training into the folder, as its process would write it."""
    store = Store(root)
    request = TrainRequest(dataset="shop", model="skipgram", changes={"dim": 8})
    job = Queue(store).add(request)
    job.update(state="running")
    run = job.run()
    run.folder.mkdir(parents=True)
    config = planned(store, "skipgram", changes={"dim": 8})
    (run.folder / "config.json").write_text(config.model_dump_json())
    whole = {"state": "running", "started": "2026-01-01T00:00:00+00:00", "elapsed": 3.0,
             "stage": "development: training", "total": 100, "done": 25, "unit": "batches",
             "rate": 12.5, "seconds_left": 6.0, **status}  # fmt: skip
    (run.folder / "status.json").write_text(json.dumps(whole))
    (run.folder / "curve.csv").write_text(
        "phase,step,epoch,epoch_end,loss,learning_rate,auc_all,auc_seen,seconds\n"
        "development,10,0.5,0,2.5,0.1,0.71,0.72,1\ndevelopment,20,1,1,2.1,0.05,0.75,0.76,2\n"
    )
    (run.folder / "pinned.csv").write_text(
        "pin,epoch,rank,product,score\n3,0.5,1,9,0.4\n3,0.5,2,8,0.3\n3,1,1,4,0.9\n3,1,2,5,0.8\n"
    )
    return job, run


@pytest.mark.parametrize("state", ["fresh", "prepared", "one", "many", "stack"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_opens_in_every_state(view, state, artifacts, open_page):
    app = open_page(artifacts(state), view)
    assert is_well(app)
    assert len(app.title) == 1


@pytest.mark.parametrize("state", ["prepared", "many"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_opens_while_a_run_trains(view, state, artifacts, open_page):
    root = artifacts(state)
    job, run = running(root)
    with job.lock(), run.lock():
        app = open_page(root, view)
    assert is_well(app) and len(app.title) == 1


@pytest.mark.parametrize("end", ["failed", "interrupted", "stopped"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_opens_after_a_failed_run(view, end, artifacts, open_page):
    root = artifacts("one")
    job, _ = running(root, state="running" if end == "interrupted" else end, error="No memory")
    job.update(state=end, error="Error: no memory")
    app = open_page(root, view)
    assert is_well(app) and len(app.title) == 1
    if view == "train":
        assert end in app.dataframe[-1].value["state"].tolist()


@pytest.mark.parametrize("damage", ["metrics.json", "config.json", "thresholds.csv", "status.json"])
@pytest.mark.parametrize("view", VIEWS)
def test_damaged_artifacts_are_named_and_every_page_opens(view, damage, artifacts, open_page):
    root = artifacts("many")
    for run in Store(root).runs("shop")[:1]:
        (run.folder / damage).write_text('{"half a')
    app = open_page(root, view, part="threshold")
    assert not app.exception
    for error in app.error:
        assert "could not be shown" not in str(error.proto)
    assert "Traceback" not in texts(app)


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_split_is_an_error_that_says_the_fix(view, artifacts, open_page):
    root = artifacts("one")
    (root / "shop/prepared/random/pairs.parquet").write_bytes(b"not parquet")
    app = open_page(root, view, tour="true")
    assert not app.exception and len(app.title) == 1
    # The other pages read no pairs.
    assert app.error or view in ("train", "compare", "about", "map")
    for error in app.error:
        assert "damaged" in error.value and "Remove its folder" in error.value


@pytest.mark.parametrize(("state", "model"), [("many", "skipgram"), ("stack", "stack")])
def test_the_app_imports_no_torch_gensim_or_umap(state, model, request):
    """Neither on any page, nor when a trained model is loaded and asked for neighbours."""
    root = request.getfixturevalue(f"{state}_root")
    script = f"""
import os, sys
os.environ["ARTIFACTS_DIR"] = {str(root)!r}
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(APP)!r}, default_timeout={PATIENCE_SECONDS}).run()
assert not app.exception and not app.error, app
for view in {VIEWS!r}:
    app.switch_page("views/" + view + ".py").run()
    assert not app.exception and not app.error, view
from core.runs.load_run import load_model
from core.runs.store import Store
store = Store()
run = next(r for r in store.runs("shop") if r.config.model == {model!r})
load_model(store, run)[0].similar(0, 3)
print([name for name in ("torch", "gensim", "umap") if name in sys.modules])
"""
    done = run_process(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=APP.parents[1]
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


@pytest.mark.parametrize("state", ["many", "stack"])
def test_the_first_pages_compile_nothing(state, request, tmp_path):
    """In a fresh checkout numba's cache is empty, and compiling takes half a minute."""
    script = f"""
import os
os.environ["ARTIFACTS_DIR"] = {str(request.getfixturevalue(f"{state}_root"))!r}
os.environ["NUMBA_CACHE_DIR"] = {str(tmp_path)!r}
from numba.core.dispatcher import Dispatcher
compiled = []
Dispatcher.compile = lambda self, signature: compiled.append(self.py_func.__name__)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(APP)!r}, default_timeout={PATIENCE_SECONDS}).run()
for view in {VIEWS!r}:
    app.switch_page("views/" + view + ".py").run()
    assert not app.exception and not app.error, view
print(compiled)
"""
    done = run_process(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=APP.parents[1]
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
