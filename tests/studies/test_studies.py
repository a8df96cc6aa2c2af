"""Each study from end to end on a small shop; its numbers against independent calculations."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.config import UserError
from core.evaluation.evaluation_pairs import EvaluationSet
from core.runs.store import Store
from core.studies import STUDIES, cold_products, mf_forgetting, seed_variance, study
from core.studies.cold_products import ablations, by_degree
from core.studies.data_leaks import flag_aucs
from core.studies.lab import Lab, run_study, title
from core.studies.relations_and_time import by_relation, order_table
from core.studies.study_result import StudyResult, Table, read_result


def cells(result: StudyResult, table: int = 0) -> dict[str, dict]:
    """Return a table's rows by their first cell."""
    return rows_of(result.tables[table])


def rows_of(table: Table) -> dict[str, dict]:
    return {row[0]: dict(zip(table.columns, row)) for row in table.rows}


def check_form(result: StudyResult, lab: Lab, name: str) -> None:
    """Check what the dashboard relies on."""
    assert result.study == name and result.dataset == lab.dataset
    assert study(name).text and result.tables and result.figures
    for figure in result.figures:
        for series in figure.series:
            assert len(series.x) == len(series.y) > 0
    assert json.dumps(result.model_dump(), allow_nan=False)
    assert read_result(lab.store, lab.dataset, name) == result
    assert name in lab.store.studies(lab.dataset)


def test_every_study_has_a_command():
    for name, entry in STUDIES.items():
        assert study(name) is entry
        assert entry.command("demo") == f"python -m core study {name} demo"
    with pytest.raises(UserError, match=r"no study 'nope'.*leaks"):
        study("nope")


def test_the_command_says_what_was_asked_for(lab):
    def asked(**options):
        return Lab(lab.store, "shop", **options).command(STUDIES["seeds"])

    assert asked() == "python -m core study seeds shop"
    few = asked(models=["three-hop", "degree"], seeds=2, epochs=1)
    end = " --model degree --model three-hop --seeds 2 --epochs 1"
    assert few == f"python -m core study seeds shop{end}"


def test_leaks(lab):
    found = run_study(lab, "leaks")
    check_form(found, lab, "leaks")
    rows = cells(found)
    metrics = lab.run("three-hop").metrics
    assert rows["Three-hop"]["AUC matched"] == metrics["auc_degree"]
    flags = {"flag: a product is a source", "flag: a product has metadata"}
    assert set(rows) == {*map(title, lab.models), *flags}
    # In the order of all tables, whatever was asked for and trained first.
    assert list(rows)[:3] == ["Degree", "Three-hop", "Skip-gram (PyTorch)"]
    with pytest.raises(UserError, match="no model 'nope'"):
        Lab(lab.store, "shop", models=["nope"])


def test_flags_are_scored_as_any_other_model(lab):
    # In this shop nearly every product is a source.
    bits = np.random.default_rng(0).random(lab.split().n_products) < 0.5
    split = replace(lab.split(), lists_relations=bits)
    negatives = EvaluationSet.of(split).pairs("degree")
    seen = split.both_seen(split.test.u, split.test.v)
    open_ = split.both_seen(negatives.u, negatives.v)
    true = bits[split.test.u[seen]] | bits[split.test.v[seen]]
    false = bits[negatives.u[open_]] | bits[negatives.v[open_]]
    labels = np.repeat([1, 0], [len(true), len(false)])
    areas = flag_aucs(split)
    expected = roc_auc_score(labels, np.concatenate([true, false]).astype(float))
    assert areas["a product is a source"]["auc_degree"] == pytest.approx(expected)
    assert areas["a product has metadata"]["auc_degree"] == 0.5


def test_stand_in(lab):
    lab.epochs = 1
    lab.models = ["three-hop", "degree"]
    found = run_study(lab, "stand-in")
    check_form(found, lab, "stand-in")
    ours, theirs = cells(found, 0), cells(found, 1)
    metrics = lab.run("degree").metrics
    row = ours["Degree"]
    assert row["AUC all, lowest score"] == pytest.approx(metrics["auc_all_lowest"])
    assert row["AUC all, median score"] == pytest.approx(metrics["auc_all_median"])
    assert row["AUC all, its own score"] == pytest.approx(metrics["auc_all"])
    gap = theirs["Skip-gram (PyTorch)"]["AUC seen"] - theirs[title("gensim-cbow")]["AUC seen"]
    runs = [lab.run(n, preset="study", changes=c).metrics["auc_seen"] for n, c in
            (("skipgram", {"epochs": 1}), ("gensim-cbow", {}))]  # fmt: skip
    assert theirs["Skip-gram (PyTorch)"]["AUC seen"] - theirs[title("gensim-cbow")][
        "AUC seen"
    ] == pytest.approx(runs[0] - runs[1])
    gaps = {row[0]: row[1] for row in found.tables[2].rows}
    assert gaps["seen pairs alone"] == pytest.approx(gap)
    torch, gensim = theirs["Skip-gram (PyTorch)"], theirs[title("gensim-cbow")]
    as_published = torch["AUC all, its own score"] - gensim["AUC all, median score"]
    assert gaps["as the study measured it: its own score, and the median"] == as_published
    both_lowest = torch["AUC all, lowest score"] - gensim["AUC all, lowest score"]
    assert gaps["both by the lowest score"] == both_lowest
    assert "1 of its 5 epochs" in found.tables[2].note
    split = lab.split(preset="study")
    unseen = 1 - split.both_seen(split.test.u, split.test.v).mean()
    assert cells(found, 3)["held-out pairs"]["share"] == pytest.approx(unseen)


