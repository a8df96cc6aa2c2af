"""Map, neighbours: the closest products by vector, which the lines on the map lead to."""

from __future__ import annotations

import streamlit as st

from core.explore.nearest_vectors import Metric
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from dashboard import cached_lookups
from dashboard.parts import figures_and_tables, product_search
from dashboard.parts.map_slot import ITEM, K, MapSlot, split_of

SIGNS = {TRAINING: "✓", HELD_OUT: "★", NONE: ""}
# Of the products' names on a 1280-pixel screen, next to one map and below each of two; pixels.
WIDTH, HALF_WIDTH = 215, 390


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
    table = cached_lookups.nearest_vectors(run, prepared, item, K, metric)
    if table.empty:
        st.caption("This product has no training pair, so the model has learned no vector for it.")
        product_search.offer_another(split_of(slot), ITEM, f"-{run.id}")
        return
    known = cached_lookups.true_pairs(run.config.dataset, prepared).named(
        item, table["product"].to_numpy()
    )
    signs = [SIGNS[known.get(other, (NONE, []))[0]] for other in table["product"]]
    names = table["title"].where(table["title"] != "", table["id"])
    table["product"] = [f"{sign} {name}".strip() for sign, name in zip(signs, names)]
    score = "cosine" if metric == "cosine" else "distance"
    figures_and_tables.table(
        table.rename(columns={"score": score})[["product", score, "category", "brand"]],
        height="content" if slot.is_half else "stretch",
        key=f"nearest-{run.id}",
        row_height=figures_and_tables.row_height(2),
        alt="Nearest products by vector",
        column_config={
            "product": st.column_config.TextColumn(
                width=HALF_WIDTH if slot.is_half else WIDTH,
                help="★: a held-out pair (hit); ✓: a training pair",
            ),
            # It takes what the other column leaves.
            score: st.column_config.NumberColumn(format="%.3f"),
            # Hidden at first; the table's menu shows them, and they are in its CSV.
            "category": None,
            "brand": None,
        },
    )
