"""The Train page: what it queues, follows, stops and remembers."""

from __future__ import annotations

import re

import pytest

from core.config import TrainRequest
from core.data.named_datasets import NAMED_DATASETS
from core.explore.example_product import example_product
from core.jobs.training_queue import Queue
from core.models.registry import MODELS, models_of, resolve_settings
from core.runs.recorder import PIN_FILE
from core.runs.store import Store
from dashboard.parts import settings_form
from dashboard.parts.duration_text import duration
from dashboard.parts.training_progress import visible_state
from tests.dashboard.conftest import is_well
from tests.dashboard.views.test_all_pages import running
from tests.shops import trained

# Jobs are queued and nothing is trained.
pytestmark = pytest.mark.usefixtures("no_worker")


def test_the_button_queues_what_was_chosen(artifacts, open_page):
    root = artifacts("prepared")
    app = open_page(root, "train")
    app.multiselect(key="train-models-ours").set_value(["skipgram"]).run()
    app.number_input(key="set-skipgram-ours-dim").set_value(16).run()
    app.number_input(key="train-seed").set_value(7).run()
    app.button(key="launch").click().run()
    assert not app.exception
    (job,) = Queue(Store(root)).jobs()
    assert job.request == TrainRequest(
        dataset="shop", model="skipgram", seed=7, changes={"dim": 16}
    )
    assert job.training.pin == example_product(Store(root).load_split("shop", "random"))


def test_a_sweep_queues_every_combination_and_says_what_is_wrong(artifacts, open_page):
    root = artifacts("prepared")
    app = open_page(root, "train")
    app.multiselect(key="train-models-ours").set_value(["skipgram"]).run()
    app.text_input(key="train-sweep").set_value("dim=8,16 epochs=1,2").run()
    assert app.button(key="launch").label == "Train 4 runs"
    app.button(key="launch").click().run()
    assert is_well(app)
    queued = [job.request.changes for job in Queue(Store(root)).jobs()]
    assert queued == [{"dim": dim, "epochs": n} for dim in (8, 16) for n in (1, 2)]
    app.text_input(key="train-sweep").set_value("dims=8").run()
    assert "has no setting" in app.error[0].value


def test_each_model_keeps_its_own_settings(artifacts, open_page):
    root = artifacts("prepared")
    app = open_page(root, "train")
    app.multiselect(key="train-models-ours").set_value(["skipgram", "mf", "degree"]).run()
    app.number_input(key="set-skipgram-ours-dim").set_value(16).run()
    app.segmented_control(key="settings-of-ours").set_value("mf").run()
    app.number_input(key="set-mf-ours-epochs").set_value(3).run()
    app.segmented_control(key="settings-of-ours").set_value("skipgram").run()
    assert app.number_input(key="set-skipgram-ours-dim").value == 16
    app.button(key="launch").click().run()
    assert not app.exception and not app.error
    queued = {job.request.model: job.request.changes for job in Queue(Store(root)).jobs()}
    assert queued == {"skipgram": {"dim": 16}, "mf": {"epochs": 3}, "degree": {}}
    app.button(key="undo").click().run()
    default = resolve_settings("skipgram", "ours").dim
    assert app.number_input(key="set-skipgram-ours-dim").value == default


@pytest.mark.parametrize("name", list(MODELS))
def test_the_form_of_every_model_opens_with_its_preset_unchanged(name, artifacts, open_page):
    app = open_page(artifacts("prepared"), "train")
    app.multiselect(key="train-models-ours").set_value([name]).run()
    assert not app.exception and not app.error
    settings = MODELS[name].settings_class
    for field in settings.model_fields:
        assert app.get_by_key(f"set-{name}-ours-{field}")
    assert "undo" not in {button.key for button in app.button}


def test_every_setting_has_a_field_with_its_bounds_and_its_explanation(artifacts, open_page):
    app = open_page(artifacts("prepared"), "train")
    app.multiselect(key="train-models-ours").set_value(["skipgram"]).run()
    settings = MODELS["skipgram"].settings_class
    for name, field in settings.model_fields.items():
        widget = app.get_by_key(f"set-skipgram-ours-{name}")
        assert widget.help == field.description
    dim = app.number_input(key="set-skipgram-ours-dim")
    assert (dim.min, dim.max) == (1, 2048)


