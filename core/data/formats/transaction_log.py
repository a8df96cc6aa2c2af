"""A transaction log, one purchase per row -> the relations of Amazon's product pages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from core.data.clean_values import numbers
from core.data.formats.input_format import InputFormat, Sample
from core.data.formats.log_columns import (
    CLOCK,
    DAY,
    OPTIONAL,
    ROLES,
    LogColumns,
    find_log_columns,
)
from core.data.formats.refused_files import is_ratings, refuse_ratings
from core.data.ids_and_catalogue import Codes, Ids
from core.data.product_table import (
    DESCRIPTIVE_ROLES,
    MostFrequent,
    describe_products,
    find_descriptions,
    join_products,
)
from core.data.purchase_checks import warn_of_recurring_numbers, warn_of_shared_baskets
from core.data.purchase_times import NOT_UNDERSTOOD, parse_times
from core.data.purchases import Purchases
from core.data.purchases_to_relations import relations_of_purchases
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.data.tables.column_roles import need_columns, repeated_names
from core.data.tables.table import Batch, Table
from core.progress import QUIET, Progress

_SEPARATOR = "\x1f"  # between the parts of a basket's id


def read_baskets(
    table: Table,
    products: pd.DataFrame | None = None,
    options: ReadOptions | None = None,
    progress: Progress = QUIET,
) -> ReadResult:
    """Read a transaction log: `bought_together` from baskets, `also_bought` from customers.

    Products in at least `options.min_sold` baskets are ranked by log-likelihood ratio, and each
    lists its `options.top` strongest partners. From a log with time stamps, relations are also
    computed separately from the purchases up to a date and from those after it. Without a product
    table, the log's own columns of titles, brands, … describe the products, once from all rows and
    once from those up to the date.

    Raises
    ------
    UserError
        If a needed column is missing, no line is usable, or nothing is bought often enough.
    """
    options = options or ReadOptions()
    log_columns = find_log_columns(table, options)
    if not log_columns.complete:
        needed = ("product",) if log_columns.basket_parts else ("basket", "product")
        need_columns(table, log_columns.columns, needed, "a transaction log")
    description_columns = (
        find_descriptions(table, log_columns.taken, options) if products is None else {}
    )
    reader = _LogReader(table, log_columns, description_columns, options)
    reader.read(progress)
    empty = [role for role in OPTIONAL if role in log_columns.columns and role not in reader.filled]
    if empty and reader.report.lines:  # an empty column would make every line a bad one
        named = ", ".join(log_columns.columns.pop(role) for role in empty)
        message = f"The column {named} of {table.short_label} is empty, so it is ignored."
        progress.log(message)
        log_columns.notes.append(message)
        log_columns.columns.pop(CLOCK, None) if "time" in empty else None
        if empty != ["customer"]:
            reader = _LogReader(table, log_columns, description_columns, options)
            reader.read(progress)
    report = reader.report
    if "customer" not in log_columns.columns:
        report.notes.pop("without customer", None)
    report.notes |= {"columns": log_columns.described() | description_columns}
    if table.facts:
        report.notes["understood"] = table.facts
    remarks = log_columns.notes + repeated_names(table, log_columns.columns | description_columns)
    if remarks:
        report.notes["remarks"] = remarks
    report.need_usable(
        len(reader.log), table.label, "one purchase per line: a basket, a product, …"
    )
    every_row = np.ones(len(reader.log), bool)
    joined = join_products(reader.described(products, every_row), reader.ids)
    result = relations_of_purchases(reader.log, reader.ids, joined, report, options, progress)
    if result.date is None or not description_columns:
        return result
    assert reader.log.time is not None
    early = reader.log.time <= np.datetime64(result.date)
    early_catalogue, _ = join_products(reader.described(None, early), reader.ids)
    return replace(result, early_catalogue=early_catalogue)


@dataclass
class _LogReader:
    """Reads a log batch by batch into arrays of codes."""

    table: Table
    log_columns: LogColumns
    description_columns: dict[str, str]
    options: ReadOptions
    ids: Codes = field(default_factory=Codes)
    baskets: Codes = field(default_factory=Codes)
    customers: Codes = field(default_factory=Codes)
    filled: set[str] = field(default_factory=set)
    log: Purchases = field(default_factory=lambda: Purchases.concatenate([]))

    def __post_init__(self) -> None:
        self.report = ReadReport(kind="baskets", file=self.table.short_label)
        self._time_format = self.options.time_format
        self._last: dict[str, object] = {}
        self._counts = dict.fromkeys(("returned", "without quantity", "without customer"), 0)
        self._counts |= {"filled down": 0, "left out by name": 0}
        self._descriptions = {role: MostFrequent() for role in self.description_columns}

    def read(self, progress: Progress) -> None:
        """Read the whole log."""
        columns = self.log_columns.columns | self.description_columns
        parts, files = [], []
        for batch in self.table.batches(columns, self.report, progress):
            parts.append(self._add(batch))
            files.append(len(self.report.notes.get("files", ())))
        self.log = Purchases.concatenate(parts)
        warn_of_shared_baskets(parts, files, self.report)
        if len(set(files)) < 2:
            warn_of_recurring_numbers(self.log, self.report)
        counts = self._counts
        self.report.notes |= {
            "baskets": len(self.baskets),
            "customers": len(self.customers),
            "returned or without quantity": counts["returned"] + counts["without quantity"],
            **{name: count for name, count in counts.items() if count},
        }

    def described(self, products: pd.DataFrame | None, rows: np.ndarray) -> pd.DataFrame | None:
        """Return the product table, or one made of the log's own columns at `rows` (a mask); None
        without any."""
        if products is not None or not self.description_columns:
            return products
        return describe_products(self.ids, self._descriptions, self.log.product, rows)

    def _add(self, batch: Batch) -> Purchases:
        row_numbers, values = batch
        if self.log_columns.fill_down or self.log_columns.first_row_only:
            self._fill(values)
        for role in OPTIONAL:
            if role in values and role not in self.filled and _is_filled(values[role]).any():
                self.filled.add(role)
        merge = self.options.merge_case
        product = Ids(values["product"], merge)
        problems = {"no product id": product.missing}
        time = None
        if "time" in values:
            time = self._times(values)
            problems[NOT_UNDERSTOOD] = np.isnat(time)
        basket = Ids(self._basket_ids(values, time), merge)
        no_basket = {"no basket id": basket.missing}
        # Without the time, a basket of several columns may have no id.
        problems = no_basket | problems if "basket" in values else problems | no_basket
        bought = np.ones(len(row_numbers), bool)
        if "quantity" in values:
            quantity = numbers(values["quantity"], grouped=True)
            problems["the quantity is not a number"] = np.isnan(quantity)
            bought = ~(quantity <= 0)
        good = self.report.usable_rows(row_numbers, problems)
        if "quantity" in values:
            self._counts["returned"] += int((good & (quantity < 0)).sum())
            self._counts["without quantity"] += int((good & (quantity == 0)).sum())
        good &= bought
        if self.options.leave_out:
            named = product.among(self.options.leave_out)
            self._counts["left out by name"] += int((good & named).sum())
            good &= ~named
        customer = np.full(int(good.sum()), -1, np.int32)
        if "customer" in values:
            customer = Ids(values["customer"], merge).codes(good, self.customers)
            self._counts["without customer"] += int((customer < 0).sum())
        codes = product.codes(good, self.ids)
        for role, descriptions in self._descriptions.items():
            descriptions.add(values[role][good])
        return Purchases(
            basket.codes(good, self.baskets), codes, customer, None if time is None else time[good]
        )

    def _times(self, values: dict[str, pd.Series]) -> np.ndarray:
        texts = values["time"]
        if CLOCK in values:
            texts = texts.astype(str).str.strip() + " " + values[CLOCK].astype(str).str.strip()
        time, self._time_format = parse_times(
            texts, self._time_format, guessed=self.options.time_format is None
        )
        return time

    def _basket_ids(self, values: dict[str, pd.Series], time: np.ndarray | None) -> pd.Series:
        """Return the basket ids, joined from several columns if need be; "" if one is missing."""
        parts = self.log_columns.basket_parts
        if not parts:
            return values["basket"]
        joined, missing = None, np.zeros(len(values["product"]), bool)
        for role in parts:
            if role == DAY and time is not None:
                texts = pd.Series(time.astype("M8[D]").astype(str), index=values["product"].index)
                missing |= np.isnat(time)
            else:
                texts = values[role].astype(str).str.strip()
                missing |= Ids(values[role]).missing
            joined = texts if joined is None else joined + _SEPARATOR + texts
        assert joined is not None
        return joined.where(~missing, "")

    def _fill(self, values: dict[str, pd.Series]) -> None:
        """Fill values of a basket's first row down to its other rows."""
        if values["basket"].empty:
            return
        if self.log_columns.fill_down:  # the basket id is one of them
            starts = _is_filled(values["basket"])
            self._counts["filled down"] += int((~starts).sum())
            roles = [role for role in ("basket", "customer", "time", CLOCK) if role in values]
        else:
            basket = values["basket"].astype(str).str.strip()
            starts = basket.ne(basket.shift(fill_value=self._last.get("basket", "")))
            self._last["basket"] = basket.iloc[-1]
            roles = self.log_columns.first_row_only
        for role in roles:
            known = values[role].where(_is_filled(values[role]))
            known = known.where(known.notna() | ~starts, "")  # no values of the previous basket
            if pd.isna(known.iloc[0]):
                known.iloc[0] = self._last.get(role, "")
            values[role] = known.ffill()
            self._last[role] = values[role].iloc[-1]


