"""Train, pinned product: how the neighbours of one product improve during training."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.explore.example_product import example_product
from core.jobs.train_job import TrainJob
from core.runs.recorder import PIN_FILE, PINNED_FILE
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame
from dashboard.parts import figures_and_tables, product_search

MAX_PRODUCTS_FOUND = 8


def can_pin(job: TrainJob) -> bool:
    """Return whether a job has begun to train, so that its split is known."""
    run = job.run() if job.state == "running" else None
    return run is not None and (run.folder / "config.json").exists()


def pin(run: Run, product: int) -> None:
    """Record a product's neighbours at every point of the run's learning curve."""
    if run.folder.is_dir():
        (run.folder / PIN_FILE).write_text(str(product))


def pin_if_none(job: TrainJob, run: Run) -> None:
    """Pin a well-known product if none is pinned, as on newly read data."""
    if not (run.folder / PIN_FILE).exists() and can_pin(job):
        split = cached_data.split(job.request.dataset, run.config.prepared)
        pin(run, example_product(split))


def pinned_neighbours(run: Run) -> pd.DataFrame:
    """Return the pinned product's neighbours so far: ``pin, epoch, rank, product, score``."""
    try:
        return pd.read_csv(run.folder / PINNED_FILE, on_bad_lines="skip").dropna()
    except (FileNotFoundError, pd.errors.EmptyDataError):
        return pd.DataFrame(columns=["pin", "epoch", "rank", "product", "score"])


def show_pinned(job: TrainJob, run: Run) -> None:
    """Draw the pinned product's neighbours at the first, a middle and the last epoch so far."""
    neighbours = pinned_neighbours(run)
    if neighbours.empty:
        return
    split = cached_data.split(job.request.dataset, run.config.prepared)
    product = int(neighbours["pin"].iloc[-1])
    neighbours = neighbours[neighbours["pin"] == product].sort_values("rank")
    epochs = sorted(neighbours["epoch"].unique())
    shown = sorted({epochs[0], epochs[len(epochs) // 2], epochs[-1]})
    columns = {
        f"Epoch {epoch:.3g}": [
            split.catalogue.label(int(other))
            for other in neighbours[neighbours["epoch"] == epoch]["product"].unique()
        ]
        for epoch in shown
    }
    st.markdown("**Neighbours of a pinned product as they improve**")
    st.text(split.catalogue.label(product))
    ranks = pd.RangeIndex(1, 1 + max(map(len, columns.values())), name="Rank")
    table = pd.DataFrame({name: pd.Series(labels) for name, labels in columns.items()})
    figures_and_tables.table(
        table.set_index(ranks).reset_index(),
        height="content",
        alt="Neighbours of the pinned product by epoch",
        # In the larger type, titles wrap to a second line.
        row_height=figures_and_tables.row_height(2) if page_frame.presenter() else None,
        column_config={
            "Rank": st.column_config.NumberColumn(width=60),
            **{name: st.column_config.TextColumn(width=330) for name in columns},
        },
    )


def choose_pin(active: Sequence[TrainJob]) -> None:
    """Draw a search for another product to pin to the run in training."""
    job = next((job for job in active if can_pin(job)), None)
    run = job.run() if job is not None else None
    if job is None or run is None:
        return
    query = st.text_input(
        "Pin another product",
        key="pin-query",
        type="search",
        live="300ms",
        placeholder="Words of its title, brand or category, or its id",
    )
    if not query:
        return
    dataset, prepared = job.request.dataset, run.config.prepared
    products = cached_data.search(dataset, prepared).find(query, MAX_PRODUCTS_FOUND)
    catalogue = cached_data.split(dataset, prepared).catalogue
    if not len(products):
        st.caption("Nothing matches. Try fewer words.")
        product_search.clear_button("pin-query")
        return
    product = st.selectbox(
        "Products found", products.tolist(), format_func=catalogue.label, key="pin-product"
    )
    if st.button("Pin", key="pin-it", icon=":material/push_pin:"):
        pin(run, product)
