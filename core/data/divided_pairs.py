"""Two tables that were divided elsewhere, one to train on and one to test on -> one data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.product_catalogue import Catalogue
from core.data.product_relations import Relations
from core.data.read_result import ReadResult


def join_divided(train: ReadResult, test: ReadResult) -> ReadResult:
    """Return the products and relations of both, with `train` and `test` relations told apart.

    Pairs that are in both are training pairs, not held-out ones; they are counted in a warning.

    Raises
    ------
    UserError
        If nothing is left to test on.
    """
    ours, theirs = train.catalogue.frame, test.catalogue.frame
    known = train.catalogue.index_of.reindex(theirs["id"].to_numpy()).to_numpy()
    new = np.isnan(known)
    row = np.where(new, len(ours) + np.cumsum(new) - 1, known).astype(np.int32)
    catalogue = Catalogue(pd.concat([ours, theirs[new]], ignore_index=True))
    moved = replace(
        test.relations, source=row[test.relations.source], target=row[test.relations.target]
    )
    n = len(catalogue)
    held_out = np.unique(_pair_keys(moved, n))
    both = int(np.isin(held_out, _pair_keys(train.relations, n)).sum())
    name = test.report.file
    if both == len(held_out):
        raise UserError(
            f"Every pair of {name} is in {train.report.file}, too: nothing is left to test on. "
            " Remove the held-out pairs from the training file."
        )
    report = train.report
    if both:
        report.warn(
            f"{report.file} has {both:,} of the {len(held_out):,} pairs of {name}, too: what is in "
            "both files is trained on, and not held out."
        )
    report.notes["test"] = test.report.to_dict()
    report.products, report.with_metadata = n, int(catalogue.frame["has_metadata"].sum())
    return replace(
        train,
        catalogue=catalogue,
        relations=Relations.concatenate([train.relations, moved]),
        train=train.relations,
        test=moved,
        # A time split would mix the two.
        before=None,
        after=None,
        date=None,
        early_catalogue=None,
    )


def _pair_keys(relations: Relations, n_products: int) -> np.ndarray:
    """Return a number for the undirected pair of each mention, without self-pairs."""
    apart = relations.source != relations.target
    u, v = relations.source[apart].astype(np.int64), relations.target[apart].astype(np.int64)
    return np.minimum(u, v) * n_products + np.maximum(u, v)
