"""Align one map with another by a Procrustes transformation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import orthogonal_procrustes

from core.explore.umap_projection import AXES


class Alignment(NamedTuple):
    """A map aligned with another.

    Attributes
    ----------
    table : DataFrame
        The map, with new coordinates.
    n_common : int
        Products on both maps.
    agreement : float
        Squared correlation of the common products' places, 1 where the maps have the same shape.
    """

    table: pd.DataFrame
    n_common: int
    agreement: float


def align(reference: pd.DataFrame, table: pd.DataFrame) -> Alignment:
    """Translate, rotate, reflect and scale a map to bring the common products close together.

    Orientation and scale of a map have no meaning, so nothing is lost.

    Parameters
    ----------
    reference, table : DataFrame
        Columns ``product, x, y`` and perhaps ``z``, as in `umap_projection.Projection`.

    References
    ----------
    Schönemann (1966), "A generalized solution of the orthogonal Procrustes problem".
    """
    axes = [axis for axis in AXES if axis in table and axis in reference]
    both, ours, theirs = np.intersect1d(reference["product"], table["product"], return_indices=True)
    if len(both) <= len(axes):
        return Alignment(table, len(both), 0.0)
    fixed = reference[axes].to_numpy(np.float64)[ours]
    moved = table[axes].to_numpy(np.float64)[theirs]
    target, source = fixed.mean(axis=0), moved.mean(axis=0)
    fixed, moved = fixed - target, moved - source
    rotation, explained = orthogonal_procrustes(moved, fixed)
    size, wanted = (moved**2).sum(), (fixed**2).sum()
    # The same spread: a least-squares fit would shrink a map that agrees poorly.
    scale = np.sqrt(wanted / size) if size else 1.0
    points = (table[axes].to_numpy(np.float64) - source) @ rotation * scale + target
    agreement = explained**2 / (size * wanted) if size and wanted else 0.0
    return Alignment(
        table.assign(**dict(zip(axes, points.astype(np.float32).T))), len(both), float(agreement)
    )
