"""Map, neighbours: the closest products by vector, which the lines on the map lead to."""

from __future__ import annotations

import streamlit as st

from core.explore.nearest_vectors import Metric
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from dashboard import cached_lookups, page_frame
from dashboard.parts import figures_and_tables, product_search
from dashboard.parts.map_slot import ITEM, K, MapSlot, split_of

SIGNS = {TRAINING: "✓", HELD_OUT: "★ hit", NONE: "–"}


def nearest_table(slot: MapSlot, item: int, metric: Metric) -> None:
    """Draw the closest products by vector, which the lines on the map lead to.

    Parameters
    ----------
    slot : MapSlot
    item : int
    metric : {"cosine", "euclidean"}
        The metric of the map.
    """
    run, prepared = slot.run, slot.prepared
    width = 556 if slot.is_half else 324
    table = cached_lookups.nearest_vectors(run, prepared, item, K, metric)
    if table.empty:
        st.caption("This product has no training pair, so the model has learned no vector for it.")
        product_search.offer_another(split_of(slot), ITEM, f"-{run.id}")
        return
    known = cached_lookups.true_pairs(run.config.dataset, prepared).named(
        item, table["product"].to_numpy()
    )
    table["pair"] = [SIGNS[known.get(other, (NONE, []))[0]] for other in table["product"]]
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    number, pair = (78, 82) if page_frame.presenter() else (64, 68)
    score = "cosine" if metric == "cosine" else "distance"
    figures_and_tables.table(
        table.rename(columns={"score": score})[["product", score, "pair", "category", "brand"]],
        height="content",
        key=f"nearest-{run.id}",
        row_height=figures_and_tables.row_height(2),
        alt="Nearest products by vector",
        column_config={
            "product": st.column_config.TextColumn(width=width - number - pair),
            score: st.column_config.NumberColumn(format="%.3f", width=number),
            "pair": st.column_config.TextColumn(
                width=pair, help="★ hit: a held-out pair; ✓: a training pair; – none"
            ),
            # Hidden at first; the table's menu shows them, and they are in its CSV.
            "category": None,
            "brand": None,
        },
    )
