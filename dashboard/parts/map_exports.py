"""Map, download: the map and the vectors in the formats of other tools."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.explore.vector_exports import projector_files, word2vec_text
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_lookups
from dashboard.parts import output
from dashboard.parts.map_view import Look, base_figure


def exports(split: Split, run: Run, prepared: str, look: Look) -> None:
    """Draw the buttons that download the map and the vectors."""
    ids = split.catalogue.frame["id"]
    path = run.folder / "vectors.npy"

    def vectors() -> np.ndarray:
        return np.load(path, mmap_mode="r", allow_pickle=False)

    projection = cached_lookups.projection(run, look.settings)
    with st.container(horizontal=True):
        common = {"on_click": "ignore", "icon": ":material/download:"}
        if projection is not None:
            figure = base_figure(run, prepared, look)[1]

            def table() -> bytes:
                own = ids.iloc[projection.table["product"]].to_numpy()
                return projection.table.assign(id=own).to_csv(index=False).encode()

            st.download_button(
                "Map as CSV", table, key="map-csv",
                file_name=f"{run.id}-{look.settings.name}.csv", mime="text/csv", **common,
            )  # fmt: skip
            output.download_html(figure, f"{run.id}-{look.settings.name}", "map-html")
        st.download_button(
            "Vectors as npy", path.read_bytes, key="npy", file_name=f"{run.id}.npy", **common
        )
        st.download_button(
            "word2vec text", lambda: word2vec_text(vectors(), ids.tolist()), key="w2v",
            file_name=f"{run.id}.vec.txt", **common,
        )  # fmt: skip
        st.download_button(
            "TensorBoard Projector", lambda: projector_files(vectors(), split.catalogue),
            key="tsv", file_name=f"{run.id}-projector.zip", mime="application/zip", **common,
        )  # fmt: skip
