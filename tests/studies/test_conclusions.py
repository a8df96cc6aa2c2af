"""A conclusion follows the numbers: the other way round, it says the other thing."""

from types import SimpleNamespace

import pytest

from core.studies import (
    cold_products,
    data_leaks,
    mf_forgetting,
    relations_and_time,
    seed_variance,
    unseen_scores,
)


def curve(values, lengths=(8.0, 2.0), all_=None):
    """A curve of two epochs with four points each."""
    n = len(values)
    return {
        "epoch": [(i + 1) * 2 / n for i in range(n)],
        "learning_rate": [0.01] * n,
        "auc_seen": values,
        "auc_all": all_ or values,
        "length_seen": [lengths[0]] * (n - 1) + [lengths[1]],
        "length_unseen": [0.0] * n,
    }


STEADY = [0.50, 0.52, 0.54, 0.56, 0.57, 0.58, 0.59, 0.60]
FORGETS = [0.60, 0.65, 0.70, 0.80, 0.55, 0.60, 0.70, 0.80]


def test_the_fall_is_that_into_the_next_epoch():
    assert mf_forgetting.fall_at_restarts(curve(FORGETS)) == pytest.approx(0.25)
    assert mf_forgetting.fall_at_restarts(curve(STEADY)) == 0
    assert mf_forgetting.while_the_rate_falls(curve(FORGETS), "auc_seen") == (0.55, 0.80)


def forgotten(published, others, dense, sparse):
    curves = {mf_forgetting.PUBLISHED: curve(published)}
    for name in mf_forgetting.REPAIRS:
        curves[name] = curve(list(others))
    curves[mf_forgetting.SHORT], curves[mf_forgetting.SPARSE_SHORT] = curve(dense), curve(sparse)
    return curves


def test_forgetting_says_whether_the_hypothesis_holds():
    books = {mf_forgetting.PUBLISHED: curve(STEADY[::-1]), mf_forgetting.SPARSE: curve(STEADY)}
    learned = [area + 0.2 for area in STEADY]

    def say(*curves, books=books):
        return mf_forgetting._answer(forgotten(*curves), books).conclusion

    right = say(FORGETS, STEADY, FORGETS, learned)
    assert "hypothesis is right" in right and "0.2500" in right and "covered." in right
    assert "below the published 0.8000" in right
    assert "learn less" in say(FORGETS, STEADY, FORGETS, STEADY)
    same = {name: curve(STEADY[::-1]) for name in books}
    wrong = say(FORGETS, FORGETS, FORGETS, FORGETS, books=same)
    assert "hypothesis is wrong" in wrong and "Both fall" in wrong
    rising = {name: curve(STEADY) for name in books}
    none = say(STEADY, STEADY, STEADY, STEADY, books=rising)
    assert "may fall" in none and "no forgetting" in none and "is not covered" in none


def areas(lowest, median, own, seen=0.9):
    return {"lowest": lowest, "median": median, "own": own, "seen": seen}


@pytest.mark.parametrize(
    ("torch", "said"),
    [
        (areas(0.92, 0.90, 0.95), "the rule makes 80% of the gap"),
        (areas(0.90, 0.90, 0.95), "all of the gap"),
        (areas(0.99, 0.97, 0.95), "the models themselves make it"),
        (areas(0.99, 0.97, 0.84), "no gap to explain"),
    ],
)
def test_stand_in_says_what_part_of_the_gap_is_the_rule(torch, said):
    study = {"gensim-cbow": areas(0.91, 0.90, 0.70), "skipgram": torch}
    unseen = {"positive": 0.07, "uniform": 0.45}
    found = unseen_scores._answer({"three-hop": areas(0.95, 0.91, 0.95)}, study, unseen, 5)
    assert said in found.conclusion
    assert "45.0% of the uniform negatives" in found.conclusion


