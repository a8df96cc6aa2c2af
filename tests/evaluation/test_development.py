import networkx as nx
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.development import choose_scoring, development_monitor
from core.evaluation.evaluation_pairs import EvaluationSet
from core.evaluation.metrics import auc
from core.evaluation.pair_scores import score_pairs
from core.graph.product_graph import Pairs
from core.graph.split import random_split


def held_out(split):
    """Return u, v and label of the development slice's positives and uniform negatives."""
    true = split.test
    false = EvaluationSet.of(split).pairs("uniform")
    labels = np.r_[np.ones(len(true)), np.zeros(len(false))]
    return np.r_[true.u, false.u], np.r_[true.v, false.v], labels


@pytest.fixture(scope="module")
def development(sparse_split):
    split = sparse_split.development()
    u, v, _ = held_out(split)
    assert 0 < split.both_seen(u, v).sum() < len(u)
    return split


def test_monitor_measures_all_and_seen(development, table_model, tied_table):
    u, v, labels = held_out(development)
    seen = development.both_seen(u, v)
    scores = tied_table[u, v].astype(float)
    got = development_monitor(development)(table_model(tied_table))
    assert got["auc_seen"] == pytest.approx(roc_auc_score(labels[seen], scores[seen]))
    assert got["auc_all"] == pytest.approx(roc_auc_score(labels, np.where(seen, scores, -9)))
    own = development_monitor(development)(table_model(tied_table, scores_unseen=True))
    assert own["auc_all"] == pytest.approx(roc_auc_score(labels, scores))


def test_monitor_reads_a_fixed_sample(community_split, table_model):
    split = community_split.development()
    samples = []

    class Asked(table_model):
        def score(self, u, v):
            samples.append(set(zip(u.tolist(), v.tolist())))
            return super().score(u, v)

    model = Asked(np.zeros((200, 200)))
    for seed in (42, 42, 7):
        assert development_monitor(split, sample=40, seed=seed)(model)["auc_all"] == 0.5
    assert samples[0] == samples[1] != samples[2]
    u, v, _ = held_out(split)
    assert len(samples[0]) == 40 and samples[0] <= set(zip(u.tolist(), v.tolist()))


def test_best_scoring_is_set_and_the_first_of_equals(development, table_model):
    good = np.zeros((120, 120))
    good[development.test.u, development.test.v] = 1

    class TwoScores(table_model):
        scorings = ("bad", "good", "as good")

        def score(self, u, v):
            return (-good if self.scoring == "bad" else good).astype(np.float32)[u, v]

    model = TwoScores(good)
    assert choose_scoring(model, development) == {"bad": 0, "good": 1, "as good": 1}
    assert model.scoring == "good"


def test_a_scoring_that_only_favours_popular_products_is_not_chosen(table_model):
    """Against uniform negatives alone it would win."""
    edges = nx.bipartite.random_graph(120, 480, 0.1, seed=0).edges
    u, v = np.array(edges, np.int32).T
    pairs = Pairs(u, v, np.ones(len(u), np.float32), np.ones(len(u), np.uint8))
    development = random_split(pairs, 600, np.ones(600, bool)).development()
    rng = np.random.default_rng(0)
    tables = {
        "popular": np.add.outer(development.graph.degree, development.graph.degree),
        "knows": rng.random((600, 600)),
    }
    for ends in ("uv", "vu"):
        tables["knows"][tuple(getattr(development.test, end) for end in ends)] += 0.2

    class TwoScores(table_model):
        scorings = ("popular", "knows")

        def score(self, u, v):
            return tables[self.scoring][u, v].astype(np.float32)

    model = TwoScores(tables["knows"])
    aucs = choose_scoring(model, development)
    assert model.scoring == "knows"
    measured = {}
    for scoring in model.scorings:
        model.scoring = scoring
        scores = score_pairs(model, development)
        kinds = ("uniform", "degree")
        measured[scoring] = [auc(*scores.against(kind, seen_only=True)) for kind in kinds]
    assert measured["popular"][0] > measured["knows"][0]
    assert aucs == {name: np.mean(values) for name, values in measured.items()}
