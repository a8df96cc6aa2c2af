"""Outside vectors become a run, or are evaluated without one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import core
from core.cli.errors import run_command
from core.config import UserError
from core.runs.store import Store
from tests.communities import community_pairs
from tests.shops import prepared_shop, trained

EQUAL = ("auc_all", "auc_degree", "hits_at_10", "ndcg_at_10")


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def vectors(store) -> tuple[np.ndarray, list[str]]:
    """The vectors that a run has learned for its seen products."""
    run = trained(store, "spectral", changes={"dim": 16})
    model, split = core.load(run)
    ids = split.catalogue.frame["id"]
    return model.vectors[split.seen], ids[split.seen].tolist()


def test_the_imported_vectors_of_a_run_have_its_figures(store, vectors, tmp_path):
    ours = trained(store, "spectral", changes={"dim": 16})
    split = store.load_split("shop", "random")
    array, ids = vectors
    np.save(tmp_path / "mine.npy", array)
    (tmp_path / "mine.ids.txt").write_text("\n".join(ids))
    run = core.import_vectors("shop", tmp_path / "mine.npy", "mine", store=store)
    assert run.metrics["scoring"] == ours.metrics["scoring"] == "dot"
    for name in EQUAL:
        assert run.metrics[name] == pytest.approx(ours.metrics[name], abs=1e-3), name
    assert f"{len(ids)} of 200 products have a vector" in run.metrics["vectors"]
    # It is found, compared and listed like other runs, and its vectors are where maps read them.
    assert core.find("shop", "mine", store=store) == run
    assert core.compare(run, ours)["difference"].abs().max() < 1e-3
    pd.testing.assert_frame_equal(
        core.neighbours(run, ids[0], k=5), core.neighbours(ours, ids[0], k=5), rtol=1e-4
    )
    np.testing.assert_array_equal(np.load(run.vectors_path)[split.seen], array)
    assert "mine" in [row["label"] for row in core.result_rows("shop", store=store)]
    # The same vectors again are the same run, others are another one.
    assert core.import_vectors("shop", vectors, "mine", store=store).id != run.id
    assert core.import_vectors("shop", tmp_path / "mine.npy", "mine", store=store) == run


def test_products_without_a_vector_are_counted_and_never_listed(store, vectors):
    array, ids = vectors
    run = core.import_vectors("shop", (array[5:], ids[5:]), "fewer", store=store)
    assert "others get the lowest score" in run.metrics["vectors"]
    everything = core.neighbours(run, ids[10], k=500)["id"]
    assert set(everything) <= set(ids[5:]) and len(everything) == len(ids) - 6
    with pytest.raises(UserError, match="nothing about it"):
        core.neighbours(run, ids[0])


@pytest.mark.parametrize("name", ["skipgram", "a name", "-x", ""])
def test_names_of_models_and_invalid_names_are_refused(name, store, vectors):
    with pytest.raises(UserError, match=r"another name|is not a name"):
        core.import_vectors("shop", vectors, name, store=store)


def test_the_command_prints_the_measures_and_the_products_without_a_vector(
    store, vectors, tmp_path, capsys, monkeypatch
):
    from core.cli.app import app

    pd.DataFrame({"id": vectors[1], "vector": list(vectors[0])}).to_parquet(tmp_path / "v.parquet")
    words = ["import-vectors", "shop", str(tmp_path / "v.parquet"), "--name", "from-file"]
    monkeypatch.setattr("sys.argv", ["core", *words, "--artifacts", str(store.root)])
    with pytest.raises(SystemExit) as end:
        run_command(app)
    printed = capsys.readouterr()
    assert end.value.code in (0, None), printed.err
    assert "products have a vector" in printed.out and "Hits@10" in printed.out


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    pairs = community_pairs()
    names = np.array([f"P{i:03d}" for i in range(200)])
    edges = pd.DataFrame({"source": names[pairs.u], "target": names[pairs.v]})
    test = edges.sample(frac=0.3, random_state=0)
    return edges.drop(test.index), test


def test_vectors_and_functions_are_evaluated_on_pairs_in_memory():
    train, test = frames()
    names = [f"P{i:03d}" for i in range(200)]
    community = np.eye(8)[np.arange(200) // 25]

    def same_community(u, v):
        return [int(a[1:]) // 25 == int(b[1:]) // 25 for a, b in zip(u, v)]

    given = {"vectors": (community, names), "function": same_community}
    table = core.evaluate(given, train, test)
    assert table["model"].unique().tolist() == ["vectors", "function", "Degree", "Three-hop"]
    both = {name: part.set_index("measure") for name, part in table.groupby("model")}
    columns = ["value", "low", "high", "difference"]
    pd.testing.assert_frame_equal(both["vectors"][columns], both["function"][columns])
    degree = both["Degree"].loc["auc_seen"]
    assert degree["difference_low"] < degree["difference"] < degree["difference_high"] < 0
    assert both["Three-hop"]["difference"].isna().all()
    assert both["vectors"].loc["auc_seen", "value"] > 0.8


def test_vectors_are_evaluated_like_the_runs_of_a_data_set(store, vectors):
    ours = trained(store, "three-hop")
    fewer = vectors[0][3:], vectors[1][3:]
    with pytest.warns(UserWarning, match="3 others get the lowest score"):
        table = core.evaluate(fewer, "shop", store=store)
    hop = table[table["model"] == "Three-hop"].set_index("measure")
    assert hop["value"].to_dict() == pytest.approx({m: ours.metrics[m] for m in hop.index})
    run = core.import_vectors("shop", fewer, "same", store=store)
    mine = table[table["model"] == "vectors"].set_index("measure")
    assert mine["value"].to_dict() == pytest.approx({m: run.metrics[m] for m in mine.index})


def test_missing_and_superfluous_arguments_are_reported(store, vectors):
    with pytest.raises(UserError, match="On which pairs"):
        core.evaluate(vectors)
    with pytest.raises(UserError, match="leave out `pairs`"):
        core.evaluate(trained(store, "degree"), "shop")
    with pytest.raises(UserError, match="leave out `test`"):
        core.evaluate(vectors, "shop", frames()[1], store=store)
