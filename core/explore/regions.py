"""The dense regions of a map and what sets each apart, in words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from scipy.ndimage import gaussian_filter

from core.data.catalogue import CATEGORY_LEVELS, Catalogue
from core.explore.search import arrow_column, word_matrix

GRID = 96
SMOOTHING = 1.6
SMALLEST_SHARE = 0.004
# A category names a region on its own if this much of the region is in it.
COVER = 0.1
WORDS_IN_LABEL = 2
# A word of more titles than this says little about any region.
COMMON = 0.05
SHORTEST_WORD = 3


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
    """Return, for every cell of the grid, the peak that the steepest way up leads to."""
    n = density.shape[0]
    padded = np.pad(density, 1, constant_values=-np.inf)
    own = np.arange(n * n).reshape(n, n)
    best, leads = density.copy(), own.copy()
    for step in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        there = padded[1 + step[0] : 1 + step[0] + n, 1 + step[1] : 1 + step[1] + n]
        better = there > best
        best[better] = there[better]
        leads[better] = (own + step[0] * n + step[1])[better]
    leads = leads.ravel()
    while not np.array_equal(further := leads[leads], leads):
        leads = further
    return leads


def region_labels(catalogue: Catalogue, products: np.ndarray, region: np.ndarray) -> list[str]:
    """Return a label for each region: what is common in it and rare elsewhere.

    A term with share p in the region and q on the whole map earns p log(p / q), its part of the
    Kullback-Leibler divergence. The best category names the region if it covers `COVER` of it;
    otherwise the best words of the titles do.

    Parameters
    ----------
    products : int array, shape (n,)
        What is on the map.
    region : int array, shape (n,)
        From `density_regions`.
    """
    n_regions = int(region.max(initial=-1)) + 1
    part = catalogue.take(products)
    inside = region >= 0
    ones = np.ones(int(inside.sum()), np.float32)
    shape = (n_regions, len(products))
    members = sp.csr_array((ones, (region[inside], np.flatnonzero(inside))), shape=shape)
    categories = _terms_earned(members, *_categories(part))
    words = _terms_earned(members, *_title_words(part))
    labels = []
    for number in range(n_regions):
        name, share = next(iter(categories[number]), ("", 0.0))
        if share < COVER:
            best = [word for word, _ in words[number][:WORDS_IN_LABEL]]
            name = ", ".join(best) or name
        labels.append(name)
    return labels


def _categories(part: Catalogue) -> tuple[np.ndarray, sp.csr_array]:
    """Return the category names below the first level, and the rows each occurs in."""
    names, codes, rows = [], [], []
    offset = 0
    # The first level is the whole shop in most data sets.
    for level in CATEGORY_LEVELS[1:]:
        coded = pc.dictionary_encode(arrow_column(part, level))
        values = coded.dictionary.to_pylist()
        index = coded.indices.to_numpy()
        kept = np.array([bool(value) for value in values], bool)[index]
        names += values
        codes.append(index[kept] + offset)
        rows.append(np.flatnonzero(kept))
        offset += len(values)
    codes, rows = np.concatenate(codes), np.concatenate(rows)
    ones = np.ones(len(codes), np.float32)
    return np.array(names, object), sp.csr_array((ones, (codes, rows)), shape=(offset, len(part)))


def _title_words(part: Catalogue) -> tuple[np.ndarray, sp.csr_array]:
    """Return the words of the titles that can stand in a label, and the rows each occurs in."""
    words, rows = word_matrix([arrow_column(part, "title")])
    text = pa.array(words, pa.large_string())
    fit = pc.and_(
        pc.match_substring_regex(text, r"^\pL+$"),
        pc.greater_equal(pc.utf8_length(text), SHORTEST_WORD),
    ).to_numpy(zero_copy_only=False)
    rows.data[:] = 1
    kept = np.flatnonzero(fit & (rows.sum(axis=1) <= COMMON * len(part)))
    rows = rows[kept]
    return words[kept], rows


def _terms_earned(members, terms: np.ndarray, rows) -> list[list[tuple[str, float]]]:
    """Return for every region its three best terms with their share in the region."""
    counts = (members @ rows.T).toarray()
    size = np.maximum(members.sum(axis=1), 1)[:, None]
    inside = counts / size
    overall = np.maximum(rows.sum(axis=1) / max(members.shape[1], 1), 1e-12)
    earned = inside * np.log(np.maximum(inside / overall, 1e-12))
    found = []
    for number in range(len(counts)):
        order = np.argsort(-earned[number], kind="stable")[:3]
        found.append(
            [(str(terms[t]), float(inside[number, t])) for t in order if earned[number, t] > 0]
        )
    return found