@pytest.mark.parametrize(
    ("preset", "name"),
    [(preset, name) for preset in ("ours", "study") for name in models_of(preset)],
)
def test_the_fields_of_every_model_hold_its_preset(name, preset):
    settings = resolve_settings(name, preset)
    for field_name, field in type(settings).model_fields.items():
        low, high = settings_form.bounds(field)
        value = getattr(settings, field_name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert (low is None or value >= low) and (high is None or value <= high)


def test_an_existing_run_has_no_cost_and_the_history_says_so(artifacts, open_page):
    root = artifacts("one")  # a finished three-hop
    app = open_page(root, "train")
    app.multiselect(key="train-models-ours").set_value(["three-hop"]).run()
    captions = " ".join(caption.value for caption in app.caption)
    assert "reused: Three" in captions and "Estimated" not in captions
    app.checkbox(key="train-again").check().run()
    assert "Estimated" in " ".join(caption.value for caption in app.caption)
    job = Queue(Store(root)).add(TrainRequest(dataset="shop", model="three-hop"))
    job.update(state="finished", started="2999-01-01T00:00:00", ended="2999-01-01T00:00:01")
    (row,) = open_page(root, "train").dataframe[-1].value.to_dict("records")
    (run,) = Store(root).runs("shop")
    assert row["note"] == "reused (already finished)"
    assert row["duration"] == duration(run.status["elapsed"])


def test_a_run_with_a_damaged_status_can_be_trained_again(artifacts, open_page):
    root = artifacts("one")  # it has a run of three-hop
    (run,) = Store(root).runs("shop")
    (run.folder / "status.json").write_text("{half")
    app = open_page(root, "train")
    app.multiselect(key="train-models-ours").set_value(["three-hop"]).run()
    assert not app.error and "Estimated" in " ".join(caption.value for caption in app.caption)
    app.button(key="launch").click().run()
    assert [job.request.model for job in Queue(Store(root)).jobs()] == ["three-hop"]
    trained(Store(root), "three-hop")
    assert run.has_finished()


def test_a_split_that_is_not_prepared_has_an_estimated_cost(artifacts, open_page):
    app = open_page(artifacts("one"), "train")
    app.segmented_control(key="train-split").set_value("cold").run()
    captions = " ".join(caption.value for caption in app.caption)
    assert "will be prepared first" in captions and "Estimated" in captions


@pytest.mark.parametrize("name", list(NAMED_DATASETS))
def test_named_data_sets_have_an_estimated_cost_before_they_are_read(name, artifacts, open_page):
    app = open_page(artifacts("fresh"), "train")
    app.selectbox(key="train-data").set_value(name).run()
    captions = " ".join(caption.value for caption in app.caption)
    assert f"{NAMED_DATASETS[name].training_pairs:,} training pairs" in captions
    assert "Estimated" in captions


def test_the_page_is_redrawn_when_a_run_begins_and_when_it_can_be_pinned(artifacts, monkeypatch):
    root = artifacts("prepared")
    monkeypatch.setenv("ARTIFACTS_DIR", str(root))
    job, run = running(root)
    with job.lock():
        begun = visible_state([job.refresh()])
        assert begun == visible_state([job.refresh()])
        (run.folder / "config.json").unlink()
        starting = visible_state([job.refresh()])
    job.update(state="waiting")
    assert len({begun, starting, visible_state([job])}) == 3


def test_a_run_in_training_is_followed(artifacts, open_page):
    root = artifacts("prepared")
    job, run = running(root)
    with job.lock(), run.lock():
        app = open_page(root, "train")
    assert not app.exception and not app.error
    # A quarter of the development pass, expected to be two fifths of the run, took 3 seconds.
    assert app.progress[0].value == 10
    assert re.fullmatch(
        r"Epoch 2 of 5, .* words/s, 27 s left", app.progress[0].text.replace("\\", "")
    )
    assert app.get("plotly_chart")
    pinned = next(d.value for d in app.dataframe if "Epoch 1" in d.value)
    catalogue = Store(root).load_split("shop", "random").catalogue
    assert list(pinned["Rank"]) == [1, 2]
    assert list(pinned["Epoch 1"]) == [catalogue.label(4), catalogue.label(5)]


def test_a_finished_run_whose_job_continues_is_shown_as_making_its_map(artifacts, open_page):
    root = artifacts("prepared")
    job, _ = running(root, state="finished", ended="2999-01-01T00:00:00+00:00")
    with job.lock():
        app = open_page(root, "train")
    assert is_well(app) and "map is being made" in app.progress[0].text
    job.update(started="2999-01-01T00:00:01+00:00")
    with job.lock():
        app = open_page(root, "train")
    assert app.progress[0].text.startswith("Starting")


def test_without_a_pinned_product_a_well_known_one_is_pinned(artifacts, open_page):
    root = artifacts("prepared")
    job, run = running(root)
    split = Store(root).load_split("shop", "random")
    with job.lock(), run.lock():
        open_page(root, "train")
        assert (run.folder / PIN_FILE).read_text() == str(example_product(split))
        (run.folder / PIN_FILE).write_text("3")
        open_page(root, "train")
    assert (run.folder / PIN_FILE).read_text() == "3"


@pytest.mark.parametrize(("button", "word"), [("keep", "keep"), ("discard", "discard")])
def test_stopping_passes_on_the_choice_to_keep_or_discard(button, word, artifacts, open_page):
    root = artifacts("prepared")
    job, run = running(root)
    with job.lock(), run.lock():
        app = open_page(root, "train")
        app.button(key=f"{button}-{job.name}").click().run()
    assert job.stop_request() == word


def test_a_waiting_job_can_be_removed(artifacts, open_page):
    root = artifacts("prepared")
    job = Queue(Store(root)).add(TrainRequest(dataset="shop", model="degree"))
    app = open_page(root, "train")
    app.button(key=f"drop-{job.name}").click().run()
    assert Queue(Store(root)).jobs() == []


def test_a_job_that_started_in_the_meantime_is_stopped(artifacts, open_page):
    root = artifacts("prepared")
    queue = Queue(Store(root))
    job = queue.add(TrainRequest(dataset="shop", model="degree"))
    app = open_page(root, "train")
    job.update(state="running")
    with job.lock():
        app.button(key=f"drop-{job.name}").click().run()
    assert [other.name for other in queue.jobs()] == [job.name]
    assert job.stop_request() == "discard"


def test_the_history_shows_state_duration_and_error(artifacts, open_page):
    root = artifacts("one")
    job = Queue(Store(root)).add(TrainRequest(dataset="shop", model="mf"))
    job.update(
        state="failed",
        error="Error: <b>no</b> memory",
        started="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:01:05+00:00",
    )
    app = open_page(root, "train")
    table = app.dataframe[-1].value
    failed = table[table["state"] == "failed"].iloc[0]
    assert (failed["duration"], failed["note"]) == (
        "1 min 05 s",
        "Error: <b>no</b> memory",
    )
    assert (table["state"] == "finished").sum() == 1
