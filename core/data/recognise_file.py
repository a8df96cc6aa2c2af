"""Recognise and open files by their content instead of their names."""

from __future__ import annotations

import glob
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from core.config import UserError
from core.data.plain_text_copy import Unpacked, broken_archive
from core.data.tables.json_of_pandas import find_orient
from core.progress import QUIET, Progress

MAX_LINE = 16 * 2**20  # bytes, far above real records; bounds memory without line ends
_REPORT_EVERY = 2000  # lines

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # zip (Excel, OpenDocument); OLE (old Excel)
_OTHERS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"SQLite format 3": "an SQLite database",
    b"\x93NUMPY": "a numpy array",
    b"\x7fELF": "a program",
    b"\x89HDF": "an HDF5 file",
    b"ARROW1": "an Arrow or Feather file (save it as Parquet)",
    b"\xff\xff\xff\xff": "an Arrow stream (save it as Parquet)",
    b"\x80\x04\x95": "a Python pickle, which is never opened (save it as Parquet)",
    b"\x80\x05\x95": "a Python pickle, which is never opened (save it as Parquet)",
}
Content = Literal["parquet", "workbook", "records", "json", "text", "frame"]
# A brace followed by a key or the end of the line: ids such as {9f3a-…} begin with a brace too.
_DICT = re.compile(rb"""(?:\xef\xbb\xbf)?[ \t]*\{\s*(?:u?["'}]|$)""")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"<\?xml|<!--")
_JSON_ARRAY = re.compile(rb"\[\s*(?:\{|\[|$)")
_KINDS = (
    "Amazon metadata, a transaction log or an edge list (CSV, Excel, JSON or Parquet; it may be "
    "compressed)"
)


def check_file(path: Path) -> Path:
    """Return `path` if it is a non-empty regular file, else raise `UserError`."""
    path = Path(path)
    if path.is_dir():
        raise UserError(f"{path} is a folder: name the file in it to read.")
    if not path.exists():
        raise UserError(f"There is no file {path}: check the path.")
    if not path.is_file():
        raise UserError(f"{path} is not a regular file: save it to disk first.")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty: the download or export was probably interrupted.")
    return path


def files_of(path: Path) -> list[Path]:
    """Return the file at `path`, or the files in a folder or of a pattern such as ``orders-*.csv``.

    Hidden files, and those that begin with ``_`` (Spark's), are left out.

    Raises
    ------
    UserError
        If there is none, or one of them is empty.
    """
    path = Path(path)
    if path.is_dir():
        candidates = [*path.iterdir()]
    elif not path.exists() and glob.has_magic(str(path)):
        candidates = [Path(name) for name in glob.glob(str(path), recursive=True)]
    else:
        return [check_file(path)]
    files = sorted(c for c in candidates if c.is_file() and not c.name.startswith((".", "_")))
    if not files:
        where = "in the folder" if path.is_dir() else "of the pattern"
        raise UserError(f"There is no file {where} {path}: check the path.")
    return [check_file(file) for file in files]


def sniff(source: Unpacked) -> Content:
    """Return what a file holds.

    ``parquet``, ``workbook``, ``records`` (one dict per line), ``json`` (one array or object over
    several lines) or ``text``.

    Raises
    ------
    UserError
        If it is anything else; the message says what it probably is.
    """
    path, head = source.source, read_head(source)
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_WORKBOOKS):
        return "workbook"
    if not head.strip():
        raise UserError(f"{path} contains only whitespace; expected {_KINDS}.")
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise UserError(f"{path} looks like {name}; expected {_KINDS}.")
    if head.startswith(b"version https://git-lfs"):
        raise UserError(
            f"{path} is a git-lfs pointer, not the data: run 'git lfs pull' in its repository."
        )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _HTML.match(text) or (_XML.match(text) and re.search(rb"<html\b", text, re.IGNORECASE)):
        raise UserError(
            f"{path} is a web page (HTML) despite its name: a log-in or error page that was "
            "saved, or a table saved as HTML. Download it again, or save the table as CSV."
        )
    if _XML.match(text):
        raise UserError(
            f"{path} is XML; expected {_KINDS}. For a graph (GraphML, GEXF), read it with networkx "
            "and pass it to `core.prepare`, or save a list of edges."
        )
    if b"\0" in head:
        raise UserError(f"{path} is a binary file of an unknown kind; expected {_KINDS}.")
    if _JSON_ARRAY.match(text):
        return "json"
    lines = [line for line in head.splitlines() if line.strip()]
    if not any(_DICT.match(line) for line in lines[:20]):
        return "text"
    # An object spread over several lines is not a record of one line, nor is a whole data frame.
    is_one = not any(_DICT.match(line) for line in lines[1:2])
    if is_one and ((re.match(rb"\{\s*$", lines[0]) and len(lines) > 1) or find_orient(text)):
        return "json"
    return "records"


def first_text(source: Unpacked) -> bytes:
    """Return the beginning of a file, without white space before it."""
    return read_head(source).removeprefix(b"\xef\xbb\xbf").lstrip()


def begins_with_dict(source: Unpacked) -> bool:
    """Return whether the first line that is not blank looks like a dict, so no header."""
    return _DICT.match(first_text(source)) is not None


def read_head(source: Unpacked, size: int = 2**16) -> bytes:
    """Return the first bytes of a file's content; `UserError` if it cannot be unpacked."""
    content, raw = open_bytes(source.path)
    try:
        with raw, content:
            return content.read(size)
    except (EOFError, OSError, zlib.error) as error:
        raise broken_archive(source.source, error, source.compression) from None


def open_bytes(path: Path) -> tuple[BinaryIO, BinaryIO]:
    """Open a plain or gzipped file; return its content and the raw file, for the progress."""
    raw = open(path, "rb")  # noqa: SIM115 (the caller closes it)
    magic = raw.read(2)
    raw.seek(0)
    if magic != _GZIP:
        return raw, raw
    content = io.BufferedReader(gzip.GzipFile(fileobj=raw), 2**18)
    return content, raw


def damaged(path: Path, error: Exception) -> UserError:
    """Return the error for a file that cannot be read in the format its first bytes show."""
    kind = " ".join(str(error).split())[:150]
    return UserError(
        f"{path} is damaged, or its content does not match its type ({kind}). Get it again."
    )


def read_lines(path: Path, progress: Progress = QUIET) -> Iterator[tuple[int, bytes]]:
    """Yield the number (from 1) and the bytes of every non-blank line, in bounded memory.

    A line longer than `MAX_LINE` is cut off at that length. Progress is in bytes of the file.
    """
    progress.stage(f"Read {path.name}", path.stat().st_size, "bytes")
    content, raw = open_bytes(path)
    with raw, content:
        number = 0
        try:
            while line := content.readline(MAX_LINE):
                number += 1
                if len(line) == MAX_LINE:
                    while len(content.readline(MAX_LINE)) == MAX_LINE:
                        pass
                if not line.isspace():
                    yield number, line
                if number % _REPORT_EVERY == 0:
                    progress.advance(raw.tell())
        except (EOFError, OSError, zlib.error) as error:
            raise broken_archive(path, error) from None
    progress.advance(path.stat().st_size)