def test_cold(lab):
    found = run_study(lab, "cold")
    check_form(found, lab, "cold")
    rows = cells(found)
    split = lab.split("cold")
    assert rows["Skip-gram (PyTorch)"]["AUC matched, all"] == 0.5
    run = lab.run("eges", split="cold")
    assert rows["EGES"]["Hits@10"] == run.metrics["hits_at_10"]
    assert list(cells(found, 2)) == list(ablations(["brand", "text"]))  # all that this shop has
    assert cells(found, 2)["all fields"]["MRR"] == run.metrics["mrr"]
    alone = lab.run("eges", split="cold", changes={"fields_used": ["text"]})
    change = alone.metrics["hits_at_10"] - run.metrics["hits_at_10"]
    assert cells(found, 2)["text alone"]["Hits@10, change"].startswith(f"{change:+.4f} [")
    popularity = lab.run("degree", split="cold").metrics["hits_at_10"]
    times = rows["EGES"]["Hits@10, times popularity's"]
    assert times == pytest.approx(run.metrics["hits_at_10"] / popularity)
    equal = lab.run("skipgram-side-info", split="cold").metrics["hits_at_10"]
    gain = run.metrics["hits_at_10"] - equal
    assert cells(found, 3)["Hits@10"]["difference"].startswith(f"{gain:+.4f} [")
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


def test_cold_has_the_costs_on_the_time_split(late_lab):
    found = run_study(late_lab, "cold")
    check_form(found, late_lab, "cold")
    assert [table.title for table in found.tables[3:]] == [
        "Random split",
        "Time split",
    ]
    # These products have neither categories nor prices: such variants would be noise.
    assert list(cells(found, 2)) == list(ablations(["brand", "text"]))
    runs = {name: late_lab.run(name, split="time") for name in ("skipgram", "eges")}
    row = cells(found, 4)["EGES"]
    assert row["AUC matched"] == runs["eges"].metrics["auc_degree"]
    # No path of two steps joins these groups, so there are no hard negatives.
    assert row["AUC hard"] is None
    change = runs["eges"].metrics["auc_seen"] - runs["skipgram"].metrics["auc_seen"]
    row = cells(found, 4)["EGES minus Skip-gram (PyTorch)"]
    assert row["AUC seen"].startswith(f"{change:+.4f} [")
    assert row["AUC matched"] and row["AUC hard"] is None


def test_the_ablation_leaves_out_what_it_says():
    found = ablations()
    assert len(found) == 9
    assert found["brand alone"] == ("brand",)
    assert set(found["without categories"]) == {"brand", "price_bin", "text"}
    assert {f for g in cold_products.GROUPS.values() for f in g} == set(found["all fields"])
    few = ablations(["brand", "text"])
    assert list(few) == ["all fields", "brand alone", "text alone", "without brand", "without text"]


def test_relations_without_times(lab):
    found = run_study(lab, "relations")
    check_form(found, lab, "relations")
    table = lab.run("degree").table("slices").query("slice == 'relation'").set_index("value")
    row = cells(found)["Degree"]
    for relation in table.index:
        assert row[f"AUC, {relation.replace('_', ' ')}"] == table["auc"][relation]
    assert len(found.tables) == 1
    sizes = cells(found)["held-out pairs"]
    for relation in table.index:
        assert sizes[f"AUC, {relation.replace('_', ' ')}"] == table["n"][relation]


def test_relations_with_times(orders: Store):
    lab = Lab(orders, "orders", models=["degree", "three-hop", "common-neighbours"], workers=1)
    found = run_study(lab, "relations")
    check_form(found, lab, "relations")
    row = cells(found, 1)["Three-hop"]
    assert row["AUC seen, time"] == lab.run("three-hop", split="time").metrics["auc_seen"]
    assert row["AUC seen, random"] == lab.run("three-hop").metrics["auc_seen"]
    assert found.tables[2].columns[3] == "lower on time, of 3"


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
    # Two of three are equal on the later pairs.
    assert rows["Hits@10"]["rank correlation"] is None


def test_a_relation_that_a_model_was_not_measured_on_is_an_empty_cell():
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


