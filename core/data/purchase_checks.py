"""Warnings about purchases: large baskets, ids that are not products."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd

from core.data.ids_and_catalogue import Codes
from core.data.purchases import Purchases
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport
from core.plural import count_of

_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{2}")
_NOTHING = {"nan", "na", "n/a", "none", "null", "nil", "unknown", "undefined", "-", "?", "<na>"}
_IN_MOST = 0.8  # share of the baskets: more frequent products cause a warning
_ENOUGH_BASKETS = 20  # in smaller logs, frequent products cause no warning
_MUCH = 0.5  # share of all pairs: more in huge baskets causes a warning
_MIXED, _WEEK = 0.05, 7  # share of the baskets; days
_SHARED = 0.01  # share of the baskets: more in several files cause a warning
_HUGE, _HUGE_TIMES = 50, 5  # products, and times the median, beyond which a basket is huge


def drop_large_baskets(
    log: Purchases, n_products: int, options: ReadOptions, report: ReadReport
) -> Purchases:
    """Return the purchases without the baskets that `options.max_basket` leaves out.

    Basket sizes are reported, with a warning if few baskets contain most pairs.
    """
    baskets, _ = log.distinct(n_products)
    sizes = np.bincount(baskets)
    present = sizes[sizes > 0]
    if options.max_basket is not None and len(present):
        small = sizes <= options.max_basket
        within = log[small[log.basket]]
        report.notes["large baskets left out"] = int((present > options.max_basket).sum())
        report.notes["rows of large baskets"] = len(log) - len(within)
        log, present = within, present[present <= options.max_basket]
    if not len(present):
        return log
    median, largest = float(np.median(present)), int(present.max())
    report.notes["basket sizes"] = {"median": median, "largest": largest}
    limit = max(_HUGE, round(_HUGE_TIMES * median))
    huge = present[present > limit].astype(np.int64)
    pairs = (present.astype(np.int64) * (present - 1)).sum()
    share = (huge * (huge - 1)).sum() / max(1, pairs)
    if share > _MUCH:
        report.warn(
            f"Baskets of more than {limit} products: {len(huge):,} of {len(present):,} (the "
            f"largest {largest:,}, the median {median:g}). They contain {share:.0%} of all "
            "pairs of products in a basket; perhaps they are wholesale orders. To leave them out: "
            f"--set max_basket={limit}"
        )
    return log


def warn_of_shared_baskets(parts: list[Purchases], files: list[int], report: ReadReport) -> None:
    """Warn if basket ids recur in other files, whose baskets they then join.

    Parameters
    ----------
    parts : list of Purchases
    files : list of int
        The number of the file of each part.
    report : ReadReport
    """
    n_files = len(set(files))
    if n_files < 2:
        return
    by_file = [
        np.unique(np.concatenate([p.basket for p, n in zip(parts, files) if n == file]))
        for file in sorted(set(files))
    ]
    n_files_of = np.bincount(np.concatenate(by_file))
    shared, n_baskets = int((n_files_of > 1).sum()), int((n_files_of > 0).sum())
    # A log that was cut into pieces shares one basket at each cut.
    if shared >= max(n_files, _SHARED * n_baskets):
        report.warn(
            f"{shared:,} of {n_baskets:,} basket ids are in several files, and their rows are read "
            "as one basket. If each file restarts its basket numbers, add a column that tells them "
            "apart: --set columns.basket=ORDER,DATE"
        )


def warn_of_recurring_numbers(log: Purchases, report: ReadReport) -> None:
    """Warn if many baskets have rows of several customers or of days far apart."""
    n_baskets = int(log.basket.max(initial=-1)) + 1
    known = log.customer >= 0
    several = {"several customers": _range(log.customer[known], log.basket[known]) > 0}
    if log.time is not None:
        days = log.time.astype("datetime64[D]").astype(np.int64)
        several["days more than a week apart"] = _range(days, log.basket) > _WEEK
    for what, mixed in several.items():
        if (n := int(mixed.sum())) > _MIXED * n_baskets:
            report.warn(
                f"{n:,} of {n_baskets:,} baskets have rows of {what}. If order numbers restart, "
                "add a column that tells them apart: --set columns.basket=ORDER,DATE"
            )
            return


def _range(value: np.ndarray, basket: np.ndarray) -> pd.Series:
    """Return the largest value minus the smallest, by basket."""
    groups = pd.Series(value).groupby(basket)
    return groups.max() - groups.min()


def warn_of_odd_products(log: Purchases, ids: Codes, report: ReadReport) -> None:
    """Warn about ids that are probably not products, judged by name or frequency."""
    warn_of_odd_ids(list(ids), report)
    if not len(log):
        return
    baskets_with = log.baskets_with(len(ids))
    n_baskets = len(np.unique(log.basket))
    most = int(baskets_with.argmax())
    name = list(ids)[most]
    if _ROUNDED.fullmatch(name):
        return  # It stands for many products: leaving it out would drop them all.
    if n_baskets >= _ENOUGH_BASKETS and baskets_with[most] >= _IN_MOST * n_baskets:
        report.warn(
            f"The product '{name}' is in {baskets_with[most] / n_baskets:.0%} of the baskets, "
            "perhaps a bag, postage or a line number. To leave it out: --set "
            f"'leave_out={name}'"
        )


def warn_of_odd_ids(ids: list[str], report: ReadReport) -> None:
    """Warn about ids that are rounded numbers, missing values, or equal up to case and spaces."""
    rounded = [name for name in ids if _ROUNDED.fullmatch(name)]
    if rounded:
        report.warn(
            f"Rounded numbers such as {rounded[0]} are the ids of "
            f"{count_of(len(rounded), 'product')}: a spreadsheet has dropped "
            "digits, which merges different products. Export the file again with that column as "
            "text."
        )
    lists = [name.strip("[](){}").split(",") for name in ids if name.count(",") > 1]
    parts = Counter(part.strip(" '\"") for parts in lists for part in parts)
    if 3 * len(lists) > len(ids) and 2 * len(parts) < parts.total():
        report.warn(
            f"Products such as '{','.join(lists[0])[:60]}' seem to be lists of products: write one "
            "product per row, or one basket per line without other columns."
        )
    nothing = [name for name in ids if name.lower() in _NOTHING]
    if nothing:
        names = ",".join(nothing)
        report.warn(
            f"Products called '{', '.join(nothing)}' are probably missing values. To leave them "
            f"out: --set 'leave_out={names}'"
        )
    plain = Counter(" ".join(name.lower().split()) for name in ids)
    if len(plain) < len(ids):
        same = next(name for name, count in plain.items() if count > 1)
        like = [name for name in ids if " ".join(name.lower().split()) == same][:3]
        examples = " and ".join(f"'{name}'" for name in like)
        report.warn(
            f"{len(ids) - len(plain):,} product ids differ from another only by case or spaces, "
            f"such as {examples}. To merge them: --set merge_case=true"
        )
