"""From raw files to a split: complete or absent, and without loss of existing data."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import core.runs.store
from core.cli.print_results import describe_split
from core.config import SplitRequest, UserError
from core.data.raw_data import RawData
from core.data.read_options import ReadOptions
from core.models import create
from core.models.registry import resolve_settings
from core.models.stack.settings import StackSettings
from core.pipeline.preparation import prepare
from core.progress import Progress, Stopped
from core.runs.store import Store
from tests.shops import prepared_shop, write_edge_list

EASY = ReadOptions(min_sold=1, min_together=1, min_score=0)


@pytest.fixture
def store(tmp_path) -> Store:
    return prepared_shop(tmp_path)


@pytest.fixture
def log(tmp_path):
    rng = np.random.default_rng(0)
    days = np.arange("2024-01-01", "2024-12-31", dtype="datetime64[D]")
    rows = "".join(
        f"{basket},{basket % 40},p{product},{days[basket]}\n"
        for basket in range(300)
        for product in rng.choice(30, 4, replace=False)
    )
    path = tmp_path / "log.csv"
    path.write_text("basket,customer,product,date\n" + rows)
    return path


def contents(store: Store) -> dict[str, bytes]:
    files = (path for path in store.root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("kind", ["random", "time"])
def test_data_read_from_a_file_equal_those_loaded_from_the_store(tmp_path, log, kind):
    store = Store(tmp_path / "other")
    first = prepare(store, SplitRequest(dataset="log", split=kind), RawData(log, options=EASY))
    assert not first["reused"] and first["held_out_pairs"] > 0
    for path in store.prepared_folder("log", kind).iterdir():
        path.unlink()
    again = prepare(store, SplitRequest(dataset="log", split=kind))
    assert not again["reused"] and again["fingerprint"] == first["fingerprint"]


def test_purchases_after_the_date_reach_no_model(tmp_path, log):
    rows = pd.read_csv(log)
    late = (rows["date"] > "2024-04-30").to_numpy()
    rows.loc[~late & (rows["product"] == "p7"), "product"] = "p8"  # p7 is sold late only
    scores, changes = [], {"dim": 4, "epochs": 1, "fields_used": ["price_bin", "text"]}
    for now in ("same", "other"):
        changed = late & (now == "other")
        described = rows.assign(
            title=np.where(changed, "New " + rows["product"], "Cup " + rows["product"].str[-1]),
            price=np.where(changed, 99.0, rows["product"].str[1:].astype(float)),
        )
        described.to_csv(tmp_path / "described.csv", index=False)
        options = EASY.model_copy(update={"date": "2024-04-30"})
        store, request = Store(tmp_path / now), SplitRequest(dataset="log", split="time")
        prepare(store, request, RawData(tmp_path / "described.csv", options=options))
        split = store.load_split("log", "time")
        frame = split.catalogue.frame.set_index("id")
        assert frame.loc["p9", ["title", "price"]].tolist() == ["Cup 9", 9]
        assert frame.loc["p7", "title"] == "" and np.isnan(frame.loc["p7", "price"])
        u, v = np.divmod(np.arange(split.n_products**2), split.n_products)
        stack = create("stack", StackSettings(trees=5, dim=4, skipgram_epochs=1))
        eges = create("eges", resolve_settings("eges", changes=changes))
        scores.append([model.fit(split).score(u, v) for model in (stack, eges)])
        assert (store.load_source("log")[0].frame["title"] != "").all()
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize(
    ("content", "split", "reason"),
    [
        ("source,target\na,a\nb,b\n", "random", "0 pairs of products, too few"),
        ("source,target\na,b\n", "random", "1 pair of products, too few"),
        ("source,target\na,b\nb,c\nc,d\n", "time", "no time stamps"),
        ("source,target\na,b\nb,c\nc,d\n", "cold", "needs products with metadata"),
    ],
)
def test_data_that_cannot_be_split_leaves_nothing_behind(store, tmp_path, content, split, reason):
    (tmp_path / "few.csv").write_text(content)
    with pytest.raises(UserError, match=reason):
        prepare(store, SplitRequest(dataset="few", split=split), RawData(tmp_path / "few.csv"))
    assert not (store.root / "few").exists()


def test_a_missing_file_is_reported_even_if_the_name_is_taken(store, tmp_path):
    with pytest.raises(UserError, match="There is no file"):
        prepare(store, SplitRequest(dataset="shop"), RawData(tmp_path / "gone.csv"))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UserError, match="There is no file"):
        prepare(store, SplitRequest(dataset="fresh"), RawData(tmp_path / "loop"))


def test_content_decides_whether_a_file_is_the_same(store, tmp_path, log):
    prepare(store, SplitRequest(dataset="log"), RawData(log, options=EASY))
    log.rename(tmp_path / "moved.csv")
    assert prepare(
        store, SplitRequest(dataset="log"), RawData(tmp_path / "moved.csv", options=EASY)
    )["reused"]
    with open(tmp_path / "moved.csv", "a") as file:
        file.write("1,1,p1,2024-01-01\n")
    with pytest.raises(UserError, match=r"already holds other data .different .*sha256"):
        prepare(store, SplitRequest(dataset="log"), RawData(tmp_path / "moved.csv", options=EASY))
    with pytest.raises(UserError, match=r"already holds other data .different .*options"):
        prepare(store, SplitRequest(dataset="log"), RawData(options=ReadOptions(min_sold=2)))


def test_replacing_removes_the_old_data_and_runs(store, tmp_path, log):
    (store.root / "shop" / "runs" / "old").mkdir(parents=True)
    (store.root / "shop" / ".source.killed").mkdir()
    facts = prepare(store, SplitRequest(dataset="shop"), RawData(log, options=EASY), replace=True)
    assert facts["products"] == 30
    left = {path.name for path in (store.root / "shop").iterdir()} - {".lock"}
    assert left == {
        "source.json", "read-report.json", "catalogue.parquet", "catalogue-before.parquet",
        "prepared",
        "relations-all.parquet", "relations-before.parquet", "relations-after.parquet",
    }  # fmt: skip


def test_an_unusable_replacement_leaves_the_old_data(store, tmp_path):
    (tmp_path / "self.csv").write_text("source,target\na,a\n")
    before = contents(store)
    with pytest.raises(UserError, match="too few"):
        prepare(store, SplitRequest(dataset="shop"), RawData(tmp_path / "self.csv"), replace=True)
    assert contents(store) == before


def test_a_full_disk_leaves_the_old_data(store, log, monkeypatch):
    before = contents(store)
    written = core.runs.store.write_table

    def full(path, table):
        written(path, table)
        if path.name == "relations-before.parquet":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(core.runs.store, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        prepare(store, SplitRequest(dataset="shop"), RawData(log, options=EASY), replace=True)
    with pytest.raises(OSError, match="No space"):
        prepare(store, SplitRequest(dataset="fresh"), RawData(log, options=EASY))
    assert contents(store) == before
    assert not (store.root / "fresh").exists()


@pytest.mark.parametrize("where", ["Read log.csv", "pairs", "saving"])
def test_a_stop_leaves_nothing_behind(store, log, where):
    class Impatient(Progress):
        def stage(self, name, total=None, unit=""):
            if name == where:
                raise Stopped

    with pytest.raises(Stopped):
        prepare(
            store, SplitRequest(dataset="fresh"), RawData(log, options=EASY), progress=Impatient()
        )
    assert not (store.root / "fresh").exists()


def test_a_split_that_fails_leaves_the_data_and_the_other_splits(store):
    before = contents(store)
    with pytest.raises(UserError, match="no time stamps"):
        prepare(store, SplitRequest(dataset="shop", split="time"))
    assert contents(store) == before


@pytest.mark.parametrize("name", ["downloads", "uploads"])
def test_folders_of_other_files_are_not_data_sets(store, log, name):
    (store.root / name).mkdir()
    (store.root / name / "meta.json.gz").touch()
    with pytest.raises(UserError, match="choose another name"):
        prepare(store, SplitRequest(dataset=name), RawData(log))
    assert [path.name for path in (store.root / name).iterdir()] == ["meta.json.gz"]


def test_the_first_bad_lines_of_both_files_are_shown(store, tmp_path):
    edges, products = tmp_path / "bad-edges.csv", tmp_path / "bad-products.csv"
    edges.write_text("source,target\na,b\n" + ",x\n" * 5 + "b,c\nc,d\nd,e\n")
    products.write_text("id,title,price\na,Tea,soon\n,Mug,1\n")
    facts = prepare(store, SplitRequest(dataset="bad"), RawData(edges, products))
    shown = describe_split(store, facts)
    assert "5 of 9 rows of bad-edges.csv could not be read" in shown
    assert [f"row {line}: no source" in shown for line in (3, 4, 5, 6)] == [True] * 3 + [False]
    assert "1 of 2 rows of bad-products.csv" in shown and "row 3: no product id" in shown
    assert "prices of bad-products.csv that are not amounts, left empty: 1, such as 'soon'" in shown
    assert len(store.read_report("bad")["first_bad"]) == 5


def test_the_studys_rules_are_refused_without_titles(store, tmp_path):
    (tmp_path / "edges.csv").write_text("source,target\na,b\nb,c\nc,d\nd,a\n")
    with pytest.raises(UserError, match=r"titles.*--products.*--preset ours"):
        prepare(
            store, SplitRequest(dataset="links", preset="study"), RawData(tmp_path / "edges.csv")
        )


def test_a_data_frame_and_a_graph_give_what_a_file_of_the_same_edges_gives(store, tmp_path):
    edges, _ = write_edge_list(tmp_path)
    frame = pd.read_csv(edges)
    graph = nx.from_pandas_edgelist(frame, edge_attr="weight")
    tables = {"file": edges, "frame": frame, "graph": graph}
    facts = [
        prepare(store, SplitRequest(dataset=name), RawData(table)) for name, table in tables.items()
    ]
    assert facts[0]["pairs"] == facts[1]["pairs"] == facts[2]["pairs"] > 900
    assert facts[0]["fingerprint"] == facts[1]["fingerprint"]
    # The nodes of a graph have another order.
    assert facts[0]["products"] == facts[2]["products"]


@pytest.mark.parametrize("kind", ["frame", "graph"])
def test_content_decides_whether_a_table_in_memory_is_the_same(store, tmp_path, kind):
    edges, _ = write_edge_list(tmp_path)

    def table(frame: pd.DataFrame) -> RawData:
        return RawData(
            frame if kind == "frame" else nx.from_pandas_edgelist(frame, edge_attr="weight")
        )

    request, frame = SplitRequest(dataset="memory"), pd.read_csv(edges)
    assert not prepare(store, request, table(frame))["reused"]
    assert prepare(store, request, table(frame.copy()))["reused"]
    assert prepare(store, request)["reused"]
    frame.loc[3, "weight"] += 1
    with pytest.raises(UserError, match="already holds other data"):
        prepare(store, request, table(frame))
    with pytest.raises(UserError, match="pass that again"):
        prepare(store, request, replace=True)
    assert not prepare(store, request, table(frame), replace=True)["reused"]


def test_a_table_in_memory_and_its_products_are_of_one_type(store, tmp_path):
    edges, products = write_edge_list(tmp_path)
    frame, request = pd.read_csv(edges), SplitRequest(dataset="mixed")
    for table, about, reason in (
        (frame, products, "the products must be a data frame"),
        (edges, pd.read_csv(products), "product table must be a file"),
        (nx.path_graph(5), pd.read_csv(products), "nodes of a graph"),
    ):
        with pytest.raises(UserError, match=reason):
            prepare(store, request, RawData(table, about))
    facts = prepare(store, request, RawData(frame, pd.read_csv(products)))
    assert facts["with_metadata"] == 200
