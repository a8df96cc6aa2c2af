"""Side information for products without purchases."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.evaluation_pairs import EvaluationSet
from core.studies import cold_products
from core.studies.cold_products import ablations, by_degree
from core.studies.study_runner import run_study
from tests.studies.checks import cells, check_form


def test_the_study_of_cold_products(runner):
    result = run_study(runner, "cold")
    check_form(result, runner, "cold")
    rows = cells(result)
    split = runner.split("cold")
    assert rows["Skip-gram (PyTorch)"]["AUC matched, all"] == 0.5
    run = runner.run("eges", split="cold")
    assert rows["EGES"]["Hits@10"] == run.metrics["hits_at_10"]
    assert list(cells(result, 2)) == list(ablations(["brand", "text"]))  # all that this shop has
    assert cells(result, 2)["all fields"]["MRR"] == run.metrics["mrr"]
    alone = runner.run("eges", split="cold", changes={"fields_used": ["text"]})
    change = alone.metrics["hits_at_10"] - run.metrics["hits_at_10"]
    assert cells(result, 2)["text alone"]["Hits@10, change"].startswith(f"{change:+.4f} [")
    popularity = runner.run("degree", split="cold").metrics["hits_at_10"]
    times = rows["EGES"]["Hits@10, times popularity's"]
    assert times == pytest.approx(run.metrics["hits_at_10"] / popularity)
    equal = runner.run("skipgram-side-info", split="cold").metrics["hits_at_10"]
    gain = run.metrics["hits_at_10"] - equal
    assert cells(result, 3)["Hits@10"]["difference"].startswith(f"{gain:+.4f} [")
    deciles = by_degree(run, split)
    degree = split.graph.degree
    first = deciles[0]
    top = int(first["degree"].split("-")[-1])
    known = np.where(split.is_cold[split.test.u], split.test.v, split.test.u)
    assert first["n"] == (degree[known] <= top).sum()
    negatives = EvaluationSet.of(split).pairs("degree")
    other = np.where(split.is_cold[negatives.u], negatives.v, negatives.u)
    true = run.scores("positive")[degree[known] <= top]
    false = run.scores("degree")[degree[other] <= top]
    labels = np.repeat([1, 0], [len(true), len(false)])
    expected = roc_auc_score(labels, np.concatenate([true, false]))
    assert first["auc_degree"] == pytest.approx(expected)
    assert sum(row["n"] for row in deciles) == len(split.test)
    asked = sum(row["hits_at_10"] * row["n"] for row in deciles) / len(split.test)
    assert asked == pytest.approx(run.metrics["hits_at_10"])


def test_cold_has_the_costs_on_the_time_split(late_runner):
    result = run_study(late_runner, "cold")
    check_form(result, late_runner, "cold")
    assert [table.title for table in result.tables[3:]] == [
        "Random split",
        "Time split",
    ]
    # These products have neither categories nor prices: such variants would be noise.
    assert list(cells(result, 2)) == list(ablations(["brand", "text"]))
    runs = {name: late_runner.run(name, split="time") for name in ("skipgram", "eges")}
    row = cells(result, 4)["EGES"]
    assert row["AUC matched"] == runs["eges"].metrics["auc_degree"]
    # No path of two steps joins these groups, so there are no hard negatives.
    assert row["AUC hard"] is None
    change = runs["eges"].metrics["auc_seen"] - runs["skipgram"].metrics["auc_seen"]
    row = cells(result, 4)["EGES minus Skip-gram (PyTorch)"]
    assert row["AUC seen"].startswith(f"{change:+.4f} [")
    assert row["AUC matched"] and row["AUC hard"] is None


def test_the_ablation_removes_the_named_fields():
    field_sets = ablations()
    assert len(field_sets) == 9
    assert field_sets["brand alone"] == ("brand",)
    assert set(field_sets["without categories"]) == {"brand", "price_bin", "text"}
    assert {f for g in cold_products.GROUPS.values() for f in g} == set(field_sets["all fields"])
    few = ablations(["brand", "text"])
    assert list(few) == ["all fields", "brand alone", "text alone", "without brand", "without text"]
