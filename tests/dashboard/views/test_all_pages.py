"""Every page in every state: it says what to do, and never shows a stack trace."""

from __future__ import annotations

import json
import sys
from subprocess import run as run_process

import pytest

from core.config import TrainRequest
from core.explore import example_product
from core.jobs.queue import Queue
from core.runs.store import Store
from dashboard import page_frame
from dashboard.pages import PAGES
from tests.dashboard.conftest import APP, is_well, texts
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
def test_every_page_opens_after_a_run_that_went_wrong(view, end, artifacts, open_page):
    root = artifacts("one")
    job, _ = running(root, state="running" if end == "interrupted" else end, error="No memory")
    job.update(state=end, error="Error: no memory")
    app = open_page(root, view)
    assert is_well(app) and len(app.title) == 1
    if view == "train":
        assert end in app.dataframe[-1].value["state"].tolist()


def test_overview_shows_the_counts_of_the_split(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "overview")
    facts = Store(root).split_facts("shop", "random")
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Products"] == f"{facts['products']:,}"
    assert shown["Held out"] == f"{facts['held_out_pairs']:,}"


@pytest.mark.parametrize("part", ["relations", "network", "walk", "examples"])
def test_every_look_at_a_product_opens(part, artifacts, open_page):
    assert is_well(open_page(artifacts("prepared"), "data", look=part))


def test_the_negatives_of_a_pair_are_read_in_whole(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", look="examples")
    (table,) = (element.value for element in app.dataframe if "negatives" in element.value)
    # A text breaks into lines in a high row; a list is cut off at the end of its column.
    assert all(drawn.count("·") == 4 for drawn in table["negatives"])
    proto = app.dataframe[0].proto
    widths = [
        column["width"] for name, column in json.loads(proto.columns).items() if name[0] != "_"
    ]
    assert proto.row_height > 64 and sum(widths) <= 1133


def test_a_link_names_the_product(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", product="P042")
    assert "Gadget 42 of group 1" in texts(app)


def test_rolling_again_gives_another_walk(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", look="walk")
    first = [text.value for text in app.text]
    app.button(key="roll").click().run()
    assert [text.value for text in app.text] != first
    app.number_input(key="walk").set_value(0).run()
    assert [text.value for text in app.text] == first


@pytest.mark.parametrize("damage", ["metrics.json", "config.json", "thresholds.csv", "status.json"])
@pytest.mark.parametrize("view", VIEWS)
def test_damaged_artifacts_are_named_and_nothing_breaks(view, damage, artifacts, open_page):
    root = artifacts("many")
    for run in Store(root).runs("shop")[:1]:
        (run.folder / damage).write_text('{"half a')
    app = open_page(root, view, part="threshold")
    assert not app.exception
    for error in app.error:
        assert "could not be shown" not in error.value
    assert "Traceback" not in texts(app)


def test_a_model_that_cannot_be_read_spoils_no_more_than_its_own_place(artifacts, open_page):
    root = artifacts("many")
    for run in Store(root).runs("shop"):
        config = json.loads((run.folder / "config.json").read_text())
        config["settings"]["gone"] = 1
        (run.folder / "config.json").write_text(json.dumps(config))
        # Without it the page asks the model, as for a run of an earlier version.
        (run.folder / example_product.FILE).unlink()
    app = open_page(root, "overview")
    (error,) = app.error
    assert "Train it again" in error.value
    assert "How connected products are" in [heading.value for heading in app.subheader]


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_split_is_an_error_that_says_how_to_mend_it(view, artifacts, open_page):
    root = artifacts("one")
    (root / "shop/prepared/random/pairs.parquet").write_bytes(b"not parquet")
    app = open_page(root, view, tour="true")
    assert not app.exception and len(app.title) == 1
    # The others read no pairs.
    assert app.error or view in ("train", "compare", "about", "map")
    for error in app.error:
        assert "damaged" in error.value and "Remove its folder" in error.value


def test_an_unexpected_error_is_short_and_logged(artifacts, open_page, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("inside secret.py")

    root = artifacts("many")
    monkeypatch.setattr("dashboard.parts.run_tables.rows_of", broken)
    app = open_page(root, "compare")
    assert not app.exception
    assert "secret" not in texts(app)
    assert "ZeroDivisionError" in (root / page_frame.LOG).read_text()


def test_titles_are_never_markdown():
    assert page_frame.plain("*a* <b> [c](d) :red[e] $f$") == (
        r"\*a\* \<b\> \[c\]\(d\) \:red\[e\] \$f\$"
    )


def test_titles_become_neither_links_nor_arrows_and_stay_on_a_line():
    shown = page_frame.plain(" https://a.b www.a.b a@b -> \n b").replace("\u2060", "|")
    assert shown == r"https\:|\/\/a\.b www|\.a\.b a\@|b \-|\> b"
    # A command can be copied; dashes between blanks would become one.
    assert "\u2060" not in page_frame.plain("add --split time --set a.b=c, or --replace")
    assert "\u2060" in page_frame.plain("this -- that") and "\u2060" in page_frame.plain(
        "--> there"
    )


def test_presenter_mode_has_fewer_controls(artifacts, open_page):
    root = artifacts("prepared")
    full = open_page(root, "data", look="walk")
    fewer = open_page(root, "data", look="walk", presenter="true")
    assert len(fewer.slider) + len(fewer.number_input) < len(full.slider) + len(full.number_input)


@pytest.mark.parametrize(("state", "model"), [("many", "skipgram"), ("stack", "stack")])
def test_the_app_imports_no_torch_gensim_or_umap(state, model, request):
    """Neither on any page, nor when a trained model is loaded and asked for neighbours."""
    root = request.getfixturevalue(f"{state}_root")
    script = f"""
import os, sys
os.environ["ARTIFACTS_DIR"] = {str(root)!r}
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(APP)!r}, default_timeout=60).run()
assert not app.exception and not app.error, app
for view in {VIEWS!r}:
    app.switch_page("views/" + view + ".py").run()
    assert not app.exception and not app.error, view
from core.runs.loading import load_model
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
app = AppTest.from_file({str(APP)!r}, default_timeout=60).run()
for view in {VIEWS!r}:
    app.switch_page("views/" + view + ".py").run()
    assert not app.exception and not app.error, view
print(compiled)
"""
    done = run_process(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=APP.parents[1]
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr
