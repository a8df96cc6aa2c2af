"""Train, form: models, data and settings, the estimated cost, and the button."""

from __future__ import annotations

from typing import cast

import streamlit as st

from core.config import Execution, Preset, SplitKind, TrainRequest
from core.data.named_datasets import NAMED_DATASETS
from core.explore.example_product import example_product
from core.models.registry import model_title, models_of, models_with, resolve_settings
from core.models.sweep import MAX_RUNS, parse_sweep
from core.pipeline.train_run import plan
from core.plural import count_of
from core.runs.cost_estimate import estimate
from core.runs.run_names import request_name
from dashboard import cached_data, page_frame, queue_actions, url_widgets
from dashboard.parts.duration_text import duration
from dashboard.parts.settings_form import changes, settings_section


def training_form(page: page_frame.PageContext) -> None:
    """Draw the form; its button puts the runs on the queue."""
    left, right = st.columns([2, 3])
    with left:
        dataset = choose_dataset(page.dataset)
    with right, st.container(horizontal=True):
        preset, split, seed = choose_variant()
    models = choose_models(preset)
    if models and not page.presenter:
        settings_section(models, preset)
    again = not page.presenter and st.checkbox("Train existing runs again", key="train-again")
    combinations = parse_sweep(sweep().split()) if models else [{}]
    requests = [
        TrainRequest(
            dataset=dataset,
            model=model,
            preset=preset,
            split=split,
            seed=seed,
            changes={**changes(model, preset), **point},
        )
        for model in models
        for point in combinations
    ]
    for request in requests:
        # Report an unknown setting or a value out of range before the button is pressed.
        resolve_settings(request.model, request.preset, request.changes)
    show_plan(requests, again)
    what = "model" if len(combinations) == 1 else "run"
    label = f"Train {count_of(len(requests), what)}"
    if st.button(
        label, type="primary", icon=":material/play_arrow:", key="launch", disabled=not models
    ):
        queue_actions.train(requests, Execution(again=again), first_pin(requests[0]))
        st.session_state["_launched"] = True
        st.rerun()


def sweep() -> str:
    """Draw the field for settings with several values each, and return its text."""
    return url_widgets.text(
        st.text_input,
        "Sweep",
        key="train-sweep",
        placeholder="dim=32,64,128 epochs=3,5",
        help="Trains every combination of these values, for each model; at most "
        f"{MAX_RUNS} combinations. Compare > Settings plots any measure against any setting.",
    )


def choose_dataset(chosen_elsewhere: str | None) -> str:
    """Draw the choice of a data set: those that have been read and the predefined ones."""
    existing = cached_data.store().datasets()
    names = list(dict.fromkeys([*existing, *NAMED_DATASETS]))
    default = chosen_elsewhere if chosen_elsewhere in names else names[0]
    dataset = url_widgets.choice(st.selectbox, "Train on", names, key="train-data", default=default)
    if dataset in NAMED_DATASETS and dataset not in existing:
        st.caption(NAMED_DATASETS[dataset].about)
    return dataset


def choose_variant() -> tuple[Preset, SplitKind, int]:
    """Draw the choices of preset, split and seed."""
    preset = url_widgets.choice(
        st.segmented_control, "Preset", ["ours", "study"], key="train-preset", required=True,
        help="ours: settings chosen on the development slice; study: the published ones",
    )  # fmt: skip
    split = url_widgets.choice(
        st.segmented_control, "Split", ["random", "given", "time", "cold"], key="train-split",
        required=True, help="random: 33 % of the pairs are held out; given: those of a test file; "
        "time: the later ones; cold: all pairs of some products",
    )  # fmt: skip
    seed = url_widgets.number(
        st.number_input, "Seed", 0, 2**32 - 1, key="train-seed", default=42, width=110
    )
    return cast(Preset, preset), cast(SplitKind, split), int(seed)


def choose_models(preset: Preset) -> list[str]:
    """Draw the choice of models."""
    possible = models_of(preset)
    return url_widgets.choices(
        "Models",
        possible,
        default=[name for name in models_with("suggested") if name in possible],
        names=model_title,
        key=f"train-models-{preset}",
        placeholder="Choose one or more models",
    )


def show_plan(requests: list[TrainRequest], again: bool) -> None:
    """Show what will be trained: the estimated cost, and what exists already."""
    if not requests:
        return
    first = requests[0]
    is_prepared = first.prepared in cached_data.store().prepared(first.dataset)
    existing = []
    if is_prepared and not again:
        existing = [request for request in requests if is_finished(request)]
    show_cost([request for request in requests if request not in existing])
    if existing:
        titles = ", ".join(request_name(request) for request in existing)
        st.caption(f"Existing runs are reused: {page_frame.plain(titles)}.")
    if not is_prepared:
        st.caption(f"The split {page_frame.plain(first.prepared)} will be prepared first.")


def is_finished(request: TrainRequest) -> bool:
    """Return whether the run that is requested has finished before."""
    store = cached_data.store()
    return store.run(request.dataset, plan(store, request).run_id).has_finished()


def show_cost(requests: list[TrainRequest]) -> None:
    """Show the estimated time and memory of what is requested; nothing if neither is known."""
    size = split_size(requests[0]) if requests else None
    if size is None:
        return
    products, pairs = size
    costs = []
    for request in requests:
        settings = resolve_settings(request.model, request.preset, request.changes)
        costs.append(
            estimate(cached_data.store(), request.model, settings.model_dump(), products, pairs)
        )
    total = duration(sum(cost.seconds for cost in costs))
    memory = max(cost.memory_mb for cost in costs)
    basis = "; ".join(dict.fromkeys(cost.basis for cost in costs))
    st.caption(
        f":material/schedule: About **{total}** in all, one run after the other, and at most "
        f"{max(1, memory):,.0f} MB for vectors, on {products:,} products and "
        f"{pairs:,} training pairs. Estimated from: {page_frame.plain(basis)}."
    )


def split_size(request: TrainRequest) -> tuple[int, int] | None:
    """Return the products and training pairs of the requested split; None if unknown.

    Another split of the same data is about as large as one that is not prepared yet.
    """
    store, dataset = cached_data.store(), request.dataset
    if prepared := store.prepared(dataset):
        name = request.prepared if request.prepared in prepared else prepared[0]
        facts = store.split_facts(dataset, name)
        return facts["products"], facts["training_pairs"]
    source = NAMED_DATASETS.get(dataset)
    if source is None or source.products is None or source.training_pairs is None:
        return None
    return source.products, source.training_pairs


def first_pin(request: TrainRequest) -> int | None:
    """Return a well-known product to follow; None as long as the split is not prepared."""
    if request.prepared not in cached_data.store().prepared(request.dataset):
        return None
    return example_product(cached_data.split(request.dataset, request.prepared))
