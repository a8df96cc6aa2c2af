"""Map, settings: the controls of what shapes a map."""

from __future__ import annotations

import streamlit as st

from core.explore.umap_projection import DEFAULTS, MapSettings
from dashboard import url_widgets

METRICS = {"cosine": "Cosine", "euclidean": "Euclidean"}
# Fields of `MapSettings` by their controls' keys.
KEYS = {
    "neighbours": "n_neighbors",
    "min_dist": "min_dist",
    "metric": "metric",
    "map_seed": "seed",
}


def choose_settings() -> MapSettings:
    """Draw the controls and return the settings that they make."""
    depth = url_widgets.switch("3-D", key="depth")
    with st.popover("Map settings", icon=":material/tune:"):
        neighbours = url_widgets.number(
            st.slider, "Neighbours", 2, 200, key="neighbours", default=DEFAULTS.n_neighbors,
            help="UMAP's n_neighbors. Few show fine structure, many the coarse one.",
        )  # fmt: skip
        min_dist = url_widgets.number(
            st.slider, "Minimum distance", 0.0, 1.0, key="min_dist", default=DEFAULTS.min_dist,
            step=0.05, help="UMAP's min_dist. Small values pack similar products tightly.",
        )  # fmt: skip
        metric = url_widgets.choice(
            st.segmented_control, "Distance between vectors", list(METRICS), key="metric",
            names=METRICS.get, required=True,
        )  # fmt: skip
        seed = url_widgets.number(
            st.number_input, "Seed", 0, 2**32 - 1, key="map_seed", default=DEFAULTS.seed,
            help="Another seed gives another map of the same vectors.",
        )  # fmt: skip
    return MapSettings(
        dimensions=3 if depth else 2,
        n_neighbors=neighbours,
        min_dist=round(min_dist, 4),
        metric=metric,
        seed=seed,
    )


def settings_changed() -> bool:
    """Return whether a setting differs from its default; no control need be drawn yet."""
    return bool(
        url_widgets.changed(**{key: getattr(DEFAULTS, field) for key, field in KEYS.items()})
    )
