"""Neighbours, side by side: a table a model, what they share, and how far they agree."""

from __future__ import annotations

import contextlib

import numpy as np
import pandas as pd
import streamlit as st

from core.config import UserError
from core.explore.model_agreement import overlaps
from core.explore.neighbour_filters import Filters
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.parts import output

SIGNS = {TRAINING: "✓", HELD_OUT: "★", NONE: "–"}
# Tables side by side are narrow.
SHORT = {"bought_together": "together", "also_bought": "bought", "also_viewed": "viewed"}
HIT = "background-color: rgba(0, 158, 115, 0.25)"
SHARED = "font-weight: 650"
OWN = "own"
SIMILARITIES = {
    OWN: "Own",
    "cosine": "Cosine",
    "in-out": "In-out",
}
SIMILARITY_HELP = (
    "For models with vectors. Cosine puts products first that are used alike, such as another "
    "brand of the same. In-out, center times context, puts products first that are bought along "
    "with this one; of an everyday product these may be rare ones. Own: by the one that predicts "
    "pairs better, for each model."
)
MOST_ROWS = 12
HEIGHT = 738
# Of the columns, for presenters: the type is that much larger.
LARGER = 5 / 4
# Of the columns, in pixels, where two tables stand side by side on a screen of 1440.
WIDTHS = {"in": 36, "image": 46, "product": 150, "brand": 106, "category": 88, "pair": 82,
          "score": 50, "price": 46}  # fmt: skip


def look_up(chosen: list, prepared: str, product: int, k: int, filters: Filters, similarity: str):
    """Return the neighbour tables by run id, and what a model that has none says."""
    tables, refused = {}, {}
    for run in chosen:
        try:
            tables[run.id] = cached_lookups.neighbours(
                run, prepared, product, k, filters, similarity
            )
        except UserError as error:
            refused[run.id] = str(error)
    return tables, refused


def side_by_side(chosen: list, names, tables, refused, similarity: str) -> None:
    """Draw the tables, two a row, and how far they agree."""
    counts = pd.Series(
        np.concatenate([table["product"] for table in tables.values()]) if tables else []
    ).value_counts()
    st.caption(
        "★ and green: a held-out pair, a hit. ✓: a training pair. Of pairs it says whether they "
        "are bought together, also bought or also viewed. Bold: named by all. Click a product, "
        "then open Why."
    )
    for start in range(0, len(chosen), 2):
        row = chosen[start : start + 2]
        for column, run in zip(st.columns(min(len(chosen), 2)), row):
            with column:
                said = cached_data.scoring(run, similarity) if run.id in tables else ""
                table, why_not = tables.get(run.id), refused.get(run.id)
                model_table(run, names, table, why_not, counts, len(tables), said)
    if sum(not table.empty for table in tables.values()) > 1:
        agreement(tables, names)


