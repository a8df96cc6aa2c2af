"""The whole evaluation of models whose results are known."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score

from core.config import UserError
from core.evaluation.evaluation import compare, evaluate, pair_metrics, saved_evaluation
from core.evaluation.evaluation_pairs import EvaluationSet
from core.evaluation.pair_scores import score_pairs
from core.progress import Progress


def truth(split):
    """Return the matrix that is 1 for every true pair and 0 elsewhere."""
    table = np.zeros((split.n_products, split.n_products))
    for pairs in (split.train, split.test):
        table[pairs.u, pairs.v] = table[pairs.v, pairs.u] = 1
    return table


def noisy(split, seed=0):
    noise = np.random.default_rng(seed).normal(0, 0.7, (split.n_products, split.n_products))
    return np.round(truth(split) + noise + noise.T, 1).astype(np.float32)


def labelled(split, table, kind, seen_only=False, unseen=None):
    """Return labels and scores of the positives and negatives of `kind`, one by one."""
    labels, scores = [], []
    for label, name in ((1, "positive"), (0, kind)):
        pairs = EvaluationSet.of(split).pairs(name)
        for u, v in zip(pairs.u.tolist(), pairs.v.tolist()):
            seen = split.seen[u] and split.seen[v]
            if seen or not seen_only:
                labels.append(label)
                scores.append(np.float32(table[u, v]) if seen or unseen is None else unseen)
    return labels, scores


def test_a_model_that_knows_everything_is_perfect(sparse_split, table_model):
    metrics = evaluate(table_model(truth(sparse_split), scores_unseen=True), sparse_split).metrics
    for name in ("auc_all", "auc_seen", "ap_all", "ap_seen", "auc_possible", "auc_degree"):
        assert metrics[name] == 1
    assert metrics["auc_hard"] == metrics["hits_at_10"] == metrics["mrr"] == 1
    assert metrics["unseen_rule"] == "own"
    assert metrics["auc_all_lowest"] < 1


def test_a_model_that_knows_nothing_is_at_chance(sparse_split, table_model):
    metrics = evaluate(table_model(np.zeros((120, 120)), scores_unseen=True), sparse_split).metrics
    for name in ("auc_all", "auc_seen", "auc_possible", "auc_degree", "auc_hard", "ap_all"):
        assert metrics[name] == 0.5
    # Every rank is the middle of about 100 candidates.
    assert metrics["hits_at_10"] == 0 and metrics["mrr"] == pytest.approx(1 / 50, abs=0.005)


@pytest.mark.parametrize("own", [False, True])
def test_aucs_equal_those_of_scikit_learn(sparse_split, table_model, own):
    table = noisy(sparse_split)
    metrics = evaluate(table_model(table, scores_unseen=own), sparse_split).metrics
    lowest = table.min() - 1
    seen_scores = labelled(sparse_split, table, "uniform", seen_only=True)[1]
    unseen = None if own else lowest
    expected = {
        "auc_all": roc_auc_score(*labelled(sparse_split, table, "uniform", unseen=unseen)),
        "auc_all_lowest": roc_auc_score(*labelled(sparse_split, table, "uniform", unseen=lowest)),
        "auc_all_median": roc_auc_score(
            *labelled(sparse_split, table, "uniform", unseen=np.median(seen_scores))
        ),
        "auc_seen": roc_auc_score(*labelled(sparse_split, table, "uniform", seen_only=True)),
        "ap_all": average_precision_score(*labelled(sparse_split, table, "uniform", unseen=unseen)),
        "ap_seen": average_precision_score(
            *labelled(sparse_split, table, "uniform", seen_only=True)
        ),
        "auc_degree_all": roc_auc_score(*labelled(sparse_split, table, "degree", unseen=unseen)),
    }
    for kind in ("possible", "degree", "hard"):
        expected[f"auc_{kind}"] = roc_auc_score(
            *labelled(sparse_split, table, kind, seen_only=True)
        )
    assert {name: metrics[name] for name in expected} == pytest.approx(expected)
    assert len({round(value, 6) for value in expected.values()}) >= len(expected) - 3
    assert metrics["unseen_rule"] == ("own" if own else "lowest")
    assert metrics["n_positive"] == len(sparse_split.test)
    assert metrics["n_positive_seen"] == sum(
        sparse_split.both_seen(sparse_split.test.u, sparse_split.test.v)
    )
    assert metrics["hard_skipped"] == metrics["n_positive"] - metrics["n_hard"]


def test_metrics_rows_and_thresholds_are_json(cold, table_model):
    # On the cold split there is no seen pair: figures are null, not NaN.
    result = evaluate(table_model(noisy(cold), scores_unseen=True), cold)
    text = json.dumps([result.metrics, result.slices, result.thresholds], allow_nan=False)
    assert json.loads(text)[0]["auc_seen"] is None
    assert result.metrics["auc_all"] > 0.6


def test_cold_split_without_own_scores_is_chance(cold, table_model):
    metrics = evaluate(table_model(noisy(cold)), cold).metrics
    assert metrics["auc_all"] == 0.5
    assert metrics["coverage"] is None and metrics["hits_at_10"] == 0


@pytest.mark.parametrize("link", ["identity", "sigmoid"])
def test_thresholds_count_the_pairs_that_reach_them(sparse_split, table_model, link):
    table = noisy(sparse_split)
    rows = evaluate(table_model(table, link=link), sparse_split).thresholds
    assert len(rows) == 201
    labels, scores = labelled(sparse_split, table, "uniform", unseen=-100.0)
    scores = np.array(scores, float)
    if link == "sigmoid":
        scores = 1 / (1 + np.exp(-scores))
        assert [rows[0]["threshold"], rows[-1]["threshold"]] == [0, 1]
        assert rows[-1]["precision"] is None
    for row in rows[1:-1:20]:
        called = scores >= row["threshold"]
        counts = confusion_matrix(labels, called).ravel().tolist()
        assert counts == [row["tn"], row["fp"], row["fn"], row["tp"]]


def test_measures_can_be_computed_from_saved_data(sparse_split, table_model, tmp_path):
    results, again = [], []
    for number, link in enumerate(("identity", "sigmoid")):
        model = table_model(noisy(sparse_split, seed=number), link=link)
        result = evaluate(model, sparse_split)
        for name, array in result.scores.items():
            np.save(tmp_path / f"{name}.npy", array)
        result.tables()["ranking"].to_parquet(tmp_path / "ranking.parquet")
        saved = saved_evaluation(
            json.loads(json.dumps(result.metrics)),
            {name: np.load(tmp_path / f"{name}.npy") for name in result.scores},
            pd.read_parquet(tmp_path / "ranking.parquet"),
            result.pair_scores.products,
        )
        assert saved.pair_scores.thresholds() == result.thresholds
        assert pair_metrics(saved.pair_scores).items() <= result.metrics.items()
        results.append(result)
        again.append(saved)
    assert compare(*again) == compare(*results)


def test_tables_hold_every_row(sparse_split, table_model):
    result = evaluate(table_model(noisy(sparse_split)), sparse_split)
    tables = result.tables()
    assert tables["ranking"]["ranks"].tolist() == result.ranking.ranks.tolist()
    assert len(tables["thresholds"]) == 201 and len(tables["slices"]) == len(result.slices)
    assert tables["pr"]["recall"].iloc[-1] == tables["roc"]["fpr"].iloc[-1] == 1


def test_thresholds_take_another_kind_of_negatives_and_rule(sparse_split, table_model):
    scores = score_pairs(table_model(noisy(sparse_split)), sparse_split)
    rows = scores.thresholds(kind="hard", rule="own", n=5)
    assert len(rows) == 5
    assert rows[0]["tp"] == len(sparse_split.test)
    assert rows[0]["fp"] == len(EvaluationSet.of(sparse_split).pairs("hard"))


def test_curves_belong_to_the_scores(sparse_split, table_model):
    table = noisy(sparse_split)
    result = evaluate(table_model(table), sparse_split)
    area = np.trapezoid(result.roc[:, 1], result.roc[:, 0])
    assert area == pytest.approx(result.metrics["auc_all"], abs=1e-6)
    steps = np.diff(result.pr[:, 0]) * result.pr[1:, 1]
    assert steps.sum() == pytest.approx(result.metrics["ap_all"], abs=1e-6)


def test_slices_equal_measures_on_their_pairs(sparse_split, table_model):
    table = noisy(sparse_split)
    result = evaluate(table_model(table), sparse_split)
    rows = {(row["slice"], row["value"]): row for row in result.slices}
    split, test = sparse_split, sparse_split.test
    uniform = EvaluationSet.of(split).pairs("uniform")
    degree = np.bincount(np.r_[split.train.u, split.train.v], minlength=120)

    for bit, relation in enumerate(("bought_together", "also_bought", "also_viewed")):
        row = rows["relation", relation]
        chosen = (test.relations & (1 << bit) > 0) & (degree[test.u] > 0) & (degree[test.v] > 0)
        seen = (degree[uniform.u] > 0) & (degree[uniform.v] > 0)
        scores = np.r_[table[test.u, test.v][chosen], table[uniform.u, uniform.v][seen]]
        labels = np.r_[np.ones(chosen.sum()), np.zeros(seen.sum())]
        assert row["auc"] == pytest.approx(roc_auc_score(labels, scores))
        assert (row["n"], row["n_negative"]) == (chosen.sum(), seen.sum())
        ranks = [
            rank
            for q, t, rank in zip(
                *(result.ranking.queries, result.ranking.targets), result.ranking.ranks
            )
            if chosen[(test.u == min(q, t)) & (test.v == max(q, t))].any()
        ]
        assert row["n_ranked"] == len(ranks) == 2 * row["n"]
        assert row["hits_at_10"] == pytest.approx(np.mean(np.array(ranks) <= 10))
    assert ("relation", "linked") not in rows

    lower = np.minimum(degree[test.u], degree[test.v])
    by_degree = [row for row in result.slices if row["slice"] == "degree"]
    assert sum(row["n"] for row in by_degree) == (lower > 0).sum()
    for row in by_degree:
        low, _, high = row["value"].partition("-")
        inside = (lower >= int(low)) & (lower <= int(high or low))
        assert row["n"] == inside.sum()

    ends = {value: row for (name, value), row in rows.items() if name == "ends"}
    assert ends["seen"]["auc"] == pytest.approx(result.metrics["auc_seen"])
    assert ends["half-seen"]["auc"] == 0.5 and ends["half-seen"]["hits_at_10"] is None
    for pairs, count in ((test, "n"), (uniform, "n_negative")):
        n_seen = (degree[pairs.u] > 0).astype(int) + (degree[pairs.v] > 0)
        for value, row in ends.items():
            assert row[count] == (n_seen == {"seen": 2, "half-seen": 1, "unseen": 0}[value]).sum()
    assert sum(row["n"] for row in ends.values()) == len(test)


def test_non_finite_scores_of_evaluated_pairs_are_refused(sparse_split, table_model):
    table = noisy(sparse_split)
    table[~sparse_split.seen] = table[:, ~sparse_split.seen] = np.nan
    assert evaluate(table_model(table), sparse_split).metrics["auc_seen"] > 0.5
    with pytest.raises(UserError, match="not a finite number"):
        evaluate(table_model(table, scores_unseen=True), sparse_split)
    test = sparse_split.test[sparse_split.both_seen(sparse_split.test.u, sparse_split.test.v)]
    table[test.u[0], test.v[0]] = np.inf
    with pytest.raises(UserError, match="1 of"):
        score_pairs(table_model(table), sparse_split)


def test_progress_runs_to_the_end_of_each_stage(sparse_split, table_model):
    class Recorder(Progress):
        def __init__(self):
            self.stages = []

        def stage(self, name, total=None, unit=""):
            self.stages.append([name, total, 0])

        def advance(self, done):
            assert done > self.stages[-1][2]
            self.stages[-1][2] = done

    recorder = Recorder()
    evaluate(table_model(noisy(sparse_split)), sparse_split, recorder)
    counted = [(total, done) for _, total, done in recorder.stages if total is not None]
    assert len(counted) == 2
    for total, done in counted:
        assert total == done > 0


def test_compare_returns_every_difference_with_its_interval(community_split, table_model):
    good = evaluate(table_model(noisy(community_split)), community_split)
    poor = evaluate(table_model(noisy(community_split) * 0.3), community_split)
    assert set(compare(good, poor).values()) == {(0, 0, 0)}  # only the scale differs
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (200, 200))
    poor = evaluate(table_model(noisy(community_split) + noise + noise.T), community_split)
    for name, interval in compare(good, poor).items():
        difference = good.metrics[name] - poor.metrics[name]
        assert interval.estimate == pytest.approx(difference, abs=1e-12)
        assert interval.low < interval.estimate < interval.high
    assert compare(good, poor)["auc_seen"].low > 0
    assert compare(good, poor, workers=3) == compare(good, poor)
    some = compare(good, poor, measures=("mrr", "auc_hard"))
    assert some == {name: compare(good, poor)[name] for name in ("auc_hard", "mrr")}


def test_compare_refuses_different_splits(community_split, sparse_split, table_model):
    one = evaluate(table_model(np.zeros((200, 200))), community_split)
    other = evaluate(table_model(np.zeros((120, 120))), sparse_split)
    with pytest.raises(ValueError, match="different splits"):
        compare(one, other)
