"""Measures beyond accuracy, of the lists of ten that a ranking makes anyway.

Every function takes the query products, int array of shape (n,); their lists, int array of shape
(n, length), padded with -1; and the split. It returns NaN if no list has what it needs.

None of them is better when higher: a list of random products is the most novel and diverse one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from core.graph.split import Split


def coverage(queries: np.ndarray, lists: np.ndarray, split: Split) -> float:
    """Return the share of the products with a training pair that are in at least one list."""
    listed = lists[lists >= 0]
    return float(len(np.unique(listed)) / split.seen.sum()) if len(listed) else float("nan")


def popularity(queries: np.ndarray, lists: np.ndarray, split: Split) -> float:
    """Return the mean training degree in the lists, divided by that of all trained products.

    1 means no preference for popular products.
    """
    listed = lists[lists >= 0]
    degree = split.graph.degree
    return float(degree[listed].mean() / degree[split.seen].mean()) if len(listed) else float("nan")


def novelty(queries: np.ndarray, lists: np.ndarray, split: Split) -> float:
    """Return the mean self-information of the listed products, in bits.

    It is log2(n / d) for a product with training degree d among n trained products: the less
    likely a random product is paired with it, the more it tells.

    References
    ----------
    Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender systems, PNAS 107
    (2010).
    """
    listed = lists[lists >= 0]
    degree = split.graph.degree[listed]
    return float(np.log2(split.seen.sum() / degree).mean()) if len(listed) else float("nan")


def category_match(queries: np.ndarray, lists: np.ndarray, split: Split) -> float:
    """Return the share of listed products that are of their query's category.

    A category is the first two levels together. Products without one are left out.
    """
    category = _categories(np.column_stack([queries, lists]), split)
    of_query, of_listed = category[:, :1], category[:, 1:]
    known = (of_query >= 0) & (of_listed >= 0)
    return float((of_query == of_listed)[known].mean()) if known.any() else float("nan")


def diversity(queries: np.ndarray, lists: np.ndarray, split: Split) -> float:
    """Return the share of a list's pairs of products that are of different categories.

    It is 1 - intra-list similarity, the mean of `category_match` over all pairs of a list; the
    mean over the lists with at least two products of a known category.

    References
    ----------
    Ziegler et al., Improving recommendation lists through topic diversification, WWW 2005.
    """
    category = _categories(lists, split)
    known = category >= 0
    first, second = np.triu_indices(lists.shape[1], k=1)
    both = known[:, first] & known[:, second]
    differ = both & (category[:, first] != category[:, second])
    pairs = both.sum(axis=1)
    usable = pairs > 0
    return float((differ.sum(axis=1)[usable] / pairs[usable]).mean()) if usable.any() else np.nan


def _categories(products: np.ndarray, split: Split) -> np.ndarray:
    """Return a number for the category of each product, -1 for none; the shape of `products`."""
    distinct, position = np.unique(products, return_inverse=True)
    frame = split.catalogue.frame.iloc[np.maximum(distinct, 0)]
    path = frame["category_1"] + "\n" + frame["category_2"]
    codes, _ = pd.factorize(path)
    codes[(distinct < 0) | (path == "\n").to_numpy()] = -1
    return codes[position].reshape(products.shape)
