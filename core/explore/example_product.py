"""The example product that pages open with, and its neighbours, saved with each run.

A run looks the example up while its compiled code is warm, so that the first page of a fresh
checkout shows neighbours without compiling anything.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.explore.neighbours import neighbour_table
from core.explore.true_pairs import TruePairs
from core.graph.split import Split
from core.models.base import Model
from core.runs.atomic_files import read_table, write_table
from core.runs.run_folder import Run

FILE = "example.csv"
# The largest number of neighbours that a page shows.
N_NEIGHBOURS = 50
# Range of an example's training pairs: enough to learn from, few enough to leave room in a top ten.
DEGREES = (5, 9)


def example_product(split: Split) -> int:
    """Return a product whose neighbours make a good example, whatever the model.

    It has a title and a few training pairs, so that a list of ten has room for hits, and of all
    such products the most held-out pairs.
    """
    degree = split.graph.degree
    held_out = np.bincount(np.concatenate([split.test.u, split.test.v]), minlength=split.n_products)
    titled = (split.catalogue.frame["title"] != "").to_numpy(bool)
    few = (degree >= DEGREES[0]) & (degree <= DEGREES[1])
    for candidates in (few & titled, few, degree > 0):
        if candidates.any():
            products = np.flatnonzero(candidates)
            return int(products[np.lexsort((-degree[products], -held_out[products]))[0]])
    return 0


def save_example(run: Run, model: Model, split: Split) -> None:
    """Save the neighbours of the example product in the run's folder."""
    query = example_product(split)
    if not model.can_score(split.seen)[query]:
        return
    table = neighbour_table(model, split, query, N_NEIGHBOURS)
    write_table(run.folder / FILE, table[["product", "score"]].assign(query=query))


def saved_example(
    run: Run, query: int, truth: TruePairs, k: int, only_new: bool = False
) -> pd.DataFrame | None:
    """Return the first `k` neighbours of `query` as the run has saved them.

    Parameters
    ----------
    only_new : bool
        Without the products that have a training pair with `query`.

    Returns
    -------
    DataFrame or None
        Columns ``product, score``, best first; None if the run has saved another product or fewer
        neighbours, or none, as runs of earlier versions and stopped ones.
    """
    path = run.folder / FILE
    if not path.exists() or not run.has_finished():
        return None
    table = read_table(path)
    if table.empty or table["query"].iloc[0] != query:
        return None
    complete = len(table) < N_NEIGHBOURS
    if only_new:
        others, training, _ = truth.of(query)
        table = table[~table["product"].isin(others[training])]
    if len(table) < k and not complete:
        return None
    return table[["product", "score"]].head(k).reset_index(drop=True)
