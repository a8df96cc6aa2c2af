"""Names and settings: what is accepted, and which changes make another run."""

import pytest

from core.config import RunConfig, UserError, check_name, prepared_name
from core.models.model_entry import changes_of_each
from core.models.registry import (
    MODELS,
    model_entry,
    resolve_settings,
)


@pytest.mark.parametrize("name", ["demo", "My-data_2", "a", "x" * 64])
def test_plain_names_pass(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a b", "../x", "é", "a.b", "x" * 65, "demo\n", "a\\b", "-\0"]
)
def test_other_names_are_refused(name):
    with pytest.raises(UserError, match="letters, digits"):
        check_name(name)
    with pytest.raises((UserError, ValueError)):
        RunConfig(dataset=name, model="degree")


def test_every_changed_field_makes_another_run():
    base = RunConfig(dataset="demo", model="skipgram", settings={"dim": 8})
    changes = [
        {"preset": "study"},
        {"split": "cold"},
        {"split_seed": 1},
        {"seed": 1},
        {"data": "x"},
        {"settings": {"dim": 9}},
        {"model": "mf"},
    ]
    ids = {base.model_copy(update=change).run_id for change in changes} | {base.run_id}
    assert len(ids) == len(changes) + 1
    assert base.run_id == RunConfig(**base.model_dump()).run_id
    assert all(check_name(run_id) for run_id in ids)


@pytest.mark.parametrize(
    ("name", "preset", "run_id"),
    [
        ("skipgram", "study", "skipgram-study-s42-1d2d3085"),
        ("eges", "study", "eges-study-s42-05f42ab9"),
        ("mf", "study", "mf-study-s42-94ad94d7"),
        ("gensim-cbow", "study", "gensim-cbow-study-s42-cc52156d"),
        ("three-hop", "ours", "three-hop-s42-69cbf341"),
    ],
)
def test_runs_keep_the_names_that_they_have_on_disk(name, preset, run_id):
    """If this fails with the same settings, runs on disk are no longer found."""
    settings = resolve_settings(name, preset).model_dump()
    config = RunConfig(dataset="demo", model=name, preset=preset, data="abc", settings=settings)
    assert config.run_id == run_id
    assert RunConfig.model_validate_json(config.model_dump_json()).run_id == run_id


def test_the_study_s_rules_belong_to_its_own_split():
    assert prepared_name("random", "study") == "random-study"
    assert prepared_name("time", "study") == "time"
    assert prepared_name("random", "ours", 7) == "random-s7"


@pytest.mark.parametrize("name", MODELS)
def test_every_experiment_has_valid_settings_under_its_presets(name):
    entry = model_entry(name)
    cls = entry.model_class
    assert entry.title and entry.about.endswith(".")
    for preset, settings in (("ours", entry.ours), ("study", entry.study)):
        if settings is not None:
            resolved = resolve_settings(name, preset)
            assert isinstance(resolved, cls.Settings)
            for field, value in settings.items():
                assert getattr(resolved, field) == value


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_has_a_description(name):
    for field, info in model_entry(name).settings_class.model_fields.items():
        assert info.description, f"{name}: {field} has no description"


def test_wrong_names_and_values_have_clear_messages():
    with pytest.raises(UserError, match="no model 'nope'"):
        resolve_settings("nope")
    with pytest.raises(UserError, match=r"no setting 'dims'.*dim"):
        resolve_settings("skipgram", changes={"dims": 4})
    with pytest.raises(UserError, match="'dim' of 'skipgram'"):
        resolve_settings("skipgram", changes={"dim": 0})
    with pytest.raises(UserError, match="'dim' of 'skipgram'"):
        resolve_settings("skipgram", changes={"dim": "many"})
    with pytest.raises(UserError, match=r"'dim' of 'skipgram': .*not true or false"):
        resolve_settings("skipgram", changes={"dim": True})
    with pytest.raises(UserError, match="study has no 'degree'"):
        resolve_settings("degree", "study")


def test_with_all_models_a_change_applies_to_those_with_the_setting():
    names = ("degree", "skipgram", "stack")
    found = changes_of_each(map(model_entry, names), {"dim": 16, "epochs": 2})
    assert found == {"degree": {}, "skipgram": {"dim": 16, "epochs": 2}, "stack": {"dim": 16}}
    with pytest.raises(UserError, match=r"No model has a setting 'dims'.*dim"):
        changes_of_each(map(model_entry, names), {"dims": 16})
