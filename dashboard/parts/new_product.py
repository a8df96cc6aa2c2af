"""Neighbours, a new product: typed in by the person, placed by a model with side information."""

from __future__ import annotations

import contextlib

import streamlit as st

from core.config import UserError
from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.cold_start import NewProduct, cold_neighbours
from core.explore.example_product import example_product
from core.models.registry import experiment, models_for_new_products
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame, url_widgets
from dashboard.parts import output


def new_product(split, by_id: dict, names, dataset: str, k: int, place) -> None:
    """Draw the form of a product that is in no catalogue, and where it would be placed.

    `place` is the container in which the model is chosen.
    """
    able = [name for name, run in by_id.items() if _can_place(run)]
    if not able:
        st.info(
            "Placing a product that nobody has bought yet takes a model that reads titles, brands "
            "and categories. None of the trained models does.",
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
    model = url_widgets.choice(place.selectbox, "Model", able, key="cold-model", names=names.get)
    with st.form("cold"):
        one, two = st.columns(2)
        title = url_widgets.text(one.text_input, "Title", key="cold-title")
        brand = url_widgets.text(two.text_input, "Brand", key="cold-brand")
        category = url_widgets.text(
            one.text_input, "Category", key="cold-category",
            placeholder="Broadest first: Grocery > Soft drinks",
        )  # fmt: skip
        price = url_widgets.number(
            two.number_input, "Price", 0.0, None, key="cold-price", default=None
        )
        st.form_submit_button("Place it", type="primary", icon=":material/add_location:")
    if not (title or brand or category):
        st.caption("Write what is known of it; one of the three is enough.")
        st.button(
            "Fill in an example", icon=":material/edit_note:", key="cold-example",
            on_click=_fill_in, args=(split,),
        )  # fmt: skip
        return
    levels = [part.strip() for part in category.split(">")] if category else []
    described = NewProduct(title, brand, levels, price)
    table = cold_neighbours(cached_data.model(dataset, model), split, described, k)
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    output.table(
        table[["product", "score", "brand", "category", "price", "id"]],
        height="content", alt="Nearest products to the new one",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "score": st.column_config.NumberColumn(format="%.3f"),
            "price": st.column_config.NumberColumn(format="%.2f"),
        },
    )  # fmt: skip


def _can_place(run: Run) -> bool:
    """Return whether a run's model places new products; its kind tells, none need be loaded."""
    # One that this version does not know is no way here.
    with contextlib.suppress(UserError):
        return experiment(run.config.model).model_class.places_new_products
    return False


def _fill_in(split) -> None:
    """Describe a product like a familiar one of the catalogue; a callback."""
    row = split.catalogue.frame.iloc[example_product(split)]
    category = " > ".join(row[level] for level in CATEGORY_LEVELS if row[level])
    st.session_state.update(
        {"cold-title": row["title"], "cold-brand": row["brand"], "cold-category": category}
    )
