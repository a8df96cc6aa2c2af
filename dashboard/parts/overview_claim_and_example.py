"""Overview of the results: a claim with its picture, and one product with its hits."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.config import UserError
from core.evaluation.measure_type import Row
from core.evaluation.table import best_first
from core.explore.neighbour_filters import Filters
from core.explore.true_pairs import HELD_OUT
from core.graph.split import Split
from dashboard import cached_lookups, page_frame
from dashboard.cached_data import store
from dashboard.cached_lookups import NeighbourQuery
from dashboard.charts import result_charts
from dashboard.content.claims import claim, story_rows
from dashboard.parts import figures_and_tables
from dashboard.parts.neighbour_tables import HIT_STYLE

N_NEIGHBOURS = 8
HIT = "★"


def show_claim(rows: Sequence[Row], split: Split) -> None:
    """Draw the claim and its picture: AUC by two kinds of negatives, and as published."""
    if made := claim(rows, int(split.seen.sum())):
        st.subheader(page_frame.plain(made.text))
        st.caption(page_frame.plain(made.reason))
    models = story_rows(rows)
    if len(models) > 1:
        figures_and_tables.plot(
            result_charts.uniform_and_matched(models),
            "claim",
            alt="AUC against random and against equally popular products, and as published",
            copy=False,
        )


def show_example(dataset: str, prepared: str, rows: Sequence[Row], split: Split) -> None:
    """Draw what the best run recommends for the example product, without known pairs."""
    product = cached_lookups.default_product(dataset, prepared)
    query = NeighbourQuery(product, N_NEIGHBOURS, Filters("new"))
    best, table = _best_answer(dataset, prepared, best_first(rows), query)
    hit = table["relation"].eq(HELD_OUT).to_numpy()
    title = page_frame.plain(split.catalogue.label(product))
    st.subheader(f"What goes with {title}?")
    st.caption(
        f"{page_frame.plain(best['label'])}: {hit.sum()} of {len(table)} are right ({HIT}): "
        "true pairs that were hidden from the model."
    )
    shown = pd.DataFrame(
        {
            "product": table["title"].where(table["title"] != "", table["id"]),
            "hit": [HIT if right else "" for right in hit],
        }
    )
    figures_and_tables.table(
        shown.style.apply(lambda row: [HIT_STYLE if row["hit"] else ""] * len(row), axis="columns"),
        height="content",
        key="example",
        alt="Recommended products, hits marked",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "hit": st.column_config.TextColumn(width=40),
        },
    )


def _best_answer(
    dataset: str, prepared: str, rows: Sequence[Row], query: NeighbourQuery
) -> tuple[Row, pd.DataFrame]:
    """Return the first row whose run can list neighbours, and these; older runs may not.

    Raises
    ------
    UserError
        The error of the first run, if none can.
    """
    errors = []
    for row in rows:
        try:
            return row, cached_lookups.neighbours(store().run(dataset, row["run"]), prepared, query)
        except UserError as error:
            errors.append(error)
    raise errors[0]
