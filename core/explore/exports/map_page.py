"""The map of a run: one HTML file that needs no network, or its coordinates."""

from __future__ import annotations

import pandas as pd

from core.config import UserError
from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.explore.exports.html_figures import map_figure
from core.explore.map import read_map
from core.explore.umap_projection import DEFAULTS, Projection
from core.progress import Progress
from core.runs.run_folder import Run

ABOUT = ("id", "title", "brand", "category_1", "category_2")


def write_map(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write the run's map as HTML or CSV."""
    source.vectors()
    projection = need_map(source.run)
    table = map_table(source, projection)
    progress.stage("map")
    if out.ending == ".csv":
        table.to_csv(out.path, index=False)
    else:
        figure = map_figure(table, f"{source.run.config.dataset}, {source.run.id}")
        figure.write_html(out.path, include_plotlyjs=True, config={"scrollZoom": True})
    facts = projection.facts
    return {"products": len(table), "preserved_neighbours": f"{facts['preserved']:.0%}"}


def need_map(run: Run) -> Projection:
    """Return a run's map with default settings, or raise a `UserError` that says how to make it."""
    projection = read_map(run, DEFAULTS)
    if projection is None:
        raise UserError(
            f"'{run.id}' has no map. Make it: python -m core map {run.config.dataset} "
            f"--run {run.id}"
        )
    return projection


def map_table(source: Source, projection: Projection) -> pd.DataFrame:
    """Return the positions of the products on a map, with their metadata."""
    table = projection.table
    about = source.split.catalogue.frame.iloc[table["product"].to_numpy()]
    about = about[list(ABOUT)].reset_index(drop=True)
    return pd.concat([about, table.drop(columns="product").reset_index(drop=True)], axis=1)
