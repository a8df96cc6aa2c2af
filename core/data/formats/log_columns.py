"""The roles of the columns of a transaction log, by their names and values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.data.clean_values import numbers
from core.data.read_options import KNOWN_NAMES, NONE, ReadOptions
from core.data.tables.column_roles import find_columns, resolve_column, set_column
from core.data.tables.table import Table
from core.data.tables.text_layout import plain_name

OPTIONAL = ("customer", "time", "quantity")
ROLES = ("basket", "product", *OPTIONAL)
DAY = "basket_day"  # the role of a time whose day is a part of the basket's id
CLOCK = "clock"  # the role of a column with the time of day, where the date has its own
PART = "basket_part_"  # the roles of columns that together name the basket
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?:[:.]\d\d(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?")
# Names of products, where a log has no ids.
_PRODUCT_NAMES = (
    "itemname",
    "productname",
    "itemdescription",
    "productdescription",
    "description",
    "lineitemname",
    "producttitle",
    "title",
    "name",
)
# Values, other than purchases, of a column that says what kind of event a row is.
_NO_PURCHASES = {
    *("view", "pageview", "click", "clickout", "add to cart", "addtocart", "cart", "wishlist"),
    *("remove from cart", "cancelled", "canceled", "refunded", "refund", "returned", "voided"),
}
_FEW_KINDS = 12


@dataclass
class LogColumns:
    """The columns of a transaction log.

    Attributes
    ----------
    columns : dict
        Column of each role that is read.
    fill_down : bool
        Whether only the first row of a basket has its id.
    first_row_only : list of str
        Roles with a value only in the first row of a basket, although all its rows have the id.
    line_numbers : list of str
        Columns that count the lines of a basket.
    notes : list of str
        Remarks for the report.
    """

    columns: dict[str, str]
    fill_down: bool = False
    first_row_only: list[str] = field(default_factory=list)
    line_numbers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def basket_parts(self) -> list[str]:
        """The roles whose columns together name the basket, if there are several."""
        return [role for role in self.columns if role.startswith(PART) or role == DAY]

    @property
    def taken(self) -> set[str]:
        """The columns with a role of the log, which cannot describe the product."""
        return {*self.columns.values(), *self.line_numbers}

    @property
    def complete(self) -> bool:
        """Whether there are columns for basket and product."""
        return "product" in self.columns and ("basket" in self.columns or bool(self.basket_parts))

    def described(self) -> dict[str, str]:
        """Return the columns by role, for messages and reports."""
        shown = {role: name for role, name in self.columns.items() if role in ROLES}
        if parts := self.basket_parts:
            names = [
                f"day of {self.columns[role]}" if role == DAY else self.columns[role]
                for role in parts
            ]
            shown = {"basket": ", ".join(names), **shown}
        if CLOCK in self.columns:
            shown["time"] = f"{self.columns['time']} {self.columns[CLOCK]}"
        return shown


def find_log_columns(table: Table, options: ReadOptions) -> LogColumns:
    """Return the roles of the columns of a transaction log.

    Names decide first. A column that counts up within baskets is a line number, not the product;
    a column of times of day is joined to the column of dates; a quantity must be a number; if there
    is no basket id, the purchases of a customer on one day are a basket.

    Raises
    ------
    UserError
        If `options.columns` names a column that the table does not have.
    """
    several = _several_columns(table, options)
    chosen = {role: name for role, name in options.columns.items() if role in ROLES}
    if several:
        chosen["basket"] = NONE
    named = options.model_copy(update={"columns": chosen})
    log_columns = LogColumns(find_columns(table, ROLES, named))
    values = _Values(table)
    _find_basket_by_name(log_columns, table, chosen)
    _find_product(log_columns, values, chosen)
    _find_time(log_columns, values, chosen)
    _check_quantity(log_columns, values, chosen)
    if several:
        _name_basket(log_columns, several, values)
    elif "basket" not in log_columns.columns and chosen.get("basket") != NONE:
        _basket_of_customer_and_day(log_columns, values)
    _note_other_events(log_columns, values)
    if "basket" in log_columns.columns:
        log_columns.fill_down = _needs_filling(log_columns, values, options)
        if not log_columns.fill_down and options.fill_down is not False:
            log_columns.first_row_only = _on_first_rows(log_columns, values)
    return log_columns


class _Values:
    """The first values of each column of a table, by name."""

    def __init__(self, table: Table) -> None:
        self.names, self._head = table.names, table.head()

    def __getitem__(self, name: str) -> pd.Series:
        position = self.names.index(name)
        if position not in self._head:
            return pd.Series([], dtype=str)
        return self._head[position].astype(str).str.strip()

    def filled(self, name: str) -> pd.Series:
        """Return the values that are not empty."""
        values = self[name]
        return values[values != ""]

    def share(self, name: str, pattern: re.Pattern[str]) -> float:
        """Return the share of the non-empty values that match a pattern."""
        filled = self.filled(name)
        return float(filled.str.fullmatch(pattern).mean()) if len(filled) else 0.0


def _several_columns(table: Table, options: ReadOptions) -> list[str]:
    """Return the columns that `columns.basket` names, if there are several."""
    text = options.columns.get("basket", "")
    if "," not in text or text in table.names:
        return []
    return [resolve_column(table, name.strip(), "basket") for name in text.split(",")]


def _find_basket_by_name(log_columns: LogColumns, table: Table, chosen: dict[str, str]) -> None:
    """Recognise Shopify's order column "Name" by the columns that begin with "Lineitem"."""
    plain = {plain_name(name): name for name in reversed(table.names)}
    if "basket" in chosen or not {"name", "lineitemname"} <= plain.keys():
        return
    log_columns.columns = {**log_columns.columns, "basket": plain["name"]}


