"""Each study from end to end on a small shop, its figures against an independent reckoning."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.config import UserError
from core.evaluation.evaluation_pairs import EvaluationSet
from core.runs.store import Store
from core.studies import STUDIES, cold_products, study
from core.studies.cold_products import ablations, by_degree
from core.studies.data_leaks import flag_areas
from core.studies.lab import Lab, run_study
from core.studies.study_result import listed, shown


def cells(found: dict, table: int = 0) -> dict[str, dict]:
    """Return a table's rows by their first cell."""
    rows, columns = found["tables"][table]["rows"], found["tables"][table]["columns"]
    return {row[0]: dict(zip(columns, row)) for row in rows}


def check_form(found: dict, lab: Lab, name: str) -> None:
    """What the dashboard counts on."""
    assert found["study"] == name and found["dataset"] == lab.dataset
    assert found["conclusion"] and found["tables"] and found["figures"]
    for table in found["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    for figure in found["figures"]:
        assert figure["kind"] in ("lines", "bars")
        for series in figure["series"]:
            assert len(series["x"]) == len(series["y"]) > 0
    kept = lab.store.study(lab.dataset, name)
    assert json.loads(json.dumps(found, allow_nan=False)) == json.loads(json.dumps(kept))
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
    assert rows["Three-hop"]["degree-matched"] == metrics["auc_degree"]
    assert len(rows) == len(lab.models) + 2
    # In the order of all tables, whatever was asked for and trained first.
    assert list(rows)[:3] == ["Degree", "Three-hop", "Skip-gram (PyTorch)"]
    with pytest.raises(UserError, match="no model 'nope'"):
        Lab(lab.store, "shop", models=["nope"])


def test_flags_are_scored_as_any_other_model(lab):
    # In this shop nearly every product is a source.
    bits = np.random.default_rng(0).random(lab.split().n_products) < 0.5
    split = replace(lab.split(), is_source=bits)
    negatives = EvaluationSet.of(split).pairs("degree")
    seen = split.both_seen(split.test.u, split.test.v)
    open_ = split.both_seen(negatives.u, negatives.v)
    true = bits[split.test.u[seen]] | bits[split.test.v[seen]]
    false = bits[negatives.u[open_]] | bits[negatives.v[open_]]
    labels = np.repeat([1, 0], [len(true), len(false)])
    areas = flag_areas(split)
    expected = roc_auc_score(labels, np.concatenate([true, false]).astype(float))
    assert areas["an end is a source"]["auc_degree"] == pytest.approx(expected)
    assert areas["an end has metadata"]["auc_degree"] == 0.5


def test_stand_in(lab):
    lab.epochs = 1
    lab.models = ["three-hop", "degree"]
    found = run_study(lab, "stand-in")
    check_form(found, lab, "stand-in")
    ours, theirs = cells(found, 0), cells(found, 1)
    metrics = lab.run("degree").metrics
    row = ours["Degree"]
    assert row["All, lowest score"] == pytest.approx(metrics["auc_all_lowest"])
    assert row["All, median score"] == pytest.approx(metrics["auc_all_median"])
    assert row["All, its own score"] == pytest.approx(metrics["auc_all"])
    gap = theirs["difference"]["Seen only"]
    runs = [lab.run(n, preset="study", changes=c).metrics["auc_seen"] for n, c in
            (("skipgram", {"epochs": 1}), ("gensim-cbow", {}))]  # fmt: skip
    assert gap == pytest.approx(runs[0] - runs[1])
    assert "1 of 5 epochs" in found["conclusion"]


def test_cold(lab):
    found = run_study(lab, "cold")
    check_form(found, lab, "cold")
    rows = cells(found)
    split = lab.split("cold")
    assert rows["Skip-gram (PyTorch)"]["AUC, degree-matched"] == 0.5
    run = lab.run("eges", split="cold")
    assert rows["EGES"]["Hits@10"] == run.metrics["hits_at_10"]
    assert list(cells(found, 2)) == list(ablations(["brand", "text"]))  # all that this shop has
    assert cells(found, 2)["all fields"]["MRR"] == run.metrics["mrr"]
    alone = lab.run("eges", split="cold", changes={"fields_used": ("text",)})
    change = alone.metrics["hits_at_10"] - run.metrics["hits_at_10"]
    assert cells(found, 2)["text alone"]["Hits@10, change"].startswith(f"{change:+.4f} [")
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


def test_cold_says_what_the_time_split_says(late_lab):
    found = run_study(late_lab, "cold")
    check_form(found, late_lab, "cold")
    assert [table["title"] for table in found["tables"][3:]] == [
        "The ordinary split",
        "The time split",
    ]
    # These products have neither categories nor prices: such variants would be noise.
    assert list(cells(found, 2)) == list(ablations(["brand", "text"]))
    runs = {name: late_lab.run(name, split="time") for name in ("skipgram", "eges")}
    row = cells(found, 4)["EGES"]
    assert row["degree-matched"] == runs["eges"].metrics["auc_degree"]
    # No path of two steps joins these groups, so there are no hard negatives.
    assert row["hard"] is None
    change = runs["eges"].metrics["auc_seen"] - runs["skipgram"].metrics["auc_seen"]
    said = f"On the time split EGES against skip-gram: Seen only {change:+.4f} ["
    text = found["conclusion"].partition(said)[2]
    assert text and "degree-matched" in text and "hard" not in text


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
    assert len(found["tables"]) == 1


def test_relations_with_times(orders: Store):
    lab = Lab(orders, "orders", models=["degree", "three-hop", "common-neighbours"], workers=1)
    found = run_study(lab, "relations")
    check_form(found, lab, "relations")
    row = cells(found, 1)["Three-hop"]
    assert row["Seen only, time"] == lab.run("three-hop", split="time").metrics["auc_seen"]
    assert row["Seen only, random"] == lab.run("three-hop").metrics["auc_seen"]
    assert "of 3 models lose AUC" in found["conclusion"]


def test_seeds(lab):
    found = run_study(lab, "seeds")
    check_form(found, lab, "seeds")
    rows = cells(found)
    assert rows["Three-hop"]["seeds"] == 1 and rows["EGES"]["seeds"] == 2
    areas = [lab.run("eges", seed=seed).metrics["auc_seen"] for seed in (42, 43)]
    assert areas[0] != areas[1]
    assert rows["EGES"]["Seen"] == f"{np.mean(areas):.4f} ± {np.std(areas, ddof=1):.4f}"
    assert rows["Skip-gram (PyTorch)"]["published, Electronics"].startswith("0.9554 / 0.9855")
    gains = cells(found, 1)
    assert "Three-hop" not in gains
    mean = float(gains["EGES"]["Seen"].split()[0])
    three_hop = lab.run("three-hop").metrics["auc_seen"]
    assert mean == pytest.approx(np.mean(areas) - three_hop, abs=6e-5)
    paper = cells(found, 2)
    assert paper["BGE"]["AUC"] > 0 and "another" in found["tables"][2]["title"].lower()


def test_forgetting(lab):
    lab.epochs = 2
    found = run_study(lab, "forgetting")
    check_form(found, lab, "forgetting")
    rows = cells(found)
    assert next(iter(rows)) == "published" and len(rows) == 8
    lines = {series["name"]: series for series in found["figures"][0]["series"]}
    for name, row in rows.items():
        epochs, areas = lines[name]["x"], lines[name]["y"]
        after = [area for epoch, area in zip(epochs, areas) if 1 < epoch <= 1.5]
        expected = max(0, areas[epochs.index(1.0)] - min(after))
        assert row["largest fall at a restart"] == pytest.approx(expected)
    # Dense steps shorten what is in no pair of a batch; sparse ones leave it alone.
    published, sparse = rows["published"], rows["sparse updates and L2"]
    assert published["vector length, seen"] < sparse["vector length, seen"]


def test_a_second_run_of_a_study_trains_nothing(lab, monkeypatch):
    run_study(lab, "relations")

    def refuse(*_, **__):
        raise AssertionError("it trained again")

    monkeypatch.setattr("core.pipeline.fit", refuse)
    run_study(lab, "relations")


def test_tables_are_shown_as_texts():
    table = {"columns": ["a", "b", "c"], "rows": [["x", 0.12345, None], ["y", 3, 1.0]], "digits": 3}
    assert shown(table).to_numpy().tolist() == [["x", "0.123", ""], ["y", "3", "1.000"]]
    assert listed([]) == "" and listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