def _is_filled(values: pd.Series) -> pd.Series:
    return values.notna() & (values.astype(str).str.strip() != "")


def _evidence(sample: Sample) -> float:
    if not sample.is_table:
        return 0.0
    if "basket" not in sample.options.columns and is_ratings(sample.table):
        return 0.85  # reading it gives the error that explains this
    log_columns = find_log_columns(sample.table, sample.options)
    if not log_columns.complete:
        return 0.0
    # Without a basket id, another format may fit better.
    return 0.9 if "basket" in log_columns.columns or "basket" in sample.options.columns else 0.5


def _columns(sample: Sample) -> dict[str, str]:
    log_columns = find_log_columns(sample.table, sample.options)
    return log_columns.described() | find_descriptions(
        sample.table, log_columns.taken, sample.options
    )


def _read(
    sample: Sample, products: pd.DataFrame | None, options: ReadOptions, progress: Progress
) -> ReadResult:
    if "basket" not in options.columns and is_ratings(sample.table):
        columns = find_log_columns(sample.table, options).columns
        raise refuse_ratings(sample.label, columns["customer"])
    return read_baskets(sample.table, products, options, progress)


FORMAT = InputFormat(
    name="baskets",
    about="a transaction log",
    example="basket,product,customer,time\n"
    "1,tea,7,2024-01-30\n1,cup,7,2024-01-30\n2,pen,8,2024-01-31\n2,ink,8,2024-01-31",
    roles=(*ROLES, *DESCRIPTIVE_ROLES),
    takes_products=True,
    evidence=_evidence,
    read=_read,
    columns=_columns,
)
