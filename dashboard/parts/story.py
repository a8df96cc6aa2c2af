"""The story: full-screen views of the chosen data set, one claim each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.explore.ego_network import ego_network
from core.explore.true_pairs import HELD_OUT
from core.explore.umap_projection import DEFAULTS
from core.explore.walk_example import one_walk
from core.graph.split import Split
from core.models.registry import baseline, default_model
from core.plural import count_of
from core.runs.run_folder import Run
from core.runs.runs_with_default_settings import standard_runs
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.charts import ego_network_chart, result_charts, story_charts
from dashboard.content.claims import EASY, FAIR
from dashboard.parts import figures_and_tables, run_tables
from dashboard.parts.cached_map_figures import Look, base_figure
from dashboard.parts.draw_maps import tidy
from dashboard.parts.neighbour_tables import HIT_STYLE

# Fewer names are legible from the last row of a room.
N_AROUND, N_STEPS, N_NEIGHBOURS, N_MODELS, N_BARS = 9, 6, 7, 3, 8
WALK_SEED = 0


@dataclass(frozen=True)
class Scene:
    """One view of the story.

    Attributes
    ----------
    claim : str
        Its heading.
    note : str
        One sentence below it.
    draw : callable
        Draws its figure or table.
    """

    claim: str
    note: str
    draw: Callable[[], object]


def scenes(dataset: str, prepared: str, runs: Sequence[Run]) -> list[Scene]:
    """Return the views for which the data set and its finished runs have something to show."""
    split = cached_data.split(dataset, prepared)
    product = cached_lookups.default_product(dataset, prepared)
    title = split.catalogue.label(product)
    rows = standard_rows(runs)
    scenes = [_network(split, product, title), _walk(split, product)]
    return scenes + [
        scene
        for scene in (
            _map(runs, prepared),
            _neighbours(rows, dataset, prepared, product, title),
            popularity(rows),
            _ranking(rows, runs),
        )
        if scene
    ]


def standard_rows(runs: Sequence[Run]) -> list[run_tables.Row]:
    """Return the results of one run per model, so that seeds do not fill a chart."""
    warm = [run for run in runs if run.config.split != "cold"]
    return run_tables.rows_of(list(standard_runs(warm).values()))


def _network(split: Split, product: int, title: str) -> Scene:
    def draw() -> None:
        ego = ego_network(split, product, N_AROUND)
        figures_and_tables.plot(
            ego_network_chart.ego(ego.nodes, ego.edges, page_frame.on_phone()),
            "story-network",
            alt=f"The network around {title}",
            copy=False,
            height="stretch",
        )

    n_pairs = len(split.train) + len(split.test)
    return Scene(
        f"Shoppers link {split.n_products:,} products by {n_pairs:,} pairs",
        f"Around “{title}”: products that shoppers pair with it. Dotted pairs are hidden from the "
        "models.",
        draw,
    )


def _walk(split: Split, product: int) -> Scene:
    rng = np.random.default_rng(WALK_SEED)
    products, _ = one_walk(split.graph, product, N_STEPS, rng)
    names = [split.catalogue.label(step) for step in products]
    return Scene(
        "A random walk is a sentence, and products are its words",
        "word2vec then learns products as it learns words: from those that stand nearby.",
        lambda: figures_and_tables.plot(
            story_charts.walk(names),
            "story-walk",
            alt=" → ".join(names),
            copy=False,
            height="stretch",
        ),
    )


def _map(runs: Sequence[Run], prepared: str) -> Scene | None:
    mapped = [run for run in runs if cached_lookups.projection(run, DEFAULTS) is not None]
    if not mapped:
        return None
    run = min(mapped, key=lambda run: run.config.model != default_model())
    label = run_tables.names_of([run])[run.id]

    def draw() -> None:
        _, figure = base_figure(run, prepared, Look("region", True, DEFAULTS))
        tidy(figure, shared=False)
        figures_and_tables.plot(
            figure.update_layout(height=None, showlegend=False),
            "story-map",
            alt="The map of all products, coloured by region",
            copy=False,
            height="stretch",
        )

    return Scene(
        "Products that belong together lie together",
        f"Every point is a product, placed by its vector in {label}. Regions are named by their "
        "most characteristic words.",
        draw,
    )


def _neighbours(
    rows: Sequence[run_tables.Row], dataset: str, prepared: str, product: int, title: str
) -> Scene | None:
    ranked = sorted(_ranked(rows), key=lambda row: row["hits_at_10"])
    if len(ranked) < 2:
        return None
    # The worst, the middle and the best.
    places = np.unique(np.linspace(0, len(ranked) - 1, N_MODELS).round().astype(int))
    chosen = [ranked[place] for place in places]
    names, hits = {}, {}
    query = cached_lookups.NeighbourQuery(product, 3 * N_NEIGHBOURS)
    for row in chosen:
        run = cached_data.store().run(dataset, row["run"])
        table = cached_lookups.neighbours(run, prepared, query)
        table = table[~table["relation"].str.startswith("training")].head(N_NEIGHBOURS)
        shown = table["title"].where(table["title"] != "", table["id"])
        names[row["label"]] = shown.reset_index(drop=True)
        hits[row["label"]] = (table["relation"] == HELD_OUT).reset_index(drop=True)
    best = chosen[-1]["label"]
    count = int(hits[best].sum())
    table, hit = pd.DataFrame(names).fillna(""), pd.DataFrame(hits).fillna(False)
    table.index = hit.index = pd.RangeIndex(1, len(table) + 1)
    look = hit.map(lambda is_hit: HIT_STYLE if is_hit else "")
    return Scene(
        f"{best} finds {count_of(count, 'hidden partner')} of one product",
        f"The first products suggested for “{title}”, known pairs left out. Green: a pair that "
        "the model never saw.",
        lambda: st.table(table.style.apply(lambda _: look, axis=None)),
    )


def popularity(rows: Sequence[run_tables.Row]) -> Scene | None:
    """Return the view of popularity against both kinds of negatives, by the Overview's measures."""
    measured = [row for row in rows if row[EASY] and row[FAIR]]
    if len(measured) < 2:
        return None
    fooled = max(measured, key=lambda row: row[EASY] - row[FAIR])
    best = sorted(measured, key=lambda row: -row[FAIR])[: N_BARS - 1]
    shown = [*(row for row in best if row is not fooled), fooled]
    return Scene(
        "Popularity passes the usual test, and fails the fair one",
        f"{fooled['label']}: AUC {fooled[EASY]:.2f} against random products, "
        f"{fooled[FAIR]:.2f} against equally popular ones; 0.5 is guessing.",
        lambda: figures_and_tables.plot(
            result_charts.uniform_and_matched(shown).update_layout(height=None),
            "story-popularity",
            alt="AUC against random and against equally popular products",
            copy=False,
            height="stretch",
        ),
    )


