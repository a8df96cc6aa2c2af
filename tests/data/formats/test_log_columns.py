"""The roles of columns whose names alone would mislead."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.data.read_file import read_file
from core.data.read_frames_and_graphs import read_frame
from core.data.read_options import ReadOptions
from core.data.read_summary import summary_lines
from tests.data.test_forms_of_files import EASY, by_sets, orders, pairs


@pytest.fixture
def log() -> pd.DataFrame:
    return orders()


def read(frame: pd.DataFrame, tmp_path, **options):
    frame.to_csv(tmp_path / "log", index=False)
    return read_file(tmp_path / "log", options=ReadOptions(**EASY | options))


def summary(result) -> str:
    return "\n".join(summary_lines(result.report.to_dict()))


def test_a_column_that_counts_lines_is_not_the_product(tmp_path, log):
    frame = pd.DataFrame(
        {
            "Order Number": log["order_id"],
            "Item #": log.groupby("order_id").cumcount() + 1,
            "Item Name": log["product_id"],
        }
    )
    result = read(frame, tmp_path)
    assert pairs(result) == by_sets(log)
    assert "'Item #' counts the lines of a basket" in summary(result)
    assert not result.catalogue.frame["has_metadata"].any()


def test_a_product_number_is_not_mistaken_for_a_line_number(tmp_path, log):
    frame = log.assign(product_id=log["product_id"].factorize()[0])
    assert read(frame, tmp_path).report.notes["columns"]["product"] == "product_id"


def test_date_and_time_in_two_columns(tmp_path, log):
    moment = log["date"] + pd.to_timedelta(log["order_id"] % 24, unit="h")
    frame = log.drop(columns="date").assign(
        Date=moment.dt.strftime("%d/%m/%Y"), Time=moment.dt.strftime("%I:%M:%S %p")
    )
    result = read(frame, tmp_path)
    assert (
        result.report.bad_lines == 0
        and result.date in moment.astype("M8[s]").astype(str).str.replace(" ", "T").to_numpy()
    )
    assert result.report.notes["columns"]["time"] == "Date Time"


def test_times_of_day_without_dates_are_ignored(tmp_path, log):
    result = read(log.drop(columns="date").assign(time="10:15"), tmp_path)
    assert result.date is None and "times of day but no dates" in summary(result)


@pytest.mark.parametrize("money", ["$12.50", "12,50 EUR", "n/a"])
def test_a_quantity_that_is_not_a_number_is_ignored(tmp_path, log, money):
    result = read(log.assign(amount=money), tmp_path)
    assert pairs(result) == by_sets(log) and result.report.bad_lines == 0
    assert "'amount' has no numbers, so it is ignored." in summary(result)


def test_a_decimal_comma_in_quantities(tmp_path, log):
    frame = log.assign(quantity=np.where(np.arange(len(log)) % 2, "1,0", "1.250,5"))
    result = read(frame, tmp_path)
    assert pairs(result) == by_sets(log) and result.report.bad_lines == 0


def test_rows_without_quantity_and_returns_are_counted(tmp_path, log):
    quantity = np.where(np.arange(len(log)) % 3 == 0, "0", "12.5")
    quantity[1] = "-1"
    result = read(log.assign(amount=quantity), tmp_path)
    n_zero = int((quantity == "0").sum())
    assert f"1 returned (a negative quantity), {n_zero} without quantity (0)" in summary(result)
    assert "quantity = amount" in summary(result)
    assert "If it is money: --set columns.quantity=none" in summary(result)
    result = read(log.assign(amount=quantity), tmp_path, columns={"quantity": "none"})
    assert pairs(result) == by_sets(log) and "left out: none" in summary(result)


@pytest.mark.parametrize("size", [2**17, 50])
def test_an_order_id_on_its_first_row_only(tmp_path, log, size, monkeypatch):
    monkeypatch.setattr("core.data.tables.csv_table._ROWS", size)
    first = ~log["order_id"].duplicated()
    fields = ["order_id", "customer", "date"]
    frame = log.astype(object)
    frame[fields] = frame[fields].where(first)
    result = read(frame, tmp_path)
    whole = read(log, tmp_path)
    assert pairs(result) == pairs(whole) == by_sets(log) and result.date == whole.date
    assert f"{(~first).sum()} rows got the basket id of the row above" in summary(result)
    result = read(frame, tmp_path, fill_down=False)
    assert result.report.bad_lines == (~first).sum()


@pytest.mark.parametrize("size", [2**17, 50])
def test_fields_of_the_order_on_its_first_row_only(tmp_path, log, size, monkeypatch):
    monkeypatch.setattr("core.data.tables.csv_table._ROWS", size)
    shop = pd.DataFrame(
        {
            "Name": "#" + log["order_id"].astype(str),
            "Email": log["customer"].astype(str) + "@a.example",
            "Created at": log["date"].dt.strftime("%Y-%m-%d %H:%M:%S +0000"),
            "Lineitem quantity": 1,
            "Lineitem name": "a " + log["product_id"],
            "Lineitem sku": log["product_id"],
        }
    )
    first = ~shop["Name"].duplicated()
    shop[["Email", "Created at"]] = shop[["Email", "Created at"]].where(first)
    result, whole = read(shop, tmp_path), read(log, tmp_path)
    assert pairs(result) == by_sets(log) and result.report.bad_lines == 0
    assert result.report.notes["customers"] == log["customer"].nunique()
    assert result.date == whole.date and len(result.relations) == len(whole.relations)
    assert result.catalogue.frame["title"][0] == "a " + log["product_id"][0]


def test_without_a_basket_id_customer_and_day_make_a_basket(tmp_path, log):
    named = {"customer": "CUSTOMER_ID", "date": "TRANSACTION_DT", "product_id": "PRODUCT_ID"}
    frame = log.assign(date=log["date"].dt.strftime("%m/%d/%Y")).rename(columns=named)
    for result in (
        read(frame.drop(columns="order_id"), tmp_path),
        read(frame, tmp_path, columns={"basket": "CUSTOMER_ID,TRANSACTION_DT"}),
    ):
        assert pairs(result) == by_sets(log)
        assert result.report.notes["baskets"] == 120
        assert "basket = CUSTOMER_ID, day of TRANSACTION_DT" in summary(result)


def test_a_basket_id_of_two_columns_without_a_time(tmp_path, log):
    frame = log.assign(shop=log["order_id"] % 2, number=log["order_id"] // 2)
    frame = frame.drop(columns=["order_id", "date"])
    result = read(frame, tmp_path, columns={"basket": "shop, number"})
    assert pairs(result) == by_sets(log)


def test_a_table_without_a_header(tmp_path, log):
    log[["order_id", "product_id"]].to_csv(tmp_path / "log", index=False, header=False)
    with pytest.raises(UserError, match=r"no header, and the columns column 1 \('1000'\), col"):
        read_file(tmp_path / "log")
    first = log["product_id"][0]
    for columns in (
        {"basket": "column 1", "product": "column 2"},
        {"basket": "1000", "product": first},
        {"basket": "1", "product": "2"},
    ):
        result = read_file(tmp_path / "log", options=ReadOptions(columns=columns, **EASY))
        assert pairs(result) == by_sets(log) and result.report.lines == len(log)
        assert "no header" in summary(result)


def test_whether_there_is_a_header_can_be_set(tmp_path):
    (tmp_path / "edges").write_text("1,2\n3,1\n1,2\n")
    columns = {"source": "1", "target": "2"}
    options = ReadOptions(columns=columns, header=True)
    assert len(read_file(tmp_path / "edges", options=options).relations) == 2
    options = ReadOptions(columns=columns, header=False)
    assert read_file(tmp_path / "edges", options=options).report.lines == 3


def test_the_log_s_own_columns_describe_its_products(tmp_path, log):
    title = np.where(np.arange(len(log)) % 5 == 0, "damaged", "Cup of " + log["product_id"])
    frame = log.assign(Description=title, Department="Home", UnitPrice="2,50 €")
    catalogue = read(frame, tmp_path).catalogue.frame
    assert (catalogue["title"] == "Cup of " + catalogue["id"]).all()
    assert (catalogue["category_1"] == "Home").all() and (catalogue["price"] == 2.5).all()


def test_a_product_table_wins_over_the_log_s_own_columns(tmp_path, log):
    products = pd.DataFrame({"id": log["product_id"].unique(), "title": "Tea"})
    result = read_frame(log.assign(title="own"), products, ReadOptions(**EASY))
    assert (result.catalogue.frame["title"] == "Tea").all()


@pytest.mark.parametrize("names", [("userId", "movieId"), ("user_id", "product_id")])
def test_ratings_are_recognised_and_refused(tmp_path, log, names):
    frame = log[["customer", "product_id"]].set_axis(names, axis=1).assign(rating=3, timestamp=17e8)
    with pytest.raises(UserError, match=r"holds reviews or ratings.*2014 or 2018.*columns.basket"):
        read(frame, tmp_path)


def test_the_error_of_a_refused_log_states_its_columns(tmp_path, log):
    frame = log.iloc[:20]
    most = frame["product_id"].value_counts().max()
    with pytest.raises(UserError, match=rf"in {most} baskets, and min_sold requires 10") as error:
        read(frame, tmp_path, min_sold=10)
    assert "basket = order_id, product = product_id" in str(error.value)
    with pytest.raises(
        UserError, match=r"25 times, and min_together requires 50\. With --set min_together=3 "
    ):
        read(log, tmp_path, min_together=50)
    with pytest.raises(UserError, match=r"ratio of a pair is \d+\.\d, and min_score requires 9999"):
        read(log, tmp_path, min_score=9999)


def test_the_thresholds_that_a_refusal_names_leave_as_many_pairs_as_it_says(tmp_path, log):
    with pytest.raises(UserError, match="the most frequent product is in 7 baskets") as error:
        read(log.iloc[:60], tmp_path, min_sold=10, min_together=3, min_score=20)
    words = str(error.value)
    lower = dict(re.findall(r"--set (\w+)=(\d+)", words))
    n_pairs = int(re.search(r"there are (\d+) pairs", words)[1])
    result = read(log.iloc[:60], tmp_path, **{"min_together": 3, "min_score": 20} | lower)
    assert len({frozenset(pair) for pair in pairs(result)}) == n_pairs > 3


def test_a_log_that_no_threshold_helps_is_refused_with_that_message(tmp_path, log):
    single = log.drop_duplicates("order_id")
    with pytest.raises(UserError, match=r"by chance\. Lower thresholds do not help"):
        read(single, tmp_path, min_sold=10, columns={"customer": "none"})
