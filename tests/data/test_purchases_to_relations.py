"""Warnings about unusual logs, with the option that fixes them."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from core.data.read_file import read_file
from core.data.read_frames_and_graphs import read_frame
from core.data.read_options import ReadOptions
from core.data.read_summary import summary_lines
from tests.data.test_forms_of_files import EASY, by_sets, orders, pairs


def read(log: pd.DataFrame, **options):
    return read_frame(log[["order_id", "product_id"]], options=ReadOptions(**EASY | options))


def warnings(result) -> list[str]:
    return result.report.notes.get("warnings", [])


def test_an_ordinary_log_gives_no_warning():
    assert not warnings(read(orders()))


def test_huge_baskets_cause_a_warning_and_can_be_left_out():
    log = orders()
    everything = pd.DataFrame({"product_id": [*log["product_id"].unique(), *map(str, range(90))]})
    with_huge = pd.concat([log, *(everything.assign(order_id=i) for i in range(3))])
    result = read(with_huge)
    (warning,) = warnings(result)
    assert "Baskets of more than 50 products: 3 of 123 (the largest 102" in warning
    assert "--set max_basket=50" in warning and pairs(result) != by_sets(log)
    small = read(with_huge, max_basket=50)
    assert pairs(small) == by_sets(log) and not warnings(small)
    summary = "\n".join(summary_lines(small.report.to_dict()))
    assert (
        "306 in baskets larger than max_basket" in summary
        and "3 larger baskets left out" in summary
    )
    assert "products per basket: median 2, largest 3" in summary


def test_a_product_in_every_basket():
    log = orders()
    bags = log.drop_duplicates("order_id").assign(product_id="Bag")
    result = read(pd.concat([log, bags]))
    assert ["'Bag' is in 100% of the baskets" in warning for warning in warnings(result)] == [True]
    result = read(pd.concat([log, bags]), leave_out="Bag, ")
    assert pairs(result) == by_sets(log) and not warnings(result)
    assert result.report.notes["left out by name"] == 120


def test_a_rounded_number_in_every_basket_is_not_to_be_left_out():
    log = orders()
    rounded = log.drop_duplicates("order_id").assign(product_id="7.31E+11")
    (warning,) = warnings(read(pd.concat([log, rounded])))
    assert "Rounded numbers such as 7.31E+11" in warning


def test_rounded_ids_cause_a_warning():
    log = orders().replace({"product_id": {"Thé 00": "7.31E+11"}})
    assert "numbers such as 7.31E+11 are the ids of 1 product:" in warnings(read(log))[0]


@pytest.mark.parametrize("nothing", ["nan", "NA", "NONE"])
def test_names_of_missing_values_cause_a_warning(nothing):
    log = orders().replace({"product_id": {"Thé 00": nothing}})
    (warning,) = warnings(read(log))
    assert f"'{nothing}'" in warning and f"leave_out={nothing}" in warning
    left = read(log, leave_out=[nothing])
    assert nothing not in left.catalogue.frame["id"].to_numpy()


def test_ids_that_differ_by_case_or_spaces():
    log = orders()
    odd = log.copy()
    odd.loc[::2, "product_id"] = "THÉ  " + odd["product_id"].str[-2:]
    assert "differ from another only by case or spaces" in warnings(read(odd))[0]
    merged = read(odd, merge_case=True)
    lower = log.assign(product_id=log["product_id"].str.lower())
    assert pairs(merged) == by_sets(lower) and not warnings(merged)


@pytest.mark.skipif("LAB_DATA" not in os.environ, reason="LAB_DATA is not set: no real files here")
def test_online_retail_is_read():
    result = read_file(Path(os.environ["LAB_DATA"]) / "online_retail.csv.gz")
    u, v = result.relations.source, result.relations.target
    n_pairs = len(pd.DataFrame({"u": u, "v": v}).min(axis=1).to_frame("a").assign(
        b=pd.DataFrame({"u": u, "v": v}).max(axis=1)).drop_duplicates())  # fmt: skip
    assert (len(set(u) | set(v)), n_pairs) == (3187, 77_049)
    notes = result.report.notes
    assert notes["returned"] == 10_624 and result.report.lines == 541_909
    assert notes["understood"]["encoding"] == "cp1252"
    frame = result.catalogue.frame.set_index("id")
    assert frame.loc["85123A", "title"] == "WHITE HANGING HEART T-LIGHT HOLDER"
    capped = read_file(
        Path(os.environ["LAB_DATA"]) / "online_retail.csv.gz",
        options=ReadOptions(max_basket=100, columns={"time": "none", "customer": "none"}),
    )
    assert capped.report.notes["large baskets left out"] == 628
