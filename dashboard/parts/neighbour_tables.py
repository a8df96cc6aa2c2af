"""Neighbours side by side: a table per model, shared neighbours, and agreement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

from core.config import UserError
from core.explore.model_agreement import overlaps
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from core.plural import count_of
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame
from dashboard.parts import figures_and_tables

SIGNS = {TRAINING: "✓", HELD_OUT: "★", NONE: "–"}
# Short names for narrow tables.
SHORT_RELATIONS = {
    "bought_together": "together",
    "also_bought": "bought",
    "also_viewed": "viewed",
}
HIT_STYLE = "background-color: rgba(0, 158, 115, 0.25)"
SHARED_STYLE = "font-weight: 650"
TABLES_PER_ROW = 2
# A table with more rows than this scrolls, at this height in pixels.
MAX_ROWS = 12
SCROLL_HEIGHT = 738
# Where the session keeps the id of the neighbour that was clicked last.
CLICKED = "_other"
# Widths in pixels, for two tables side by side on a 1440-pixel screen.
WIDTHS = {
    "in": 36,
    "image": 46,
    "product": 150,
    "brand": 106,
    "category": 88,
    "pair": 82,
    "score": 50,
    "price": 46,
}


@dataclass(frozen=True)
class NeighbourTables:
    """The neighbours that the chosen models list.

    Attributes
    ----------
    runs : sequence of Run
    tables : dict
        Neighbour tables by run id.
    scorings : dict
        By run id: the score that ranks them; empty if the model has only one.
    errors : dict
        By run id: why a model gives no answer.
    """

    runs: Sequence[Run]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    scorings: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> pd.Series:
        """How many models list each product."""
        products = [table["product"].to_numpy() for table in self.tables.values()]
        return pd.Series(np.concatenate(products) if products else []).value_counts()


def look_up(
    runs: Sequence[Run], scoring: str, find: Callable[[Run], pd.DataFrame]
) -> NeighbourTables:
    """Return the neighbours that each run lists.

    Parameters
    ----------
    runs : sequence of Run
    scoring : str
        The score to rank by, one of the models' `neighbour_scorings`.
    find : callable
        Returns the neighbour table of a run.
    """
    results = NeighbourTables(runs)
    for run in runs:
        try:
            results.scorings[run.id] = cached_data.scoring(run, scoring)
            results.tables[run.id] = find(run)
        except UserError as error:
            results.errors[run.id] = str(error)
    return results


def side_by_side(results: NeighbourTables, names: Mapping[str, str]) -> None:
    """Draw the tables, two in a row."""
    st.caption(
        "★ on green: held-out pair (hit) · ✓: training pair · bold: listed by all models. "
        "Click a product, then open Why."
    )
    for start in range(0, len(results.runs), TABLES_PER_ROW):
        row = results.runs[start : start + TABLES_PER_ROW]
        for column, run in zip(st.columns(min(len(results.runs), TABLES_PER_ROW)), row):
            with column:
                _draw_model(results, run, names[run.id])


def _draw_model(results: NeighbourTables, run: Run, label: str) -> None:
    """Draw the heading of one model, and its table or why there is none."""
    figures_and_tables.heading(label, run.config.model)
    if run.id in results.errors:
        st.info(page_frame.plain(results.errors[run.id]), icon=":material/visibility_off:")
        return
    table = results.tables[run.id]
    if table.empty:
        st.info("No product passes the filters in this model.", icon=":material/filter_alt_off:")
        return
    hits = int((table["relation"] == HELD_OUT).sum())
    known = int((table["relation"] == TRAINING).sum())
    pairs = f" and {count_of(known, 'training pair')}" if known else ""
    summary = f"{count_of(hits, 'hit')}{pairs} in {len(table)}"
    if scoring := results.scorings[run.id]:
        summary += f"  ·  by {scoring}"
    st.caption(page_frame.plain(summary))
    _draw_table(results, run.id, label)


def _draw_table(results: NeighbourTables, run_id: str, label: str) -> None:
    table, counts, n_models = results.tables[run_id], results.counts, len(results.tables)
    shown, scale = display_rows(table, counts, n_models), 1.0
    if page_frame.presenter():
        scale, shown = (
            page_frame.PRESENTER_SCALE,
            shown.drop(columns=["in", "brand"], errors="ignore"),
        )
    width = {name: round(pixels * scale) for name, pixels in WIDTHS.items()}
    shared = table["product"].map(counts).eq(n_models).to_numpy() & (n_models > 1)
    hit = table["relation"].eq(HELD_OUT).to_numpy()
    styles = np.where(hit, HIT_STYLE, "").astype(object)
    styles += np.where(shared, f"; {SHARED_STYLE}", "")
    styles = np.repeat(styles[:, None], shown.shape[1], axis=1)
    look = pd.DataFrame(styles, columns=shown.columns)
    column = st.column_config
    figures_and_tables.table(
        shown.style.apply(lambda _: look, axis=None),
        key=f"near-{run_id}",
        height="content" if len(shown) <= MAX_ROWS else SCROLL_HEIGHT,
        on_select=_remember_click,
        selection_mode="single-cell",
        alt=f"Nearest products in {label}",
        row_height=figures_and_tables.row_height(3),
        column_config={
            "in": column.TextColumn(width=width["in"], help="How many of the models list it"),
            "image": column.ImageColumn(width=width["image"]),
            "product": column.TextColumn(width=width["product"]),
            "pair": column.TextColumn(
                width=width["pair"], help="Its relation to the chosen product in the data; –: none"
            ),
            "score": column.NumberColumn(format="%.3f", width=width["score"]),
            "price": column.NumberColumn(format="%.2f", width=width["price"]),
            "category": column.TextColumn(width=width["category"]),
            "brand": column.TextColumn(width=width["brand"]),
            # Hidden at first; the table's menu shows them, and they are in its CSV.
            "id": None,
        },
    )
    # The callback gets row numbers; these are the products in those rows.
    st.session_state[f"_rows-{run_id}"] = table["id"].tolist()


def display_rows(table: pd.DataFrame, counts: pd.Series, n_models: int) -> pd.DataFrame:
    """Return a neighbour table as it is shown.

    Parameters
    ----------
    table : DataFrame
        From `core.explore.neighbours.neighbour_table`.
    counts : Series
        How many models list each product.
    n_models : int
    """
    relations = [
        ", ".join(SHORT_RELATIONS.get(name, name.replace("_", " ")) for name in row)
        for row in table["relations"]
    ]
    shown = pd.DataFrame(
        {
            "in": table["product"].map(counts).astype(str) + f"/{n_models}",
            "product": table["title"].where(table["title"] != "", table["id"]),
            "brand": table["brand"],
            "category": table["category"],
            "pair": [f"{SIGNS[kind]} {named}" for kind, named in zip(table["relation"], relations)],
            "score": table["score"],
            "price": table["price"],
            "id": table["id"],
        }
    )
    # Many data sets lack some of these, and the tables are narrow.
    unknown = [name for name in ("brand", "category") if (shown[name] == "").all()]
    if shown["price"].isna().all():
        unknown.append("price")
    shown = shown.drop(columns=unknown)
    if (table["image"] != "").any():
        shown.insert(1, "image", table["image"].where(table["image"].str.startswith("http"), None))
    return shown.drop(columns="in") if n_models < 2 else shown


def _remember_click() -> None:
    """Keep the neighbour that was clicked last, for Why; a callback."""
    for key in list(st.session_state):
        if not isinstance(key, str) or not key.startswith("near-"):
            continue
        ids = st.session_state.get(f"_rows-{key.removeprefix('near-')}", [])
        clicked = [row for row, _ in st.session_state[key]["selection"]["cells"]]
        before = st.session_state.get(f"_was-{key}", [])
        st.session_state[f"_was-{key}"] = clicked
        if clicked and clicked != before and clicked[0] < len(ids):
            st.session_state[CLICKED] = ids[clicked[0]]


def agreement(results: NeighbourTables, names: Mapping[str, str]) -> None:
    """Draw Jaccard@k between the models, and how many products all of them list."""
    listed = {
        names[run_id]: table["product"].to_numpy() for run_id, table in results.tables.items()
    }
    matrix = overlaps(listed)
    common = set.intersection(*(set(products.tolist()) for products in listed.values()))
    st.markdown("**Agreement**")
    count = count_of(len(common), "product is", "products are")
    st.caption(
        "Jaccard@k: products listed by both models, divided by products listed by either. "
        f"{count} listed by all."
    )
    figures_and_tables.table(
        matrix.rename_axis("Jaccard@k").reset_index(),
        height="content",
        alt="Jaccard overlap of each pair of models",
        column_config={
            name: st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1)
            for name in matrix
        },
    )
