"""The product table beside a log or an edge list."""

from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config import UserError
from core.data.product_table import read_products
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.tables.open_table import open_table

TABLE = """id,Name,Brand,Department,Category,price,image_url,private_label
p1,Green &amp; red tea,Tea Co,Grocery,Tea,$3.50,https://a.example/1.png,yes
p2,Mug,,Home,,12,,0
p2,Second mug,Mug Co,Home,Mugs,99,,
,No id,,,,,,
p3,Spoon,,,,soon,file:///etc,
"""


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_products_come_before_the_others(tmp_path, suffix, mentions):
    table, edges = tmp_path / "products", tmp_path / "edges"
    table.write_text(TABLE)
    if suffix == "parquet":
        pd.read_csv(table).to_parquet(table)
    edges.write_text("source,target\nnew,p2\np2,p1\n")
    result = read_file(edges, products=table)
    frame = result.catalogue.frame
    assert frame["id"].tolist() == ["p1", "p2", "p3", "new"]
    assert frame["has_metadata"].tolist() == [True, True, True, False]
    assert frame["title"].tolist() == ["Green & red tea", "Mug", "Spoon", ""]
    assert frame["brand"].tolist() == ["Tea Co", "Mug Co", "", ""]
    assert frame["category_1"].tolist() == ["Grocery", "Home", "", ""]
    assert frame["category_2"].tolist() == ["Tea", "Mugs", "", ""]
    assert frame["price"].fillna(-1).tolist() == [3.5, 12, -1, -1]
    assert frame["price_bin"].tolist() == ["$3 to 4", "$12 to 13", "", ""]
    assert frame["image"].tolist() == ["https://a.example/1.png", "", "", ""]
    assert frame["private_label"].tolist() == [True, False, False, False]
    assert set(mentions(result)) == {("new", "p2", "linked"), ("p2", "p1", "linked")}


def test_repeats_and_missing_ids_are_counted(tmp_path):
    (tmp_path / "products").write_text(TABLE)
    frame, report = read_products(open_table(tmp_path / "products", tmp_path), ReadOptions())
    assert list(frame.index) == ["p1", "p2", "p3"]
    assert report.merged == 1
    assert report.first_bad == [{"line": 5, "reason": "no product id"}]
    assert report.notes["unread_prices"] == {"count": 1, "first": "soon"}


def test_a_category_path_in_one_column_is_split(tmp_path):
    (tmp_path / "products").write_text("sku,category\na,Home > Kitchen > Mugs\nb,Home\nc,\n")
    frame, _ = read_products(open_table(tmp_path / "products", tmp_path), ReadOptions())
    assert frame["category_1"].tolist() == ["Home", "Home", ""]
    assert frame["category_2"].tolist() == ["Kitchen", "", ""]
    assert frame["category_3"].tolist() == ["Mugs", "", ""]


def test_a_table_of_ids_only_is_accepted(tmp_path):
    (tmp_path / "products").write_text("id;\na;\nb;\n")
    frame, _ = read_products(open_table(tmp_path / "products", tmp_path), ReadOptions())
    assert list(frame.index) == ["a", "b"]


def test_a_table_without_an_id(tmp_path):
    (tmp_path / "products").write_text("name,price\nTea,1\n")
    (tmp_path / "edges").write_text("source,target\na,b\n")
    with pytest.raises(UserError, match="product table: no column for the id"):
        read_file(tmp_path / "edges", products=tmp_path / "products")


def test_a_missing_table(tmp_path):
    (tmp_path / "edges").write_text("source,target\na,b\n")
    with pytest.raises(UserError, match="no file"):
        read_file(tmp_path / "edges", products=tmp_path / "products")


def test_decimal_prices_and_large_ids_of_parquet(tmp_path):
    first = 10**18
    (tmp_path / "edges").write_text(f"source,target\na,{first + 1}\n")
    table = pa.table(
        {
            "id": pa.array([first, first + 1, None], pa.int64()),
            "price": [Decimal("1.50"), None, Decimal("2.00")],
        }
    )
    pq.write_table(table, tmp_path / "products")
    result = read_file(tmp_path / "edges", tmp_path / "products")
    frame = result.catalogue.frame
    assert frame["id"].tolist() == [str(first), str(first + 1), "a"]
    assert frame["price"][0] == 1.5 and frame["price"][1:].isna().all()


@pytest.mark.parametrize(
    ("header", "ids", "title"),
    [
        ("id,product_id,name", ["2"], "3"),
        ("sku,product,price", ["1"], "2"),
        ("product,price,title", ["1"], "3"),
        ("id,name,price", ["1"], "2"),
    ],
)
def test_which_column_holds_the_ids_and_which_the_titles(tmp_path, header, ids, title):
    (tmp_path / "products").write_text(f"{header}\n1,2,3\n")
    frame, report = read_products(open_table(tmp_path / "products", tmp_path), ReadOptions())
    assert frame.index.tolist() == ids and frame["title"].tolist() == [title]
    assert report.notes["columns"]["id"] in header


def test_a_table_of_other_products_is_refused_with_an_id_of_each(tmp_path):
    (tmp_path / "edges").write_text("source,target\n00123,00124\n")
    (tmp_path / "products").write_text("sku,title\n123,Tea\n124,Cup\n")
    with pytest.raises(UserError, match=r"None of the 2 products.*'00123'.*'123'"):
        read_file(tmp_path / "edges", products=tmp_path / "products")


@pytest.mark.parametrize(
    ("products", "role", "expected"),
    [(False, "title", "--products"), (True, "basket", "edge list")],
)
def test_a_column_for_a_role_that_no_file_has_is_refused(tmp_path, products, role, expected):
    (tmp_path / "edges").write_text("source,target,what\na,b,Tea\n")
    (tmp_path / "products").write_text("sku,title\na,Tea\n")
    table = tmp_path / "products" if products else None
    with pytest.raises(UserError, match=rf"columns\.{role} has no effect.*{expected}"):
        read_file(tmp_path / "edges", table, ReadOptions(columns={role: "what"}))
