"""JSON as a table: lines or arrays of objects, with nested lists flattened."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.data.plain_text_copy import Unpacked
from core.data.read_options import KNOWN_NAMES
from core.data.recognise_file import damaged, first_text
from core.data.tables.duckdb_connection import connect
from core.data.tables.json_of_pandas import find_orient, read_frame
from core.data.tables.parquet_and_frames import FrameTable, ParquetTable
from core.data.tables.text_layout import plain_name

_LARGEST = 2**27  # bytes of one object, or of a file that is a single object
_SCALAR = re.compile(
    r"\b(?:U?BIGINT|HUGEINT|DOUBLE|BOOLEAN|DATE|TIME(?:STAMP)?(?: WITH TIME ZONE)?|UUID|JSON)\b"
)
_DEPTH = 6  # nesting depth of objects


def open_json(source: Unpacked, scratch: Path) -> ParquetTable:
    """Return the table of a JSON file, all values as strings, by way of a Parquet copy.

    A list of objects (the items of an order) becomes one row per object, a list of texts one row
    per text; an object inside an object becomes one column per field. What pandas wrote of a data
    frame becomes that frame.

    Raises
    ------
    UserError
        If the file cannot be parsed.
    """
    target = scratch / f"{source.path.name}.parquet"
    if orient := find_orient(first_text(source)):
        try:
            pq.write_table(FrameTable.of(read_frame(source, orient)).table, target)
        except (ValueError, pa.ArrowException) as error:
            raise damaged(source.source, error) from None
        return ParquetTable.open(target, source.source)
    compression = "gzip" if source.is_gzip else "uncompressed"
    with connect() as connection:
        try:
            rows = _read(connection, source.path, compression)
            for _ in range(_DEPTH):
                if (flatter := _flatten(rows)) is None:
                    break
                rows = flatter
            rows.write_parquet(str(target))
        except duckdb.Error as error:
            raise damaged(source.source, error) from None
    return ParquetTable.open(target, source.source)


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, compression: str
) -> duckdb.DuckDBPyRelation:
    query = (
        f"FROM read_json(?, compression='{compression}', maximum_object_size={_LARGEST}, "
        "map_inference_threshold=-1{more})"
    )
    lenient = ", ignore_errors=true"
    try:
        inferred = connection.sql(query.format(more=lenient), params=[str(path)])
    except duckdb.Error:  # an array, in which bad objects cannot be skipped
        lenient = ""
        inferred = connection.sql(query.format(more=""), params=[str(path)])
    # Read again as strings: as numbers, long ids lose their last digits.
    types = ", ".join(
        f"'{name.replace(chr(39), chr(39) * 2)}': '{_SCALAR.sub('VARCHAR', str(kind))}'"
        for name, kind in zip(inferred.columns, inferred.types)
    )
    return connection.sql(query.format(more=f"{lenient}, columns={{{types}}}"), params=[str(path)])


def _flatten(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation | None:
    """Return `rows` with one level of objects or lists flattened; None if there is none."""
    kinds = dict(zip(rows.columns, rows.types))
    structs = [name for name, kind in kinds.items() if kind.id == "struct"]
    if structs:
        parts = [_quoted(name) for name in kinds if name not in structs]
        taken = {name.lower() for name in kinds if name not in structs}
        for name in structs:
            for field, _ in kinds[name].children:
                new = field if name.startswith("\0") and field.lower() not in taken else ""
                new = new or f"{name.lstrip(chr(0))}.{field}"
                taken.add(new.lower())
                parts.append(f"{_quoted(name)}.{_quoted(field)} AS {_quoted(new)}")
        return rows.project(", ".join(parts))
    lists = [name for name, kind in kinds.items() if kind.id == "list"]
    if not lists:
        return None
    items = max(lists, key=lambda name: _is_items(name, str(kinds[name])))
    known = {plain_name(name) for name in kinds}
    parts = []
    for name, kind in kinds.items():
        if name in lists and name != items:
            continue  # do not combine the elements of two parallel lists
        if name == items:
            of_objects = str(kind).startswith("STRUCT")
            new = f"\0{name}" if of_objects else name.removesuffix("s")  # "items" -> "item"
            parts.append(f"unnest({_quoted(name)}) AS {_quoted(new)}")
        elif plain_name(name) == "id" and known.isdisjoint(KNOWN_NAMES["basket"]):
            parts.append(f"{_quoted(name)} AS order_id")  # the id of the outer object
        else:
            parts.append(_quoted(name))
    return rows.project(", ".join(parts))


def _is_items(name: str, kind: str) -> tuple[bool, bool]:
    """Return how likely a list holds the items of an order."""
    words = ("item", "product", "line", "order", "basket", "cart")
    return any(word in name.lower() for word in words), kind.startswith("STRUCT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
