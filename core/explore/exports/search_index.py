"""A search index of the vectors (HNSW: Malkov & Yashunin, 2018), with its measured accuracy."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from core.config import UserError
from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.explore.exports.vectors import IDS, write_ids
from core.explore.nearest_vectors import nearest
from core.models.inner_product_model import unit_rows
from core.progress import Progress

# Vectors that are added between two reports of progress.
ROWS = 10_000
# Queries that recall and speed are measured on, and the length of their lists.
CHECKED, K = 1000, 10
SEED = 42
METRIC, TYPE = "cos", "f32"


def write_index(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write an index of usearch by cosine; line i of the file of ids is the product with key i."""
    from usearch.index import Index

    products, every = source.vectors()
    if len(products) < 2:
        raise UserError("An index needs two products with a vector: train on more pairs.")
    vectors = unit_rows(every[products])
    index = Index(ndim=vectors.shape[1], metric=METRIC, dtype=TYPE)
    progress.stage("index", len(vectors), "products")
    for first in range(0, len(vectors), ROWS):
        part = vectors[first : first + ROWS]
        index.add(np.arange(first, first + len(part)), part, threads=source.workers)
        progress.advance(first + len(part))
    index.save(str(out.path))
    write_ids(out.companions[IDS], source.split.catalogue.frame["id"].iloc[products].tolist())
    progress.stage("recall")
    return {
        "products": len(products),
        "dimensions": vectors.shape[1],
        **measure_index(out.path, vectors, source.workers),
    }


def measure_index(path: Path, vectors: np.ndarray, workers: int = 1) -> Facts:
    """Return recall@10 of a saved index against exact search, and its queries per second.

    Parameters
    ----------
    path : Path
    vectors : float32 array, shape (n, dim)
        What was added to it, in the order of the keys.
    workers : int
        Threads of the exact search; the index is searched by one.
    """
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric=METRIC, dtype=TYPE)
    index.load(str(path))
    k = min(K, len(vectors) - 1)
    rows = np.sort(np.random.default_rng(SEED).permutation(len(vectors))[:CHECKED])
    exact = nearest(vectors, k, queries=rows, workers=workers)[0]
    began = time.perf_counter()
    # One more, because the nearest to a vector is usually itself.
    approximate = index.search(vectors[rows], k + 1, threads=1).keys.astype(np.int64)
    seconds = time.perf_counter() - began
    hits = [
        len(np.intersect1d(near[near != row][:k], true))
        for row, near, true in zip(rows, approximate, exact)
    ]
    return {
        f"recall_at_{K}": round(float(np.mean(hits)) / k, 4),
        "queries_per_second": round(len(rows) / seconds),
        "measured_on": len(rows),
    }
