"""Skip-gram against gensim: same walks, dim, epochs and cores.

    python -m tests.benchmarks.bench_skipgram --size small
    python -m tests.benchmarks.bench_skipgram --size electronics --walks 1

Every row is one epoch. Training alone is timed: not the walks, not gensim's vocabulary pass, not
the compilation of the kernels. gensim reads a file of sentences (`corpus_file`), its fastest way.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from core.graph.walks import first_order_walks
from core.models.batches import Batches
from core.models.net import EmbeddingNet
from core.models.settings import EmbeddingSettings
from core.models.train import train
from core.progress import QUIET
from core.threads import use_workers
from tests.benchmarks.graphs import SIZES, training_graph

DIM, WINDOW, NEGATIVES = 128, 5, 5


def ours(walks: np.ndarray, n_products: int, workers: int) -> float:
    """Return the seconds of one epoch of our skip-gram."""
    settings = EmbeddingSettings(dim=DIM, points_per_epoch=0)
    rng = np.random.default_rng(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    batches = Batches(walks, None, settings, n_products, rng, device)
    net = EmbeddingNet(n_products, settings, rng).to(device)
    return train(net, batches, settings, QUIET, workers=workers)


def gensim(sentences: Path, skipgram: bool, shrink: bool, workers: int) -> float:
    """Return the seconds of one epoch of gensim's word2vec."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=DIM,
        sg=int(skipgram),
        window=WINDOW,
        shrink_windows=shrink,
        negative=NEGATIVES,
        sample=0,
        min_count=1,
        workers=workers,
    )
    model.build_vocab(corpus_file=str(sentences))
    started = time.perf_counter()
    model.train(
        corpus_file=str(sentences),
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=1,
    )
    return time.perf_counter() - started


def pairs_per_walk(length: int, shrink: bool) -> float:
    """Return the window pairs of a walk; a shrinking window is 1 to `WINDOW` equally often."""
    windows = range(1, WINDOW + 1) if shrink else [WINDOW]
    position = np.arange(length)
    apart = np.abs(position[:, None] - position[None, :])
    return float(np.mean([((apart > 0) & (apart <= window)).sum() for window in windows]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--walks", type=int, default=4, help="walks a product")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="the median is shown")
    arguments = parser.parse_args()
    workers = use_workers(arguments.workers)
    graph = training_graph(arguments.size)
    walks = first_order_walks(graph, arguments.walks, 10, 1, workers)
    rng = np.random.default_rng(0)
    rng.shuffle(walks)
    with tempfile.TemporaryDirectory() as folder:
        sentences = Path(folder) / "walks.txt"
        np.savetxt(sentences, walks, fmt="%d")
        rows = {
            "ours": (lambda: ours(walks, graph.n_products, workers), False),
            "gensim skip-gram": (lambda: gensim(sentences, True, True, workers), True),
            "gensim skip-gram, fixed window": (
                lambda: gensim(sentences, True, False, workers),
                False,
            ),
            "gensim CBOW": (lambda: gensim(sentences, False, True, workers), True),
        }
        # In turns, so that a busy machine is busy for all of them.
        seconds = {name: [] for name in rows}
        for _ in range(arguments.repeats):
            for name, (run, _) in rows.items():
                seconds[name].append(run())
    print(f"{walks.size:,} words, {workers} workers, medians of {arguments.repeats}")
    print(f"{'':32}{'words/s':>12}{'pairs/s':>14}{'ours: words':>13}{'pairs':>8}")
    median = {name: float(np.median(values)) for name, values in seconds.items()}
    pair_rate = {
        name: len(walks) * pairs_per_walk(walks.shape[1], shrink) / median[name]
        for name, (_, shrink) in rows.items()
    }
    for name in rows:
        print(
            f"{name:32}{walks.size / median[name]:12,.0f}{pair_rate[name]:14,.0f}"
            f"{median[name] / median['ours']:12.1f}x{pair_rate['ours'] / pair_rate[name]:7.1f}x"
        )


if __name__ == "__main__":
    main()
