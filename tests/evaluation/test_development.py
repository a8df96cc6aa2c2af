import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.development import choose_scoring, development_monitor
from core.evaluation.pairs import EvaluationSet


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
    asked = []

    class Asked(table_model):
        def score(self, u, v):
            asked.append(set(zip(u.tolist(), v.tolist())))
            return super().score(u, v)

    model = Asked(np.zeros((200, 200)))
    for seed in (42, 42, 7):
        assert development_monitor(split, sample=40, seed=seed)(model)["auc_all"] == 0.5
    assert asked[0] == asked[1] != asked[2]
    u, v, _ = held_out(split)
    assert len(asked[0]) == 40 and asked[0] <= set(zip(u.tolist(), v.tolist()))


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
