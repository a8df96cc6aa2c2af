"""Train: choose data, models and settings; launch; follow; stop; look back."""

from __future__ import annotations

import streamlit as st

from core.config import TrainRequest, UserError, prepared_name
from core.data.sources import SOURCES
from core.explore.example_product import example_product
from core.models.registry import EXPERIMENTS, models_of, models_with, resolve_settings
from core.pipeline import plan
from core.runs.cost_estimate import estimate
from dashboard import cached_data, jobs, page_frame, url_widgets
from dashboard.parts import output
from dashboard.parts.own_data import own_data
from dashboard.parts.training_progress import choose_pin, follow, standing


def choose(page: page_frame.PageContext) -> None:
    """Draw the form: what to train, at what cost."""
    store = cached_data.store()
    named = list(dict.fromkeys([*store.datasets(), *SOURCES]))
    left, right = st.columns([2, 3])
    with left:
        start = page.dataset if page.dataset in named else named[0]
        dataset = url_widgets.choice(
            st.selectbox, "Train on", named, key="train-data", default=start
        )
        if dataset in SOURCES and dataset not in store.datasets():
            st.caption(SOURCES[dataset].about)
    with right, st.container(horizontal=True):
        preset = url_widgets.choice(
            st.segmented_control, "Preset", ["ours", "study"], key="train-preset", required=True,
            help="ours: settings chosen on the development slice; study: the published ones",
        )  # fmt: skip
        split = url_widgets.choice(
            st.segmented_control, "Split", ["random", "time", "cold"], key="train-split",
            required=True, help="random: 33 % of the pairs are held out; time: the later ones; "
            "cold: all pairs of some products",
        )  # fmt: skip
        seed = url_widgets.number(
            st.number_input, "Seed", 0, 2**32 - 1, key="train-seed", default=42, width=110
        )
    possible = models_of(preset)
    models = url_widgets.choices(
        "Models",
        possible,
        default=[name for name in models_with("suggested") if name in possible],
        names=jobs.title,
        key=f"train-models-{preset}",
        placeholder="Choose one or more models",
    )
    if models and not page.presenter:
        settings(models, preset)
    again = not page.presenter and st.checkbox(
        "Train again what is there already", key="train-again"
    )
    prepared = prepared_name(split, preset)
    is_prepared = prepared in store.prepared(dataset)
    there = []
    if is_prepared and not again:
        there = [name for name in models if is_there(dataset, name, preset, split, int(seed))]
    if size := size_of(dataset, prepared):
        show_cost([name for name in models if name not in there], preset, *size)
    if there:
        names = ", ".join(map(jobs.title, there))
        st.caption(f"There already, and used again: {page_frame.plain(names)}.")
    if models and not is_prepared:
        st.caption(f"The split {page_frame.plain(prepared)} will be prepared first.")
    label = f"Train {len(models)} model{'' if len(models) == 1 else 's'}"
    if st.button(
        label, type="primary", icon=":material/play_arrow:", key="launch", disabled=not models
    ):
        changes = {name: jobs.changes(name, preset) for name in models}
        for name in models:
            # Settings are checked before anything is queued.
            resolve_settings(name, preset, changes[name])
        pin = example_product(cached_data.split(dataset, prepared)) if is_prepared else None
        jobs.launch(
            dataset, changes, preset=preset, split=split, seed=int(seed), again=bool(again), pin=pin
        )
        st.rerun()


