"""Train: choose data, models and settings; launch; follow; stop; look back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.config import UserError, prepared_name
from core.data.sources import SOURCES
from core.estimate import estimate
from core.experiments import EXPERIMENTS, resolve_settings
from core.pipeline import models_of
from core.queue import Job
from dashboard import charts, frame, jobs, load

FIRST_CHOICE = ["three-hop", "gensim-cbow", "skipgram"]


def title(model: str) -> str:
    return EXPERIMENTS[model].title if model in EXPERIMENTS else model


def choose(page: frame.Page) -> None:
    """Draw the form: what to train, at what cost."""
    store = load.store()
    named = list(dict.fromkeys([*store.datasets(), *SOURCES]))
    left, right = st.columns([2, 3])
    with left:
        start = named.index(page.dataset) if page.dataset in named else 0
        dataset = st.selectbox("Train on", named, index=start, key="train-data")
        if dataset in SOURCES and dataset not in store.datasets():
            st.caption(SOURCES[dataset].about)
    with right, st.container(horizontal=True):
        preset = st.segmented_control(
            "Preset", ["ours", "study"], default="ours", key="train-preset", required=True,
            help="ours: settings chosen on the development slice; study: the published ones",
        )  # fmt: skip
        split = st.segmented_control(
            "Split", ["random", "time", "cold"], default="random", key="train-split", required=True,
            help="random: 33 % of the pairs are held out; time: the later ones; cold: all pairs "
            "of some products",
        )  # fmt: skip
        seed = st.number_input("Seed", 0, 2**32 - 1, 42, key="train-seed", width=110)
    possible = models_of(preset)
    models = st.multiselect(
        "Models",
        possible,
        default=[name for name in FIRST_CHOICE if name in possible],
        format_func=title,
        key=f"train-models-{preset}",
        placeholder="Choose one or more models",
    )
    changes = {}
    if len(models) == 1 and not page.presenter:
        st.caption(frame.plain(EXPERIMENTS[models[0]].about))
        with st.expander("Settings", icon=":material/tune:"):
            changes = jobs.settings_form(models[0], preset)
    elif len(models) > 1 and not page.presenter:
        st.caption("Choose a single model to change its settings; several train at the preset's.")
    again = not page.presenter and st.checkbox(
        "Train again what is there already", key="train-again"
    )
    prepared = prepared_name(split, preset)
    is_prepared = prepared in store.prepared(dataset)
    if is_prepared:
        show_cost(dataset, prepared, models, preset, changes)
    elif models:
        st.caption(f"The split {frame.plain(prepared)} will be prepared first.")
    label = f"Train {len(models)} model{'' if len(models) == 1 else 's'}"
    if st.button(
        label, type="primary", icon=":material/play_arrow:", key="launch", disabled=not models
    ):
        for name in models:
            # Settings are checked before anything is queued.
            resolve_settings(name, preset, changes)
        pin = int(np.argmax(load.split(dataset, prepared).graph.degree)) if is_prepared else None
        jobs.launch(
            dataset, models, preset=preset, split=split, seed=int(seed), changes=changes,
            again=bool(again), pin=pin,
        )  # fmt: skip
        st.rerun()


def show_cost(dataset, prepared, models, preset, changes) -> None:
    """Say what the chosen runs will take."""
    facts = load.store().split_facts(dataset, prepared)
    costs = []
    for name in models:
        settings = resolve_settings(name, preset, changes).model_dump()
        costs.append(
            estimate(load.store(), name, settings, facts["products"], facts["training_pairs"])
        )
    if costs:
        total = jobs.duration(sum(cost.seconds for cost in costs))
        memory = max(cost.memory_mb for cost in costs)
        sources = ", ".join(dict.fromkeys(cost.basis for cost in costs))
        st.caption(
            f":material/schedule: About **{total}** in all, one after the other, and "
            f"{memory:,.0f} MB for vectors at the most, on {facts['products']:,} products and "
            f"{facts['training_pairs']:,} training pairs. Reckoned from: {frame.plain(sources)}."
        )


@frame.guarded
def follow(was: tuple[str, ...]) -> None:
    """Draw the run in training and the queue; drawn anew every second."""
    all_jobs = jobs.queue().jobs()
    current = jobs.active(all_jobs)
    if tuple(job.id for job in current) != was:
        st.rerun()
    for job in current:
        if job.state == "running":
            follow_one(job)
    waiting = [job for job in current if job.state == "waiting"]
    if waiting:
        st.subheader("Waiting")
    for job in waiting:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{title(job.model)} on {job.dataset}", width="stretch")
            st.button(
                "Take off", key=f"drop-{job.id}", icon=":material/close:",
                on_click=jobs.queue().remove, args=(job,),
            )  # fmt: skip


def follow_one(job: Job) -> None:
    store, run = load.store(), job.run(load.store())
    status = None
    if run is not None and (run.folder / "status.json").exists():
        status = run.status
    stopping = jobs.queue().stop_asked(job)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(frame.plain(f"{title(job.model)} on {job.dataset}"), width="stretch")
            if stopping:
                st.caption("Stopping …")
            else:
                # Callbacks, since a press may fall between two of the fragment's own runs.
                st.button(
                    "Stop and keep", key=f"keep-{job.id}", icon=":material/stop_circle:",
                    help="Keep what was learned up to the last finished epoch",
                    on_click=jobs.queue().stop, args=(job, True),
                )  # fmt: skip
                st.button(
                    "Stop and clean up", key=f"discard-{job.id}", icon=":material/delete:",
                    help="Remove the run", on_click=jobs.queue().stop, args=(job, False),
                )  # fmt: skip
        if status is None or status["state"] != "running":
            st.progress(0.0, text="Starting: reading data and libraries")
            tail = jobs.queue().log(job).splitlines()[-8:]
            if tail:
                st.code("\n".join(tail), language=None)
            return
        show_progress(status)
        curve = run.curve()
        if len(curve):
            frame.plot(
                charts.live_curve(curve, job.model),
                key=f"live-{job.id}",
                alt="Learning curve of the run in training",
            )
        else:
            st.caption("The learning curve begins with the first measured point.")
        show_pinned(store, job, run)
        with st.expander("Log", icon=":material/article:", key=f"log-{job.id}"):
            st.code(run.log() or "Nothing yet", language=None, height=220)


def show_progress(status: dict) -> None:
    done, total = status.get("done") or 0, status.get("total")
    parts = [status.get("stage", "starting")]
    if total:
        parts.append(f"{done:,} of {total:,} {status['unit']}")
    if status.get("rate"):
        parts.append(f"{status['rate']:,.3g} {status['unit']}/s")
    if status.get("seconds_left") is not None:
        parts.append(f"{jobs.duration(status['seconds_left'])} left")
    parts.append(f"{jobs.duration(status.get('elapsed', 0))} so far")
    st.progress(min(1.0, done / total) if total else 0.0, text=frame.plain("  ·  ".join(parts)))


def show_pinned(store, job: Job, run) -> None:
    """Show how the pinned product's neighbours change as the model learns."""
    table = jobs.pinned(run)
    if table.empty:
        return
    split = load.split(job.dataset, run.config.prepared)
    product = int(table["pin"].iloc[-1])
    table = table[table["pin"] == product]
    epochs = sorted(table["epoch"].unique())
    shown = sorted({epochs[0], epochs[len(epochs) // 2], epochs[-1]})
    columns = {
        f"epoch {epoch:.3g}": [
            split.catalogue.label(int(other))
            for other in table[table["epoch"] == epoch].sort_values("rank")["product"].unique()
        ]
        for epoch in shown
    }
    st.markdown("**Neighbours of a pinned product as they improve**")
    st.text(split.catalogue.label(product))
    st.dataframe(
        pd.DataFrame({name: pd.Series(labels) for name, labels in columns.items()}),
        hide_index=False, height="content", alt="Neighbours of the pinned product by epoch",
    )  # fmt: skip


def choose_pin(current: list[Job]) -> None:
    """Let the person pin another product of the run in training."""
    running = [job for job in current if job.state == "running"]
    run = running[0].run(load.store()) if running else None
    if run is None or not (run.folder / "config.json").exists():
        return
    prepared = run.config.prepared
    query = st.text_input(
        "Pin another product", key="pin-query", type="search", live="300ms",
        placeholder="Words of its title, brand or category, or its id",
    )  # fmt: skip
    if not query:
        return
    found = load.search(running[0].dataset, prepared).find(query, 8)
    catalogue = load.split(running[0].dataset, prepared).catalogue
    if not len(found):
        st.caption("Nothing matches. Try fewer words.")
        return
    product = st.selectbox(
        "Products found", [int(p) for p in found], format_func=catalogue.label, key="pin-product"
    )
    if st.button("Pin it", key="pin-it", icon=":material/push_pin:"):
        jobs.pin(run, product)


def look_back() -> None:
    """Draw the history of runs."""
    st.subheader("History")
    table = jobs.history(jobs.queue().jobs())
    if table.empty:
        st.caption("No run yet.")
        return
    picked = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="single-row", key="history",
        alt="All runs with state, duration and error",
        column_config={"what happened": st.column_config.TextColumn(width="medium")},
    )  # fmt: skip
    rows = picked.selection.rows if picked else []
    if rows and rows[0] < len(table) and table["run"].iloc[rows[0]]:
        row = table.iloc[rows[0]]
        run = load.store().run(row["data set"], row["run"])
        st.code(run.log() or "This run left no log.", language=None, height=260)
    else:
        st.caption("Choose a row to read its log.")


with frame.page(
    "Train", "Runs train one at a time in a process of their own, and outlive this page and app."
) as page:
    jobs.resume()
    try:
        choose(page)
    except UserError as error:
        st.error(frame.plain(str(error)), icon=":material/build:")
    current = jobs.active(jobs.queue().jobs())
    every = "1s" if current else None
    st.fragment(follow, run_every=every)(tuple(job.id for job in current))
    if current and not page.presenter:
        choose_pin(current)
    look_back()
