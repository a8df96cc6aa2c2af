"""Neighbours: one product in several models side by side, and why they say what they say."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.explore.neighbour_filters import Filters
from core.models.registry import models_by_prominence
from dashboard import cached_data, page_frame, url_widgets
from dashboard.parts import product_search, run_tables
from dashboard.parts.disagreements import disagree
from dashboard.parts.new_product import new_product
from dashboard.parts.side_by_side import (
    OWN,
    SIMILARITIES,
    SIMILARITY_HELP,
    can_choose,
    look_up,
    side_by_side,
)
from dashboard.parts.why_related import why

PARTS = {
    "together": "Side by side",
    "why": "Why",
    "differ": "Where models disagree",
    "new": "A new product",
}
MOST = 4
ITEM, PART = "item", "near"
ANY = "any"
# The filters and what lets everything pass.
FILTERS = {"truth": ANY, "category": ANY, "brand": "", "low": None, "high": None}
TRUTHS = {
    ANY: "Anything",
    "new": "Nothing the model has seen as a pair",
    "training": "Training pairs only",
    "held-out": "Held-out pairs only: hits",
    "bought_together": "Bought together",
    "also_bought": "Also bought",
    "also_viewed": "Also viewed",
}
CATEGORIES = {
    ANY: "Any",
    "same-1": "The same, level 1",
    "same-2": "The same, level 2",
    "same-3": "The same, level 3",
    "other-1": "Another one, level 1",
    "other-2": "Another one, level 2",
    "other-3": "Another one, level 3",
}


def offered(found: list) -> dict:
    """Return the runs by id, the models that tell most first."""
    order = {name: number for number, name in enumerate(models_by_prominence())}
    return {run.id: run for run in sorted(found, key=lambda run: order.get(run.config.model, 99))}


def telling(by_id: dict) -> list[str]:
    """Return the runs to begin with: the newest one of each of the models that tell most."""
    # Of a model, one that was stopped stands in only where none has finished.
    finished_last = sorted(by_id.items(), key=lambda item: item[1].has_finished())
    newest = {run.config.model: name for name, run in finished_last}
    return [name for name in by_id if name in newest.values()][:MOST]


def choose_runs(by_id: dict, names: dict[str, str]) -> list:
    """Draw the picker of models and return the chosen runs."""
    chosen = url_widgets.choices(
        "Models, up to four", list(by_id), key="models", names=names.get,
        default=telling(by_id), max_selections=MOST,
    )  # fmt: skip
    return [by_id[name] for name in chosen]


def choose_filters() -> Filters:
    """Draw the filters and return them; those that are on stand in the name of their box."""
    on = len(url_widgets.changed(**FILTERS))
    label = f"Filters: {on} on" if on else "Filters"
    with st.expander(label, icon=":material/filter_alt:", key="filters"):
        one, two, three, four, five = st.columns([3, 3, 2, 1.4, 1.4])
        truth = url_widgets.choice(
            one.selectbox, "Relation", list(TRUTHS), key="truth", names=TRUTHS.get, neutral=ANY
        )
        category = url_widgets.choice(
            two.selectbox, "Category", list(CATEGORIES), key="category", names=CATEGORIES.get,
            neutral=ANY, help="Compared with the chosen product's own",
        )  # fmt: skip
        brand = url_widgets.text(
            three.text_input, "Brand", key="brand", placeholder="Its whole name"
        )
        low, high = (
            url_widgets.number(
                box.number_input, label, 0.0, None, key=key, default=None, format="%.2f"
            )
            for box, label, key in ((four, "Price from", "low"), (five, "Price to", "high"))
        )
    price = None
    if low is not None or high is not None:
        price = (low or 0.0, np.inf if high is None else high)
    return Filters(truth, category, brand.strip(), price)


def clear_filters() -> None:
    """Let everything pass; a callback."""
    st.session_state.update(FILTERS)


def named_neighbours(page, split, by_id, names, product: int, k: int, part: str, places) -> None:
    """Draw the models' neighbours side by side, or why one of them is one."""
    with places[0]:
        chosen = choose_runs(by_id, names)
    if not chosen:
        st.info("Choose at least one model above.", icon=":material/checklist:")
        st.button(
            "Choose those that tell most", type="primary", icon=":material/checklist:",
            key="choose-models", on_click=st.session_state.update,
            kwargs={"models": telling(by_id)},
        )  # fmt: skip
        return
    filters, similarity = Filters(), OWN
    # Presenters see fewer controls, but those that the link has set.
    if (not page.presenter or url_widgets.changed(by=OWN)) and can_choose(page.dataset, chosen):
        similarity = url_widgets.choice(
            places[1].segmented_control, "Similarity", list(SIMILARITIES), key="by",
            names=SIMILARITIES.get, required=True, help=SIMILARITY_HELP,
        )  # fmt: skip
    if not page.presenter or url_widgets.changed(**FILTERS):
        filters = choose_filters()
    tables, refused = look_up(chosen, page.prepared, product, k, filters, similarity)
    if any(table.empty for table in tables.values()) and url_widgets.changed(**FILTERS):
        st.button("Clear the filters", icon=":material/filter_alt_off:", on_click=clear_filters)
    elif refused and split.seen[product]:
        page_frame.go_to("train", "Train it again")
    elif refused or all(table.empty for table in tables.values()):
        product_search.offer_another(split, ITEM)
    if part == "together":
        side_by_side(chosen, names, tables, refused, similarity)
    else:
        why(split, product, tables, ITEM)


with page_frame.page_body() as page:
    by_id = offered(page.need_runs(with_stopped=True))
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    names = run_tables.names_of(list(by_id.values()))
    product = product_search.choose(
        dataset, prepared, ITEM, product_search.beginning(dataset, prepared)
    )
    product_search.card(split, product)
    part = url_widgets.choice(
        st.segmented_control, "Part", list(PARTS), key=PART, names=PARTS.get, required=True,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    # Presenters have no choice of similarity, unless the link has, and names that take more room.
    wide = [5, 0.1, 1.1] if page.presenter and not url_widgets.changed(by=OWN) else [3.3, 1.9, 1.1]
    left, middle, right = st.columns(wide, vertical_alignment="bottom")
    k = url_widgets.number(right.slider, "Neighbours, k", 5, 50, key="k", default=10)
    if part == "differ":
        disagree(split, by_id, names, prepared, k, (ITEM, PART), (left, middle))
    elif part == "new":
        new_product(split, by_id, names, dataset, k, left)
    else:
        named_neighbours(page, split, by_id, names, product, k, part, (left, middle))
