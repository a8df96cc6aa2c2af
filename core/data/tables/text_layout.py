"""The layout of a text file as a table: delimiter, header, comments before it."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import duckdb

from core.data.plain_text_copy import Unpacked
from core.data.read_options import KNOWN_NAMES
from core.data.recognise_file import read_head
from core.data.tables.duckdb_connection import connect

_HEAD = 2**20  # bytes from which the layout is detected
_DELIMITED = 0.3  # share of the rows with a delimiter; baskets of one product have none
_DELIMITERS = (",", "\t", ";", "|")
_SEP_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_COMMENTS = ("#", "%")
_TOKEN = re.compile(r"[\w.:/-]*\d[\w.:/-]*|\w+")
_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?")
# A backslash before a quotation mark that does not end the value.
_ESCAPED = re.compile(r'\\"(?!\s*(?:[,;\t|\r\n]|$))')
_ALL_NAMES = frozenset(name for names in KNOWN_NAMES.values() for name in names)
csv.field_size_limit(2**27)  # characters; long descriptions exceed the default of 128 Ki


def plain_name(name: str) -> str:
    """Return a column's name as `KNOWN_NAMES` spells it: lower case, letters and digits only.

    Accents are dropped.
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True)
class Layout:
    """The layout of the rows of a text file.

    Attributes
    ----------
    delimiter : str
        " " if values are separated by any run of spaces or tabs.
    names : list of str
        Names of the columns; ``column 1``, … where the file has no header.
    has_header : bool
        Whether the first row (after `skip` lines) is the header.
    skip : int
        Lines before the first row: comments, ``sep=;``, titles.
    rows : list of lists of str
        The first rows, without the header.
    regular : float
        Share of these rows with as many fields as there are names.
    narrow : bool
        Whether the header has one field fewer than the rows, and `skip` includes it.
    escape : str
        The character that escapes a quotation mark inside a quoted value.
    """

    delimiter: str
    names: list[str]
    has_header: bool
    skip: int
    rows: list[list[str]]
    regular: float
    narrow: bool = False
    escape: str = '"'

    @property
    def header_rows(self) -> int:
        """The number of rows after `skip` that are not data."""
        return int(self.has_header and not self.narrow)


def find_layout(source: Unpacked, header: bool | None = None) -> Layout | None:
    """Return the layout of a text file; None if it is not a table.

    Parameters
    ----------
    source : Unpacked
    header : bool, optional
        Whether there is a header, if known.
    """
    content = read_head(source, _HEAD)
    head = content.decode("utf-8-sig", "replace")
    lines = head.splitlines(keepends=True)
    skip, comment, forced = 0, "", ""
    while skip < len(lines) and not lines[skip].strip():
        skip += 1
    if skip < len(lines) and (match := _SEP_LINE.fullmatch(lines[skip].strip())):
        forced, skip = match[1], skip + 1
    while skip < len(lines) and lines[skip].startswith(_COMMENTS):
        comment, skip = lines[skip], skip + 1
    if skip and comment and (skip == len(lines) or _is_header(comment, lines[skip], forced)):
        skip -= 1  # the header itself begins with the sign
    skip += head.startswith("%%MatrixMarket")  # a line of three sizes
    rest = lines[skip:]
    delimiter = forced or _find_delimiter(source, rest)
    if not delimiter:
        return None
    escape = "\\" if _ESCAPED.search("".join(rest)) else '"'
    rows, ends = _split(rest, delimiter, escape)
    if len(content) == _HEAD and len(rows) > 1:  # the last row may be cut off
        rows, ends = rows[:-1], ends[:-1]
    if delimiter != " " and (before := _title_rows(rows)):
        n_lines = ends[before - 1]
        skip, rows, ends = skip + n_lines, rows[before:], [end - n_lines for end in ends[before:]]
    if not rows:
        return None
    first, rest_rows = rows[0], [row for row in rows[1:] if any(cell.strip() for cell in row)]
    has_header = header if header is not None else _has_header(first, rest_rows)
    names = (_names_of_wider_rows(first, rest_rows) if has_header else None) or first
    narrow = len(names) > len(first)
    skip += ends[0] if narrow else 0
    if not has_header:
        rest_rows = [first, *rest_rows]
        width = Counter(len(row) for row in rest_rows).most_common(1)[0][0]
        names = [f"column {i + 1}" for i in range(width)]
        if comment and len(named := _split([comment.lstrip("#% ")], delimiter)[0][0]) == width:
            names = [name.strip() for name in named]
    same = sum(len(row) == len(names) for row in rest_rows)
    regular = same / len(rest_rows) if rest_rows else 1.0
    return Layout(delimiter, names, has_header, skip, rest_rows, regular, narrow, escape)


def _is_header(comment: str, row: str, forced: str) -> bool:
    """Return whether a line such as "#,Order,Item" is the header of the rows after it."""
    signs = forced or _DELIMITERS
    return any(
        comment.count(sign) == row.count(sign) > 0 and not comment.startswith(("# ", "% "))
        for sign in signs
    )


