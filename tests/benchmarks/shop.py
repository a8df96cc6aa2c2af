"""A generated shop of any size with finished runs and a map, as the dashboard reads it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.config import TrainRequest
from core.data.product_catalogue import COLUMNS, Catalogue
from core.explore.umap_projection import DEFAULTS
from core.graph.split import Split, random_split
from core.models import create
from core.models.registry import resolve_settings
from core.pipeline.train_run import plan
from core.runs.atomic_files import write_array, write_json
from core.runs.store import Store
from tests.benchmarks.graphs import community_graph

DATASET = "large"
DIM = 128
MAP_POINTS = 100_000
# The four models of the look-up.
MODELS = (("skipgram", 42), ("skipgram", 43), ("gensim-cbow", 42), ("mf-bias", 42))
BRANDS = 4_000
CATEGORIES = (14, 90, 400)
FIRST = ("Wireless", "Portable", "Digital", "Premium", "Compact", "Universal", "Rugged", "Slim")
SECOND = (
    "Bluetooth Headphones", "USB Charger", "Camera Lens", "Laptop Sleeve", "Memory Card",
    "HDMI Cable", "Phone Case", "Speaker", "Keyboard", "Mouse", "Tripod", "Router", "Monitor Arm",
    "Battery Pack", "Screen Protector", "Docking Station",
)  # fmt: skip
THIRD = ("Black", "White", "Silver", "Blue", "Red", "32GB", "64GB", "6 ft", "10 ft", "2-Pack")


def make(store: Store, n_products: int, n_pairs: int, seed: int = 42) -> None:
    """Write the shop into `store`, unless it is there."""
    if DATASET in store.datasets() and len(store.runs(DATASET)) == len(MODELS):
        return
    rng = np.random.default_rng(seed)
    frame = catalogue(rng, n_products)
    pairs = community_graph(n_products, n_pairs, seed)
    sources = np.ones(n_products, bool)
    split = random_split(pairs, n_products, sources, seed, Catalogue(frame))
    facts = {
        "dataset": DATASET, "kind": "random", "seed": seed, "products": n_products,
        "pairs": n_pairs, "training_pairs": len(split.train), "held_out_pairs": len(split.test),
        "unseen_products": int((~split.seen).sum()), "fingerprint": "generated",
    }  # fmt: skip
    # First, because it replaces everything under the name.
    store.save_source(DATASET, Catalogue(frame), {}, {}, {"about": "A generated shop"})
    store.save_split(DATASET, "random", split, facts)
    for name, model_seed in MODELS:
        _run(store, split, name, model_seed, rng)


def catalogue(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Return the table of `n` products."""

    def any_of(words) -> np.ndarray:
        return np.array(words, object)[rng.integers(0, len(words), n)]

    frame = pd.DataFrame("", index=range(n), columns=COLUMNS)
    frame["id"] = [f"B{number:09d}" for number in range(n)]
    model = [f"{a}{b}" for a, b in zip(any_of(list("ABCDEFGHKMNPRSTX")), rng.integers(10, 9999, n))]
    brand = np.array([f"Brand {number}" for number in range(BRANDS)], object)
    frame["brand"] = brand[(BRANDS * rng.random(n) ** 2).astype(int)]
    words = zip(frame["brand"], any_of(FIRST), any_of(SECOND), model, any_of(THIRD))
    frame["title"] = [" ".join(row) for row in words]
    finest = (CATEGORIES[-1] * rng.random(n) ** 1.5).astype(int)
    for level, size in enumerate(CATEGORIES, start=1):
        own = finest * size // CATEGORIES[-1]
        frame[f"category_{level}"] = [f"Category {level}.{number}" for number in own]
    frame["price"] = np.exp(rng.normal(3, 1, n)).astype(np.float32)
    frame["private_label"], frame["has_metadata"] = False, True
    return frame


def _run(store: Store, split: Split, name: str, seed: int, rng: np.random.Generator) -> None:
    """Write a run with vectors around the middle of each product's category."""
    request = TrainRequest(dataset=DATASET, model=name, seed=seed, changes={"dim": DIM})
    config = plan(store, request)
    run = store.run(DATASET, config.run_id)
    (run.folder / "model").mkdir(parents=True)
    category = pd.factorize(split.catalogue.frame["category_3"])[0]
    middles = rng.normal(size=(category.max() + 1, DIM))
    vectors = middles[category] + rng.normal(size=(split.n_products, DIM))
    model = create(name, resolve_settings(name, "ours", {"dim": DIM}), seed=seed)
    model.vectors_ = vectors.astype(np.float32)
    model.context_ = rng.permutation(model.vectors_, axis=1)
    model.bias_, model.offset_ = rng.normal(size=split.n_products).astype(np.float32), 0.0
    model.save(run.folder / "model")
    write_array(run.folder / "vectors.npy", model.vectors_)
    figures = dict.fromkeys(
        ("auc_all", "auc_all_median", "auc_seen", "auc_possible", "auc_degree", "auc_degree_all",
         "auc_hard", "hits_at_10", "hits_at_50", "mrr", "coverage"), 0.5,
    )  # fmt: skip
    scoring = "dot" if name.startswith("mf") else "in-out"
    write_json(run.folder / "config.json", config.model_dump(mode="json"))
    write_json(
        run.folder / "metrics.json",
        {
            "model": name, "run": run.id, "preset": "ours", "split": "random", "seed": seed,
            "scoring": scoring, "link": "identity", "unseen_rule": "lowest", "popularity": 1.0,
            "total_seconds": 60.0, "train_seconds": 50.0, "peak_memory_mb": 1000.0,
            "finished": "2026-01-01T00:00:00+00:00", **figures,
        },
    )  # fmt: skip
    status = {"state": "finished", "started": "2026-01-01T00:00:00+00:00", "elapsed": 60.0}
    write_json(run.folder / "status.json", status)
    _map(run, split, model.vectors_, category, rng)


def _map(run, split: Split, vectors: np.ndarray, category: np.ndarray, rng) -> None:
    """Save a map; UMAP would take longer than everything measured here."""
    seen = np.flatnonzero(split.seen)
    products = np.sort(rng.permutation(seen)[:MAP_POINTS])
    spot = 40 * rng.normal(size=(category.max() + 1, 2))[category[products]]
    table = pd.DataFrame(spot + vectors[products, :2], columns=["x", "y"]).astype(np.float32)
    table.insert(0, "product", products.astype(np.int32))
    table["region"] = (category[products] % 40).astype(np.int16)
    facts = {
        "dimensions": 2, "points": len(table), "candidates": len(seen), "n_neighbors": 15,
        "left_out": split.n_products - len(seen), "preserved": 0.4, "preserved_checked": 2000,
    }  # fmt: skip
    run.save_map(DEFAULTS.name, table, facts)
