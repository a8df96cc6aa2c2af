"""What popularity and flags score on the shop; against scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.config import UserError
from core.evaluation.evaluation_pairs import EvaluationSet
from core.models.registry import model_title
from core.studies.data_leaks import flag_aucs
from core.studies.study_runner import StudyRunner, run_study
from tests.studies.checks import cells, check_form


def test_the_study_of_leaks(runner):
    result = run_study(runner, "leaks")
    check_form(result, runner, "leaks")
    rows = cells(result)
    metrics = runner.run("three-hop").metrics
    assert rows["Three-hop"]["AUC matched"] == metrics["auc_degree"]
    flags = {"flag: a product is a source", "flag: a product has metadata"}
    assert set(rows) == {*map(model_title, runner.models), *flags}
    # In the order of all tables, whatever was requested or trained first.
    assert list(rows)[:3] == ["Degree", "Three-hop", "Skip-gram (PyTorch)"]
    with pytest.raises(UserError, match="no model 'nope'"):
        StudyRunner(runner.store, "shop", models=["nope"])


def test_flags_are_scored_as_any_other_model(runner):
    # In this shop nearly every product is a source.
    bits = np.random.default_rng(0).random(runner.split().n_products) < 0.5
    split = replace(runner.split(), lists_relations=bits)
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
