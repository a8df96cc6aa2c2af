"""A transaction log -> the relations that Amazon's pages list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.assemble import Codes, Ids, distinct_relations
from core.data.formats.input_format import InputFormat, Sample
from core.data.product_relations import RELATIONS, Relations, places
from core.data.products import join_products
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.data.tables.columns import find_columns, need_columns, numbers, usable_rows
from core.data.tables.table import Table
from core.data.times import NOT_UNDERSTOOD, latest_early_time, parse_times
from core.progress import QUIET, Progress

OPTIONAL = ("customer", "time", "quantity")
ROLES = ("basket", "product", *OPTIONAL)


@dataclass(frozen=True)
class Log:
    """Purchases as parallel arrays: int32 codes (customer -1 if unknown), times as datetime64[s].

    `time` is None for a log without time stamps.
    """

    basket: np.ndarray
    product: np.ndarray
    customer: np.ndarray
    time: np.ndarray | None

    def __len__(self) -> int:
        return len(self.product)

    def __getitem__(self, rows) -> Log:
        time = None if self.time is None else self.time[rows]
        return Log(self.basket[rows], self.product[rows], self.customer[rows], time)


def read_baskets(
    table: Table,
    products: pd.DataFrame | None = None,
    options: ReadOptions | None = None,
    progress: Progress = QUIET,
) -> ReadResult:
    """Read a transaction log: `bought_together` from baskets, `also_bought` from customers.

    Both are ranked by log-likelihood ratio over the products that `options.min_sold` baskets
    hold; each product lists its `options.top` strongest. A log with time stamps gives the
    relations of the purchases up to a date and after it as well, each from its own purchases only.

    Raises
    ------
    UserError
        If a needed column is missing, no line is usable, or nothing is bought often enough.
    """
    options = options or ReadOptions()
    columns = find_columns(table, ROLES, options)
    need_columns(table, columns, ("basket", "product"), "a transaction log")
    log, ids, report, filled = _read_log(table, columns, options, progress)
    empty = [role for role in OPTIONAL if role in columns and role not in filled]
    if empty and report.lines:  # as if there were no such column: they spoil every line otherwise
        named = ", ".join(columns.pop(role) for role in empty)
        progress.log(f"Nothing is in the column {named} of {table.short_label}: read without it.")
        if empty != ["customer"]:
            log, ids, report, _ = _read_log(table, columns, options, progress)
    report.need_usable(len(log), table.label, "one purchase a line: a basket, a product, …")
    catalogue, row_of = join_products(products, ids)
    log = Log(log.basket, row_of[log.product], log.customer, log.time)

    relations = relate(log, len(catalogue), options, "all purchases", progress)
    if not len(relations):
        raise UserError(
            f"No two products of {table.label} go together: none are in at least "
            f"{options.min_sold} baskets, and {options.min_together} times together with a "
            f"log-likelihood ratio of {options.min_score:g}. "
            "Lower min_sold, min_together or min_score."
        )
    report.products, report.with_metadata = len(catalogue), int(catalogue.frame.has_metadata.sum())
    report.mentions = len(relations)
    report.notes["columns"] = columns
    if log.time is None:
        return ReadResult(catalogue, relations, report)
    last = latest_early_time(log.time, options, table.label)
    early = log.time <= last
    before = relate(log[early], len(catalogue), options, "early purchases", progress)
    after = relate(log[~early], len(catalogue), options, "late purchases", progress)
    date = str(last)
    report.notes |= {"date": date, "before": len(before), "after": len(after)}
    return ReadResult(catalogue, relations, report, before, after, date)


def _read_log(
    table: Table, columns: dict[str, str], options: ReadOptions, progress: Progress
) -> tuple[Log, Codes, ReadReport, set[str]]:
    """Return the log, its product ids, the report, and the optional roles with any value."""
    report = ReadReport(kind="baskets", file=table.short_label)
    ids, baskets, customers = Codes(), Codes(), Codes()
    filled: set[str] = set()
    parts: list[Log] = []
    returned, time_format = 0, options.time_format
    for row_numbers, values in table.batches(columns, report, progress):
        for role in OPTIONAL:
            if role in values and role not in filled and _any_filled(values[role]):
                filled.add(role)
        basket, product = Ids(values["basket"]), Ids(values["product"])
        problems = {"no basket id": basket.missing, "no product id": product.missing}
        bought = np.ones(len(row_numbers), bool)
        if "quantity" in values:
            quantity = numbers(values["quantity"])
            problems["the quantity is not a number"] = np.isnan(quantity)
            bought = ~(quantity <= 0)
        time = None
        if "time" in values:
            time, time_format = parse_times(
                values["time"], time_format, guessed=options.time_format is None
            )
            problems[NOT_UNDERSTOOD] = np.isnat(time)
        good = usable_rows(row_numbers, problems, report)
        returned += int((good & ~bought).sum())
        good &= bought
        customer = np.full(int(good.sum()), -1, np.int32)
        if "customer" in values:
            customer = Ids(values["customer"]).codes(good, customers)
        parts.append(
            Log(
                basket.codes(good, baskets),
                product.codes(good, ids),
                customer,
                None if time is None else time[good],
            )
        )
    report.notes |= {
        "baskets": len(baskets),
        "customers": len(customers),
        "returned or without quantity": returned,
    }
    if not parts:
        empty = np.empty(0, np.int32)
        return Log(empty, empty, empty, None), ids, report, filled
    log = Log(
        np.concatenate([part.basket for part in parts]),
        np.concatenate([part.product for part in parts]),
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.time for part in parts]) if "time" in columns else None,
    )
    return log, ids, report, filled


def _any_filled(values: pd.Series) -> bool:
    values = values[values.notna()]
    return bool((values.astype(str).str.strip() != "").any())


def relate(
    log: Log, n_products: int, options: ReadOptions, what: str = "", progress: Progress = QUIET
) -> Relations:
    """Return the relations of a log, for the products that enough of its baskets hold."""
    # Imported here: compiled code, which other formats do without.
    from core.data.association import Limits, associations

    limits = Limits(options.top, options.min_together, options.min_score)
    baskets_with = np.bincount(_distinct_products(log, n_products), minlength=n_products)
    often = np.flatnonzero(baskets_with >= options.min_sold)
    index = np.full(n_products, -1, np.int32)
    index[often] = np.arange(len(often))
    item = index[log.product]
    found = []
    for name, group in (("bought_together", log.basket), ("also_bought", log.customer)):
        rows = (item >= 0) & (group >= 0)
        progress.stage(f"Relate {what} ({name})", len(often), "products")
        source, target = associations(group[rows], item[rows], len(often), limits, progress)
        kind = np.full(len(source), RELATIONS.index(name), np.uint8)
        place = places(np.bincount(source))
        found.append((often[source], often[target], kind, place))
    source, target, kind, place = (np.concatenate(arrays) for arrays in zip(*found))
    return distinct_relations(source, target, kind, place, n_products)


def _distinct_products(log: Log, n_products: int) -> np.ndarray:
    """Return the product of every distinct (basket, product)."""
    key = log.basket.astype(np.int64) * n_products + log.product
    key.sort()
    return key[np.diff(key, prepend=-1) > 0] % n_products


def _evidence(sample: Sample) -> float:
    if sample.content != "table":
        return 0.0
    columns = find_columns(sample.table, ("basket", "product"), sample.options)
    return 0.9 * (len(columns) == 2)


def _read(
    sample: Sample, products: pd.DataFrame | None, options: ReadOptions, progress: Progress
) -> ReadResult:
    return read_baskets(sample.table, products, options, progress)


FORMAT = InputFormat(
    name="baskets",
    about="a transaction log",
    example="basket,product,customer,time\n"
    "1,tea,7,2024-01-30\n1,cup,7,2024-01-30\n2,pen,8,2024-01-31\n2,ink,8,2024-01-31",
    roles=ROLES,
    takes_products=True,
    evidence=_evidence,
    read=_read,
)