def _find_delimiter(source: Unpacked, lines: list[str]) -> str:
    """Return the delimiter, as DuckDB detects it; " " for runs of whitespace, "" if there is none.

    DuckDB's other guesses are not used: it takes a first basket for a header, and titles for rows.
    """
    with connect() as connection:
        try:
            query = "SELECT Delimiter FROM sniff_csv(?, compression=?, ignore_errors=true)"
            compression = "gzip" if source.is_gzip else "none"
            (delimiter,) = connection.execute(query, [str(source.path), compression]).fetchall()[0]
        except duckdb.Error:
            delimiter = ""
    rows = _split(lines, delimiter)[0] if delimiter else []
    if sum(len(row) > 1 for row in rows) > _DELIMITED * len(rows):
        return delimiter
    return " " if _is_separated_by_whitespace(lines) else ""


def _is_separated_by_whitespace(lines: list[str]) -> bool:
    """Return whether lines are edges of two or three values, or all numbered tokens that recur."""
    filled = [line.split() for line in lines if line.strip()]
    widths = Counter(map(len, filled))
    tokens = Counter(token for line in filled for token in line[:2])
    regular = widths.most_common(1)[0] if widths else (0, 0)
    recur = any(count > 1 for count in tokens.values())
    is_edges = regular[0] in (2, 3) and regular[1] >= 0.9 * len(filled) and recur
    data = re.compile(r"\{.*\}")  # networkx writes the attributes of an edge as a dict
    numbered = all(
        _TOKEN.fullmatch(token) and any(map(str.isdigit, token))
        for line in filled
        for token in line
    )
    with_data = bool(filled) and all(data.search(line) for line in lines if line.strip())
    return with_data or (is_edges and len(filled) > 1) or (numbered and recur)


def split_whitespace(line: str) -> list[str]:
    """Return the values of a line separated by whitespace; a dict at the end is one value."""
    values, brace, attributes = line.partition("{")
    return values.split() + ([brace + attributes.strip()] if brace else [])


def _split(
    lines: list[str], delimiter: str, escape: str = '"'
) -> tuple[list[list[str]], list[int]]:
    """Return the rows of `lines`, and the number of lines up to the end of each."""
    if delimiter == " ":
        return [split_whitespace(line) for line in lines], list(range(1, len(lines) + 1))
    reader = csv.reader(
        io.StringIO("".join(lines), newline=""),
        delimiter=delimiter,
        escapechar=None if escape == '"' else escape,
    )
    rows, ends = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                ends.append(reader.line_num)
    except csv.Error:
        pass  # the rows before it are enough here; the line is reported when the table is read
    return rows, ends


def _title_rows(rows: list[list[str]]) -> int:
    """Return the number of rows, such as a report's title, before the header.

    They are narrower than the rows of the table or, when written by a spreadsheet, as wide but
    with a single value.
    """
    widths = Counter(len(row) for row in rows[1:])
    if len(rows) < 6 or not widths:
        return 0
    width, n = widths.most_common(1)[0]
    if n < 0.9 * (len(rows) - 1) or len(rows[0]) > width:
        return 0
    values = [[cell for cell in row if cell.strip()] for row in rows]
    whole = [len(row) == width and len(own) > 1 for row, own in zip(rows, values)]
    first = whole.index(True) if True in whole else 0
    for i in range(first):
        if _names_of_wider_rows(rows[i], rows[i + 1 :]):
            return i
    if len(rows[0]) == width:  # not a title: a basket with a single product
        titles = {cell for own in values[:first] for cell in own}
        recur = any(cell in titles for own in values[first:] for cell in own)
        rare = whole[first:].count(False) <= 0.02 * len(rows)
        if recur or not rare or not _has_header(rows[first], rows[first + 1 :]):
            return 0
    return first


def _names_of_wider_rows(first: list[str], rows: list[list[str]]) -> list[str] | None:
    """Return the names of the columns if the rows have one field more than the header.

    The field is empty, after a delimiter at the end of each line, or the number of the row, as R
    writes it.
    """
    wider = [row for row in rows if len(row) == len(first) + 1]
    if len(first) < 2 or len(wider) < 0.9 * len(rows) or not wider:
        return None
    if not any(row[-1].strip() for row in wider):
        return [*first, ""]
    numbers = {row[0] for row in wider}
    return ["", *first] if len(numbers) == len(wider) and all(map(str.isdigit, numbers)) else None


def _has_header(first: list[str], rows: list[list[str]]) -> bool:
    """Return whether the first row names columns, that is, does not look like the rows below."""
    cells = [cell.strip() for cell in first]
    known = sum(plain_name(cell) in _ALL_NAMES for cell in cells)
    if known >= 2 or not rows:
        return True
    numbers = [bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell)) for cell in cells]
    below = [[row[i].strip() for row in rows if i < len(row)] for i in range(len(cells))]
    for is_number, column in zip(numbers, below):
        filled = [value for value in column if value]
        alike = sum(bool(_NUMBER.fullmatch(v) or _DATE.fullmatch(v)) for v in filled)
        if is_number and filled and alike > 0.5 * len(filled):
            return False
    if known:
        return True
    n_named = sum(map(bool, cells))
    if len(cells) > 2 and (len(set(filter(None, cells))) < n_named or 2 * n_named < len(cells)):
        return False  # a header does not repeat names, and names most columns
    everywhere = {value for column in below for value in column}
    named = [cell for cell in cells if cell]
    return sum(cell in everywhere for cell in named) < 0.5 * max(1, len(named))