def _ranking(rows: Sequence[run_tables.Row], runs: Sequence[Run]) -> Scene | None:
    ranked = sorted(_ranked(rows), key=lambda row: -row["hits_at_10"])
    known = [row for row in ranked if row["model"] == baseline()]
    if not known or len(ranked) < 2 or ranked[0]["model"] == baseline():
        return None
    shown = ranked[: N_BARS - 1] + [row for row in known[:1] if row not in ranked[: N_BARS - 1]]
    by_id = {run.id: run for run in runs}
    with_ends = run_tables.with_intervals(shown, [by_id[row["run"]] for row in shown])
    best, against = ranked[0], known[0]
    times = best["hits_at_10"] / max(against["hits_at_10"], 1e-9)
    return Scene(
        f"{best['label']} finds the hidden partner {times:.1f} times as often as "
        f"{against['label']}",
        f"Its first ten suggestions include it in {best['hits_at_10']:.0%} of all cases. "
        "Lines are 95 % intervals.",
        lambda: figures_and_tables.plot(
            story_charts.ranking_bars(with_ends, [best["label"], against["label"]]),
            "story-ranking",
            alt="Hits@10 of the best runs",
            copy=False,
            height="stretch",
        ),
    )


def _ranked(rows: Sequence[run_tables.Row]) -> list[run_tables.Row]:
    return [row for row in rows if row["hits_at_10"] is not None]
