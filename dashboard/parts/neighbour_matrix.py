"""Neighbours side by side: a matrix of ranks and models, hits lit up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from core.explore.true_pairs import HELD_OUT
from core.plural import count_of
from dashboard import page_frame
from dashboard.charts import chart_style
from dashboard.parts.neighbour_tables import SIGNS, NeighbourTables

FILES = Path(__file__).resolve().parents[1] / "components"
NO_RESULT = "No product passes the filters."
# Font sizes in pixels: ten ranks fit on a screen 720 high. One less for more than `MANY` models.
TYPE_SIZE, PRESENTER_TYPE_SIZE, MANY = 13, 15, 4
# Called with the name of an action and the id of a product.
Handler = Callable[[str, str], None]

_component = st.components.v2.component(
    "neighbour_matrix",
    html='<div class="root"></div>\n',
    css=(FILES / "neighbour_matrix.css").read_text("utf-8"),
    js=(FILES / "neighbour_matrix.js").read_text("utf-8"),
)


def matrix(
    results: NeighbourTables,
    names: Mapping[str, str],
    actions: Mapping[str, str],
    on_action: Handler,
    key: str = "matrix",
) -> None:
    """Draw the matrix; a click on a product offers actions.

    Parameters
    ----------
    results : NeighbourTables
    names : mapping of str by run id
    actions : mapping
        Labels of the actions by their names.
    on_action : callable
        Called with the chosen action's name and the product's id.
    key : str
    """

    def act() -> None:
        if chosen := st.session_state[key].get("action"):
            on_action(chosen["name"], chosen["id"])

    size = PRESENTER_TYPE_SIZE if page_frame.presenter() else TYPE_SIZE
    if len(results.runs) > MANY:
        size -= 1
    data = matrix_data(results, names) | {"actions": list(actions.items()), "size": size}
    _component(key=key, data=data, on_action_change=act)
    st.caption(
        "★ on green: held-out pair, a hit · ✓: training pair · bold: listed by all models. "
        "Click a product for more."
    )


def matrix_data(results: NeighbourTables, names: Mapping[str, str]) -> dict[str, object]:
    """Return what the matrix shows: the columns, each with its cells, and the number of rows."""
    counts, n_models = results.counts, len(results.tables)
    in_all = set(counts.index[counts == n_models]) if n_models > 1 else set()
    columns = []
    for run in results.runs:
        table = results.tables.get(run.id)
        message = results.errors.get(run.id, "")
        if table is not None and table.empty:
            message = NO_RESULT
        columns.append(
            {
                "label": names[run.id],
                "colour": chart_style.colour(run.config.model),
                "note": "" if table is None or message else _note(table),
                "message": message,
                "cells": [] if table is None else _cells(table, in_all),
            }
        )
    rows = max([len(column["cells"]) for column in columns] + [1])
    return {"columns": columns, "rows": rows, "title": "Nearest products by rank and model"}


def _note(table: pd.DataFrame) -> str:
    hits = int((table["relation"] == HELD_OUT).sum())
    return f"{count_of(hits, 'hit')} in {len(table)}"


def _cells(table: pd.DataFrame, in_all: set[int]) -> list[dict[str, object]]:
    cells = []
    for row in table.to_dict("records"):
        relations = ", ".join(name.replace("_", " ") for name in row["relations"])
        price = "" if pd.isna(row["price"]) else f"{row['price']:,.2f}"
        label = row["title"] or row["id"]
        facts = (label, row["brand"], row["category"], price, f"score {row['score']:.3f}",
                 relations and f"{row['relation']}: {relations}")  # fmt: skip
        cells.append(
            {
                "id": row["id"],
                "text": label,
                "sign": SIGNS[row["relation"]].replace("–", ""),
                "hit": row["relation"] == HELD_OUT,
                "shared": row["product"] in in_all,
                "detail": "\n".join(fact for fact in facts if fact),
            }
        )
    return cells
