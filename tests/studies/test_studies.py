"""What holds for every study: its command, and that a second run trains nothing."""

import pytest

from core.config import UserError
from core.studies import STUDIES, study
from core.studies.study_runner import StudyRunner, run_study


def test_every_study_has_a_command():
    for name, entry in STUDIES.items():
        assert study(name) is entry
        assert entry.command("demo") == f"python -m core study {name} demo"
    with pytest.raises(UserError, match=r"no study 'nope'.*leaks"):
        study("nope")


def test_the_command_says_what_was_asked_for(runner):
    def asked(**options):
        return StudyRunner(runner.store, "shop", **options).command(STUDIES["seeds"])

    assert asked() == "python -m core study seeds shop"
    few = asked(models=["three-hop", "degree"], seeds=2, epochs=1)
    end = " --model degree --model three-hop --seeds 2 --epochs 1"
    assert few == f"python -m core study seeds shop{end}"


def test_a_second_run_of_a_study_trains_nothing(runner, monkeypatch):
    run_study(runner, "relations")

    def refuse(*_, **__):
        raise AssertionError("it trained again")

    monkeypatch.setattr("core.pipeline.train_run.fit", refuse)
    run_study(runner, "relations")
