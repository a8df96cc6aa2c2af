"""Neighbours: one product in several models side by side, and why each neighbour is listed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import cached_data, cached_lookups, page_frame, url_widgets
from dashboard.cached_data import OWN_SCORING
from dashboard.cached_lookups import NeighbourQuery
from dashboard.parts import neighbour_choices, neighbour_tables, product_search, run_tables
from dashboard.parts.disagreements import disagreements
from dashboard.parts.export_panel import export_panel
from dashboard.parts.new_product import new_product
from dashboard.parts.why_related import why_related

PARTS = {
    "together": "Side by side",
    "why": "Why",
    "differ": "Disagreements",
    "new": "New product",
}
# URL keys of the product and of the part.
PRODUCT, PART = "item", "near"
DEFAULT_K = 10
# Relative widths of models, score and k. Presenters see no score unless the link sets one, and
# their larger type needs more room for the models.
WIDTHS, PRESENTER_WIDTHS = [3.3, 1.9, 1.1], [5, 0.1, 1.1]

with page_frame.page_body() as page:
    runs = neighbour_choices.by_prominence(page.need_runs(with_stopped=True))
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    names = run_tables.names_of(list(runs.values()))
    product = product_search.choose(
        dataset, prepared, PRODUCT, cached_lookups.default_product(dataset, prepared)
    )
    product_search.card(split, product)
    part = url_widgets.part(PARTS, key=PART)
    scoring_set = bool(url_widgets.changed(by=OWN_SCORING))
    few_controls = page.presenter and not scoring_set
    left, middle, right = st.columns(
        PRESENTER_WIDTHS if few_controls else WIDTHS, vertical_alignment="bottom"
    )
    k = url_widgets.number(right.slider, "Neighbours, k", 5, 50, key="k", default=DEFAULT_K)
    if part == "differ":
        disagreements(page, runs, names, k, (left, middle))
        page_frame.end_page()
    if part == "new":
        new_product(split, runs, names, k, left)
        page_frame.end_page()
    with left:
        chosen = neighbour_choices.choose_models(runs, names)
    if not chosen:
        neighbour_choices.offer_default_models(runs)
        page_frame.end_page()
    query = NeighbourQuery(product, k)
    if not few_controls and neighbour_choices.has_scorings(chosen):
        query = replace(query, scoring=neighbour_choices.choose_scoring(middle))
    filters_set = bool(url_widgets.changed(**neighbour_choices.FILTERS))
    if not page.presenter or filters_set:
        query = replace(query, filters=neighbour_choices.choose_filters())
    results = neighbour_tables.look_up(chosen, prepared, query)
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
    if part == "together":
        neighbour_tables.side_by_side(results, names)
    else:
        why_related(split, product, results.tables, PRODUCT)
    if not page.presenter:
        export_panel(runs, names, "neighbours")