def model_table(run, names, table, refused, counts, n_models: int, scoring: str) -> None:
    """Draw what one model names."""
    output.heading(names[run.id], run.config.model)
    if table is None:
        st.info(page_frame.plain(refused), icon=":material/visibility_off:")
        return
    if table.empty:
        st.info("No product passes the filters in this model.", icon=":material/filter_alt_off:")
        return
    hits = int((table["relation"] == HELD_OUT).sum())
    known = int((table["relation"] == TRAINING).sum())
    said = f"Of {len(table)}: hits {hits}, training pairs {known}"
    st.caption(page_frame.plain(f"{said}  ·  by {scoring}" if scoring else said))
    shown, larger = rows_of(table, counts, n_models), 1.0
    if page_frame.presenter():
        larger, shown = LARGER, shown.drop(columns=["in", "brand"], errors="ignore")
    width = {name: round(pixels * larger) for name, pixels in WIDTHS.items()}
    shared = table["product"].map(counts).eq(n_models).to_numpy() & (n_models > 1)
    hit = table["relation"].eq(HELD_OUT).to_numpy()

    marks = np.where(hit, HIT, "").astype(object) + np.where(shared, f"; {SHARED}", "")
    look = pd.DataFrame(np.repeat(marks[:, None], shown.shape[1], axis=1), columns=shown.columns)
    output.table(
        shown.style.apply(lambda _: look, axis=None), key=f"near-{run.id}",
        height="content" if len(shown) <= MOST_ROWS else HEIGHT,
        on_select=_explain, selection_mode="single-cell",
        alt=f"Nearest products in {names[run.id]}",
        row_height=output.row_of(3),
        column_config={
            "in": st.column_config.TextColumn(
                width=width["in"], help="How many of the models name it"
            ),
            "image": st.column_config.ImageColumn(width=width["image"]),
            "product": st.column_config.TextColumn(width=width["product"]),
            "pair": st.column_config.TextColumn(
                width=width["pair"], help="Its true relation to the product above; – is none"
            ),
            "score": st.column_config.NumberColumn(format="%.3f", width=width["score"]),
            "price": st.column_config.NumberColumn(format="%.2f", width=width["price"]),
            "category": st.column_config.TextColumn(width=width["category"]),
            "brand": st.column_config.TextColumn(width=width["brand"]),
            # There to be shown by the table's own menu, and to be saved.
            "id": None,
        },
    )  # fmt: skip
    # The callback knows rows; these are the products they show.
    st.session_state[f"_rows-{run.id}"] = table["id"].tolist()


def rows_of(table: pd.DataFrame, counts: pd.Series, n_models: int) -> pd.DataFrame:
    """Return a neighbour table as it is shown."""
    relations = [
        ", ".join(SHORT.get(name, name.replace("_", " ")) for name in row)
        for row in table["relations"]
    ]
    shown = pd.DataFrame(
        {
            "in": table["product"].map(counts).astype(str) + f"/{n_models}",
            "product": table["title"].where(table["title"] != "", table["id"]),
            "brand": table["brand"],
            "category": table["category"],
            "pair": [f"{SIGNS[part]} {named}" for part, named in zip(table["relation"], relations)],
            "score": table["score"],
            "price": table["price"],
            "id": table["id"],
        }
    )
    # Nothing is known of one or the other in many data sets, and the tables are narrow.
    unknown = [name for name in ("brand", "category") if (shown[name] == "").all()]
    shown = shown.drop(columns=unknown + ["price"] * bool(shown["price"].isna().all()))
    if (table["image"] != "").any():
        shown.insert(1, "image", table["image"].where(table["image"].str.startswith("http"), None))
    return shown.drop(columns="in") if n_models < 2 else shown


def _explain() -> None:
    """Remember the neighbour that was clicked last."""
    for key in list(st.session_state):
        if not key.startswith("near-"):
            continue
        ids = st.session_state.get(f"_rows-{key.removeprefix('near-')}", [])
        chosen = [row for row, _ in st.session_state[key]["selection"]["cells"]]
        before = st.session_state.get(f"_was-{key}", [])
        st.session_state[f"_was-{key}"] = chosen
        if chosen and chosen != before and chosen[0] < len(ids):
            st.session_state["_other"] = ids[chosen[0]]


def agreement(tables, names) -> None:
    """Draw Jaccard@k between the models and what all of them name."""
    sets = {names[run]: table["product"].to_numpy() for run, table in tables.items()}
    matrix = overlaps(sets)
    common = set.intersection(*(set(found.tolist()) for found in sets.values()))
    st.markdown("**How far they agree**")
    counted = "1 product is" if len(common) == 1 else f"{len(common)} products are"
    st.caption(
        f"Jaccard@k: products that both name, of all that either names. {counted} named by all "
        "(in bold above)."
    )
    output.table(
        matrix.rename_axis("Jaccard@k").reset_index(), height="content",
        alt="Jaccard overlap of every two models",
        column_config={
            name: st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1)
            for name in matrix
        },
    )  # fmt: skip


def can_choose(dataset: str, chosen: list) -> bool:
    """Return whether a choice of similarity would change anything."""
    for run in chosen:
        # What a damaged model has to say stands in its place side by side.
        with contextlib.suppress(UserError):
            if cached_data.model(dataset, run.id).neighbour_scores:
                return True
    return False
