"""Files in the layouts of other shops, tools and countries, and warnings about odd ones."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from tests.data.formats.test_log_columns import summary
from tests.data.test_forms_of_files import EDGES, by_sets, orders, pairs, read, text, workbook

LOG = orders()
DAY = LOG["date"].dt


def named(**columns) -> pd.DataFrame:
    """Return the orders with these columns; values are names of theirs, or other values."""
    return pd.DataFrame(
        {n: LOG[v] if isinstance(v, str) and v in LOG else v for n, v in columns.items()}
    )


def in_csv(frame: pd.DataFrame, encoding: str = "utf-8", **how) -> bytes:
    return frame.to_csv(index=False, **how).encode(encoding)


def lines(pattern: str) -> str:
    """Return a line for each purchase, {i} its number, {o} its order and {p} its product."""
    rows = enumerate(zip(LOG["order_id"], LOG["product_id"]), 1)
    return "".join(pattern.format(i=i, o=o, p=p) + "\n" for i, (o, p) in rows)


def baskets(pattern: str) -> str:
    return "\n".join(
        pattern.format(o=order, p=",".join(products))
        for order, products in LOG.groupby("order_id")["product_id"]
    )


SERIAL = (DAY.normalize() - pd.Timestamp("1899-12-30")).dt.days
GERMAN = named(Bestellnummer="order_id", Artikelnummer="product_id", Datum=DAY.strftime("%d.%m.%Y"))
FRENCH = named(**{"Numéro de commande": "order_id", "Produit": "product_id", "Quantité": "1,0"})
LAYOUTS = {
    "German": in_csv(GERMAN.assign(Menge="1,0"), "cp1252", sep=";"),
    "French": in_csv(FRENCH, "latin-1", sep=";"),
    "Spanish": in_csv(named(**{"ID Pedido": "order_id", "Código Producto": "product_id"})),
    "Amazon's orders": in_csv(named(**{"amazon-order-id": "order_id", "sku": "product_id"})),
    "customer and Excel's days": in_csv(named(user="customer", date=SERIAL, item="product_id")),
    "quantities in thousands": in_csv(named(order="order_id", sku="product_id", qty="1,200")),
    "a delimiter at the end of the rows": "order_id,product_id\n" + lines("{o},{p},"),
    "a delimiter at the end, below a title": "Sales\n\norder_id,product_id,qty\n"
    + lines("{o},{p},1,"),
    "the row names of R": "order_id\tproduct_id\n" + lines("{i}\t{o}\t{p}"),
    "a title as wide as the table": "Sales 2024,,\n,,\nOrder,Item,Qty\n" + lines("{o},{p},1"),
    "quotation marks after backslashes": "order,sku,title\n" + lines('{o},{p},"a 12\\" pan"'),
    "baskets with their ids": baskets("{o},{p}"),
    "baskets with their ids and a header": "TID,Items\n" + baskets("T{o},{p}"),
    "JSON with time zones": json.dumps(
        [
            {"id": int(order), "created_at": "2024-01-01T10:00:00+01:00", "lines": [
                {"product_id": product, "qty": 1} for product in products]}
            for order, products in LOG.groupby("order_id")["product_id"]
        ]
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_pairs(tmp_path, layout):
    result = read(tmp_path / "log", LAYOUTS[layout])
    assert pairs(result) == by_sets(LOG) and result.report.bad_lines == 0
    assert result.report.lines == (120 if layout.startswith("baskets") else len(LOG))
    assert result.report.notes["baskets"] == 120 and len(result.catalogue) == 12
    assert "120 baskets" in summary(result) and ", 12 products; " in summary(result)


def test_the_row_of_an_error_below_a_narrow_header_is_that_of_the_file(tmp_path):
    content = str(LAYOUTS["a delimiter at the end of the rows"]) + "x,y,z,too many\n"
    report = read(tmp_path / "log", content).report
    assert report.first_bad == [{"line": len(LOG) + 2, "reason": "4 fields instead of 3"}]


def test_a_basket_of_one_product_is_not_a_title(tmp_path):
    padded = "solo,,\n" + "a,b,c\nb,c,a\n" * 10
    result = read(tmp_path / "log", padded, kind="basket_lines")
    assert result.report.notes["baskets"] == 21


def test_a_workbook_with_a_title(tmp_path):
    result = read(tmp_path / "log", workbook(LOG, ("Sales 2024", ""), ("", "")))
    assert pairs(result) == by_sets(LOG) and result.report.lines == len(LOG)


def test_the_size_line_of_a_matrix_market_file_is_not_an_edge(tmp_path, mentions):
    head = "%%MatrixMarket matrix coordinate real symmetric\n%\n31 31 30\n"
    result = read(tmp_path / "edges", head + "".join(f"{a} {b} 2.5\n" for a, b in EDGES))
    assert mentions(result) == {(str(a), str(b), "linked"): 2.5 for a, b in EDGES}
    assert "skipped 3 lines above the table" in summary(result)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (
            named(order="order_id", sku="product_id", event=np.where(LOG.index % 2, "view", "buy")),
            "'event' has rows of 'view', and all rows are read as purchases",
        ),
        (
            named(ticket=LOG["order_id"] % 20, product="product_id", customer="customer"),
            "20 of 20 baskets have rows of several customers",
        ),
        (
            named(ticket=LOG["order_id"] % 20, product="product_id", date="date"),
            "20 of 20 baskets have rows of days more than a week apart",
        ),
        (
            named(order="order_id", item=LOG["product_id"] + ", tea, cup"),
            "'Thé 06, tea, cup' seem to be lists of products",
        ),
    ],
)  # fmt: skip
def test_misleading_data_cause_a_warning(tmp_path, frame, words):
    assert words in summary(read(tmp_path / "log", in_csv(frame)))


def test_a_repeated_heading_is_reported(tmp_path):
    result = read(tmp_path / "log", "order,sku,sku\n" + lines("{o},{p},x"))
    assert pairs(result) == by_sets(LOG)
    assert "2 columns are called 'sku': the first is read." in summary(result)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (baskets('{o},"{p}"'), "lists of products in its column 'column 2', such as 'Thé"),
        (
            pd.crosstab(LOG["order_id"], LOG["product_id"]).to_csv(index=False),
            "has a column for each product, marked where",
        ),
        ('<?xml version="1.0"?><graphml></graphml>', "is XML; expected .* read it with networkx"),
    ],
)
def test_other_layouts_are_refused_with_a_remedy(tmp_path, content, reason):
    with pytest.raises(UserError, match=reason):
        read(tmp_path / "log", content)


def test_an_ambiguous_column_number_is_refused(tmp_path):
    content = text(LOG.assign(order_id=2 + LOG["order_id"] % 50), header=False)
    with pytest.raises(UserError, match="'2' may be column 2 or column 1, which begins with 2"):
        read(tmp_path / "log", content, columns={"basket": "2", "product": "column 2"})


def test_reviews_are_read_as_the_refusal_advises(tmp_path):
    reviews = "\n".join(
        json.dumps({"reviewerID": f"A{order}", "asin": product, "overall": 5.0})
        for order, product in zip(LOG["order_id"], LOG["product_id"])
    )
    with pytest.raises(UserError, match=r"--set columns.basket=reviewerID"):
        read(tmp_path / "log", reviews)
    result = read(tmp_path / "log", reviews, columns={"basket": "reviewerID"})
    assert pairs(result) == by_sets(LOG)
