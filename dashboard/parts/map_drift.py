"""Map, two maps: the products whose nearest products differ most between the two runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.explore.neighbour_drift import MIN_DEGREE
from core.explore.neighbours import describe
from dashboard import cached_lookups, url
from dashboard.parts import figures_and_tables, product_search
from dashboard.parts.map_panel import ITEM, Panel, split_of

MAX_ROWS = 200
HEIGHT = 330  # pixels
ROWS, OPEN = "drift", "drift-open"
_IDS, _GO = "_drift", "_drift-go"
SHOW, NEIGHBOURS, WHY = ":material/my_location: Show", ":material/hub: Neighbours", "Why"
# The other page's keys: its product, models and part.
PRODUCT, MODELS, PART = "item", "models", "near"


def drift_list(first: Panel, second: Panel) -> None:
    """Draw the list; a product is one click from its place on the maps and from its neighbours."""
    _follow()
    split = split_of(first)
    drift = cached_lookups.drift(first.run, second.run, first.prepared)
    if drift.table.empty:
        st.caption(f"No product with {MIN_DEGREE} training pairs has a vector in both runs.")
        return
    st.subheader("Drift")
    n_checked = len(drift.table)
    sample = f"a random sample of {n_checked:,} of the " if n_checked < drift.n_candidates else ""
    st.caption(
        f"Products that keep the fewest of their {drift.k} nearest by cosine from one run to the "
        f"other. On average they keep {drift.mean:.1f} (on {sample}{drift.n_candidates:,} products "
        f"with at least {MIN_DEGREE} training pairs)."
    )
    top = drift.table.head(MAX_ROWS)
    rows = describe(split, top["product"].to_numpy())
    # The callbacks get row numbers; these are the products in those rows.
    st.session_state[_IDS] = (rows["id"].tolist(), [first.run.id, second.run.id])
    config = st.column_config
    figures_and_tables.table(
        pd.DataFrame(
            {
                "product": rows["title"].where(rows["title"] != "", rows["id"]),
                "shared": top["shared"],
                "training pairs": top["degree"],
                "brand": rows["brand"],
                "category": rows["category"],
                "open": [[SHOW, NEIGHBOURS, WHY]] * len(rows),
            }
        ),
        key=ROWS, height=HEIGHT, alt="Products whose neighbourhoods differ most",
        column_config={
            "product": config.TextColumn(width=360),
            "shared": config.ProgressColumn(
                format=f"%d of {drift.k}", min_value=0, max_value=drift.k, width=120
            ),
            "training pairs": config.NumberColumn(width=100),
            "brand": config.TextColumn(width=130),
            "category": config.TextColumn(width=170),
            "open": config.ButtonColumn("", on_click=_open, key=OPEN, width=110),
        },
    )  # fmt: skip


def _open() -> None:
    """Show the clicked product on the maps, or keep what else was asked for; a callback."""
    click = st.session_state[OPEN]
    ids, runs = st.session_state[_IDS]
    if click["label"] == SHOW:
        product_search.take(ITEM, ids[click["row"]])
    else:
        part = "why" if click["label"] == WHY else "together"
        st.session_state[_GO] = (ids[click["row"]], runs, part)


def _follow() -> None:
    """Open the Neighbours page if a click asked for it."""
    if _GO not in st.session_state:
        return
    product, runs, part = st.session_state.pop(_GO)
    product_search.take(PRODUCT, product)
    st.session_state.update({MODELS: runs, PART: part})
    url.open_page("neighbours")
