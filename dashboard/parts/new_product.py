"""A new product: described in a form, and placed by a model with side information."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import UserError
from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.example_product import example_product
from core.explore.new_product import SEPARATOR, NewProduct, cold_neighbours, known_words
from core.graph.split import Split
from core.models.registry import model_entry, models_for_new_products
from core.runs.run_folder import Run
from dashboard import cached_data, cached_lookups, page_frame, url, url_widgets
from dashboard.parts import figures_and_tables


def new_product(
    page: page_frame.PageContext,
    runs: Mapping[str, Run],
    names: Mapping[str, str],
    k: int,
    place: DeltaGenerator,
) -> None:
    """Draw the form of a new product, and its nearest products.

    Parameters
    ----------
    page : PageContext
    runs, names : mapping by run id
    k : int
        Number of neighbours.
    place : container
        Where the model is chosen.
    """
    able = [run_id for run_id, run in runs.items() if _can_place(run)]
    if not able:
        st.info(
            "A product that nobody has bought yet can only be placed by a model that reads titles, "
            "brands and categories.",
            title="No model with side information yet",
            icon=":material/fiber_new:",
        )
        page_frame.go_to(
            "train",
            "Train one with side information",
            primary=True,
            models=models_for_new_products()[:1],
        )
        return
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    model = url_widgets.choice(place.selectbox, "Model", able, key="cold-model", names=names.get)
    with st.form("cold"):
        left, right = st.columns(2)
        title = url_widgets.text(left.text_input, "Title", key="cold-title")
        brands, categories = cached_lookups.brands_and_categories(dataset, prepared)
        brand = _searchable(right, "Brand", brands, "cold-brand")
        category = _searchable(left, "Category", categories, "cold-category")
        price = url_widgets.number(
            right.number_input, "Price", 0.0, None, key="cold-price", default=None
        )
        st.form_submit_button("Find neighbours", type="primary", icon=":material/add_location:")
    if not (title or brand or category):
        st.caption("Enter at least a title, a brand or a category.")
        st.button(
            "Fill in an example",
            icon=":material/edit_note:",
            key="cold-example",
            on_click=_fill_in,
            args=(split,),
        )
        return
    levels = [level.strip() for level in category.split(SEPARATOR)] if category else []
    described, placed = NewProduct(title, brand, levels, price), cached_data.model(runs[model])
    if unknown := [name for name, known in known_words(placed, described).items() if not known]:
        st.warning(
            page_frame.plain(f"Not known: {', '.join(unknown)}."),
            icon=":material/question_mark:",
        )
    try:
        table = cold_neighbours(placed, split, described, k)
    except UserError as error:
        st.info(page_frame.plain(str(error)), icon=":material/search_off:")
        return
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    figures_and_tables.table(
        table[["product", "score", "brand", "category", "price", "id"]],
        height="content",
        alt="Nearest products to the new one",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "score": st.column_config.NumberColumn(format="%.3f"),
            "price": st.column_config.NumberColumn(format="%.2f"),
        },
    )


def _searchable(place: DeltaGenerator, label: str, options: Sequence[str], key: str) -> str:
    """Draw a searchable list that also takes new values, and return the value."""
    url.restore(key, None, lambda text: text or None)
    # Sessions of earlier versions, in which this was a text field, hold "".
    st.session_state[key] = st.session_state[key] or None
    chosen = place.selectbox(
        label,
        options,
        index=None,
        key=key,
        placeholder="Type to search",
        accept_new_options=True,
    )
    url.record(key, chosen, None)
    return chosen or ""


def _can_place(run: Run) -> bool:
    """Return whether a run's model can place new products; no model is loaded for it."""
    # Models unknown to this version cannot place products.
    with contextlib.suppress(UserError):
        return model_entry(run.config.model).model_class.places_new_products
    return False


def _fill_in(split: Split) -> None:
    """Describe a product like the example product; a callback."""
    row = split.catalogue.frame.iloc[example_product(split)]
    category = f" {SEPARATOR} ".join(row[level] for level in CATEGORY_LEVELS if row[level])
    st.session_state.update(
        {"cold-title": row["title"], "cold-brand": row["brand"], "cold-category": category}
    )
