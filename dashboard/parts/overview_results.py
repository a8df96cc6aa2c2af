"""Overview of the results: the best runs, the published figures, and one product's neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.measures import CANDIDATES
from core.evaluation.table import columns
from core.runs.run_folder import Run
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.charts import result_charts
from dashboard.parts import figures_and_tables, run_tables

N_BEST = 5
N_NEIGHBOURS = 8


def best_models(dataset: str, prepared: str, runs: Sequence[Run]) -> None:
    """Draw the best runs by Hits@10, next to the published figures."""
    rows = run_tables.rows_of(runs)
    best = sorted(rows, key=lambda row: -(row["hits_at_10"] or 0))[:N_BEST]
    # Larger type leaves no room for two columns.
    left, right = (st, st) if page_frame.presenter() else st.columns([1.15, 1])
    with left.container():
        st.subheader("Best in ranking")
        headline = columns("headline")
        figures_and_tables.table(
            run_tables.styled_table(best, headline, among=rows),
            height="content",
            key="head",
            alt="The best runs by Hits@10",
            column_config=run_tables.column_config(headline),
        )
        others = len(rows) - len(best)
        st.caption(
            f"Hits@10: how often a held-out partner is among the first ten. {CANDIDATES}"
            + (f" {others} more runs are on the Compare page." if others else "")
        )
        page_frame.go_to("compare", "Compare all runs")
    with right.container():
        st.subheader("Published and ours")
        published = [row for row in rows if row["published_electronics_auc_all"] is not None]
        figures_and_tables.plot(
            result_charts.published_and_ours(published or best),
            "published",
            alt="Published figures and ours",
            copy=False,
        )
    with page_frame.boundary():
        example(dataset, prepared, best[0])


def example(dataset: str, prepared: str, row: run_tables.Row) -> None:
    """Draw the neighbours of the example product in one run."""
    split = cached_data.split(dataset, prepared)
    product = cached_lookups.default_product(dataset, prepared)
    st.subheader("Example")
    run = cached_data.store().run(dataset, row["run"])
    query = cached_lookups.NeighbourQuery(product, N_NEIGHBOURS)
    table = cached_lookups.neighbours(run, prepared, query)
    st.caption(page_frame.plain(f"Neighbours in {row['label']}, with their true relation to:"))
    st.text(split.catalogue.label(product))
    figures_and_tables.table(
        table[["title", "brand", "category", "price", "score", "relation"]],
        height="content",
        key="worked",
        alt="Neighbours of the example product in the best run",
        column_config={
            "title": st.column_config.TextColumn(width="large"),
            "price": st.column_config.NumberColumn(format="%.2f"),
            "score": st.column_config.NumberColumn(format="%.3f"),
            "relation": st.column_config.TextColumn("true relation"),
        },
    )
