"""Quality: skip-gram and gensim's on the same walks of Beauty, one epoch each.

Needs `LAB_DATA`, the folder of the Beauty file. The measure is the AUC *Seen*, under the better
scoring of each model; seconds are those of training only.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from core.evaluation.evaluation_pairs import POSITIVE
from core.evaluation.metrics import auc
from core.evaluation.pair_scores import score_pairs
from core.graph.split import Split
from core.models import create
from core.models.registry import resolve_settings
from core.runs.store import Store
from tests.benchmarks.bench_whole import Commands
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size

NAME = "beauty"
FIXED, SHRINKING = "gensim skip-gram", "gensim skip-gram, shrinking window"


def stages(size: Size, graph, workers: int) -> list[Stage]:
    """Return the stage; its rate is the AUC."""
    stage = "Seen AUC on Beauty"
    file = Path(os.environ.get("LAB_DATA", "")) / "meta_Beauty.json.gz"
    if not file.is_file():
        return [Stage(stage, "", [Contestant("ours", missing="LAB_DATA names no Beauty file")])]
    with tempfile.TemporaryDirectory() as scratch:
        Commands(Path(scratch), workers).run("prepare", NAME, "--file", str(file))
        store = Store(Path(scratch))
        split = store.load_split(NAME, store.prepared(NAME)[0])

    def contestant(name: str, model: str, **settings) -> Contestant:
        return Contestant(name, lambda: _seen(split, model, settings, workers), once=True)

    gensim = {"sample": 0, "epochs": 1}
    contestants = [
        contestant("ours", "skipgram", points_per_epoch=0, epochs=1),
        contestant(FIXED, "gensim-skipgram", shrink_window=False, **gensim),
        contestant(SHRINKING, "gensim-skipgram", shrink_window=True, **gensim),
    ]
    return [Stage(stage, "", contestants)]


def _seen(split: Split, name: str, changes: dict, workers: int) -> Done:
    """Train a model and measure it under each of its scorings."""
    settings = resolve_settings(name, "ours", changes)
    model = create(name, settings, workers=workers)
    model.fit(split)
    found = {}
    for scoring in model.scorings:
        model.scoring = scoring
        pairs = score_pairs(model, split, kinds=(POSITIVE, "uniform"))
        found[scoring] = auc(*pairs.against("uniform", seen_only=True))
    words = settings.walks_per_product * settings.walk_length * settings.epochs
    seconds = int(split.seen.sum()) * words / model.rate_
    note = ", ".join(f"{scoring} {value:.4f}" for scoring, value in found.items())
    # So the rate is the AUC, by wall time and by processor time.
    return Done(max(found.values()) * seconds, seconds, note=note, cpu=seconds)
