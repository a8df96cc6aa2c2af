"""Data that were divided elsewhere become a split with the same two parts."""

import pandas as pd
import pytest

import core
from core.cli.print_results import describe_split
from core.config import SplitRequest, UserError
from core.data.raw_data import RawData
from core.runs.store import Store

TRAIN = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c")]
TEST = [("b", "d"), ("e", "a"), ("c", "a"), ("e", "f")]


def edges(pairs) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["source", "target"])


def named(split, pairs):
    ids = split.catalogue.frame["id"]
    return {frozenset((ids[u], ids[v])) for u, v in zip(pairs.u.tolist(), pairs.v.tolist())}


def sets(pairs):
    return {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize("in_files", [True, False])
def test_the_files_are_the_split_and_pairs_in_both_are_trained_on(in_files, tmp_path):
    store = Store(tmp_path / "artifacts")
    parts = [edges(TRAIN), edges(TEST)]
    if in_files:
        paths = [tmp_path / "train.csv", tmp_path / "test.csv"]
        for path, part in zip(paths, parts):
            part.to_csv(path, index=False)
        parts = paths
    raw = RawData(parts[0], test=parts[1])
    facts = core.prepare("shop", raw, store=store)
    assert (facts["kind"], facts["training_pairs"], facts["held_out_pairs"]) == ("given", 5, 3)
    split = store.load_split("shop", "given")
    assert named(split, split.train) == sets(TRAIN)
    assert named(split, split.test) == sets(TEST) - sets(TRAIN)
    (warning,) = store.read_report("shop")["notes"]["warnings"]
    assert "1 of the 4 pairs" in warning
    if in_files:
        description = describe_split(store, facts)
        assert "train.csv: read as" in description and "test.csv: read as" in description
        assert warning in description
    # Prepared again it is the same, and other splits take all pairs.
    assert core.prepare("shop", raw, store=store)["reused"]
    assert core.prepare(SplitRequest(dataset="shop"), store=store)["pairs"] == 8
    run = core.train(core.TrainRequest(dataset="shop", model="degree", split="given"), store=store)
    assert run.metrics["n_positive"] == 3 and "given" in run.id


def test_other_test_pairs_are_other_data(tmp_path):
    store = Store(tmp_path)
    core.prepare("shop", RawData(edges(TRAIN), test=edges(TEST)), store=store)
    with pytest.raises(UserError, match="already holds other data"):
        core.prepare("shop", RawData(edges(TRAIN), test=edges(TEST[:2])), store=store)


def test_what_cannot_be_divided_is_refused(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(UserError, match="nothing is left to test on"):
        core.prepare("shop", RawData(edges(TRAIN), test=edges(TRAIN[:2])), store=store)
    with pytest.raises(UserError, match="name their file"):
        core.prepare("shop", RawData(test=edges(TEST)), store=store)
    core.prepare("shop", edges(TRAIN), store=store)
    with pytest.raises(UserError, match="--test TEST"):
        core.prepare(SplitRequest(dataset="shop", split="given"), store=store)
