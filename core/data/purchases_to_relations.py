"""Purchases -> the relations of Amazon's product pages: also bought, bought together."""

from __future__ import annotations

import numpy as np

from core.data.ids_and_catalogue import Codes
from core.data.nothing_related import nothing_related
from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, Relations, distinct_relations, places
from core.data.purchase_checks import drop_large_baskets, warn_of_odd_products
from core.data.purchase_times import latest_early_time
from core.data.purchases import Purchases
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.progress import QUIET, Progress


def relations_of_purchases(
    log: Purchases,
    ids: Codes,
    products: tuple[Catalogue, np.ndarray],
    report: ReadReport,
    options: ReadOptions,
    progress: Progress,
) -> ReadResult:
    """Relate the products of a log: from all purchases, and from those before and after a date.

    Parameters
    ----------
    log : Purchases
        By the codes of `ids`.
    ids : Codes
    products : Catalogue and int32 array, shape (len(ids),)
        The catalogue, and the row of every code in it.
    report : ReadReport
        Completed here.
    options, progress

    Raises
    ------
    UserError
        If the thresholds of `options` leave nothing.
    """
    report.notes["sold products"] = len(ids)
    warn_of_odd_products(log, ids, report)
    log = drop_large_baskets(log, len(ids), options, report)
    catalogue, row_of = products
    by_row = Purchases(log.basket, row_of[log.product], log.customer, log.time)
    relations = relate(by_row, len(catalogue), options, "all purchases", progress)
    if not len(relations):

        def n_pairs(lower: ReadOptions) -> int:
            found = relate(by_row, len(catalogue), lower)
            ends = np.sort(np.stack([found.source, found.target]), axis=0)
            return np.unique(ends, axis=1).shape[1]

        raise nothing_related(log, ids, options, report, n_pairs)
    report.products, report.with_metadata = len(catalogue), int(catalogue.frame.has_metadata.sum())
    report.mentions = len(relations)
    if by_row.time is None:
        return ReadResult(catalogue, relations, report)
    last = latest_early_time(by_row.time, options, report.file)
    early = by_row.time <= last
    before = relate(by_row[early], len(catalogue), options, "early purchases", progress)
    after = relate(by_row[~early], len(catalogue), options, "late purchases", progress)
    date = str(last)
    report.notes |= {"date": date, "before": len(before), "after": len(after)}
    return ReadResult(catalogue, relations, report, before, after, date)


def relate(
    log: Purchases,
    n_products: int,
    options: ReadOptions,
    what: str = "",
    progress: Progress = QUIET,
) -> Relations:
    """Return the relations of a log between products that are in enough of its baskets."""
    # Imported here: this loads numba, which other formats do not need.
    from core.data.association import Limits, associations

    limits = Limits(options.top, options.min_together, options.min_score)
    often = np.flatnonzero(log.baskets_with(n_products) >= options.min_sold)
    index = np.full(n_products, -1, np.int32)
    index[often] = np.arange(len(often))
    item = index[log.product]
    parts = []
    for name, group in (("bought_together", log.basket), ("also_bought", log.customer)):
        rows = (item >= 0) & (group >= 0)
        progress.stage(f"Relate {what} ({name})", len(often), "products")
        source, target = associations(group[rows], item[rows], len(often), limits, progress)
        kind = np.full(len(source), RELATIONS.index(name), np.uint8)
        place = places(np.bincount(source))
        parts.append((often[source], often[target], kind, place))
    source, target, kind, place = (np.concatenate(arrays) for arrays in zip(*parts))
    return distinct_relations(source, target, kind, place, n_products)
