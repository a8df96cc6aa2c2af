"""Purchases of any format -> a `ReadResult`."""

from __future__ import annotations

import numpy as np

from core.data.ids_and_catalogue import Codes
from core.data.product_catalogue import Catalogue
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.data.relate_purchases import (
    Purchases,
    drop_large_baskets,
    nothing_related,
    relate,
    warn_of_odd_products,
)
from core.data.times import latest_early_time
from core.progress import Progress


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
    warn_of_odd_products(log, ids, report)
    log = drop_large_baskets(log, len(ids), options, report)
    catalogue, row_of = products
    by_row = Purchases(log.basket, row_of[log.product], log.customer, log.time)
    relations = relate(by_row, len(catalogue), options, "all purchases", progress)
    if not len(relations):
        raise nothing_related(log, ids, options, report)
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
