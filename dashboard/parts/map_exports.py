"""Map, download: the map and the vectors in the formats of other tools."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.explore.vector_exports import projector_files, word2vec_text
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_lookups
from dashboard.parts import figures_and_tables
from dashboard.parts.map_figures import Look, base_figure


def exports(split: Split, run: Run, prepared: str, look: Look) -> None:
    """Draw the buttons that download the map and the vectors."""
    ids = split.catalogue.frame["id"]
    path = run.vectors_path

    def vectors() -> np.ndarray:
        return np.load(path, mmap_mode="r", allow_pickle=False)

    projection = cached_lookups.projection(run, look.settings)
    with st.container(horizontal=True):
        if projection is not None:
            table, name = projection.table, f"{run.id}-{look.settings.name}"

            def csv() -> bytes:
                own = ids.iloc[table["product"]].to_numpy()
                return table.assign(id=own).to_csv(index=False).encode()

            _download("Map as CSV", csv, f"{name}.csv", key="map-csv")
            figures_and_tables.download_html(base_figure(run, prepared, look)[1], name, "map-html")
        _download("Vectors as npy", path.read_bytes, f"{run.id}.npy", key="npy")
        _download(
            "word2vec text",
            lambda: word2vec_text(vectors(), ids.tolist()),
            f"{run.id}.vec.txt",
            key="w2v",
        )
        _download(
            "TensorBoard Projector",
            lambda: projector_files(vectors(), split.catalogue),
            f"{run.id}-projector.zip",
            key="tsv",
        )


def _download(label: str, data: Callable[[], bytes], file_name: str, key: str) -> None:
    st.download_button(
        label, data, file_name=file_name, key=key, on_click="ignore", icon=":material/download:"
    )
