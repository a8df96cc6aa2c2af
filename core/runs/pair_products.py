"""The products of a split's evaluation pairs, saved once beside the split for all its runs.

A run saves the scores of these pairs; intervals by product need to know which products they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.config import UserError
from core.runs.atomic_files import read_table, write_table
from core.runs.run_folder import Run
from core.runs.store import Store

if TYPE_CHECKING:
    from core.evaluation.significance import Products
    from core.graph.split import Split


def pair_products(run: Run, scores: Mapping[str, np.ndarray]) -> dict[str, Products]:
    """Return the two products of each pair that a run scored, by kind of pairs.

    They are drawn again from the split where they have not been saved, as in artifacts of earlier
    versions.

    Parameters
    ----------
    run : Run
    scores : mapping of arrays
        The run's saved scores and masks.

    Raises
    ------
    UserError
        If the scores are of other pairs.
    """
    from core.evaluation.pair_scores import SEEN_SUFFIX

    path = _path(run)
    table = None
    with contextlib.suppress(UserError):
        table = read_table(path)
    if table is None:
        store, config = Store.of(run), run.config
        table = save_pair_products(run, store.load_split(config.dataset, config.prepared))
    products: dict[str, Products] = {}
    for kind in (name for name in scores if not name.endswith(SEEN_SUFFIX)):
        rows = table[table["kind"] == kind]
        if not np.array_equal(scores[kind + SEEN_SUFFIX], rows["seen"]):
            raise UserError(
                f"The scores of '{run.id}' are of other pairs than those of its split: an earlier "
                "version drew them. Train it again, with --again."
            )
        products[kind] = rows["u"].to_numpy(), rows["v"].to_numpy()
    return products


def save_pair_products(run: Run, split: Split) -> pd.DataFrame:
    """Save the evaluation pairs of the split of `run`; return them: ``kind, u, v, seen``."""
    from core.evaluation.evaluation_pairs import ALL_KINDS, EvaluationSet

    sets = {kind: EvaluationSet.of(split).pairs(kind) for kind in ALL_KINDS}
    kinds = np.repeat(np.arange(len(sets)), [len(pairs) for pairs in sets.values()])
    columns = {
        name: np.concatenate([getattr(pairs, name) for pairs in sets.values()])
        for name in ("u", "v", "seen")
    }
    table = pd.DataFrame({"kind": pd.Categorical.from_codes(kinds, list(sets)), **columns})
    # The file is a cache: a read-only folder must not cause an error.
    with contextlib.suppress(OSError):
        write_table(_path(run), table)
    return table


def _path(run: Run) -> Path:
    config = run.config
    return Store.of(run).prepared_folder(config.dataset, config.prepared) / "evaluation.parquet"
