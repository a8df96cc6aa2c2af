"""Why a product is a neighbour: what both products share, and what each model says."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.config import UserError
from core.explore.neighbours import describe
from core.explore.product_paths import shared_facts, shared_neighbours, shortest_paths
from core.graph.split import Split
from core.plural import count_of
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame, url, url_widgets
from dashboard.charts import chart_style, explanation_charts, path_chart
from dashboard.parts import figures_and_tables, neighbour_tables, product_search
from dashboard.parts.neighbour_tables import NeighbourTables

# URL key of the neighbour.
OTHER = "other"
MAX_SHARED = 50
MODELS_PER_ROW = 2
# Series of an explanation, as the page calls them.
SERIES = {"query": "chosen product", "product": "neighbour"}


def why_related(
    split: Split,
    product: int,
    results: NeighbourTables,
    names: Mapping[str, str],
    product_key: str,
) -> None:
    """Draw how `product` and a chosen neighbour are connected.

    Parameters
    ----------
    split : Split
    product : int
    results : NeighbourTables
        What the models list.
    names : mapping of str by run id
    product_key : str
        Name of the page's product in the address.
    """
    ids = _candidates(split, product, results.tables)
    if not ids:
        st.info("No model lists a neighbour. Choose other models, filters or another product.")
        return
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    other_id = url_widgets.choice(
        left.selectbox,
        "Neighbour",
        ids,
        key=OTHER,
        names=lambda product_id: _label(split, product_id),
        label_visibility="collapsed",
    )
    right.button(
        "Its neighbours",
        icon=":material/arrow_forward:",
        key="go-other",
        width="stretch",
        on_click=product_search.select,
        args=(product_key, other_id),
    )
    other = int(split.catalogue.index_of[other_id])
    left, right = st.columns([1, 2])
    with left:
        _common_facts(split, product, other)
    with right:
        _shortest(split, product, other)
    for start in range(0, len(results.runs), MODELS_PER_ROW):
        for column, run in zip(st.columns(MODELS_PER_ROW), results.runs[start:]):
            with column:
                figures_and_tables.heading(names[run.id], run.config.model)
                _model(split, run, (product, other), results)
    _shared(split, product, other)


def _candidates(split: Split, product: int, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the ids to choose from; choose the one that was clicked in a table, if any."""
    listed = pd.concat(list(tables.values())) if tables else pd.DataFrame({"id": []})
    ids = list(dict.fromkeys(listed["id"]))
    known = split.catalogue.index_of.index
    clicked = st.session_state.pop(neighbour_tables.CLICKED, None)
    # The neighbour that is shown stays while the lists around it change.
    same_product = st.session_state.get("_why") == product
    shown = url.current(OTHER, "") if same_product or url.set_by_link(OTHER) else ""
    ids += [name for name in dict.fromkeys((clicked, shown)) if name in known and name not in ids]
    st.session_state["_why"] = product
    if clicked in ids:
        st.session_state[OTHER] = clicked
    return ids


def _label(split: Split, product_id: str) -> str:
    return f"{split.catalogue.label(int(split.catalogue.index_of[product_id]))} ({product_id})"


def _common_facts(split: Split, product: int, other: int) -> None:
    facts = shared_facts(split, product, other)
    lines = [f"{name.replace('_', ' level ')}: {value}" for name, value in facts.items()]
    st.markdown("**In common**")
    st.caption(page_frame.plain(" · ".join(lines) or "No brand or category."))


def _shortest(split: Split, product: int, other: int) -> None:
    paths = shortest_paths(split.graph, product, other)
    if not paths:
        st.markdown("**Shortest paths**")
        st.text("No path of up to six steps connects them.")
        return
    steps = len(paths[0][0]) - 1
    st.markdown(f"**Shortest paths: {count_of(steps, 'step')} in the training pairs**")
    _draw_paths(split, paths, "why-shortest")


def _draw_paths(split: Split, paths: list[tuple[list[int], float]], key: str) -> None:
    names = {stop: split.catalogue.label(stop) for path, _ in paths for stop in path}
    figures_and_tables.plot(
        path_chart.paths(paths, names, 14 if page_frame.presenter() else 12),
        key,
        alt="; ".join(" to ".join(names[stop] for stop in path) for path, _ in paths),
    )


def _model(split: Split, run: Run, pair: tuple[int, int], results: NeighbourTables) -> None:
    """Draw how a model scores a pair: its rank in the list, and what the score is made of."""
    table = results.tables.get(run.id)
    places = [] if table is None else (table["product"] == pair[1]).to_numpy().nonzero()[0]
    if table is not None and len(places):
        st.caption(f"Rank {places[0] + 1}, score {table['score'].iloc[places[0]]:.3f}")
    else:
        st.caption("Not listed")
    try:
        explanation = cached_data.model(run).explain(*pair)
    except UserError as error:
        st.caption(page_frame.plain(str(error)))
        return
    if explanation is None:
        st.caption("Compares two vectors; its score has no parts to show.")
        return
    if explanation.parts:
        figures_and_tables.plot(
            explanation_charts.parts_of_score(
                explanation.parts, SERIES, chart_style.colour(run.config.model)
            ),
            f"why-parts-{run.id}",
            alt=f"What the score is made of. {explanation.about}",
        )
    if explanation.paths:
        _draw_paths(split, explanation.paths, f"why-paths-{run.id}")
        shares = ", ".join(f"{share:.0%}" for _, share in explanation.paths)
        st.caption(f"{explanation.about} From the top: {shares}.")
    else:
        st.caption(explanation.about)


def _shared(split: Split, product: int, other: int) -> None:
    shared = shared_neighbours(split.graph, product, other)
    st.markdown(f"**Shared neighbours: {len(shared):,}**")
    if not len(shared):
        return
    top = shared.head(MAX_SHARED)
    table = describe(split, top["product"].to_numpy())
    table["training pairs"], table["weight"] = top["degree"], top["weight"]
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    st.caption(
        "Products with few pairs come first: one that goes with everything is weak evidence."
    )
    figures_and_tables.table(
        table[["product", "brand", "category", "training pairs", "weight"]],
        alt="Products paired with both",
        column_config={"weight": st.column_config.NumberColumn(format="%.1f")},
    )
