"""Neighbours: one product in several models side by side, and why each neighbour is listed."""

from __future__ import annotations

import streamlit as st

from dashboard import cached_data, cached_lookups, page_frame, url_widgets
from dashboard.parts import (
    basket,
    neighbour_choices,
    neighbour_tables,
    product_line,
    product_search,
    run_tables,
)
from dashboard.parts.disagreements import disagreements
from dashboard.parts.export_panel import export_panel
from dashboard.parts.neighbour_matrix import matrix
from dashboard.parts.new_product import new_product
from dashboard.parts.why_related import OTHER, why_related

PARTS = {
    "matrix": "Side by side",
    "together": "Tables",
    "why": "Why",
    "basket": "Basket",
    "differ": "Disagreements",
    "new": "New product",
}
# URL keys of the product and of the part.
PRODUCT, PART = "item", "near"
ACTIONS = {"why": "Why", "take": "Show its neighbours", "add": "Add to basket"}
BASKET_ACTIONS = {"add": "Add to basket", "take": "Show its neighbours"}


def act(name: str, product_id: str) -> None:
    """Do what was chosen for a product of the matrix; a callback."""
    if name == "take":
        product_search.select(PRODUCT, product_id)
        st.session_state[PART] = "matrix"
    elif name == "add":
        basket.add(product_id)
    elif name == "why":
        st.session_state.update({OTHER: product_id, PART: "why"})


with page_frame.page_body() as page:
    runs = neighbour_choices.by_prominence(page.need_runs(with_stopped=True))
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    names = run_tables.names_of(list(runs.values()))
    in_basket = basket.restore(split)

    def card(product: int) -> None:
        product_id = split.catalogue.frame["id"].iloc[product]
        product_line.card(split, product, action=lambda: basket.add_button(product_id, in_basket))

    product = product_line.choose_and_show(
        dataset, prepared, PRODUCT, cached_lookups.default_product(dataset, prepared), card
    )
    part = url_widgets.part(PARTS, key=PART)
    if part in ("differ", "new"):
        left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
        k = neighbour_choices.choose_k(right)
        if part == "differ":
            disagreements(page, runs, names, k, (left, middle))
        else:
            new_product(page, runs, names, k, left)
        page_frame.end_page()
    chosen, query = neighbour_choices.choose_query(runs, names, product, part != "basket")
    if not chosen:
        neighbour_choices.offer_default_models(runs)
        page_frame.end_page()
    if part == "basket":
        if in_basket:
            basket.contents(split, in_basket)
            results = basket.recommended(split, in_basket, chosen, prepared, query)
            matrix(results, names, BASKET_ACTIONS, act, "basket-matrix")
            basket.explain_ranking(split, in_basket)
        else:
            st.info("Add up to five products: the one above, or others that you find.")
        page_frame.end_page()
    results = neighbour_tables.look_up(
        chosen, query.scoring, lambda run: cached_lookups.neighbours(run, prepared, query)
    )
    empty = [table.empty for table in results.tables.values()]
    if any(empty) and url_widgets.changed(**neighbour_choices.FILTERS):
        st.button(
            "Clear filters",
            icon=":material/filter_alt_off:",
            on_click=neighbour_choices.clear_filters,
        )
    elif results.errors and split.seen[product]:
        page_frame.go_to("train", "Train again")
    elif results.errors or all(empty):
        product_search.offer_another(split, PRODUCT)
    if part == "why":
        why_related(split, product, results, names, PRODUCT)
        page_frame.end_page()
    if part == "matrix" and len(chosen) > 1:
        matrix(results, names, ACTIONS, act)
    else:
        neighbour_tables.side_by_side(results, names)
    if sum(not table.empty for table in results.tables.values()) > 1:
        neighbour_tables.agreement(results, names)
    if not page.presenter:
        export_panel(runs, names, "neighbours")
