"""The categories and brands that are over-represented among selected products."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.product_catalogue import CATEGORY_LEVELS

# A value of fewer products, by count or by share of the selection, may be chance.
MIN_COUNT, MIN_SHARE = 5, 0.05
# Minimum ratio of a value's shares in the selection and in the catalogue.
MIN_TIMES = 1.5
# Of two values whose selected products overlap by more than this (Jaccard), one is enough.
NESTED = 0.7
COLUMNS = [*CATEGORY_LEVELS, "brand"]


def over_represented(catalogue: pd.DataFrame, products: np.ndarray, most: int = 4) -> pd.DataFrame:
    """Return the categories and brands that are more common among `products` than elsewhere.

    Sorted by share x log(times), the value's part of the Kullback-Leibler divergence: a value must
    be both frequent in the selection and rare in the catalogue.

    Parameters
    ----------
    catalogue : DataFrame
        All products.
    products : int array
        The selected ones.
    most : int
        Rows at most.

    Returns
    -------
    DataFrame
        ``column, value, count`` (selected products that have it), ``share`` (of the selection),
        ``times`` (as common as in the catalogue).
    """
    chosen = catalogue.iloc[products]
    tables = []
    for column in COLUMNS:
        counts = chosen.loc[chosen[column] != "", column].value_counts()
        counts = counts[counts >= max(MIN_COUNT, MIN_SHARE * len(chosen))]
        overall = catalogue.loc[catalogue[column].isin(counts.index), column].value_counts()
        share = counts / len(chosen)
        times = share / (overall.reindex(counts.index) / len(catalogue))
        tables.append(
            pd.DataFrame(
                {
                    "column": column,
                    "value": counts.index.astype(str),
                    "count": counts.to_numpy(),
                    "share": share.to_numpy(),
                    "times": times.to_numpy(np.float64),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    table = table[table["times"] >= MIN_TIMES]
    score = table["share"] * np.log(table["times"])
    table = table.loc[score.sort_values(ascending=False, kind="stable").index]
    rows: list[int] = []
    members: list[np.ndarray] = []
    for row in table.itertuples():
        has = (chosen[row.column] == row.value).to_numpy()
        if all((has & other).sum() < NESTED * (has | other).sum() for other in members):
            rows.append(row.Index)
            members.append(has)
        if len(rows) == most:
            break
    return table.loc[rows].reset_index(drop=True)
