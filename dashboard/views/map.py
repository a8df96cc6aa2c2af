"""Map: a run's vectors laid flat, coloured, searched, selected, beside another run's."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from core.explore.exports import projector_files, word2vec_text
from core.explore.neighbours import describe
from core.explore.truth import NONE
from core.mapping import being_made, start_map
from core.store import Run
from dashboard import find, frame, load, lookups, map_charts, runs

COLOURS = {
    "category_1": "Category, level 1",
    "category_2": "Category, level 2",
    "category_3": "Category, level 3",
    "brand": "Brand",
    "price": "Price",
    "degree": "Training pairs",
    "seen": "Seen or unseen",
    "region": "Region of the map",
}
ITEM = "at"
K = 15
# Seconds that a new process may take before it holds the lock.
STARTING = 20
ROWS = 500


def offer_map(run: Run, label: str, dimensions: int) -> None:
    """Show that a map is missing and the button that makes it, or how far it is."""
    if under_way(run, dimensions):
        wait_for(run, dimensions)
        return
    error = said_error(run, dimensions)
    if error:
        st.error(frame.plain(error), icon=":material/build:")
    st.info(
        f"It is computed once, in a process of its own: about half a minute for 20,000 products. "
        f"From the command line: python -m core map {run.config.dataset} --run {run.id} "
        f"--dimensions {dimensions}",
        title=f"No {dimensions}-D map of {frame.plain(label)} yet",
        icon=":material/map:",
    )
    st.button(
        "Make the map", type="primary", icon=":material/play_arrow:", on_click=_start,
        args=(run, dimensions), key=f"make-{run.id}-{dimensions}",
    )  # fmt: skip


def _start(run: Run, dimensions: int) -> None:
    start_map(load.store(), run, dimensions)
    st.session_state[f"_asked-{run.id}-{dimensions}"] = time.monotonic()


def under_way(run: Run, dimensions: int) -> bool:
    """Return whether the map is being made, or its process has only just been started."""
    asked = st.session_state.get(f"_asked-{run.id}-{dimensions}")
    starting = asked is not None and time.monotonic() - asked < STARTING
    return being_made(run, dimensions) or (starting and not said_error(run, dimensions))


def said_error(run: Run, dimensions: int) -> str:
    """Return what the process that was to make the map died of, or ""."""
    log = run.map_log(dimensions)
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines and "Error" in lines[-1] else ""


@st.fragment(run_every="1s")
@frame.guarded
def wait_for(run: Run, dimensions: int) -> None:
    """Follow the process that makes a map; draw the page again when it is done."""
    if run.map(dimensions) is not None or not under_way(run, dimensions):
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":material/hourglass_top:", width="content")
        st.text("The map is being made: exact neighbours, layout, regions. The page follows.")


@st.cache_resource(max_entries=12, show_spinner="Drawing the map")
def base_figure(folder: str, prepared: str, dimensions: int, colour: str, named: bool, stamp: int):
    """Return the points of a map and its figure without anything chosen; shared, do not change."""
    run = Run(Path(folder))
    table, _ = lookups.projection(run, dimensions)
    split = load.split(run.config.dataset, prepared)
    products = table["product"].to_numpy()
    catalogue = split.catalogue.frame.iloc[products].reset_index(drop=True)
    title = catalogue["title"].where(catalogue["title"] != "", catalogue["id"])
    points = map_charts.with_titles(table, title)
    labels = lookups.labels(run, prepared) if dimensions == 2 else []
    if colour == "price":
        values = catalogue["price"].to_numpy(float)
        figure = map_charts.by_number(points, values, "Price", log=True)
    elif colour == "degree":
        degree = split.graph.degree[products].astype(float)
        figure = map_charts.by_number(points, degree, "Training pairs", log=True)
    else:
        if colour == "seen":
            values = pd.Series(np.where(split.seen[products], "seen", "unseen"))
        elif colour == "region":
            texts = dict(enumerate(labels))
            values = table["region"].map(
                lambda number: (
                    f"{number + 1} {texts.get(number, '')}".strip() if number >= 0 else ""
                )
            )
        else:
            values = catalogue[colour]
        figure = map_charts.by_group(points, *map_charts.top_groups(values))
    if named and dimensions == 2:
        map_charts.with_labels(figure, table, labels)
    return points, figure


def draw(run: Run, prepared: str, settings: dict, item: int | None, place: str) -> None:
    """Draw one run's map with what is chosen, and say how far to trust it."""
    dimensions = settings["dimensions"]
    found = lookups.projection(run, dimensions)
    if found is None:
        offer_map(run, settings["names"][run.id], dimensions)
        return
    table, facts = found
    stamp = run.map_stamp(dimensions)
    points, figure = base_figure(
        str(run.folder), prepared, dimensions, settings["colour"], settings["labels"], stamp
    )
    rows = pd.Series(np.arange(len(table)), index=table["product"])
    chosen, near = None, np.empty(0, np.int64)
    if item is not None and item in rows.index:
        chosen = int(rows[item])
        around = lookups.nearest_vectors(run, prepared, item, K)["product"]
        near = rows.reindex(around).dropna().to_numpy(np.int64)
    picked, by = st.session_state.get("_picked", (np.empty(0, np.int64), place))
    marked = np.empty(0, np.int64)
    if by != place:
        marked = rows.reindex(picked).dropna().to_numpy(np.int64)
    figure = map_charts.highlight(figure, points, chosen, near, marked)
    flown = st.session_state.get(f"{ITEM}-found-by-search", True)
    if chosen is not None and flown and dimensions == 2:
        map_charts.fly_to(figure, points, np.concatenate([[chosen], near]))
        figure.update_layout(uirevision=f"at-{item}")
    st.session_state[f"_rows-{place}"] = table["product"].to_numpy()
    frame.plot(
        figure, f"map-{place}", name=f"map-{run.id}", on_select=lambda: _selected(place),
        selection_mode=("points", "box", "lasso"), width="stretch", config={"scrollZoom": True},
        alt=f"Map of the vectors of {settings['names'][run.id]}",
    )  # fmt: skip
    st.caption(frame.plain(trust(facts, item is not None and chosen is None)))


