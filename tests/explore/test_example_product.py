"""The example product, and its neighbours as a run saves them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.config import SplitRequest
from core.data.raw_data import RawData
from core.explore.example_product import (
    DEGREES,
    FILE,
    N_NEIGHBOURS,
    example_product,
    saved_example,
)
from core.explore.neighbour_filters import Filters
from core.explore.neighbours import neighbour_table
from core.explore.true_pairs import TruePairs
from core.pipeline.preparation import prepare
from core.runs.load_run import load_model
from core.runs.store import Store
from tests.shops import trained, write_edge_list


@pytest.fixture(scope="module")
def one_root(tmp_path_factory):
    """Artifacts with one finished run."""
    folder = tmp_path_factory.mktemp("example")
    edges, products = write_edge_list(folder)
    store = Store(folder / "artifacts")
    prepare(store, SplitRequest(dataset="shop"), RawData(edges, products))
    trained(store, "three-hop")
    return store.root


@pytest.fixture
def run(one_root):
    """That run."""
    (run,) = Store(one_root).runs("shop")
    return run


def test_the_example_has_a_title_few_training_pairs_and_the_most_held_out_ones(one_root):
    split = Store(one_root).load_split("shop", "random")
    product = example_product(split)
    held_out = np.bincount(np.r_[split.test.u, split.test.v], minlength=split.n_products)
    degree, titled = split.graph.degree, split.catalogue.frame["title"] != ""
    fit = [p for p in range(split.n_products) if 5 <= degree[p] <= 9 and titled[p]]
    assert DEGREES == (5, 9) and product in fit
    assert held_out[product] == max(held_out[p] for p in fit)


def test_a_run_saves_the_neighbours_of_the_example(one_root, run):
    store = Store(one_root)
    model, split = load_model(store, run)
    product = example_product(split)
    pairs = TruePairs(split)
    for k, truth in ((5, "any"), (5, "new"), (N_NEIGHBOURS, "any")):
        saved = saved_example(run, product, pairs, k, truth == "new")
        asked = neighbour_table(model, split, product, k, Filters(truth), pairs)
        assert saved["product"].tolist() == asked["product"].tolist()
        assert saved["score"].to_numpy() == pytest.approx(asked["score"].to_numpy(), rel=1e-6)


def test_queries_that_were_not_saved_return_none(one_root, run, monkeypatch):
    split = Store(one_root).load_split("shop", "random")
    product, pairs = example_product(split), TruePairs(split)
    assert saved_example(run, product + 1, pairs, 5) is None
    # A full list may be incomplete; without the training pairs it is shorter.
    saved = len(pd.read_csv(run.folder / FILE))
    monkeypatch.setattr("core.explore.example_product.N_NEIGHBOURS", saved)
    assert saved_example(run, product, pairs, saved + 1) is None
    assert len(saved_example(run, product, pairs, saved)) == saved
    assert saved_example(run, product, pairs, saved, only_new=True) is None
    whole = pd.read_csv(run.folder / FILE)
    (run.folder / FILE).unlink()
    assert saved_example(run, product, pairs, 5) is None
    whole.to_csv(run.folder / FILE, index=False)
