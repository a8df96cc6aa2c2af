"""Map, controls: which runs, the colour of the points, and the settings of the map."""

from __future__ import annotations

from typing import cast

import streamlit as st

from core.explore.nearest_vectors import Metric
from core.explore.umap_projection import DEFAULTS, MapSettings
from core.models.registry import default_model
from core.runs.run_folder import Run
from dashboard import cached_lookups, url_widgets
from dashboard.charts.map_colours import TOP
from dashboard.page_frame import PageContext
from dashboard.parts.cached_map_figures import Look, values_of

COLOURS = {
    "category_1": "Category, level 1",
    "category_2": "Category, level 2",
    "category_3": "Category, level 3",
    "category_4": "Category, level 4",
    "brand": "Brand",
    "price": "Price",
    "degree": "Training pairs",
    "seen": "Seen or unseen",
    "region": "Region of the map",
}
NUMBERS = ("price", "degree")
NO_RUN = "nothing"  # the value in links
METRICS = {"cosine": "Cosine", "euclidean": "Euclidean"}
# Fields of `MapSettings` by their controls' keys.
KEYS = {
    "neighbours": "n_neighbors",
    "min_dist": "min_dist",
    "metric": "metric",
    "map_seed": "seed",
}


def choose_runs(runs: dict[str, Run], names: dict[str, str]) -> tuple[str, str | None]:
    """Draw the choice of one or two runs; return their ids, None for no second one.

    Parameters
    ----------
    runs : dict of Run by id
        Those with vectors. The page opens with one that has a map.
    names : dict of str by id
    """
    default = f"{default_model()}-s"
    ids = sorted(runs, key=lambda name: (not runs[name].map_stamp(), not name.startswith(default)))

    def name_of(run_id: str) -> str | None:
        if run_id not in names:
            return "None"
        return names[run_id] + ("" if runs[run_id].map_stamp() else " (no map yet)")

    first = url_widgets.choice(st.selectbox, "Model", ids, key="of", names=name_of)
    second = url_widgets.choice(
        st.selectbox,
        "Second model",
        [NO_RUN, *(run_id for run_id in ids if run_id != first)],
        key="beside",
        names=name_of,
    )
    return first, None if second == NO_RUN else second


def choose_look(page: PageContext, run: Run) -> Look:
    """Draw the choice of the colour and, but for a presenter, of the map's settings.

    Parameters
    ----------
    page : PageContext
    run : Run
        Its regions are a choice of the colour.
    """
    dataset, prepared = page.need_split()
    colour = url_widgets.choice(
        st.selectbox, "Colour", list(COLOURS), key="colour", names=COLOURS.get,
        default=cached_lookups.default_colour(dataset, prepared),
    )  # fmt: skip
    legend = st.container()
    names, settings = True, DEFAULTS
    # A link may have set what a presenter has no control for.
    if not page.presenter or url_widgets.changed(names=True, depth=False) or settings_changed():
        with st.popover("Settings", icon=":material/tune:"):
            names = url_widgets.switch("Region names", key="names", default=True)
            settings = choose_settings()
    look = Look(colour, names, settings)
    with legend:
        return look._replace(highlighted=choose_values(run, prepared, look))


def choose_values(run: Run, prepared: str, look: Look) -> tuple[str, ...]:
    """Draw a searchable legend of all values; return those to highlight, () for the most common."""
    if look.colour in NUMBERS:
        return ()
    counts = values_of(run, prepared, look).value_counts()
    values = {_escaped(value): value for value in counts.index if value}
    chosen = url_widgets.choices(
        "Highlight", list(values), key="only", default=[], max_selections=TOP,
        names=lambda name: f"{values[name]} ({counts[values[name]]:,})",
        placeholder=f"Search {len(values):,}",
        help=f"Colour only these values. By default, the {TOP} most common are coloured.",
    )  # fmt: skip
    return tuple(values[name] for name in chosen)


def _escaped(value: str) -> str:
    """Return a value as one item of a list in the address."""
    return value.replace("%", "%25").replace(",", "%2C")


def choose_settings() -> MapSettings:
    """Draw the controls and return the chosen settings."""
    depth = url_widgets.switch("3-D", key="depth")
    neighbours = url_widgets.number(
        st.slider, "Neighbours", 2, 200, key="neighbours", default=DEFAULTS.n_neighbors,
        help="UMAP's n_neighbors. Low values show fine structure, high values coarse structure.",
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
        help="A different seed gives a different map of the same vectors.",
    )  # fmt: skip
    return MapSettings(
        dimensions=3 if depth else 2,
        n_neighbors=neighbours,
        min_dist=round(min_dist, 4),
        metric=cast(Metric, metric),
        seed=seed,
    )


def settings_changed() -> bool:
    """Return whether a setting differs from its default; no control need be drawn yet."""
    return bool(
        url_widgets.changed(**{key: getattr(DEFAULTS, field) for key, field in KEYS.items()})
    )
