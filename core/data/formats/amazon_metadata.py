"""Amazon product metadata: Python-literal lines (2014) and JSON lines (2018), streamed.

Memory grows with the products and their mentions, not with the length of the file: texts go to
compact Arrow chunks, ids to one dict, mentions to plain int arrays.
"""

from __future__ import annotations

import json
import re
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from core.config import UserError
from core.data.clean_values import clean_brand, clean_image, clean_price, clean_text
from core.data.formats.amazon_categories import category_levels
from core.data.formats.input_format import InputFormat, Record, Sample
from core.data.formats.python_literals import parse_literal
from core.data.ids_and_catalogue import Codes, make_catalogue
from core.data.product_catalogue import CATEGORY_LEVELS
from core.data.product_relations import RELATIONS, distinct_relations, places
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.data.recognise_file import MAX_LINE, check_file, read_lines
from core.data.tables.column_roles import set_column
from core.progress import QUIET, Progress

_CHUNK = 20_000  # rows
_LISTED_KEYS = 20  # in a message
_MIN_ALSO_BOUGHT = 2  # a source lists at least this many (the study's rule)
_TEXTS = ("title", "brand", *CATEGORY_LEVELS, "image")
# The relations by their field in the records of 2014 (under `related`) and of 2018.
_LISTS_2014 = tuple((name, RELATIONS.index(name)) for name in RELATIONS[:3])
_LISTS_2018 = (
    ("also_buy", RELATIONS.index("also_bought")),
    ("also_view", RELATIONS.index("also_viewed")),
)
# The location that `ast` adds to its messages, as if the line were a file.
_PLACE = re.compile(r" on line 1: <.*>| \((?:detected at line 1|<unknown>, line 1)\)")
_FIELDS_2014 = {"related", "categories", "imUrl", "salesRank"}


def read_amazon(path: Path, progress: Progress = QUIET, source: Path | None = None) -> ReadResult:
    """Read Amazon metadata of 2014 or 2018, plain or gzipped; messages name the file `source`.

    Rows of the same product are merged: the first filled field wins, mentions add up.

    Raises
    ------
    UserError
        If the file is missing, empty, truncated or without a usable line.
    """
    path = check_file(path)
    report = ReadReport(kind="amazon-2014", file=(source or path).name, unit="line")
    rows = _Rows()
    n_json = n_schema_2014 = 0
    parse, other = _parse_json, parse_literal
    for number, raw in read_lines(path, progress):
        report.lines += 1
        try:
            if len(raw) == MAX_LINE:
                raise ValueError(f"longer than {MAX_LINE:,} bytes")
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            try:
                record = parse(line)
            except ValueError as first:
                try:
                    record = other(line)
                except ValueError:
                    # Report the error of the format that the previous lines had.
                    raise ValueError(f"neither JSON nor a Python dict: {_reason(first)}") from None
                parse, other = other, parse
            rows.add(record)
        except (ValueError, TypeError) as error:
            report.bad(number, _reason(error))
            continue
        n_json += parse is _parse_json
        n_schema_2014 += not _FIELDS_2014.isdisjoint(record)
    usable = report.lines - report.bad_lines
    report.need_usable(usable, source or path, "one dict per line with an 'asin'")
    if n_json > usable / 2 and not n_schema_2014:
        report.kind = "amazon-2018"
    return rows.finish(report)


def _parse_json(line: str) -> Any:
    try:
        return json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    if isinstance(error, json.JSONDecodeError):  # its message locates the error in a file
        return f"{error.msg} at character {error.pos + 1}"
    return " ".join(_PLACE.sub("", str(error)).split())[:200]


