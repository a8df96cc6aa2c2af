"""The dense regions of a map, and a label for each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from scipy.ndimage import gaussian_filter

from core.data.product_catalogue import CATEGORY_LEVELS, Catalogue
from core.explore.catalogue_search import arrow_column, split_words

GRID = 96
SMOOTHING = 1.6
SMALLEST_SHARE = 0.004
# A category names a region on its own if it covers this share of the region; two categories name
# it together if each covers the second share.
COVER, COVER_OF_TWO = 0.25, 0.07
# Minimum ratio of a term's shares in a region and on the whole map.
LIFT = 1.5
# A term adds nothing to another that contains at least this share of its products.
NESTED = 0.5
# A phrase in a larger share of all titles than this does not characterise a region.
COMMON = 0.05
SHORTEST_WORD = 3
N_CANDIDATES = 8


def density_regions(points: np.ndarray) -> np.ndarray:
    """Divide a 2-D map among the peaks of its density, uphill on a grid.

    Parameters
    ----------
    points : float array, shape (n, 2)

    Returns
    -------
    int16 array, shape (n,)
        Regions by falling size from 0; -1 in regions of less than `SMALLEST_SHARE` of all points.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.where(high > low, high - low, 1)
    cell = np.minimum(((points - low) / size * GRID).astype(np.int64), GRID - 1)
    flat = cell[:, 0] * GRID + cell[:, 1]
    counts = np.bincount(flat, minlength=GRID * GRID).reshape(GRID, GRID).astype(float)
    peak = _uphill(gaussian_filter(counts, SMOOTHING))[flat]
    _, region, sizes = np.unique(peak, return_inverse=True, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    name = np.full(len(sizes), -1, np.int16)
    large = order[sizes[order] >= max(2, SMALLEST_SHARE * len(points))]
    name[large] = np.arange(len(large))
    return name[region]


def _uphill(density: np.ndarray) -> np.ndarray:
    """Return, for every cell of the grid, the peak that steepest ascent leads to."""
    n = density.shape[0]
    padded = np.pad(density, 1, constant_values=-np.inf)
    own = np.arange(n * n).reshape(n, n)
    best, uphill = density.copy(), own.copy()
    for step in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        neighbour = padded[1 + step[0] : 1 + step[0] + n, 1 + step[1] : 1 + step[1] + n]
        is_higher = neighbour > best
        best[is_higher] = neighbour[is_higher]
        uphill[is_higher] = (own + step[0] * n + step[1])[is_higher]
    target = uphill.ravel()
    while not np.array_equal(further := target[target], target):
        target = further
    return target


def region_labels(catalogue: Catalogue, products: np.ndarray, region: np.ndarray) -> list[str]:
    """Return a label for each region: what is common in it and rare elsewhere.

    A term with share p in the region and q on the whole map scores p log(p / q), its part of the
    Kullback-Leibler divergence. The best category names the region if it covers `COVER` of it;
    else the two best ones do, unless one contains the other. Without categories the label is a
    phrase of two adjacent words in titles.

    Parameters
    ----------
    products : int array, shape (n,)
        The products on the map.
    region : int array, shape (n,)
        From `density_regions`.
    """
    n_regions = int(region.max(initial=-1)) + 1
    part = catalogue.take(products)
    inside = region >= 0
    ones = np.ones(int(inside.sum()), np.float32)
    shape = (n_regions, len(products))
    members = sp.csr_array((ones, (region[inside], np.flatnonzero(inside))), shape=shape)
    labels = _named(members, *_categories(part))
    if not all(labels):
        phrases = _named(members, *_phrases(part))
        labels = [label or phrase for label, phrase in zip(labels, phrases)]
    return labels


def _named(members: sp.csr_array, terms: np.ndarray, rows: sp.csr_array) -> list[str]:
    """Return for every region one term that covers it, or the two best; "" if none does.

    Parameters
    ----------
    members : sparse array, shape (n_regions, n)
        Which products are in which region.
    terms : object array of str, shape (n_terms,)
    rows : sparse array, shape (n_terms, n)
        Which products each term occurs in.
    """
    counts = (members @ rows.T).toarray()
    size = np.maximum(members.sum(axis=1), 1)[:, None]
    share = counts / size
    overall = np.maximum(rows.sum(axis=1) / max(members.shape[1], 1), 1e-12)
    score = share * np.log(np.maximum(share / overall, 1e-12))
    labels = []
    for number in range(len(counts)):
        order = np.argsort(-score[number], kind="stable")[:N_CANDIDATES]
        best = [term for term in order if share[number, term] > LIFT * overall[term]]
        whole = next((term for term in best if share[number, term] >= COVER), None)
        if whole is not None:
            labels.append(str(terms[whole]))
            continue
        chosen: list[int] = []
        for term in best:
            if share[number, term] >= COVER_OF_TWO and not any(
                _overlap(rows, term, other) > NESTED for other in chosen
            ):
                chosen.append(term)
        labels.append(" · ".join(str(terms[term]) for term in chosen[:2]))
    return labels


def _overlap(rows: sp.csr_array, one: int, other: int) -> float:
    """Return how much of the smaller of two terms lies within the other."""
    first, second = (rows.indices[rows.indptr[t] : rows.indptr[t + 1]] for t in (one, other))
    common = len(np.intersect1d(first, second))
    return common / max(min(len(first), len(second)), 1)


def _categories(part: Catalogue) -> tuple[np.ndarray, sp.csr_array]:
    """Return the names of the categories of every level, and the rows each occurs in."""
    names: list[str] = []
    codes, rows = [], []
    offset = 0
    for level in CATEGORY_LEVELS:
        coded = pc.dictionary_encode(arrow_column(part, level))
        values = coded.dictionary.to_pylist()
        index = coded.indices.to_numpy()
        given = np.array([bool(value) for value in values], bool)[index]
        names += values
        codes.append(index[given] + offset)
        rows.append(np.flatnonzero(given))
        offset += len(values)
    entries = np.concatenate(codes), np.concatenate(rows)
    ones = np.ones(len(entries[0]), np.float32)
    return np.array(names, object), sp.csr_array((ones, entries), shape=(offset, len(part)))


def _phrases(part: Catalogue) -> tuple[np.ndarray, sp.csr_array]:
    """Return the pairs of adjacent words in titles, and the rows each occurs in."""
    lists = split_words(arrow_column(part, "title"))
    if isinstance(lists, pa.ChunkedArray):
        lists = lists.combine_chunks()
    coded = pc.dictionary_encode(pc.list_flatten(lists))
    fit = pc.and_(
        pc.match_substring_regex(coded.dictionary, r"^\pL+$"),
        pc.greater_equal(pc.utf8_length(coded.dictionary), SHORTEST_WORD),
    ).to_numpy(zero_copy_only=False)
    words = coded.dictionary.to_pylist()
    code, row = coded.indices.to_numpy().astype(np.int64), pc.list_parent_indices(lists).to_numpy()
    side = (row[1:] == row[:-1]) & fit[code[1:]] & fit[code[:-1]] & (code[1:] != code[:-1])
    pairs, place = np.unique(code[:-1][side] * len(words) + code[1:][side], return_inverse=True)
    shape = (len(pairs), len(part))
    rows = sp.coo_array((np.ones(len(place), np.float32), (place, row[1:][side])), shape=shape)
    rows = rows.tocsr()
    rows.data[:] = 1
    often = rows.sum(axis=1)
    useful = np.flatnonzero((often > 1) & (often <= COMMON * len(part)))
    named = [f"{words[pair // len(words)]} {words[pair % len(words)]}" for pair in pairs[useful]]
    return np.array(named, object), rows[useful]
