"""The product table that may accompany a transaction log or an edge list."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.clean_values import clean_image, clean_price, clean_text
from core.data.ids_and_catalogue import Codes, Ids, make_catalogue, text_column
from core.data.product_catalogue import CATEGORY_LEVELS, TEXT_COLUMNS, Catalogue
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport
from core.data.tables.column_roles import find_columns, need_columns
from core.data.tables.table import Table
from core.progress import QUIET, Progress

ROLES = ("id", "title", "brand", *CATEGORY_LEVELS, "price", "image", "private_label")
DESCRIPTIVE_ROLES = ("title", "brand", *CATEGORY_LEVELS, "price")  # a log may have these, too
_YES = {"1", "true", "yes", "y", "t"}


def read_products(
    table: Table, options: ReadOptions, progress: Progress = QUIET
) -> tuple[pd.DataFrame, ReadReport]:
    """Read a product table into the columns of `Catalogue`, by id.

    Of rows with the same id, the first non-empty value of each column counts. A single category
    column may hold a whole path, its levels separated by " > ".

    Raises
    ------
    UserError
        If the file is not a table or has no column for the id.
    """
    columns = find_columns(table, ROLES, options)
    need_columns(table, columns, ("id",), "a product table")
    report = ReadReport(kind="products", file=table.short_label, notes={"columns": columns})
    ids = Codes()
    parts = []
    for row_numbers, values in table.batches(columns, report, progress):
        keys = Ids(values.pop("id"), options.merge_case)
        good = report.usable_rows(row_numbers, {"no product id": keys.missing})
        part = pd.DataFrame({name: _clean(name, value[good]) for name, value in values.items()})
        part["code"] = keys.codes(good, ids)
        if "price" in part:
            _count_unread_prices(values["price"][good], part["price"], report)
        parts.append(part)
    report.need_usable(len(ids), table.label, "a table with a product id in every row")
    frame = pd.concat(parts, ignore_index=True)
    if frame["code"].duplicated().any():
        report.merged = len(frame) - len(ids)
        filled = frame.mask(frame == "")
        frame = filled.groupby("code", sort=False).first().reset_index()
    frame = frame.drop(columns="code").set_axis(pd.Index(list(ids), name="id"), axis=0)
    return _split_paths(frame), report


def find_descriptions(table: Table, taken: Collection[str], options: ReadOptions) -> dict[str, str]:
    """Return the columns of a log, except those `taken`, that describe its products, by role."""
    return find_columns(table, DESCRIPTIVE_ROLES, options, taken)


class MostFrequent:
    """Finds the most frequent value of every product in the rows of a log."""

    def __init__(self) -> None:
        self._values = Codes()
        self._parts = [np.empty(0, np.int32)]

    def add(self, values: pd.Series) -> None:
        """Add the values of further rows."""
        self._parts.append(Ids(values).codes(np.ones(len(values), bool), self._values))

    def values(self, products: np.ndarray, rows: np.ndarray, n_products: int) -> np.ndarray:
        """Return the most frequent value of every product (the first if tied), "" for none.

        Parameters
        ----------
        products : int32 array
            The product of every row that was added.
        rows : bool array
            The rows that count.
        n_products : int
        """
        chosen = np.full(n_products, "", object)
        codes = np.concatenate(self._parts)
        rows = rows & (codes >= 0)
        keys, counts = np.unique(
            products[rows].astype(np.int64) << 32 | codes[rows], return_counts=True
        )
        order = np.lexsort((-keys, counts))  # the last assignment to an index counts
        texts = np.array(list(self._values), object)
        chosen[keys[order] >> 32] = texts[keys[order] & 0xFFFFFFFF]
        return chosen


def describe_products(
    ids: Codes, descriptions: dict[str, MostFrequent], products: np.ndarray, rows: np.ndarray
) -> pd.DataFrame:
    """Return a product table made of a log's own columns, in the order of the codes.

    `products` and `rows` are those of `MostFrequent.values`.
    """
    values = {
        role: _clean(role, pd.Series(values.values(products, rows, len(ids)), dtype=object))
        for role, values in descriptions.items()
    }
    return _split_paths(pd.DataFrame(values, index=pd.Index(list(ids), name="id", dtype=object)))


def _clean(name: str, values: pd.Series) -> np.ndarray:
    if name == "private_label":
        return values.astype(str).str.strip().str.lower().isin(_YES).to_numpy()
    clean = {"price": clean_price, "image": clean_image}.get(name, _text)
    codes, unique = pd.factorize(values)
    kind = np.float32 if name == "price" else object
    cleaned = np.array([*map(clean, unique.tolist()), clean(None)], kind)
    return cleaned[codes]


def _count_unread_prices(written: pd.Series, read: pd.Series, report: ReadReport) -> None:
    """Count the prices that are filled in but cannot be read, and keep the first as an example."""
    texts = written.astype(str).str.strip().to_numpy()
    unread = written.notna().to_numpy() & (texts != "") & read.isna().to_numpy()
    if unread.any():
        before = report.notes.get("unread_prices", {"count": 0, "first": texts[unread][0]})
        report.notes["unread_prices"] = {**before, "count": before["count"] + int(unread.sum())}


def _text(value: object) -> str:
    return clean_text(value if value is None else str(value))


def _split_paths(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the category levels without gaps; a path in a single column is split."""
    present = [name for name in CATEGORY_LEVELS if name in frame]
    if len(present) == 1 and frame[present[0]].str.contains(" > ", regex=False).any():
        levels = frame.pop(present[0]).str.split(" > ", n=4, expand=True)
        for name, level in zip(CATEGORY_LEVELS, levels.columns):
            frame[name] = levels[level].fillna("").str.strip()
        return frame
    return frame.rename(columns=dict(zip(present, CATEGORY_LEVELS)))


def join_products(products: pd.DataFrame | None, ids: Codes) -> tuple[Catalogue, np.ndarray]:
    """Return the catalogue of a product table and of the ids of a log or edge list, and their rows.

    Parameters
    ----------
    products : DataFrame or None
        As `read_products` returns it, index = id.
    ids : Codes
        Ids of the log or the edge list, by code.

    Returns
    -------
    catalogue : Catalogue
        The rows of the table, then the other ids.
    row_of : int32 array, shape (len(ids),)
        Row number of every code.

    Raises
    ------
    UserError
        If the table has none of the ids.
    """
    named = pd.Index(list(ids), dtype=object)
    if products is None:
        return make_catalogue(named.to_numpy(), {}, 0), np.arange(len(named), dtype=np.int32)
    known = pd.Index(products.index.to_numpy(object))
    row_of = known.get_indexer(named)
    new = np.flatnonzero(row_of < 0)
    if len(new) == len(named):
        raise UserError(
            f"None of the {len(named):,} products is in the product table: they have ids such as "
            f"'{named[0]}', in the table such as '{known[0]}'. Name its column of ids with --set "
            "columns.id=NAME, or write the ids of both alike."
        )
    row_of[new] = len(known) + np.arange(len(new))
    columns = {
        name: text_column(products[name].to_numpy(object))
        for name in TEXT_COLUMNS
        if name in products
    }
    for name, kind in (("price", np.float32), ("private_label", bool)):
        if name in products:
            columns[name] = products[name].to_numpy(kind)
    all_ids = np.concatenate([known.to_numpy(), named.to_numpy()[new]])
    return make_catalogue(all_ids, columns, len(known)), row_of.astype(np.int32)