def settings(models: list[str], preset: str) -> None:
    """Draw the settings of one of the chosen models at a time, and say what was changed."""
    with st.expander("Settings", icon=":material/tune:", key="settings"):
        model = models[0]
        if len(models) > 1:
            model = st.segmented_control(
                "Settings of", models, format_func=jobs.title, key=f"settings-of-{preset}",
                default=models[0], required=True,
            )  # fmt: skip
        st.caption(page_frame.plain(EXPERIMENTS[model].about))
        jobs.settings_form(model, preset)
    changed = {name: found for name in models if (found := jobs.changes(name, preset))}
    if changed:
        said = "; ".join(
            f"{jobs.title(name)}: {', '.join(f'{key} = {value}' for key, value in found.items())}"
            for name, found in changed.items()
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Changed: {page_frame.plain(said)}", width="stretch")
            st.button("Undo", icon=":material/undo:", key="undo", on_click=jobs.drop_changes)


def is_there(dataset: str, model: str, preset: str, split: str, seed: int) -> bool:
    """Return whether the run that would be trained has finished before."""
    store, changes = cached_data.store(), jobs.changes(model, preset)
    request = TrainRequest(
        dataset=dataset, model=model, preset=preset, split=split, seed=seed, changes=changes
    )
    return store.run(dataset, plan(store, request).run_id).has_finished()


def size_of(dataset: str, prepared: str) -> tuple[int, int] | None:
    """Return products and training pairs of a split, None where neither can be known yet.

    Of a split that is not prepared, another one of the same data tells about as much.
    """
    there = cached_data.store().prepared(dataset)
    if there:
        facts = cached_data.store().split_facts(
            dataset, prepared if prepared in there else there[0]
        )
        return facts["products"], facts["training_pairs"]
    source = SOURCES.get(dataset)
    return source and source.products and (source.products, source.training_pairs)


def show_cost(models: list[str], preset: str, products: int, pairs: int) -> None:
    """Say what the chosen runs will take."""
    costs = []
    for name in models:
        settings = resolve_settings(name, preset, jobs.changes(name, preset)).model_dump()
        costs.append(estimate(cached_data.store(), name, settings, products, pairs))
    if costs:
        total = jobs.duration(sum(cost.seconds for cost in costs))
        memory = max(cost.memory_mb for cost in costs)
        sources = "; ".join(dict.fromkeys(cost.basis for cost in costs))
        st.caption(
            f":material/schedule: About **{total}** in all, one after the other, and "
            f"{memory:,.0f} MB for vectors at the most, on {products:,} products and "
            f"{pairs:,} training pairs. Reckoned from: {page_frame.plain(sources)}."
        )


def go_on(page: page_frame.PageContext) -> None:
    """Draw the ways on, once there is something to look at."""
    if page.prepared is None or not cached_data.finished(page.dataset, page.prepared):
        return
    with st.container(horizontal=True):
        page_frame.go_to("compare", "Compare the runs")
        page_frame.go_to("neighbours", "Look products up")
        page_frame.go_to("map", "Open the map")


def look_back() -> None:
    """Draw the history of runs."""
    st.subheader("History")
    table = jobs.history(jobs.queue().jobs())
    if table.empty:
        st.caption("No run yet: choose models above and press the button below them.")
        return
    rows = table.to_dict("records")
    names = [f"{row['data set']}/{row['run']}" for row in rows]
    logs = {name: row for name, row in zip(names, rows) if row["run"]}
    # The callback knows rows, and the next run that is trained moves them.
    st.session_state["_history"] = names
    name = url_widgets.table_row("Log", list(logs), key="log")
    if page_frame.presenter():
        # Named by model, data set and time as well, and their larger type needs the room.
        table = table.drop(columns="run")
    output.table(
        table, on_select=_read_log, selection_mode="single-row", key="history",
        selection_default={"selection": {"rows": [names.index(name)] if name else []}},
        alt="All runs with state, duration and error",
        column_config=history_columns(),
    )  # fmt: skip
    if name:
        log = cached_data.store().run(logs[name]["data set"], logs[name]["run"]).log()
        st.code(log or "This run left no log.", language=None, height=260)
    else:
        st.caption("Choose a row to read its log.")


def history_columns() -> dict:
    """Return heading and width of the columns of the history, so that all fit on a screen."""
    larger = 5 / 4 if page_frame.presenter() else 1
    heads = {
        "started": ("Started, UTC", 150), "data set": ("Data set", 90), "model": ("Model", 185),
        "state": ("State", 75), "duration": ("Duration", 85), "run": ("Run", 205),
        "what happened": ("What happened", 280),
    }  # fmt: skip
    return {
        name: st.column_config.Column(head, width=round(width * larger))
        for name, (head, width) in heads.items()
    }


def _read_log() -> None:
    """Take over which row was chosen; a callback."""
    rows = st.session_state["history"]["selection"]["rows"]
    st.session_state["log"] = st.session_state["_history"][rows[0]] if rows else ""


with page_frame.page_body() as page:
    jobs.resume()
    # What is in training comes first: it is what people look at.
    current = jobs.active(jobs.queue().jobs())
    every = "1s" if current else None
    st.fragment(follow, run_every=every)(standing(current))
    if current and not page.presenter:
        choose_pin(current)
    if current:
        st.subheader("Train more")
    if not page.presenter:
        own_data()
    try:
        choose(page)
    except UserError as error:
        st.error(page_frame.plain(str(error)), icon=":material/build:")
    go_on(page)
    look_back()
