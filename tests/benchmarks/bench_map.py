"""The map in a fresh process, compilation and imports included, compared with plain umap-learn.

    python -m tests.benchmarks.bench_map ours 20000

makes one map and prints the seconds that it took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size

POINTS, DIM = 20_000, 128
SECONDS = 240  # time limit of a map


def stages(size: Size, graph, workers: int) -> list[Stage]:
    """Return the stage; a unit is a point."""
    points = size.n_products // 10 if size.growing else POINTS
    contestants = [Contestant("ours", lambda: _apart("ours", points, workers), "fresh process")]
    if not size.growing:
        contestants.append(
            Contestant("umap-learn", lambda: _apart("umap", points, workers), "fresh process")
        )
    return [Stage(f"map of {points:,} x {DIM}", "points", contestants)]


def _apart(which: str, points: int, workers: int) -> Done:
    """Make a map in a separate process, with an empty compilation cache."""
    with tempfile.TemporaryDirectory() as cache:
        started = time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.bench_map", which, str(points), str(workers)],
            env={**os.environ, "NUMBA_CACHE_DIR": cache},
            timeout=SECONDS,
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - started
    return Done(points, seconds, float(process.stdout.split()[-1]))


def main(which: str, points: int, workers: int) -> None:
    """Make a map and print the peak memory in MB."""
    import numpy as np

    from core.runs.recorder import peak_memory_mb

    rng = np.random.default_rng(0)
    centers = rng.standard_normal((200, DIM))
    vectors = centers[rng.integers(0, 200, points)] + 0.7 * rng.standard_normal((points, DIM))
    vectors = vectors.astype(np.float32)
    if which == "ours":
        from core.data.ids_and_catalogue import make_catalogue
        from core.explore.umap_projection import DEFAULTS, project
        from core.graph.product_graph import Pairs
        from core.graph.split import random_split
        from core.parallel import use_workers

        workers = use_workers(workers)
        ring = np.arange(points, dtype=np.int32)
        ones = np.ones(points, np.float32)
        pairs = Pairs(ring, np.roll(ring, -1), ones, ones.astype(np.uint8))
        catalogue = make_catalogue(ring.astype(str), {}, 0)
        split = random_split(pairs, points, ones.astype(bool), catalogue=catalogue)
        project(vectors, split, DEFAULTS, include_unseen=True, workers=workers)
    else:
        import umap

        umap.UMAP(n_neighbors=15, metric="cosine").fit_transform(vectors)
    print(peak_memory_mb())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