def trust(facts: dict, missing: bool) -> str:
    """Return what the map shows, how it was sampled and how many neighbours it keeps."""
    said = f"{facts['points']:,} products"
    if facts["points"] < facts["candidates"]:
        said += f", a sample by category of {facts['candidates']:,}"
    if facts["left_out"]:
        said += f"; {facts['left_out']:,} without a learned vector are left out"
    said += (
        f". Of the {facts['n_neighbors']} nearest by vector, {facts['preserved']:.0%} are also "
        f"nearest on the map (on {facts['preserved_checked']:,} products): trust the lines, not "
        "the distances."
    )
    return said + (" The chosen product is not on this map." if missing else "")


def _selected(place: str) -> None:
    """Take over what was clicked or lassoed; a callback."""
    points = st.session_state[f"map-{place}"]["selection"]["points"]
    chosen = [point["customdata"] for point in points if point.get("customdata") is not None]
    rows = np.unique([value[0] if isinstance(value, list) else value for value in chosen])
    products = st.session_state[f"_rows-{place}"][rows.astype(np.int64)]
    if len(products) == 1:
        ids = load.split(*st.session_state["_split"]).catalogue.frame["id"]
        st.session_state[ITEM] = ids.iloc[int(products[0])]
        # Where a click landed, the view is right already.
        st.session_state[f"{ITEM}-found-by-search"] = False
    elif len(products) > 1:
        st.session_state["_picked"] = (products, place)


