"""One basket per line, its products separated by commas -> `bought_together`."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.formats.input_format import InputFormat, Sample
from core.data.ids_and_catalogue import Codes
from core.data.product_table import join_products
from core.data.purchases import Purchases
from core.data.purchases_to_relations import relations_of_purchases
from core.data.read_options import KNOWN_NAMES, ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.data.recognise_file import open_bytes
from core.data.tables.csv_table import CsvTable
from core.data.tables.text_layout import Layout, plain_name
from core.progress import Progress

_HEADER = re.compile(r"items?(?:\(s\)|s)?|products?|(?:item|product|column|v)?[ _]?\d+", re.I)
_REPORT_EVERY = 10_000  # lines
_FEWEST = 10  # lines that show whether their first values are ids


def _evidence(sample: Sample) -> float:
    layout = sample.layout
    if layout is None or len(layout.rows) < 2:
        return 0.0
    rows = [[cell.strip() for cell in row if cell.strip()] for row in layout.rows]
    widths = {len(row) for row in rows}
    if layout.has_header and not _is_numbered(layout):
        return 0.0
    if max(widths) < 3:
        return 0.0
    cells = [cell for row in rows for cell in row]
    first_position: dict[str, int] = {}
    elsewhere = set()
    for row in rows:
        for position, cell in enumerate(row):
            if first_position.setdefault(cell, position) != position:
                elsewhere.add(cell)
    # Unlike the values of a table, the same product occurs in several columns.
    share = sum(cell in elsewhere for cell in cells) / max(1, len(cells))
    return 0.7 * share if share > 0.3 else 0.0


def _is_numbered(layout: Layout) -> bool:
    """Return whether the header only numbers the items: "Item 1", "Item 2", …

    The first name may be that of the basket's id.
    """
    names = [name.strip() for name in layout.names]
    if plain_name(names[0]) in {"tid", *KNOWN_NAMES["basket"]} and len(names) > 1:
        names = names[1:]
    return all(not name or _HEADER.fullmatch(name) for name in names)


def _read(
    sample: Sample, products: pd.DataFrame | None, options: ReadOptions, progress: Progress
) -> ReadResult:
    table = sample.table
    files = [_table_and_layout(part) for part in sample.parts or (sample,)]
    report = ReadReport(kind="basket_lines", file=table.short_label, unit="line")
    ids, leave_out = Codes(), set(options.leave_out)
    basket: list[np.ndarray] = []
    product: list[np.ndarray] = []
    n_baskets = n_left_out = 0
    for items in chain.from_iterable(_items(*file, progress) for file in files):
        names = [" ".join(item.split()) for item in items]
        if options.merge_case:
            names = [name.lower() for name in names]
        names = [name for name in dict.fromkeys(names) if name]
        n_before, names = len(names), [name for name in names if name not in leave_out]
        n_left_out += n_before - len(names)
        report.lines += 1
        if not names:
            continue
        product.append(np.array([ids[name] for name in names], np.int32))
        basket.append(np.full(len(names), n_baskets, np.int32))
        n_baskets += 1
    report.need_usable(n_baskets, sample.label, "one basket per line")
    report.notes |= {"baskets": n_baskets, "understood": table.facts}
    n_leading = max(_n_leading(layout) for _, layout in files)
    values = "each value but the first" if n_leading else "each value"
    report.notes["columns"] = {"basket": "each line", "product": values}
    if n_left_out:
        report.notes["left out by name"] = n_left_out
    codes = np.concatenate(product)
    log = Purchases(np.concatenate(basket), codes, np.full(len(codes), -1, np.int32), None)
    joined = join_products(products, ids)
    return relations_of_purchases(log, ids, joined, report, options, progress)


def first_baskets(sample: Sample, n: int) -> pd.DataFrame:
    """Return the first baskets of a file, or of the first of several, for a preview.

    Returns
    -------
    pandas.DataFrame
        A row per basket: the number of its products, and the products.
    """
    _, layout = _table_and_layout(sample.parts[0] if sample.parts else sample)
    n_leading = _n_leading(layout)
    rows = [[cell.strip() for cell in row[n_leading:] if cell.strip()] for row in layout.rows[:n]]
    sizes, products = [len(row) for row in rows], [", ".join(row) for row in rows]
    return pd.DataFrame({"size": sizes, "products": products})


def _table_and_layout(sample: Sample) -> tuple[CsvTable, Layout]:
    if sample.layout is None or not isinstance(sample.table, CsvTable):
        raise UserError(f"{sample.label} is not text with one basket per line.")
    return sample.table, sample.layout


def _items(table: CsvTable, layout: Layout, progress: Progress) -> Iterator[list[str]]:
    progress.stage(f"Read {table.short_label}", table.source.path.stat().st_size, "bytes")
    n_leading = _n_leading(layout)
    return (items[n_leading:] for items in _lines(table, layout, progress))


def _n_leading(layout: Layout) -> int:
    """Return 1 if the first value of a line counts its items or is the basket's id, else 0."""
    rows = [[cell.strip() for cell in row] for row in layout.rows if row]
    first = [row[0] for row in rows]
    if all(cell == str(sum(map(bool, row[1:]))) for cell, row in zip(first, rows)):
        return 1
    items = Counter(cell for row in rows for cell in row[1:] if cell)
    # Every id is new, while products recur.
    is_id = (
        len(rows) >= _FEWEST and len(set(first)) == len(first) and items.keys().isdisjoint(first)
    )
    return int(is_id and 2 * len(items) < items.total())


def _lines(table: CsvTable, layout: Layout, progress: Progress) -> Iterator[list[str]]:
    content, raw = open_bytes(table.source.path)
    with raw, content:
        text = io.TextIOWrapper(content, "utf-8-sig", errors="replace", newline="")
        by_whitespace = layout.delimiter == " "
        # A whitespace-separated file has been copied with tabs instead, without comments.
        rows = csv.reader(text, delimiter="\t" if by_whitespace else layout.delimiter)
        skip = layout.header_rows + (0 if by_whitespace else layout.skip)
        for number, row in enumerate(rows):
            if number >= skip and any(cell.strip() for cell in row):
                yield row
            if number % _REPORT_EVERY == 0:
                progress.advance(raw.tell())


FORMAT = InputFormat(
    name="basket_lines",
    about="a list of baskets, one per line",
    example="tea,cup,milk\ncup,tea\npen,ink,paper\nink,pen\n",
    roles=(),
    takes_products=True,
    evidence=_evidence,
    read=_read,
    first_rows=first_baskets,
)