def _find_product(log_columns: LogColumns, values: _Values, chosen: dict[str, str]) -> None:
    if "product" in chosen:
        return
    taken = {name for role, name in log_columns.columns.items() if role != "product"}
    plain = {plain_name(name): name for name in reversed(values.names) if name not in taken}
    candidates = [plain[n] for n in (*KNOWN_NAMES["product"], *_PRODUCT_NAMES) if n in plain]
    for name in dict.fromkeys(candidates):
        if _is_line_number(values[name], log_columns, values):
            log_columns.line_numbers.append(name)
            log_columns.notes.append(
                f"'{name}' counts the lines of a basket, so it is not the product."
            )
        elif len(values.filled(name)) or not len(values[name]):
            log_columns.columns["product"] = name
            return
    log_columns.columns.pop("product", None)


def _is_line_number(column: pd.Series, log_columns: LogColumns, values: _Values) -> bool:
    """Return whether a column counts 1, 2, 3, … within baskets."""
    if "basket" not in log_columns.columns:
        return False
    count = pd.to_numeric(column, errors="coerce")
    basket = values[log_columns.columns["basket"]]
    if count.isna().mean() > 0.1 or not len(count):
        return False
    position = basket.groupby(basket).cumcount()
    sizes = basket.map(basket.value_counts())
    several = sizes > 1
    if several.sum() < 4:
        return False
    offset = (count - position)[several]
    return bool(((offset == 1) | (offset == 0)).mean() > 0.9 and position[several].max() >= 1)


def _find_time(log_columns: LogColumns, values: _Values, chosen: dict[str, str]) -> None:
    if chosen.get("time") == NONE:
        return
    plain = {plain_name(name): name for name in reversed(values.names)}
    names = [plain[name] for name in KNOWN_NAMES["time"] if name in plain]
    taken = {name for role, name in log_columns.columns.items() if role != "time"}
    names = [name for name in names if name not in taken]
    clocks = [name for name in names if values.share(name, _CLOCK) > 0.9]
    dates = [name for name in names if name not in clocks and len(values.filled(name))]
    time = log_columns.columns.get("time")
    if "time" not in chosen and time in clocks:
        log_columns.columns.pop("time")
        if not dates:
            log_columns.notes.append(f"'{time}' has times of day but no dates, so it is ignored.")
            return
        time = log_columns.columns["time"] = dates[0]
    if time and time not in clocks and clocks and "time" not in chosen:
        dated = values.filled(time)
        if len(dated) and not dated.str.contains(r"\d:\d\d").any():
            log_columns.columns[CLOCK] = clocks[0]


def _check_quantity(log_columns: LogColumns, values: _Values, chosen: dict[str, str]) -> None:
    name = log_columns.columns.get("quantity")
    if name is None or "quantity" in chosen:
        return
    filled = values.filled(name)
    counts = numbers(filled)
    if len(filled) and np.isnan(counts).mean() > 0.5:
        del log_columns.columns["quantity"]
        log_columns.notes.append(f"'{name}' has no numbers, so it is ignored.")
    elif plain_name(name) == "amount" and (np.nan_to_num(counts) % 1 > 0).any():
        log_columns.notes.append(
            f"'{name}' is read as the quantity, and rows where it is 0 are left out. If it is "
            f"money: {set_column('quantity', NONE)}"
        )


def _name_basket(log_columns: LogColumns, names: list[str], values: _Values) -> None:
    for i, name in enumerate(names):
        if name == log_columns.columns.get("time") and CLOCK not in log_columns.columns:
            log_columns.columns[DAY] = name
        else:
            log_columns.columns[f"{PART}{i}"] = name


def _basket_of_customer_and_day(log_columns: LogColumns, values: _Values) -> None:
    customer, time = log_columns.columns.get("customer"), log_columns.columns.get("time")
    if customer and time and "product" in log_columns.columns:
        log_columns.columns |= {f"{PART}0": customer, DAY: time}
        log_columns.notes.append(
            "There is no basket id: the purchases of a customer on one day are read as a basket "
            f"({set_column('basket', f'{customer},{time}')})."
        )


def _note_other_events(log_columns: LogColumns, values: _Values) -> None:
    """Note a column whose values say that some rows are not purchases."""
    for name in values.names:
        if name in log_columns.taken:
            continue
        filled = values.filled(name).str.lower().str.replace("_", " ")
        others = sorted(_NO_PURCHASES & set(filled.unique()))
        if others and filled.nunique() <= _FEW_KINDS:
            log_columns.notes.append(
                f"'{name}' has rows of '{', '.join(others)}', and all rows are read as "
                "purchases. Leave other rows out of the file if they should not count."
            )


def _needs_filling(log_columns: LogColumns, values: _Values, options: ReadOptions) -> bool:
    """Return whether only the first row of a basket has its id."""
    if options.fill_down is not None:
        return options.fill_down
    basket, product = values[log_columns.columns["basket"]], log_columns.columns.get("product")
    if product is None or not len(basket) or basket.iloc[0] == "":
        return False
    empty = basket == ""
    ids = basket[~empty]
    if empty.mean() < 0.2 or len(ids) < 2 or (values[product][empty] == "").mean() > 0.1:
        return False
    return len(ids) == ids.nunique()


def _on_first_rows(log_columns: LogColumns, values: _Values) -> list[str]:
    """Return the roles with a value in the first row of each basket and hardly any other row."""
    basket = values[log_columns.columns["basket"]]
    first = basket.ne(basket.shift())
    roles = []
    for role in ("customer", "time", CLOCK):
        if role in log_columns.columns and not first.all() and len(basket):
            filled = values[log_columns.columns[role]] != ""
            if filled[first].mean() > 0.5 and filled[~first].mean() < 0.1:
                roles.append(role)
    return roles
