"""The entry point to all readers."""

import subprocess
import sys

import pytest

from core.config import UserError
from core.data import named_datasets
from core.data.named_datasets import NAMED_DATASETS, describe_named_datasets
from core.data.read_dataset import read_dataset
from core.data.read_file import read_file
from core.data.read_options import ReadOptions

LINE = "{'asin': 'A', 'related': {'also_bought': ['B', 'C']}}\n"


def test_every_named_data_set_is_described():
    rows = describe_named_datasets()
    assert [row["name"] for row in rows] == ["demo", "electronics", "books"]
    assert all(row["about"] and row["origin"] for row in rows)


@pytest.mark.parametrize("name", ["../up", "a b", "", "a/b", "ä", "x" * 65, "a.b", "a\n"])
def test_names_that_are_refused(tmp_path, name):
    with pytest.raises(UserError, match="is not a data-set name"):
        read_dataset(name, tmp_path, file=tmp_path / "x")


def test_unknown_name_without_a_file(tmp_path):
    with pytest.raises(UserError, match="demo, electronics, books") as error:
        read_dataset("mine", tmp_path)
    assert "prepare mine --file" in str(error.value)


def test_any_file_under_any_name(tmp_path):
    path = tmp_path / "x"
    path.write_text(LINE)
    assert len(read_dataset("my-data_1", tmp_path, file=path).catalogue) == 3


def test_demo_takes_no_file(tmp_path):
    with pytest.raises(UserError, match="embedded"):
        read_dataset("demo", tmp_path, file=tmp_path / "x")


def test_files_are_downloaded_once_or_copied_by_hand(tmp_path, monkeypatch):
    urls = []

    def download(url, target, progress):
        urls.append(url)
        target.write_text(LINE)

    monkeypatch.setattr("core.data.download.download", download)
    for _ in range(2):
        assert len(read_dataset("books", tmp_path).catalogue) == 3
    assert urls == [NAMED_DATASETS["books"].url]
    (tmp_path / "meta_Electronics.json.gz").write_text(LINE)
    assert len(read_dataset("electronics", tmp_path).catalogue) == 3
    assert len(urls) == 1


def test_a_file_may_stand_in_for_a_download(tmp_path, monkeypatch):
    path = tmp_path / "mine.json"
    path.write_text(LINE)
    assert len(read_dataset("books", tmp_path / "none", file=path).catalogue) == 3


@pytest.mark.parametrize(
    ("content", "options", "products", "message"),
    [
        (LINE, {"kind": "edges"}, False, "holds one Python dict per line; expected a table"),
        ("a,b\n1,2\n", {"kind": "amazon"}, False, "is not Amazon metadata"),
        (LINE, {}, True, "describes its products itself"),
        ("a,b\n1,2\n", {}, False, "has the columns a, b"),
        ("a,b\n1,2\n", {}, False, "--set columns.basket=NAME --set columns.product=NAME"),
        ("a c,b\n1,2\n", {"kind": "edges"}, False, "for instance --set 'columns.source=a c'"),
        ("a,b\n1,2\n", {"columns": {"basket": "z"}}, False, "--set columns.basket=a"),
    ],
)
def test_mismatched_kinds_of_data_are_refused(tmp_path, content, options, products, message):
    (tmp_path / "file").write_text(content)
    (tmp_path / "products").write_text("id,title\na,b\n")
    table = tmp_path / "products" if products else None
    with pytest.raises(UserError, match=message):
        read_file(tmp_path / "file", table, ReadOptions(**options))


def test_a_product_table_is_not_for_named_sets(tmp_path):
    with pytest.raises(UserError, match="has its own product table"):
        read_dataset("demo", tmp_path, products=tmp_path / "x")


def test_listing_the_names_loads_no_heavy_module():
    code = (
        "import sys, core.data.named_datasets; "
        "print([m for m in ('numba', 'torch', 'gensim', 'umap', 'streamlit', 'scipy')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert named_datasets.NAMED_DATASETS["demo"].file_name is None


def test_columns_with_blanks_around_their_names(tmp_path):
    (tmp_path / "file").write_text("a, b ,c\n1,2,3\n")
    options = ReadOptions(columns={"source": "b", "target": "c"})
    frame = read_file(tmp_path / "file", options=options).catalogue.frame
    assert frame["id"].tolist() == ["2", "3"]


def test_numbers_are_accepted_for_text_options():
    options = ReadOptions(date=20170601, columns={"basket": 2017})
    assert options.date == "20170601" and options.columns == {"basket": "2017"}