def test_leaks_say_whom_a_flag_beats():
    models = {"Degree": [0.9, 0.88, 0.8, 0.5, 0.6], "MF": [0.8, 0.79, 0.8, 0.9, 0.6]}
    flags = {"flag: an end is a source": [0.85, 0.81, 0.5, 0.7, 0.6]}
    text = data_leaks._answer(models, flags, "Degree").conclusion
    assert "Seen 0.810 against uniform negatives, above MF;" in text
    popular = "Popularity alone scores Seen 0.880 against uniform negatives, above MF, and 0.500"
    assert popular in text and "Popularity apart, the best model" in text
    alone = data_leaks._answer({"Degree": models["Degree"]}, {}, "Degree").conclusion
    assert "above no other model" in alone and "the best model" not in alone
    for row in (*models.values(), *flags.values()):
        row[3:] = None, None  # a shop with neither degree-matched nor hard negatives
    few = data_leaks._answer(models, flags, "Degree").conclusion
    assert "matched" not in few and "hard" not in few and "0.500 against possible ones" in few
    silent = data_leaks._answer(models, {"flag: x": [0.5, 0.5, 0.5, 0.5, 0.5]}, "Degree").conclusion
    assert "tells nothing" in silent


def cold_rows(hits, matched):
    row = {"hits_at_10": hits, "mrr": 0.1, "auc_all": 0.7, "auc_degree_all": matched}
    popular = {**row, "hits_at_10": 0.02, "auc_degree_all": 0.5}
    return {"degree": popular, "eges": row}


@pytest.mark.parametrize(
    ("hits", "matched", "seen", "said", "late_verdict"),
    [
        (
            0.08,
            0.65,
            -0.001,
            ("which reaches the 3", "that reaches", "nothing loses more than 0.003."),
            "; hard loses more than the 0.003 allowed.",
        ),
        (
            0.04,
            0.55,
            -0.010,
            ("short of the 3", "falls short of the +0.10", "lose more than the 0.003 allowed"),
            "Hits@50 and MRR lose more than the 0.003 allowed.",
        ),
    ],
)
def test_cold_says_whether_the_targets_are_reached(hits, matched, seen, said, late_verdict):
    whole = cold_rows(hits, matched)["eges"]
    fields = {label: dict(whole) for label in cold_products.ablations()}
    fields["text alone"]["hits_at_10"] += 0.01
    changes = {label: dict.fromkeys(cold_products.COMPARED, (0.0, -0.01, 0.01)) for label in fields}
    changes["without text"]["hits_at_10"] = (-0.02, -0.03, -0.01)
    changes["without brand"]["hits_at_10"] = (-0.02, -0.05, 0.01)
    changes["without price"]["auc_degree_all"] = (0.02, 0.01, 0.03)
    decile = {"degree": "1-3", "n": 5, "auc_uniform": 0.6, "auc_degree": 0.6, "hits_at_10": 0.1}
    gain = {key: [seen, seen - 0.001, seen + 0.001] for key in cold_products.OTHER_MEASURES}
    usual = {
        name: dict.fromkeys(cold_products.OTHER_MEASURES, 0.9) for name in ("skipgram", "eges")
    }
    elsewhere = {"random": (usual, gain), "time": (usual, {**gain, "auc_hard": (-0.02, -0.03, 0)})}
    even = {"hits_at_10": (0.01, -0.01, 0.03), "auc_degree_all": (0.0, -0.001, 0.001)}
    found = cold_products._answer(
        cold_rows(hits, matched), even, {"eges": [decile]}, fields, changes, elsewhere
    )
    assert [table.title for table in found.tables[-2:]] == ["The ordinary split", "The time split"]
    assert found.conclusion.count("\n\n") == 2  # cold products, fields, elsewhere
    late = found.conclusion.partition("On the time split EGES against skip-gram: ")[2]
    assert "hard -0.0200 [-0.0300, +0.0000]" in late and late.endswith(late_verdict)
    ranked = "leaving out text costs most (-0.0200 [-0.0300, -0.0100])."
    missed = "surely missed when it is left out; AUC, degree-matched rises without price."
    equal = "Equal weights in the place of learned ones change Hits@10 by +0.0100 [-0.0100,"
    for part in (
        *said,
        "On the ordinary split EGES",
        "text does most alone",
        ranked,
        missed,
        equal,
    ):
        assert part in found.conclusion


