"""The error for a log without related products: which threshold is too high, and which would do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from core.config import UserError
from core.data.ids_and_catalogue import Codes
from core.data.purchases import Purchases
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport
from core.plural import count_of

# Lower and lower thresholds: min_sold, min_together, min_score.
_LOWER = (
    (10, 3, 10), (10, 3, 4), (5, 3, 10), (5, 3, 4), (5, 2, 4), (3, 2, 4), (2, 2, 1), (1, 1, 0),
)  # fmt: skip
_ENOUGH, _FEWEST = 10, 3  # pairs: to stop lowering thresholds, and to suggest any


def nothing_related(
    log: Purchases,
    ids: Codes,
    options: ReadOptions,
    report: ReadReport,
    n_pairs: Callable[[ReadOptions], int],
) -> UserError:
    """Return the error for a log without a relation that passes the thresholds.

    Parameters
    ----------
    log, ids, options, report
    n_pairs : function of ReadOptions
        The number of related pairs under other thresholds.
    """
    bad = ""
    if report.bad_lines:
        first = report.first_bad[0]
        bad = (
            f" Unusable rows: {report.bad_lines:,} of {report.lines:,} ({report.unit} "
            f"{first['line']:,}: {first['reason']})."
        )
    warnings = "".join(f"\nWarning: {text}" for text in report.notes.get("warnings", ()))
    sizes = report.notes.get("basket sizes", {"median": 0, "largest": 0})
    columns = ", ".join(f"{role} = {name}" for role, name in report.notes["columns"].items())
    return UserError(
        f"No two products of {report.file} go together: {_reason(log, len(ids), options)}. "
        f"{_remedy(options, n_pairs)}{bad} It was read as: {columns}; "
        f"{count_of(report.lines, report.unit)}, {count_of(len(ids), 'product')}, "
        f"{count_of(report.notes['baskets'], 'basket')} of {sizes['median']:g} products "
        f"(the median) to {sizes['largest']:,}.{warnings}"
    )


def _reason(log: Purchases, n_products: int, options: ReadOptions) -> str:
    """Return which threshold is too high, with the best value reached."""
    with_most = int(log.baskets_with(n_products).max(initial=0))
    if with_most < options.min_sold:
        return (
            f"the most frequent product is in {count_of(with_most, 'basket')}, and min_sold "
            f"requires {options.min_sold}"
        )
    together, score = _best_pair(log, n_products, options)
    if not together:
        return (
            "no two of the products that are sold often enough occur together more often than by "
            "chance"
        )
    if together < options.min_together:
        return (
            f"no pair occurs together more than {count_of(together, 'time')}, and min_together "
            f"requires {options.min_together}"
        )
    return (
        f"the best log-likelihood ratio of a pair is {score:.1f}, and min_score requires "
        f"{options.min_score:g}"
    )


def _remedy(options: ReadOptions, n_pairs: Callable[[ReadOptions], int]) -> str:
    """Return the options that leave pairs, with their number."""
    best, n_best = None, 0
    for sold, together, score in _LOWER:
        lower = {
            "min_sold": min(sold, options.min_sold),
            "min_together": min(together, options.min_together),
            "min_score": min(score, options.min_score),
        }
        n = n_pairs(options.model_copy(update=lower))
        if n > n_best:
            best, n_best = lower, n
        if n >= _ENOUGH:
            break
    if best is None or n_best < _FEWEST:
        return "Lower thresholds do not help: there are too few purchases, or they are misread."
    changed = {name: n for name, n in best.items() if n != getattr(options, name)}
    for name in list(changed):  # lower only what has to be
        fewer = {other: n for other, n in changed.items() if other != name}
        if n_pairs(options.model_copy(update=fewer)) == n_best:
            changed = fewer
    flags = " ".join(f"--set {name}={n:g}" for name, n in changed.items())
    return f"With {flags} there are {n_best:,} pairs."


def _best_pair(log: Purchases, n_products: int, options: ReadOptions) -> tuple[int, float]:
    """Return the most baskets (or customers) that any pair shares, and the best score.

    Only products in enough baskets count, and pairs together more often than by chance; for the
    score, only pairs that are together often enough.
    """
    from core.data.association import Limits, associations
    from core.data.kernels.log_likelihood import log_likelihood_ratio

    often = log.baskets_with(n_products) >= options.min_sold
    most, best = 0, 0.0
    for groups in (log.basket, log.customer):
        rows = often[log.product] & (groups >= 0)
        group, product = np.unique(np.stack([groups[rows], log.product[rows]]), axis=1)
        source, target = associations(group, product, n_products, Limits(top=options.top))
        if not len(source):
            continue
        holds = sp.csc_array((np.ones(len(product), np.int32), (group, product)))
        together = holds[:, source].multiply(holds[:, target]).sum(axis=0)
        sizes, n_groups = np.bincount(product).astype(float), float(len(np.unique(group)))
        scores = [
            log_likelihood_ratio(float(n), sizes[a], sizes[b], n_groups)
            for n, a, b in zip(together, source, target)
            if n >= options.min_together
        ]
        most, best = max(most, int(together.max())), max(best, *scores, 0.0)
    return most, best
