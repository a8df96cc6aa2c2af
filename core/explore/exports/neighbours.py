"""The neighbours of all products, written while they are found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.explore.exports.reasons import Reasons
from core.explore.exports.shop_rules import candidates_under
from core.explore.exports.table_files import table_file
from core.explore.neighbour_lists import Lists, neighbour_lists
from core.progress import Progress

SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "title": pa.string(),
        "rank": pa.int32(),
        "neighbour": pa.string(),
        "neighbour_title": pa.string(),
        "score": pa.float32(),
    }
)
WHY = pa.field("why", pa.string())


def write_neighbours(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write a row for each neighbour of each product: ``id, title, rank, neighbour, …, score``."""
    model, split = source.model, source.split
    able = model.can_score(split.seen)
    if model.vectors is not None:
        able = able & np.any(model.vectors, axis=1)
    queries = np.flatnonzero(able)
    candidates = candidates_under(options.rules, split, able)
    reasons = Reasons(split) if options.why else None
    names = {name: pa.array(split.catalogue.frame[name], pa.string()) for name in ("id", "title")}
    schema = SCHEMA.append(WHY) if reasons else SCHEMA
    n_rows = with_any = 0
    with table_file(out.path, out.ending, schema) as file:
        for lists in neighbour_lists(
            model, queries, options.k, candidates, workers=source.workers, progress=progress
        ):
            query, rank, product = rows_of(lists)
            u = queries[query]
            columns = [
                names["id"].take(pa.array(u)),
                names["title"].take(pa.array(u)),
                pa.array(rank + 1, pa.int32()),
                names["id"].take(pa.array(product)),
                names["title"].take(pa.array(product)),
                pa.array(lists.scores[query - lists.first, rank]),
            ]
            if reasons:
                columns.append(pa.array(reasons.of(u, product), pa.string()))
            file.write_table(pa.table(columns, schema=schema))
            n_rows += len(u)
            with_any += int((lists.products[:, 0] >= 0).sum())
    return {
        "rows": n_rows,
        "products": with_any,
        "without_neighbours": split.n_products - with_any,
        "may_be_listed": int(candidates.listed.sum()),
    }


def rows_of(lists: Lists) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return query, place in its list and product of every neighbour."""
    row, rank = np.nonzero(lists.products >= 0)
    return row + lists.first, rank, lists.products[row, rank]
