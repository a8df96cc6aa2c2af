"""A report on a run and the other runs on the same data: one HTML file that needs no network."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from string import Template

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from core.config import UserError
from core.evaluation.evaluation import intervals
from core.evaluation.measure_type import Row
from core.evaluation.measures import BY_NAME, shown_in
from core.evaluation.significance import ABOUT_INTERVALS
from core.explore.example_product import example_product
from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.explore.exports.html_figures import curves_figure, map_figure
from core.explore.exports.map_page import map_table
from core.explore.exports.reasons import SEPARATOR, Reasons
from core.explore.map import read_map
from core.explore.neighbours import neighbour_table, resolve_product
from core.explore.umap_projection import DEFAULTS
from core.models.base import Model
from core.progress import Progress
from core.runs.result_rows import result_rows
from core.runs.run_folder import Run
from core.runs.saved_evaluation import evaluation
from core.runs.store import Store

PAGE = Template(Path(__file__).with_name("report.html").read_text("utf-8"))
# Maps of the run, and of the most prominent others.
MAPS = 2
CURVE = "auc_seen"
# Features of the model that are named as reasons.
FEATURES = 2


def write_report(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write results with intervals, curves, maps, neighbours and the configuration."""
    run, split = source.run, source.split
    config = run.config
    store = Store.of(run)
    progress.stage("results")
    rows = result_rows(config.dataset, (), store=store)
    rows = [row for row in rows if row["data"] == config.data]
    runs = {row["label"]: store.run(config.dataset, row["run"]) for row in rows}
    label = next((name for name, other in runs.items() if other == run), config.model)
    chosen = [resolve_product(split, query) for query in options.products]
    lists = [
        _neighbours(source, product, options.k) for product in chosen or [example_product(split)]
    ]
    maps = _maps(source, label, runs)
    curves = _curves(runs)
    facts = store.split_facts(config.dataset, config.prepared)
    page = PAGE.substitute(
        title=escape(f"{config.dataset}: {label}"),
        about=escape(
            f"{facts['products']:,} products, {facts['training_pairs']:,} training pairs, "
            f"{facts['held_out_pairs']:,} held-out pairs; {config.split} split. "
            f"Trained {run.made[:10]}."
        ),
        plotly=get_plotlyjs(),
        intervals=escape(ABOUT_INTERVALS),
        results=_results(rows, runs, run),
        curves=_figure(curves) if curves else "<p>None of the models is trained in steps.</p>",
        maps="".join(f'<div class="map">{_figure(figure)}</div>' for figure in maps)
        or "<p>There is no map yet.</p>",
        neighbours="".join(f"<h3>{escape(name)}</h3>{_html(table)}" for name, table in lists),
        configuration=escape(json.dumps(config.model_dump(mode="json"), indent=2)),
    )
    out.path.write_text(page, "utf-8")
    return {"models": len(runs), "maps": len(maps), "products": len(lists)}


def _results(rows: list[Row], runs: dict[str, Run], run: Run) -> str:
    """Return the measures of all runs on the same data, with their intervals, as a table."""
    table = []
    for row in rows:
        ends_of = intervals(evaluation(runs[row["label"]], with_products=True))
        label = escape(row["label"])
        cells = {"Model": f"<b>{label}</b>" if row["run"] == run.id else label}
        for measure in shown_in("comparison"):
            cells[measure.heading] = measure.shown(row)
            if (ends := ends_of.get(measure.name)) is not None and np.isfinite(ends.low):
                cells[measure.heading] += f"<small>{ends.low:.4f} – {ends.high:.4f}</small>"
        table.append(cells)
    return _html(pd.DataFrame(table), is_text=False)


def _curves(runs: dict[str, Run]) -> go.Figure | None:
    curves = {}
    for label, run in runs.items():
        curve = run.curve()
        if CURVE in curve and not (curve := curve[curve["phase"] == "development"]).empty:
            curves[label] = curve
    return curves_figure(curves, CURVE, BY_NAME[CURVE].title) if curves else None


def _maps(source: Source, label: str, runs: dict[str, Run]) -> list[go.Figure]:
    """Return the map of the run and another one, in which the same products can be marked."""
    others = {name: run for name, run in runs.items() if run != source.run}
    figures: list[go.Figure] = []
    for name, run in {label: source.run, **others}.items():
        projection = read_map(run, DEFAULTS)
        if projection is not None and len(figures) < MAPS:
            table = map_table(source, projection)
            figures.append(map_figure(table.set_axis(projection.table["product"].to_numpy()), name))
    return figures


def _neighbours(source: Source, product: int, k: int) -> tuple[str, pd.DataFrame]:
    """Return the name of a product and the table of its neighbours."""
    split = source.split
    name = split.catalogue.label(product)
    try:
        neighbours = neighbour_table(source.model, split, product, k)
    except UserError as error:
        return name, pd.DataFrame({"": [str(error)]})
    near = neighbours["product"].to_numpy()
    why = Reasons(split).of(np.full(len(near), product), near)
    features = [_features(source.model, product, other) for other in near.tolist()]
    table = neighbours[["id", "title", "brand", "category"]].assign(
        score=[f"{score:.4f}" for score in neighbours["score"]],
        why=[SEPARATOR.join(filter(None, parts)) for parts in zip(why, features)],
    )
    return name, table


def _features(model: Model, product: int, other: int) -> str:
    """Return the features that raise a pair's score most, if the model has any."""
    added = [name for name, value in model.contributions(product, other).items() if value > 0]
    return f"by {', '.join(added[:FEATURES])}" if added else ""


def _html(table: pd.DataFrame, is_text: bool = True) -> str:
    """Return a table as HTML; its texts are escaped unless they are HTML already."""
    drawn = table.to_html(index=False, border=0, na_rep="–", escape=is_text)
    return f'<div class="wide">{drawn}</div>'


def _figure(figure: go.Figure) -> str:
    return figure.to_html(full_html=False, include_plotlyjs=False, config={"scrollZoom": True})
