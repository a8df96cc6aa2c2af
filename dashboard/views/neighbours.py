"""Neighbours: one product in several models side by side, and why they say what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.config import UserError
from core.experiments import EXPERIMENTS
from core.explore.agreement import overlaps
from core.explore.cold import can_place, cold_neighbours
from core.explore.filters import Filters
from core.explore.neighbours import describe
from core.explore.paths import shared_facts, shared_neighbours, shortest_paths
from core.explore.truth import HELD_OUT, NONE, TRAINING
from dashboard import find, frame, load, lookups, runs

PARTS = ["Side by side", "Why", "Where models disagree", "A new product"]
MOST = 4
FIRST = ("skipgram", "three-hop", "gensim-cbow", "mf-bias")
ITEM = "item"
SIGNS = {TRAINING: "✓ training", HELD_OUT: "★ held out", NONE: "–"}
TRUTHS = {
    "any": "Anything",
    "new": "Nothing the model has seen as a pair",
    "training": "Training pairs only",
    "held-out": "Held-out pairs only: hits",
    "bought_together": "Bought together",
    "also_bought": "Also bought",
    "also_viewed": "Also viewed",
}
CATEGORIES = {
    "any": "Any",
    "same-2": "The same, level 2",
    "same-3": "The same, level 3",
    "other-2": "Another one, level 2",
    "other-3": "Another one, level 3",
}
HIT = "background-color: rgba(0, 158, 115, 0.25)"
SHARED = "font-weight: 650"


def choose_runs(found: list, names: dict[str, str]) -> list:
    """Draw the picker of models and return the chosen runs."""
    order = {name: number for number, name in enumerate(dict.fromkeys((*FIRST, *EXPERIMENTS)))}
    start = sorted(found, key=lambda run: order.get(run.config.model, 99))
    newest = {run.config.model: run.id for run in found}
    default = [run.id for run in start if newest[run.config.model] == run.id][:MOST]
    chosen = st.multiselect(
        "Models, up to four", list(names), default=default, format_func=names.get,
        max_selections=MOST, key="models", bind="query-params",
    )  # fmt: skip
    return [run for name in chosen for run in found if run.id == name]


def choose_filters(split) -> Filters:
    """Draw the filters and return them."""
    with st.expander("Filters", icon=":material/filter_alt:", key="filters"):
        one, two, three, four = st.columns(4)
        truth = one.selectbox(
            "Relation", list(TRUTHS), format_func=TRUTHS.get, key="truth", bind="query-params"
        )
        category = two.selectbox(
            "Category", list(CATEGORIES), format_func=CATEGORIES.get, key="category",
            bind="query-params", help="Compared with the chosen product's own",
        )  # fmt: skip
        brand = three.text_input(
            "Brand", key="brand", bind="query-params", placeholder="Exactly as it is written"
        )
        low = four.number_input(
            "Price from", 0.0, value=None, key="low", bind="query-params", format="%.2f"
        )
        high = four.number_input(
            "Price to", 0.0, value=None, key="high", bind="query-params", format="%.2f"
        )
    price = None
    if low is not None or high is not None:
        price = (low or 0.0, np.inf if high is None else high)
    return Filters(truth, category, brand.strip(), price)


def look_up(chosen: list, names, prepared: str, product: int, k: int, filters: Filters):
    """Return the neighbour tables by run id, and what a model that has none says."""
    tables, refused = {}, {}
    for run in chosen:
        try:
            tables[run.id] = lookups.neighbours(run, prepared, product, k, filters)
        except UserError as error:
            refused[run.id] = str(error)
    return tables, refused


def side_by_side(chosen: list, names, tables, refused) -> None:
    """Draw the tables, two a row, and how far they agree."""
    counts = pd.Series(
        np.concatenate([table["product"] for table in tables.values()]) if tables else []
    ).value_counts()
    st.caption("Green: a held-out pair, a hit. Click a row, then open Why.")
    columns = st.columns(min(len(chosen), 2))
    for number, run in enumerate(chosen):
        with columns[number % 2]:
            model_table(run, names, tables.get(run.id), refused.get(run.id), counts, len(tables))
    if len(tables) > 1:
        agreement(tables, names)


def model_table(run, names, table, refused, counts, n_models: int) -> None:
    st.markdown(f"**{frame.plain(names[run.id])}**")
    if table is None:
        st.info(frame.plain(refused), icon=":material/visibility_off:")
        return
    if table.empty:
        st.info("No product passes the filters in this model.", icon=":material/filter_alt_off:")
        return
    hits = int((table["relation"] == HELD_OUT).sum())
    known = int((table["relation"] == TRAINING).sum())
    st.caption(f"{hits} held-out pairs (hits), {known} training pairs among {len(table)}")
    shown = pd.DataFrame(
        {
            "in": table["product"].map(counts).astype(str) + f"/{n_models}",
            "product": table["title"].where(table["title"] != "", table["id"]),
            "pair": table["relation"].map(SIGNS),
            "score": table["score"],
            "brand": table["brand"],
            "category": table["category"],
            "price": table["price"],
            "relation": [", ".join(n.replace("_", " ") for n in row) for row in table["relations"]],
            "id": table["id"],
        }
    )
    if (table["image"] != "").any():
        shown.insert(1, "image", table["image"].where(table["image"].str.startswith("http"), None))
    if n_models < 2:
        shown = shown.drop(columns="in")
    shared = table["product"].map(counts).eq(n_models).to_numpy() & (n_models > 1)
    hit = table["relation"].eq(HELD_OUT).to_numpy()

    def look(row: pd.Series) -> list[str]:
        marks = [HIT] * int(hit[row.name]) + [SHARED] * int(shared[row.name])
        return ["; ".join(marks)] * len(row)

    st.dataframe(
        shown.style.apply(look, axis=1), hide_index=True, key=f"near-{run.id}",
        height="content" if len(shown) <= 20 else 738,
        on_select=_explain, selection_mode="single-row",
        alt=f"Nearest products in {names[run.id]}",
        column_config={
            "in": st.column_config.TextColumn(width=45, help="How many of the models name it"),
            "image": st.column_config.ImageColumn(width=50),
            "product": st.column_config.TextColumn(width=260),
            "pair": st.column_config.TextColumn(width=90),
            "score": st.column_config.NumberColumn(format="%.3f", width=65),
            "price": st.column_config.NumberColumn(format="%.2f", width=60),
        },
    )  # fmt: skip
    # The callback knows rows; these are the products they show.
    st.session_state[f"_rows-{run.id}"] = table["id"].tolist()


def _explain() -> None:
    """Remember the neighbour that was clicked last."""
    for key in list(st.session_state):
        if not key.startswith("near-"):
            continue
        ids = st.session_state.get(f"_rows-{key.removeprefix('near-')}", [])
        chosen = st.session_state[key]["selection"]["rows"]
        before = st.session_state.get(f"_was-{key}", [])
        st.session_state[f"_was-{key}"] = chosen
        if chosen and chosen != before and chosen[0] < len(ids):
            st.session_state["other"] = ids[chosen[0]]


def agreement(tables, names) -> None:
    """Draw Jaccard@k between the models and what all of them name."""
    sets = {names[run]: table["product"].to_numpy() for run, table in tables.items()}
    matrix = overlaps(sets)
    common = set.intersection(*(set(found.tolist()) for found in sets.values()))
    st.markdown("**How far they agree**")
    st.caption(
        f"Jaccard@k: products that both name, of all that either names. {len(common)} products "
        "are named by all (in bold above)."
    )
    st.dataframe(
        matrix.rename_axis("Jaccard@k").reset_index(), hide_index=True, height="content",
        alt="Jaccard overlap of every two models",
        column_config={
            name: st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1)
            for name in matrix
        },
    )  # fmt: skip


def why(split, product: int, tables) -> None:
    """Draw how the product and one of its neighbours are connected."""
    listed = pd.concat(tables.values()) if tables else pd.DataFrame({"id": []})
    ids = list(dict.fromkeys(listed["id"]))
    asked = st.session_state.get("other")
    if asked and asked in split.catalogue.index_of.index and asked not in ids:
        ids.append(asked)
    if not ids:
        st.info("No model names a neighbour here. Choose other models, filters or product.")
        return
    index = split.catalogue.index_of
    label = split.catalogue.label
    other_id = st.selectbox(
        "Neighbour", ids, format_func=lambda name: f"{label(int(index[name]))} ({name})",
        key="other", bind="query-params", help="Or click a row of the tables side by side",
    )  # fmt: skip
    other = int(index[other_id])
    find.card(split, other)
    st.button(
        "Look at its own neighbours", icon=":material/arrow_forward:", key="go-other",
        on_click=find.take, args=(ITEM, other_id),
    )  # fmt: skip
    facts = shared_facts(split, product, other)
    said = [f"{name.replace('_', ' level ')}: {value}" for name, value in facts.items()]
    st.markdown("**What both have in common**")
    st.text("\n".join(said) if said else "Neither brand nor category.")
    paths(split, product, other)
    shared = shared_neighbours(split.graph, product, other)
    st.markdown(f"**{len(shared):,} products are paired with both in training**")
    if len(shared):
        top = shared.head(50)
        table = describe(split, top["product"].to_numpy())
        table["training pairs"], table["weight"] = top["degree"], top["weight"]
        table["product"] = table["title"].where(table["title"] != "", table["id"])
        st.caption("Those with few pairs first: they say more than one that goes with everything.")
        st.dataframe(
            table[["product", "brand", "category", "training pairs", "weight"]], hide_index=True,
            alt="Products paired with both",
            column_config={"weight": st.column_config.NumberColumn(format="%.1f")},
        )  # fmt: skip


def paths(split, product: int, other: int) -> None:
    st.markdown("**Shortest ways between them in the training pairs**")
    found = shortest_paths(split.graph, product, other)
    if not found:
        st.text("None of up to six steps.")
        return
    for path, weight in found:
        steps = len(path) - 1
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            for place, stop in enumerate(path):
                if place:
                    st.markdown(":material/arrow_forward:", width="content")
                st.text(split.catalogue.label(stop), width="content")
            st.caption(f"{steps} step{'s' if steps > 1 else ''}, weight {weight:.1f}")


def disagree(split, found, names, prepared: str, k: int) -> None:
    """Draw the products on which two models differ most."""
    if len(names) < 2:
        st.info("Train a second model to compare with.", icon=":material/model_training:")
        frame.go_to("train", "Train models", primary=True)
        return
    left, right = st.columns(2)
    ids, models = list(names), {run.id: run.config.model for run in found}
    ids.sort(key=lambda name: FIRST.index(m) if (m := models[name]) in FIRST else len(FIRST))
    first = left.selectbox("One", ids, format_func=names.get, key="one", bind="query-params")
    rest = [name for name in ids if name != first]
    second = right.selectbox("Other", rest, format_func=names.get, key="two", bind="query-params")
    by_id = {run.id: run for run in found}
    result = lookups.least_agreement(by_id[first], by_id[second], prepared, k, 42)
    if result.table.empty:
        st.info("No product has enough training pairs to compare on.")
        return
    st.caption(
        f"Exact on {result.n_looked_at:,} products drawn (seed 42) from the "
        f"{result.n_candidates:,} with at least {result.min_degree} training pairs. On average the "
        f"two share {result.mean:.1%} of the products that either names. Click a row to see it."
    )
    top = result.table.head(100)
    table = describe(split, top["product"].to_numpy())
    shown = pd.DataFrame(
        {
            "product": table["title"].where(table["title"] != "", table["id"]),
            "Jaccard@k": top["jaccard"],
            "training pairs": top["degree"],
            "brand": table["brand"],
            "category": table["category"],
        }
    )
    st.session_state["_differ"] = table["id"].tolist()
    st.dataframe(
        shown, hide_index=True, key="differ", on_select=_open_differing, height=420,
        selection_mode="single-row", alt="Products on which the two models differ most",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "Jaccard@k": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
        },
    )  # fmt: skip


def _open_differing() -> None:
    rows = st.session_state["differ"]["selection"]["rows"]
    if rows:
        find.take(ITEM, st.session_state["_differ"][rows[0]])
        st.session_state["models"] = [st.session_state["one"], st.session_state["two"]]
        st.session_state["near"] = PARTS[0]


def new_product(split, found, names, dataset: str, k: int) -> None:
    """Draw the form of a product that is in no catalogue, and where it would be placed."""
    by_id = {run.id: run for run in found}
    able = [name for name, run in by_id.items() if can_place(load.model(dataset, run.id))]
    if not able:
        st.info(
            "Placing a product that nobody has bought yet takes a model that reads titles, brands "
            "and categories. None of the trained models does.",
            title="No model with side information yet",
            icon=":material/fiber_new:",
        )
        frame.go_to("train", "Train one with side information", primary=True)
        return
    with st.form("cold"):
        one, two = st.columns(2)
        title = one.text_input("Title", key="cold-title", bind="query-params")
        brand = two.text_input("Brand", key="cold-brand", bind="query-params")
        category = one.text_input(
            "Category", key="cold-category", bind="query-params",
            placeholder="Broadest first: Grocery > Soft drinks",
        )  # fmt: skip
        price = two.number_input("Price", 0.0, value=None, key="cold-price", bind="query-params")
        run_id = st.selectbox("Model", able, format_func=names.get, key="cold-model")
        st.form_submit_button("Place it", type="primary", icon=":material/add_location:")
    if not (title or brand or category):
        st.caption("Write what is known of it; one of the three is enough.")
        return
    levels = [part.strip() for part in category.split(">")] if category else []
    table = cold_neighbours(
        load.model(dataset, run_id), split, k, title=title, brand=brand, categories=levels,
        price=price,
    )  # fmt: skip
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    st.dataframe(
        table[["product", "score", "brand", "category", "price", "id"]], hide_index=True,
        height="content", alt="Nearest products to the new one",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "score": st.column_config.NumberColumn(format="%.3f"),
            "price": st.column_config.NumberColumn(format="%.2f"),
        },
    )  # fmt: skip


with frame.page("Neighbours", "What goes with a product, according to each model.") as page:
    found = page.need_runs()
    dataset, prepared = page.need_split()
    split = load.split(dataset, prepared)
    rows = runs.rows_of(found)
    names = {row["run"]: row["label"] for row in rows}
    popular = int(split.graph.degree.argmax())
    product = find.choose(dataset, prepared, ITEM, popular)
    find.card(split, product)
    part = st.segmented_control(
        "Part", PARTS, default=PARTS[0], key="near", bind="query-params", required=True,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    k = right.slider("Neighbours, k", 5, 50, 10, key="k", bind="query-params")
    chosen, filters = [], Filters()
    if part in PARTS[:2]:
        with left:
            chosen = choose_runs(found, names)
        filters = filters if page.presenter else choose_filters(split)
    if part == PARTS[2]:
        disagree(split, found, names, prepared, k)
    elif part == PARTS[3]:
        new_product(split, found, names, dataset, k)
    elif not chosen:
        st.info("Choose at least one model above.", icon=":material/checklist:")
    else:
        tables, refused = look_up(chosen, names, prepared, product, k, filters)
        if part == PARTS[0]:
            side_by_side(chosen, names, tables, refused)
        else:
            why(split, product, tables)