def selection_table(split, name: str) -> None:
    """Draw what the lasso holds: table, top categories and brands, CSV."""
    picked, _ = st.session_state["_picked"]
    table = describe(split, picked)
    table["training pairs"] = split.graph.degree[picked]
    table = table.sort_values("training pairs", ascending=False, ignore_index=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{len(table):,} products selected", width="stretch")
        st.download_button(
            "CSV", lambda: table.drop(columns="product").to_csv(index=False).encode(),
            file_name=f"{name}-selection.csv", mime="text/csv", on_click="ignore",
            key="selection-csv", icon=":material/download:",
        )  # fmt: skip
        st.button("Clear", icon=":material/close:", key="clear", on_click=_clear)
    left, middle, right = st.columns([3, 1, 1])
    with left:
        st.dataframe(
            table.head(ROWS)[["title", "brand", "category", "price", "training pairs", "id"]],
            hide_index=True, alt="Products selected on the map",
            column_config={
                "title": st.column_config.TextColumn(width="large"),
                "price": st.column_config.NumberColumn(format="%.2f"),
            },
        )  # fmt: skip
        if len(table) > ROWS:
            st.caption(f"The {ROWS} with most training pairs; the CSV holds all.")
    for place, column in ((middle, "category"), (right, "brand")):
        counts = table.loc[table[column] != "", column].value_counts().head(10)
        with place:
            st.dataframe(
                counts.rename("products").rename_axis(column).reset_index(), hide_index=True,
                alt=f"Most common in the selection: {column}",
                column_config={
                    "products": st.column_config.ProgressColumn(
                        format="%d", min_value=0, max_value=int(counts.max()) if len(counts) else 1
                    )
                },
            )  # fmt: skip


def _clear() -> None:
    st.session_state.pop("_picked", None)


def chosen_product(split, run: Run, prepared: str, item: int) -> None:
    """Draw the card of the chosen product and its neighbours by vector."""
    find.card(split, item)
    table = lookups.nearest_vectors(run, prepared, item, K)
    if table.empty:
        st.caption("It has no training pair, so this model has learned no vector for it.")
        return
    known = lookups.truth(run.config.dataset, prepared).named(item, table["product"].to_numpy())
    table["relation"] = [known.get(other, (NONE, []))[0] for other in table["product"]]
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    st.dataframe(
        table.rename(columns={"score": "cosine"})[
            ["product", "cosine", "relation", "category", "brand"]
        ],
        hide_index=True, height=320,
        alt="Nearest products by vector",
        column_config={
            "product": st.column_config.TextColumn(width=210),
            "cosine": st.column_config.NumberColumn(format="%.3f", width=65),
        },
    )  # fmt: skip


def exports(split, run: Run, prepared: str, settings: dict) -> None:
    """Draw the buttons that take the vectors and the map elsewhere."""
    ids = split.catalogue.frame["id"].tolist()
    path = run.folder / "vectors.npy"

    def vectors() -> np.ndarray:
        return np.load(path, mmap_mode="r", allow_pickle=False)

    found = lookups.projection(run, settings["dimensions"])
    with st.container(horizontal=True):
        common = {"on_click": "ignore", "icon": ":material/download:"}
        if found is not None:
            figure = base_figure(
                str(run.folder), prepared, settings["dimensions"], settings["colour"],
                settings["labels"], run.map_stamp(settings["dimensions"]),
            )[1]  # fmt: skip
            table = found[0].assign(id=[ids[p] for p in found[0]["product"]])
            st.download_button(
                "Map as CSV", lambda: table.to_csv(index=False).encode(), key="map-csv",
                file_name=f"{run.id}-map.csv", mime="text/csv", **common,
            )  # fmt: skip
            frame.download_html(figure, f"{run.id}-map", "map-html")
        st.download_button(
            "Vectors as npy", path.read_bytes, key="npy", file_name=f"{run.id}.npy", **common
        )
        st.download_button(
            "word2vec text", lambda: word2vec_text(vectors(), ids), key="w2v",
            file_name=f"{run.id}.vec.txt", **common,
        )  # fmt: skip
        st.download_button(
            "TensorBoard Projector", lambda: projector_files(vectors(), split.catalogue),
            key="tsv", file_name=f"{run.id}-projector.zip", mime="application/zip", **common,
        )  # fmt: skip


with frame.page("Map", "Every product's vector, laid flat: what lies close goes together.") as page:
    found = [run for run in page.need_runs() if (run.folder / "vectors.npy").exists()]
    dataset, prepared = page.need_split()
    split = load.split(dataset, prepared)
    st.session_state["_split"] = (dataset, prepared)
    if not found:
        st.info(
            "The graph scores have no vectors. Train a model that learns an embedding.",
            title="There is nothing to map yet", icon=":material/model_training:",
        )  # fmt: skip
        frame.go_to("train", "Train skip-gram", primary=True)
        st.stop()
    item = find.choose(dataset, prepared, ITEM)
    names = {row["run"]: row["label"] for row in runs.rows_of(found)}
    ids = sorted(names, key=lambda name: not name.startswith("skipgram-s"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = st.selectbox("Model", ids, format_func=names.get, key="of", bind="query-params")
        rest = [None, *(name for name in ids if name != first)]
        second = st.selectbox(
            "Beside it", rest, format_func=lambda name: names.get(name, "nothing"), key="beside",
            bind="query-params",
        )  # fmt: skip
        colour = st.selectbox(
            "Colour", list(COLOURS), index=1, format_func=COLOURS.get, key="colour",
            bind="query-params",
        )  # fmt: skip
        labels, dimensions = True, 2
        if not page.presenter:
            labels = st.toggle("Names", True, key="names", bind="query-params")
            if st.toggle("3-D", key="depth", bind="query-params"):
                dimensions = 3
    settings = {"names": names, "colour": colour, "labels": labels, "dimensions": dimensions}
    by_id = {run.id: run for run in found}
    if second:
        if item is not None:
            find.card(split, item)
        for place, (column, name) in enumerate(zip(st.columns(2), (first, second))):
            with column, frame.boundary():
                st.markdown(f"**{frame.plain(names[name])}**")
                draw(by_id[name], prepared, settings, item, "ab"[place])
    elif item is not None:
        left, right = st.columns([3, 1.3])
        with left, frame.boundary():
            draw(by_id[first], prepared, settings, item, "a")
        with right:
            chosen_product(split, by_id[first], prepared, item)
    else:
        draw(by_id[first], prepared, settings, item, "a")
    if "_picked" in st.session_state:
        selection_table(split, dataset)
    if not page.presenter:
        with st.expander("Take it elsewhere", icon=":material/download:"):
            exports(split, by_id[first], prepared, settings)
