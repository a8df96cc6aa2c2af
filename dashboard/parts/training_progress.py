"""Train, follow: the run in training with its curve and a pinned product, and those that wait."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.explore.example_product import example_product
from core.jobs.queue import Job
from dashboard import cached_data, jobs, page_frame
from dashboard.charts import learning_curves
from dashboard.parts import output, product_search


def standing(current: list[Job]) -> tuple:
    """Return what the page around the followed runs shows of them, too."""
    return tuple((job.id, job.state, _can_pin(job)) for job in current)


@page_frame.guarded
def follow(was: tuple) -> None:
    """Draw the run in training and the queue; drawn anew every second.

    `was` is what `standing` said when the page was drawn: once it differs, so does the page.
    """
    current = jobs.active(jobs.queue().jobs())
    if standing(current) != was:
        st.rerun()
    for job in current:
        if job.state == "running":
            follow_one(job)
    waiting = [job for job in current if job.state == "waiting"]
    if waiting:
        st.subheader("Waiting")
    for job in waiting:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{jobs.title(job.model)} on {job.dataset}", width="stretch")
            st.button(
                "Take off", key=f"drop-{job.id}", icon=":material/close:",
                on_click=jobs.take_off, args=(job.id,),
            )  # fmt: skip


def follow_one(job: Job) -> None:
    store, run = cached_data.store(), job.run(cached_data.store())
    status = None
    if run is not None and run.has_begun():
        status = run.status
    stopping = jobs.queue().stop_asked(job)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(
                page_frame.plain(f"{jobs.title(job.model)} on {job.dataset}"), width="stretch"
            )
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
        pin_one(job, run)
        curve = run.curve()
        if len(curve):
            output.plot(
                learning_curves.live_curve(curve, job.model),
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
    st.progress(
        min(1.0, done / total) if total else 0.0, text=page_frame.plain("  ·  ".join(parts))
    )


def pin_one(job: Job, run) -> None:
    """Pin a well-known product unless one is pinned: of data just read, none was known before."""
    if not jobs.is_pinned(run) and (run.folder / "config.json").exists():
        jobs.pin(run, example_product(cached_data.split(job.dataset, run.config.prepared)))


def show_pinned(store, job: Job, run) -> None:
    """Show how the pinned product's neighbours change as the model learns."""
    table = jobs.pinned(run)
    if table.empty:
        return
    split = cached_data.split(job.dataset, run.config.prepared)
    product = int(table["pin"].iloc[-1])
    table = table[table["pin"] == product]
    epochs = sorted(table["epoch"].unique())
    shown = sorted({epochs[0], epochs[len(epochs) // 2], epochs[-1]})
    columns = {
        f"Epoch {epoch:.3g}": [
            split.catalogue.label(int(other))
            for other in table[table["epoch"] == epoch].sort_values("rank")["product"].unique()
        ]
        for epoch in shown
    }
    st.markdown("**Neighbours of a pinned product as they improve**")
    st.text(split.catalogue.label(product))
    places = pd.RangeIndex(1, 1 + max(map(len, columns.values())), name="Place")
    table = pd.DataFrame({name: pd.Series(labels) for name, labels in columns.items()})
    output.table(
        table.set_index(places).reset_index(), height="content",
        alt="Neighbours of the pinned product by epoch",
        # Larger type breaks into a second line.
        row_height=output.row_of(2) if page_frame.presenter() else None,
        column_config={
            "Place": st.column_config.NumberColumn(width=60),
            **{name: st.column_config.TextColumn(width=330) for name in columns},
        },
    )  # fmt: skip


def _can_pin(job: Job) -> bool:
    """Return whether a job trains by now, and its run says on which pairs."""
    run = job.run(cached_data.store()) if job.state == "running" else None
    return run is not None and (run.folder / "config.json").exists()


def choose_pin(current: list[Job]) -> None:
    """Let the person pin another product of the run in training."""
    running = [job for job in current if _can_pin(job)]
    if not running:
        return
    run = running[0].run(cached_data.store())
    prepared = run.config.prepared
    query = st.text_input(
        "Pin another product", key="pin-query", type="search", live="300ms",
        placeholder="Words of its title, brand or category, or its id",
    )  # fmt: skip
    if not query:
        return
    found = cached_data.search(running[0].dataset, prepared).find(query, 8)
    catalogue = cached_data.split(running[0].dataset, prepared).catalogue
    if not len(found):
        st.caption("Nothing matches. Try fewer words.")
        product_search.clear_button("pin-query")
        return
    product = st.selectbox(
        "Products found", [int(p) for p in found], format_func=catalogue.label, key="pin-product"
    )
    if st.button("Pin it", key="pin-it", icon=":material/push_pin:"):
        jobs.pin(run, product)
