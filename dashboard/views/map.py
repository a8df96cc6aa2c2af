"""Map: a run's vectors laid flat, coloured, searched, selected, beside another run's."""

from __future__ import annotations

import streamlit as st

from core.explore.umap_projection import DEFAULTS
from core.models.registry import default_model
from dashboard import cached_data, cached_lookups, page_frame, url_widgets
from dashboard.parts import output, product_search, run_tables
from dashboard.parts.map_exports import exports
from dashboard.parts.map_selection import picked, selection_table
from dashboard.parts.map_settings import choose_settings, settings_changed
from dashboard.parts.map_view import Look, draw, nearest_table

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
ITEM = "at"
NOTHING = "nothing"


def choose_look(presenter: bool, names: dict[str, str], of) -> tuple[str, str, Look]:
    """Draw the controls; return the run, the one beside it or `NOTHING`, and the look.

    `of` is the data set and the split.
    """
    ids = sorted(names, key=lambda name: not name.startswith("skipgram-s"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = url_widgets.choice(st.selectbox, "Model", ids, key="of", names=names.get)
        rest = [NOTHING, *(name for name in ids if name != first)]
        second = url_widgets.choice(
            st.selectbox, "Beside it", rest, key="beside",
            names=lambda name: names.get(name, NOTHING),
        )  # fmt: skip
        colour = url_widgets.choice(
            st.selectbox, "Colour", list(COLOURS), key="colour", names=COLOURS.get,
            default=cached_lookups.telling_level(*of),
        )  # fmt: skip
        labels, settings = True, DEFAULTS
        if not presenter or url_widgets.changed(names=True, depth=False) or settings_changed():
            labels = url_widgets.switch("Names", key="names", default=True)
            settings = choose_settings()
    return first, second, Look(colour, labels, settings)


def two_maps(split, runs_: list, names, prepared: str, look: Look, item: int | None) -> None:
    """Draw two maps side by side; what is chosen or selected on one is marked on both."""
    if item is not None:
        product_search.card(split, item)
    for place, column, run in zip("ab", st.columns(2), runs_):
        with column, page_frame.boundary():
            output.heading(names[run.id], run.config.model)
            draw(run, names[run.id], prepared, look, item, ITEM, place, beside=True)
            if item is not None:
                nearest_table(run, prepared, item, ITEM, width=556)


def one_map(split, run, label: str, prepared: str, look: Look, item: int | None) -> None:
    """Draw one map; beside it the chosen product with its neighbours by vector."""
    if item is None:
        draw(run, label, prepared, look, item, ITEM, "a", beside=False)
        return
    left, right = st.columns([3, 1.3])
    with left, page_frame.boundary():
        draw(run, label, prepared, look, item, ITEM, "a", beside=False)
    with right:
        product_search.card(split, item)
        nearest_table(run, prepared, item, ITEM)


with page_frame.page_body() as page:
    found = [
        run for run in page.need_runs(with_stopped=True) if (run.folder / "vectors.npy").exists()
    ]
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    st.session_state["_split"] = (dataset, prepared)
    if not found:
        st.info(
            "None of the trained models has vectors. Train one that learns an embedding.",
            title="There is nothing to map yet", icon=":material/model_training:",
        )  # fmt: skip
        page_frame.go_to("train", "Train skip-gram", primary=True, models=[default_model()])
        page_frame.end_page()
    item = product_search.choose(dataset, prepared, ITEM)
    names = run_tables.names_of(found)
    by_id = {run.id: run for run in found}
    first, second, look = choose_look(page.presenter, names, (dataset, prepared))
    if second == NOTHING:
        one_map(split, by_id[first], names[first], prepared, look, item)
    else:
        two_maps(split, [by_id[first], by_id[second]], names, prepared, look, item)
    if selection := picked():
        selection_table(split, dataset, selection[0])
    if not page.presenter:
        with st.expander("Take it elsewhere", icon=":material/download:"):
            exports(split, by_id[first], prepared, look)
