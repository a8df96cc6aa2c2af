"""Means and intervals over seeds."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.studies import seed_variance
from core.studies.study_runner import run_study
from tests.studies.checks import cells, check_form, rows_of


def test_the_study_of_seeds(runner):
    result = run_study(runner, "seeds")
    check_form(result, runner, "seeds")
    rows = cells(result)
    assert rows["Three-hop"]["seeds"] == 1 and rows["EGES"]["seeds"] == 2
    areas = [runner.run("eges", seed=seed).metrics["auc_seen"] for seed in (42, 43)]
    assert areas[0] != areas[1]
    assert rows["EGES"]["AUC seen"] == f"{np.mean(areas):.4f} ± {np.std(areas, ddof=1):.4f}"
    assert rows["Skip-gram (PyTorch)"]["published, Electronics"].startswith("0.9554 / 0.9855")
    gains = cells(result, 1)
    assert "Three-hop" not in gains
    mean = float(gains["EGES"]["AUC seen"].split()[0])
    three_hop = runner.run("three-hop").metrics["auc_seen"]
    assert mean == pytest.approx(np.mean(areas) - three_hop, abs=6e-5)
    paper = cells(result, 3)
    assert paper["BGE"]["AUC"] > 0 and "another" in result.tables[3].title.lower()
    # The two best by Hits@10, and their difference.
    (name,) = cells(result, 2)
    first, second = name.split(" minus ")
    means = {row: float(rows[row]["Hits@10"].split()[0]) for row in rows}
    assert sorted(means, key=means.get)[-2:] == [second, first]


def test_seeds_join_the_intervals_of_all_seeds():
    differences = [{"mrr": (0.2, 0.1, 0.3)}, {"mrr": (0.4, 0.25, 0.5)}]
    assert seed_variance.combined_interval(differences, "mrr") == (pytest.approx(0.3), 0.1, 0.5)
    assert seed_variance.combined_interval([*differences, {}], "mrr") is None
    assert seed_variance.mean_and_deviation([0.5]) == "0.5000"
    assert seed_variance.mean_and_deviation([1.0, 2.0, 3.0], 1) == "2.0 ± 1.0"


def test_a_missing_measure_is_an_empty_cell():
    known = dict.fromkeys(("auc_all", "auc_seen", "auc_degree"), (0.1, 0.05, 0.2))
    table = seed_variance.difference_table("X", {"EGES": [known, {**known, "mrr": (0, 0, 0)}]})
    row = rows_of(table)["EGES"]
    assert row["MRR"] is row["Hits@10"] is None
    assert row["AUC seen"] == "+0.1000 [+0.0500, +0.2000]"
    values = {"three-hop": [{"hits_at_10": None}], "skipgram": [{"hits_at_10": 0.5}]}
    assert seed_variance.figure_of_hits(values).series[0].x == ["Skip-gram (PyTorch)"]
    assert seed_variance.best_two(values, "hits_at_10") == ("skipgram", None)


def test_runs_of_one_seed_are_paired():
    def runs(*seeds):
        return [SimpleNamespace(config=SimpleNamespace(seed=seed)) for seed in seeds]

    one, three, two = runs(42), runs(42, 43, 44), runs(42, 44)
    assert seed_variance.paired(one, three) == [(one[0], other) for other in three]
    assert seed_variance.paired(three, one) == [(run, one[0]) for run in three]
    assert seed_variance.paired(three, two) == [(three[0], two[0]), (three[2], two[1])]
