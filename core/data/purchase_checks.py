"""Warnings about purchases: large baskets, ids that are no products, nothing related."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import scipy.sparse as sp

from core.config import UserError
from core.data.ids_and_catalogue import Codes
from core.data.purchases import Purchases
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport

_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{2}")
_NOTHING = {"nan", "na", "n/a", "none", "null", "nil", "unknown", "undefined", "-", "?", "<na>"}
_IN_MOST = 0.8  # share of the baskets: more frequent products cause a warning
_ENOUGH_BASKETS = 20  # in smaller logs, frequent products cause no warning
_MUCH = 0.5  # share of all pairs: more in huge baskets causes a warning
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
            f"{len(huge):,} of {len(present):,} baskets hold more than {limit} products (the "
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
            "as one basket. If each file numbers its baskets anew, add a column that tells them "
            "apart: --set columns.basket=ORDER,DATE"
        )


def warn_of_odd_products(log: Purchases, ids: Codes, report: ReadReport) -> None:
    """Warn about ids that are probably not products, judged by name or frequency."""
    warn_of_odd_ids(list(ids), report)
    if not len(log):
        return
    baskets_with = log.baskets_with(len(ids))
    n_baskets = len(np.unique(log.basket))
    most = int(baskets_with.argmax())
    if n_baskets >= _ENOUGH_BASKETS and baskets_with[most] >= _IN_MOST * n_baskets:
        name = list(ids)[most]
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
            f"{len(rounded):,} product ids are rounded numbers such as {rounded[0]}: a spreadsheet "
            "has dropped digits, which merges different products. Export the file again with that "
            "column as text."
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


def nothing_related(
    log: Purchases, ids: Codes, options: ReadOptions, report: ReadReport
) -> UserError:
    """Return the error for a log without a relation that passes the thresholds."""
    n_products = len(ids)
    with_most = int(log.baskets_with(n_products).max(initial=0))
    bad = ""
    if report.bad_lines:
        first = report.first_bad[0]
        bad = (
            f" {report.bad_lines:,} of {report.lines:,} rows were unusable ({report.unit} "
            f"{first['line']:,}: {first['reason']})."
        )
    if with_most < options.min_sold:
        reason = (
            f"the most frequent product is in {with_most} baskets, and min_sold asks for "
            f"{options.min_sold}. Lower min_sold"
        )
    else:
        together, score = _best_pair(log, n_products, options)
        if not together:
            reason = "no two of the products that are sold often enough are in the same basket"
        elif together < options.min_together:
            reason = (
                f"the pair most often together is in {together} baskets, and min_together asks "
                f"for {options.min_together}. Lower min_together"
            )
        elif score <= 0:
            reason = "no pair occurs together more often than by chance. Lower min_sold"
        else:
            reason = (
                f"the best log-likelihood ratio of a pair is {score:.1f}, and min_score asks for "
                f"{options.min_score:g}. Lower min_score"
            )
    sizes = report.notes.get("basket sizes", {"median": 0, "largest": 0})
    columns = ", ".join(f"{role} = {name}" for role, name in report.notes["columns"].items())
    return UserError(
        f"No two products of {report.file} go together: {reason}.{bad} It was read as: {columns}; "
        f"{report.lines:,} {report.unit}s, {len(ids):,} products, {report.notes['baskets']:,} "
        f"baskets of {sizes['median']:g} products (the median) to {sizes['largest']:,}."
    )


def _best_pair(log: Purchases, n_products: int, options: ReadOptions) -> tuple[int, float]:
    """Return the largest number of shared baskets and the best score, for the error message.

    Only products in enough baskets count; for the score, only pairs in enough baskets.
    """
    from core.data.association import Limits, associations
    from core.data.kernels.log_likelihood import log_likelihood_ratio

    often = log.baskets_with(n_products) >= options.min_sold
    basket, product = log[often[log.product]].distinct(n_products)
    if not len(product):
        return 0, 0.0
    shape = (int(basket.max()) + 1, n_products)
    holds = sp.csc_array((np.ones(len(product), np.int32), (basket, product)), shape=shape)
    sizes, n_baskets = holds.sum(axis=0), len(np.unique(basket))
    most, best = 0, 0.0
    limits = Limits(top=options.top)
    for source, target in zip(*associations(basket, product, n_products, limits)):
        together = int(holds[:, [source]].multiply(holds[:, [target]]).sum())
        most = max(most, together)
        if together >= options.min_together:
            counts = float(sizes[source]), float(sizes[target]), float(n_baskets)
            best = max(best, log_likelihood_ratio(float(together), *counts))
    return most, best