def test_relations_name_the_easiest_and_the_hardest():
    slices = {
        "degree": {"also_bought": {"auc": 0.8, "hits_at_10": 0.1, "n": 5},
                   "bought_together": {"auc": 0.9, "hits_at_10": 0.4, "n": 7}},
        "three-hop": {"also_bought": {"auc": 0.9, "hits_at_10": 0.3, "n": 5},
                      "bought_together": {"auc": 0.8, "hits_at_10": 0.2, "n": 7}},
    }  # fmt: skip
    found = relations_and_time._by_relation(slices)
    assert "bought together is the easiest relation and also bought the hardest" in found.conclusion
    assert "best AUC 0.9000 (Degree), best Hits@10 0.4000 (Degree)" in found.conclusion
    late = {"degree": {"auc_seen": 0.9, "auc_degree": 0.5, "hits_at_10": 0.1},
            "three-hop": {"auc_seen": 0.7, "auc_degree": 0.8, "hits_at_10": 0.2}}  # fmt: skip
    random = {"degree": late["three-hop"], "three-hop": late["degree"]}
    text = relations_and_time._with_time(found, random, late).conclusion
    assert "1 of 2 models lose AUC" in text
    assert "Seen only: Three-hop leads on the random split, Degree on the later pairs." in text


def row(hits, seen=0.9):
    measures = dict.fromkeys(seed_variance.COLUMNS, seen)
    return {**measures, "hits_at_10": hits}


def test_seeds_join_the_intervals_of_all_seeds():
    gains = [{"mrr": [0.2, 0.1, 0.3]}, {"mrr": [0.4, 0.25, 0.5]}]
    assert seed_variance.joined(gains, "mrr") == (pytest.approx(0.3), 0.1, 0.5)
    assert seed_variance.spread([0.5]) == "0.5000"
    assert seed_variance.spread([1.0, 2.0, 3.0], 1) == "2.0 ± 1.0"


def test_seeds_say_nothing_of_what_could_not_be_measured():
    values = {"three-hop": [row(None)], "skipgram": [row(0.4), {**row(None), "auc_hard": None}]}
    values["three-hop"][0]["auc_hard"] = None
    gain = {
        key: [0.1, 0.05, 0.2] for key in seed_variance.COMPARED if key not in ("mrr", "hits_at_10")
    }
    gains = {"skipgram": [gain, {**gain, "mrr": [0.1, 0.05, 0.2]}]}
    empty = dict(
        zip(
            seed_variance.COMPARED, seed_variance._answer(values, gains, None).tables[1].rows[0][1:]
        )
    )
    assert empty["mrr"] is empty["hits_at_10"] is None
    assert empty["auc_seen"] == "+0.1000 [+0.0500, +0.2000]"
    found = seed_variance._answer(values, {}, None)
    assert "Hits@10" not in found.conclusion and "hard" not in found.conclusion
    assert "at most 0.0000 (Seen" in found.conclusion
    assert found.figures[0].series[0].x == []
    assert found.tables[0].rows[0][found.tables[0].columns.index("hard")] == ""


def test_runs_of_one_seed_are_paired():
    def runs(*seeds):
        return [SimpleNamespace(config=SimpleNamespace(seed=seed)) for seed in seeds]

    one, three, two = runs(42), runs(42, 43, 44), runs(42, 44)
    assert seed_variance.paired(one, three) == [(one[0], other) for other in three]
    assert seed_variance.paired(three, one) == [(run, one[0]) for run in three]
    assert seed_variance.paired(three, two) == [(three[0], two[0]), (three[2], two[1])]


@pytest.mark.parametrize(("low", "said"), [(0.01, "in Hits@10: real."), (-0.01, "within chance.")])
def test_seeds_say_whether_the_lead_is_real(low, said):
    values = {"three-hop": [row(0.3)], "skipgram": [row(0.4), row(0.44)]}
    interval = {key: [0.1, low, 0.2] for key in seed_variance.COMPARED}
    gains = {"skipgram": [interval, interval]}
    lead = ("skipgram", "three-hop", [interval, interval])
    text = " ".join(seed_variance._sentences(values, gains, lead))
    assert said in text
    assert "at most 0.0000 (Seen" in text and "0.0283 (Hits@10, Skip-gram (PyTorch)" in text
    above = "whole interval: Skip-gram (PyTorch)." if low > 0 else "whole interval: none."
    assert above in text
