"""The controls of the Neighbours page: models, score and filters."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.config import UserError
from core.explore.neighbour_filters import CATEGORIES, TRUTHS, Filters
from core.models.registry import models_by_prominence
from core.plural import count_of
from core.runs.run_folder import Run
from core.runs.runs_with_default_settings import standard_runs
from dashboard import cached_data, url, url_widgets
from dashboard.cached_data import OWN_SCORING
from dashboard.cached_lookups import NeighbourQuery

MAX_MODELS, DEFAULT_MODELS = 6, 4
DEFAULT_K = 10
ANY, NEW = "any", "new"
# The filters' keys, and the values that let everything pass.
FILTERS: dict[str, str | float | None] = {
    "truth": ANY,
    "category": ANY,
    "brand": "",
    "low": None,
    "high": None,
}
# Truths that are not the name of a relation.
TRUTH_NAMES = {
    "new": "Not a training pair",
    "training": "Training pair",
    "held-out": "Held-out pair (hit)",
}
SCORINGS = {OWN_SCORING: "Own", "cosine": "Cosine", "in-out": "In-out"}
SCORING_HELP = (
    "For models with vectors. Cosine prefers similar products, such as competing brands. "
    "In-out (center times context) prefers products bought together with this one; for an everyday "
    "product these may be rare. Own uses whichever predicts pairs better for each model."
)


def by_prominence(runs: Sequence[Run]) -> dict[str, Run]:
    """Return the runs by id, the most prominent models first."""
    place = {name: number for number, name in enumerate(models_by_prominence())}
    # A model that this version does not know comes last.
    in_order = sorted(runs, key=lambda run: place.get(run.config.model, len(place)))
    return {run.id: run for run in in_order}


def default_models(runs: Mapping[str, Run]) -> list[str]:
    """Return the default runs: the standard ones of the most prominent models.

    A stopped run stands for its model only if no run of it has finished.
    """
    standard = standard_runs(run for run in runs.values() if not run.has_finished())
    standard |= standard_runs(run for run in runs.values() if run.has_finished())
    ids = {run.id for run in standard.values()}
    return [run_id for run_id in runs if run_id in ids][:DEFAULT_MODELS]


def choose_k(place: DeltaGenerator) -> int:
    """Draw the choice of the number of neighbours and return it."""
    return url_widgets.number(place.slider, "Neighbours, k", 5, 50, key="k", default=DEFAULT_K)


def choose_query(
    runs: Mapping[str, Run], names: Mapping[str, str], product: int, with_filters: bool = True
) -> tuple[list[Run], NeighbourQuery]:
    """Draw the row of controls; return the chosen models and the query for `product`."""
    with st.container(horizontal=True, vertical_alignment="center", key="near-controls"):
        with st.popover("Models", icon=":material/checklist:", width="content"):
            chosen = choose_models(runs, names)
        # Its contents change its label, and widgets draw in order.
        options = st.container(width="content")
        hide = choose_hide_known(with_filters)
    active = len(url_widgets.changed(**FILTERS)) if with_filters else 0
    label = f"Options · {count_of(active, 'filter')}" if active else "Options"
    with options.popover(label, icon=":material/tune:", key="near-options"):
        query = NeighbourQuery(product, choose_k(st.container()))
        if has_scorings(chosen):
            query = replace(query, scoring=choose_scoring(st.container()))
        filters = choose_filters() if with_filters else Filters()
    if hide and filters.truth == ANY:
        filters = replace(filters, truth=NEW)
    return chosen, replace(query, filters=filters)


def choose_hide_known(with_filters: bool) -> bool:
    """Draw the switch that hides training pairs and return whether it is on."""
    by_relation = with_filters and url.current("truth", ANY) not in (ANY, NEW)
    return url_widgets.switch(
        "Hide known pairs",
        key="hide-known",
        default=True,
        disabled=by_relation,
        width="content",
        help="Hides training pairs: every model has seen them."
        + (" The relation filter takes precedence." if by_relation else ""),
    )


def choose_models(runs: Mapping[str, Run], names: Mapping[str, str]) -> list[Run]:
    """Draw the choice of models and return the chosen runs."""
    chosen = url_widgets.choices(
        f"Models (up to {MAX_MODELS})",
        list(runs),
        key="models",
        names=names.get,
        default=default_models(runs),
        max_selections=MAX_MODELS,
    )
    return [runs[run_id] for run_id in chosen]


def offer_default_models(runs: Mapping[str, Run]) -> None:
    """Draw a button that chooses the default models."""
    st.info("Choose at least one model above.", icon=":material/checklist:")
    st.button(
        "Choose default models",
        type="primary",
        icon=":material/checklist:",
        key="choose-models",
        on_click=st.session_state.update,
        kwargs={"models": default_models(runs)},
    )


def choose_scoring(place: DeltaGenerator) -> str:
    """Draw the choice of the score that models rank by, and return it."""
    return url_widgets.choice(
        place.segmented_control,
        "Similarity",
        list(SCORINGS),
        key="by",
        names=SCORINGS.get,
        required=True,
        help=SCORING_HELP,
    )


def has_scorings(runs: Sequence[Run]) -> bool:
    """Return whether one of the models can rank by several scores."""
    for run in runs:
        # A damaged model's message is shown in the place of its table.
        with contextlib.suppress(UserError):
            if cached_data.model(run).neighbour_scorings:
                return True
    return False


def choose_filters() -> Filters:
    """Draw the filters and return them."""
    # "new" is what the switch does; links made before there was one have it.
    truths = [truth for truth in TRUTHS if truth != NEW or url.current("truth", ANY) == NEW]
    left, right = st.columns(2)
    truth = url_widgets.optional_choice(
        left.selectbox, "Relation", truths, key="truth", names=_truth_name
    )
    category = url_widgets.optional_choice(
        right.selectbox,
        "Category",
        CATEGORIES,
        key="category",
        names=_category_name,
        help="Compared with the category of the chosen product",
    )
    brand = url_widgets.text(st.text_input, "Brand", key="brand", placeholder="Full brand name")
    low, high = (
        url_widgets.number(
            column.number_input, label, 0.0, None, key=key, default=None, format="%.2f"
        )
        for column, label, key in zip(st.columns(2), ("Price from", "Price to"), ("low", "high"))
    )
    price = None
    if low is not None or high is not None:
        price = (low or 0.0, np.inf if high is None else high)
    return Filters(truth, category, brand.strip(), price)


def _truth_name(truth: str) -> str:
    return TRUTH_NAMES.get(truth, truth.replace("_", " ").capitalize())


def _category_name(category: str) -> str:
    return category.replace("-", ", level ").capitalize()


def clear_filters() -> None:
    """Let every product pass; a callback."""
    st.session_state.update(FILTERS)
