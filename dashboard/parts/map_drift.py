"""Map, two maps: the products whose nearest products differ most between the two runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.explore.neighbour_drift import MIN_DEGREE
from core.explore.neighbours import describe
from dashboard import cached_lookups, url
from dashboard.parts import figures_and_tables, product_search
from dashboard.parts.map_slot import ITEM, MapSlot, split_of

MAX_ROWS = 200
HEIGHT = 330  # pixels
ROWS = "drift"
_IDS, _GO = "_drift", "_drift-go"
# The buttons of a row, and the part of the Neighbours page that each opens; none on this page.
BUTTONS = {"Map": "", "Neighbours": "together", "Why": "why"}
# Keys of the Neighbours page in the address: its product, models and part.
PRODUCT, MODELS, PART = "item", "models", "near"


def drift_list(first: MapSlot, second: MapSlot) -> None:
    """Draw the list; a click leads to a product's place on the maps or to its neighbours."""
    _follow()
    split = split_of(first)
    drift = cached_lookups.drift(first.run, second.run, first.prepared)
    if drift.table.empty:
        st.caption(f"No product with {MIN_DEGREE}+ training pairs has a vector in both runs.")
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
                **{label: label for label in BUTTONS},
            }
        ),
        key=ROWS,
        height=HEIGHT,
        alt="Products whose neighbourhoods differ most",
        column_config={
            "product": config.TextColumn(width=330),
            "shared": config.ProgressColumn(
                format=f"%d of {drift.k}", min_value=0, max_value=drift.k, width=120
            ),
            "training pairs": config.NumberColumn(width=100),
            "brand": config.TextColumn(width=110),
            "category": config.TextColumn(width=140),
            **{
                label: config.ButtonColumn(
                    "", on_click=_open, args=(label,), key=_key(label), type="tertiary", width=width
                )
                for label, width in zip(BUTTONS, (60, 100, 60))
            },
        },
    )


def _key(label: str) -> str:
    return f"{ROWS}-{label.lower()}"


def _open(label: str) -> None:
    """Show the clicked product on the maps, or have another page opened for it; a callback."""
    ids, runs = st.session_state[_IDS]
    product = ids[st.session_state[_key(label)]["row"]]
    if BUTTONS[label]:
        st.session_state[_GO] = (product, runs, BUTTONS[label])
    else:
        product_search.select(ITEM, product)


def _follow() -> None:
    """Open the Neighbours page if a click asked for it."""
    if _GO not in st.session_state:
        return
    product, runs, part = st.session_state.pop(_GO)
    product_search.select(PRODUCT, product)
    st.session_state.update({MODELS: runs, PART: part})
    url.open_page("neighbours")