class _Rows:
    """Collects records: the first record of a product is its row, later ones only fill gaps."""

    def __init__(self) -> None:
        self.codes = Codes()
        self.row_codes = array("i")  # code of every row
        self.has_row = bytearray()  # by code
        self.chunks: dict[str, list[pa.Array]] = {name: [] for name in _TEXTS}
        self.pending: list[tuple[str, ...]] = []
        self.prices = array("f")
        self.owners, self.sizes, self.kinds = array("i"), array("i"), array("B")
        self.targets = array("i")
        # By code, from repeated records: the fields, and the targets of every relation in order.
        self.repeats: dict[int, tuple[list, list[dict[int, None]]]] = {}
        self.merged = 0

    def add(self, record: object) -> None:
        """Add one record; raises `ValueError` if it is not a valid one."""
        if type(record) is not dict:
            raise ValueError("not a dict")
        asin = record.get("asin")
        if type(asin) is not str or not asin.strip():
            raise ValueError("no 'asin'")
        asin = asin.strip()
        asin.encode()
        lists = _mentions(record)  # validated before anything is added
        code = self.codes[asin]
        if code >= len(self.has_row):
            self.has_row.extend(bytes(max(code + 1, 2 * len(self.has_row)) - len(self.has_row)))
        if self.has_row[code]:
            self._repeat(code, record, lists)
            return
        self.has_row[code] = 1
        self.row_codes.append(code)
        *texts, price = _fields(record)
        self.pending.append(tuple(texts))
        self.prices.append(price)
        if len(self.pending) == _CHUNK:
            self._flush()
        for kind, ids in lists:
            self.owners.append(code)
            self.kinds.append(kind)
            self.sizes.append(len(ids))
            self.targets.extend(map(self.codes.__getitem__, ids))

    def _repeat(self, code: int, record: Record, lists: list[tuple[int, list[str]]]) -> None:
        self.merged += 1
        later = _fields(record)
        fields, targets = self.repeats.setdefault(code, (later, [{} for _ in RELATIONS]))
        fields[:] = [old or new for old, new in zip(fields[:-1], later[:-1])] + [
            later[-1] if np.isnan(fields[-1]) else fields[-1]
        ]
        for kind, ids in lists:
            targets[kind].update(dict.fromkeys(map(self.codes.__getitem__, ids)))

    def _flush(self) -> None:
        for name, values in zip(_TEXTS, zip(*self.pending)):
            self.chunks[name].append(pa.array(values, pa.large_string()))
        self.pending.clear()

    def finish(self, report: ReadReport) -> ReadResult:
        """Return all records, products with a row first."""
        self._flush()
        row_codes = np.frombuffer(self.row_codes, np.int32)
        columns = self._columns(row_codes)
        n, n_rows = len(self.codes), len(row_codes)
        row_of = np.full(n, -1, np.int32)
        row_of[row_codes] = np.arange(n_rows)
        others = np.flatnonzero(row_of < 0)
        nameless = self.codes.get("", -1)  # an empty text in a list names no product
        others = others[others != nameless]
        row_of[others] = n_rows + np.arange(len(others))
        ids = np.array(list(self.codes), object)[np.concatenate([row_codes, others])]

        for code, (_, targets_by_relation) in self.repeats.items():
            for relation, targets in enumerate(targets_by_relation):
                self.owners.append(code)
                self.kinds.append(relation)
                self.sizes.append(len(targets))
                self.targets.extend(targets)
        sizes = np.frombuffer(self.sizes, np.int32) if self.sizes else np.empty(0, np.int32)
        source = (
            row_of[np.repeat(np.frombuffer(self.owners, np.int32), sizes)] if len(sizes) else sizes
        )
        kind = np.repeat(np.frombuffer(self.kinds, np.uint8), sizes) if len(sizes) else sizes
        target = row_of[np.frombuffer(self.targets, np.int32)] if self.targets else sizes[:0]
        place, named = places(sizes), target >= 0
        if not named.all():
            source, target, kind = source[named], target[named], kind[named]
            place = place[named]
        relations = distinct_relations(source, target, kind, place, len(ids))
        catalogue = make_catalogue(ids, columns, n_rows)
        report.products, report.with_metadata = len(ids), n_rows
        report.mentions, report.merged = len(relations), self.merged
        return ReadResult(catalogue, relations, report, min_also_bought=_MIN_ALSO_BOUGHT)

    def _columns(self, row_codes: np.ndarray) -> dict[str, object]:
        columns: dict[str, Any] = {
            n: pa.chunked_array(c, pa.large_string()) for n, c in self.chunks.items()
        }
        prices = np.array(self.prices, np.float32)
        columns["price"] = prices
        if not self.repeats:
            return columns
        row_of = {code: row for row, code in enumerate(row_codes.tolist()) if code in self.repeats}
        for position, name in enumerate(_TEXTS):
            values = columns[name].to_numpy()
            for code, (fields, _) in self.repeats.items():
                values[row_of[code]] = values[row_of[code]] or fields[position]
            columns[name] = values
        for code, (fields, _) in self.repeats.items():
            if np.isnan(prices[row_of[code]]):
                prices[row_of[code]] = fields[-1]
        return columns


def _mentions(record: Record) -> list[tuple[int, list[str]]]:
    """Return the relation and the ids of every list; `ValueError` if a list has non-ids."""
    related = record.get("related")
    lists = _lists(related, _LISTS_2014) if type(related) is dict else []
    return lists + _lists(record, _LISTS_2018)


def _lists(record: Record, names: tuple[tuple[str, int], ...]) -> list[tuple[int, list[str]]]:
    lists = []
    for name, kind in names:
        ids = record.get(name)
        if type(ids) is list and ids:
            try:
                text = "".join(ids)
                text.encode()  # the fastest check that all are strings that can be encoded
            except (TypeError, UnicodeEncodeError):
                raise ValueError(f"'{name}' is not a list of product ids") from None
            if not text.isalnum():  # as the product's own is
                ids = [name.strip() for name in ids]
            lists.append((kind, ids))
    return lists


def _fields(record: Record) -> list[Any]:
    """Return the texts of a record in the order of `_TEXTS`, then its price."""
    get = record.get
    return [
        clean_text(get("title")),
        clean_brand(get("brand")),
        *category_levels(record),
        clean_image(get("imUrl") or get("image") or get("imageURL")),
        clean_price(get("price")),
    ]


def _evidence(sample: Sample) -> float:
    if sample.content != "records":
        return 0.0
    # Any file of dicts that is not a table is read as metadata, so that its bad lines are reported.
    is_known = "asin" in sample.keys and "basket" not in sample.options.columns
    return 0.95 if is_known else 0.3


def _read(
    sample: Sample, products: pd.DataFrame | None, options: ReadOptions, progress: Progress
) -> ReadResult:
    if sample.source is None or sample.content != "records":
        raise UserError(
            f"{sample.label} is not Amazon metadata: no line begins with a dict ('{{\"')."
        )
    if sample.keys and "asin" not in sample.keys and options.kind == "auto":
        keys = sorted(sample.keys)
        listed = ", ".join(keys[:_LISTED_KEYS]) + (", …" if len(keys) > _LISTED_KEYS else "")
        raise UserError(
            f"{sample.label} has dicts with the keys {listed}; expected one dict per line: a "
            "product of Amazon metadata, with an 'asin', or a purchase, with a basket and a "
            f"product. Other names are given with {set_column('basket', 'NAME')} "
            f'{set_column("product", "NAME")}. From pandas, save to_json(orient="records").'
        )
    return read_amazon(sample.source.path, progress, sample.source.source)


FORMAT = InputFormat(
    name="amazon",
    about="Amazon metadata",
    example="{'asin': 'B0001', 'title': 'Tea', 'related': {'also_bought': ['B0002', 'B0003']}}",
    roles=(),
    takes_products=False,
    evidence=_evidence,
    read=_read,
)
