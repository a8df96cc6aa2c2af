"""Relations, and the order of models on the random and the time split."""

import pytest

from core.runs.store import Store
from core.studies.relations_and_time import by_relation, order_table
from core.studies.study_runner import StudyRunner, run_study
from tests.studies.checks import cells, check_form, rows_of


def test_relations_without_times(runner):
    result = run_study(runner, "relations")
    check_form(result, runner, "relations")
    table = runner.run("degree").table("slices").query("slice == 'relation'").set_index("value")
    row = cells(result)["Degree"]
    for relation in table.index:
        assert row[f"AUC, {relation.replace('_', ' ')}"] == table["auc"][relation]
    assert len(result.tables) == 1
    sizes = cells(result)["held-out pairs"]
    for relation in table.index:
        assert sizes[f"AUC, {relation.replace('_', ' ')}"] == table["n"][relation]


def test_relations_with_times(orders: Store):
    runner = StudyRunner(
        orders, "orders", models=["degree", "three-hop", "common-neighbours"], workers=1
    )
    result = run_study(runner, "relations")
    check_form(result, runner, "relations")
    row = cells(result, 1)["Three-hop"]
    assert row["AUC seen, time"] == runner.run("three-hop", split="time").metrics["auc_seen"]
    assert row["AUC seen, random"] == runner.run("three-hop").metrics["auc_seen"]
    assert result.tables[2].columns[3] == "lower on time, of 3"


def test_the_orders_of_random_and_time_split_are_compared():
    def metrics(seen, degree, hits):
        return {"auc_seen": seen, "auc_degree": degree, "hits_at_10": hits}

    pairs = {
        "degree": (metrics(0.7, 0.8, 0.2), metrics(0.9, 0.6, 0.1)),
        "three-hop": (metrics(0.8, 0.7, 0.1), metrics(0.8, 0.5, 0.1)),
        "skipgram": (metrics(0.9, 0.6, 0.3), metrics(0.7, 0.9, 0.3)),
    }
    rows = rows_of(order_table(pairs))
    assert rows["AUC seen"]["best, random"] == "Skip-gram (PyTorch)"
    assert rows["AUC seen"]["best, time"] == "Degree"
    assert rows["AUC seen"]["lower on time, of 3"] == 1
    assert rows["AUC seen"]["rank correlation"] == -1
    assert rows["AUC matched"]["rank correlation"] == pytest.approx(-0.5)
    # On the later pairs, two of the three are equal.
    assert rows["Hits@10"]["rank correlation"] is None


def test_a_relation_without_a_measure_is_an_empty_cell():
    slices = {
        "degree": {"also_bought": {"auc": 0.8, "hits_at_10": 0.1, "n": 5}},
        "three-hop": {"bought_together": {"auc": 0.9, "hits_at_10": float("nan"), "n": 7}},
    }
    (table,), (figure,) = by_relation(slices)
    rows = rows_of(table)
    assert rows["Degree"]["AUC, also bought"] == 0.8
    assert rows["Degree"]["AUC, bought together"] is None
    assert rows["Three-hop"]["Hits@10, bought together"] is None
    assert [series.y for series in figure.series] == [[0.1, None], [None, None]]