def test_seeds(lab):
    found = run_study(lab, "seeds")
    check_form(found, lab, "seeds")
    rows = cells(found)
    assert rows["Three-hop"]["seeds"] == 1 and rows["EGES"]["seeds"] == 2
    areas = [lab.run("eges", seed=seed).metrics["auc_seen"] for seed in (42, 43)]
    assert areas[0] != areas[1]
    assert rows["EGES"]["AUC seen"] == f"{np.mean(areas):.4f} ± {np.std(areas, ddof=1):.4f}"
    assert rows["Skip-gram (PyTorch)"]["published, Electronics"].startswith("0.9554 / 0.9855")
    gains = cells(found, 1)
    assert "Three-hop" not in gains
    mean = float(gains["EGES"]["AUC seen"].split()[0])
    three_hop = lab.run("three-hop").metrics["auc_seen"]
    assert mean == pytest.approx(np.mean(areas) - three_hop, abs=6e-5)
    paper = cells(found, 3)
    assert paper["BGE"]["AUC"] > 0 and "another" in found.tables[3].title.lower()
    # The two best by Hits@10, and how far they are apart.
    (name,) = cells(found, 2)
    first, second = name.split(" minus ")
    means = {row: float(rows[row]["Hits@10"].split()[0]) for row in rows}
    assert sorted(means, key=means.get)[-2:] == [second, first]


def test_seeds_join_the_intervals_of_all_seeds():
    differences = [{"mrr": (0.2, 0.1, 0.3)}, {"mrr": (0.4, 0.25, 0.5)}]
    assert seed_variance.combined_interval(differences, "mrr") == (pytest.approx(0.3), 0.1, 0.5)
    assert seed_variance.combined_interval([*differences, {}], "mrr") is None
    assert seed_variance.mean_and_deviation([0.5]) == "0.5000"
    assert seed_variance.mean_and_deviation([1.0, 2.0, 3.0], 1) == "2.0 ± 1.0"


def test_what_could_not_be_measured_is_an_empty_cell():
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


def test_forgetting(lab):
    lab.epochs = 2
    found = run_study(lab, "forgetting")
    check_form(found, lab, "forgetting")
    rows = cells(found)
    assert next(iter(rows)) == "published" and len(rows) == 8
    lines = {series.name: series for series in found.figures[0].series}
    for name, row in rows.items():
        epochs, areas = lines[name].x, lines[name].y
        after = [area for epoch, area in zip(epochs, areas) if 1 < epoch <= 1.5]
        expected = max(0, areas[epochs.index(1.0)] - min(after))
        assert row["largest fall at a restart"] == pytest.approx(expected)
    # Dense steps shorten what is in no pair of a batch; sparse ones leave it alone.
    published, sparse = rows["published"], rows["sparse updates and L2"]
    assert published["vector length, seen"] < sparse["vector length, seen"]


def test_the_fall_is_that_into_the_next_epoch():
    def curve(values):
        return {"epoch": [0.25 * (i + 1) for i in range(8)], "auc_seen": values}

    forgets = curve([0.60, 0.65, 0.70, 0.80, 0.55, 0.60, 0.70, 0.80])
    assert mf_forgetting.fall_at_restarts(forgets) == pytest.approx(0.25)
    rises = curve([0.50, 0.52, 0.54, 0.56, 0.57, 0.58, 0.59, 0.60])
    assert mf_forgetting.fall_at_restarts(rises) == 0
    assert mf_forgetting.in_last_epoch(forgets, "auc_seen") == (0.55, 0.80)


def test_a_second_run_of_a_study_trains_nothing(lab, monkeypatch):
    run_study(lab, "relations")

    def refuse(*_, **__):
        raise AssertionError("it trained again")

    monkeypatch.setattr("core.pipeline.fit", refuse)
    run_study(lab, "relations")


def test_cells_as_texts_and_nan_as_an_empty_cell():
    rows = [["x", np.float64(0.12345), None], ["y", np.int64(3), 1.0], ["z", np.nan, ""]]
    table = Table(title="T", columns=["a", "b", "c"], rows=rows, digits=3)
    assert table.rows == [["x", 0.12345, None], ["y", 3, 1.0], ["z", None, ""]]
    assert table.texts().to_numpy().tolist() == [
        ["x", "0.123", ""],
        ["y", "3", "1.000"],
        ["z", "", ""],
    ]
    with pytest.raises(ValueError, match="does not have 3 cells"):
        Table(title="T", columns=["a", "b", "c"], rows=[["x"]])


def test_a_result_of_an_earlier_version_is_read_or_says_what_to_run(lab):
    table = {"title": "T", "note": "", "columns": ["a"], "rows": [[0.5]], "digits": 4}
    earlier = {
        "study": "leaks", "dataset": "shop", "title": "Leaks", "question": "?", "command": "c",
        "made": "2026-01-01", "seconds": 1.0, "conclusion": "Nothing.", "tables": [table],
        "figures": [], "runs": [],
    }  # fmt: skip
    lab.store.save_study("shop", "leaks", earlier)
    assert read_result(lab.store, "shop", "leaks").tables[0].rows == [[0.5]]
    lab.store.save_study("shop", "leaks", {**earlier, "tables": [{"head": "T"}]})
    with pytest.raises(UserError, match=r"earlier version.*python -m core study leaks shop"):
        read_result(lab.store, "shop", "leaks")
    assert read_result(lab.store, "nowhere", "seeds") is None
