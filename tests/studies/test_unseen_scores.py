"""The rules for unseen products, each computed independently."""

import pytest

from core.models.registry import model_title
from core.studies.study_runner import run_study
from tests.studies.checks import cells, check_form


def test_the_study_of_unseen_scores(runner):
    runner.epochs = 1
    runner.models = ["three-hop", "degree"]
    result = run_study(runner, "stand-in")
    check_form(result, runner, "stand-in")
    ours, theirs = cells(result, 0), cells(result, 1)
    metrics = runner.run("degree").metrics
    row = ours["Degree"]
    assert row["AUC all, lowest score"] == pytest.approx(metrics["auc_all_lowest"])
    assert row["AUC all, median score"] == pytest.approx(metrics["auc_all_median"])
    assert row["AUC all, its own score"] == pytest.approx(metrics["auc_all"])
    gap = theirs["Skip-gram (PyTorch)"]["AUC seen"] - theirs[model_title("gensim-cbow")]["AUC seen"]
    runs = [
        runner.run(n, preset="study", changes=c).metrics["auc_seen"]
        for n, c in (("skipgram", {"epochs": 1}), ("gensim-cbow", {}))
    ]
    assert theirs["Skip-gram (PyTorch)"]["AUC seen"] - theirs[model_title("gensim-cbow")][
        "AUC seen"
    ] == pytest.approx(runs[0] - runs[1])
    gaps = {row[0]: row[1] for row in result.tables[2].rows}
    assert gaps["seen pairs alone"] == pytest.approx(gap)
    torch, gensim = theirs["Skip-gram (PyTorch)"], theirs[model_title("gensim-cbow")]
    as_published = torch["AUC all, its own score"] - gensim["AUC all, median score"]
    assert gaps["as the study measured it: its own score, and the median"] == as_published
    both_lowest = torch["AUC all, lowest score"] - gensim["AUC all, lowest score"]
    assert gaps["both by the lowest score"] == both_lowest
    assert "1 of its 5 epochs" in result.tables[2].note
    split = runner.split(preset="study")
    unseen = 1 - split.both_seen(split.test.u, split.test.v).mean()
    assert cells(result, 3)["held-out pairs"]["share"] == pytest.approx(unseen)
