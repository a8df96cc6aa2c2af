"""Opening files by what they hold, not by what they are called."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.config import UserError
from core.progress import QUIET, Progress

MAX_LINE = 16 * 2**20  # bytes; no real record comes near, and a file without line ends must not
_REPORT_EVERY = 2000  # lines

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_OTHERS = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"(\xb5/\xfd": "a Zstandard file",
    b"SQLite format 3": "an SQLite database",
    b"\x93NUMPY": "a numpy array",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"\x7fELF": "a program",
}
# A brace, and a key or the end after it: ids such as {9f3a-…} begin with one too.
_DICT = re.compile(rb"""(?:\xef\xbb\xbf)?[ \t]*\{\s*(?:u?["'}]|$)""")
_KINDS = (
    "Amazon metadata (one Python or JSON dict a line), a transaction log or an edge list "
    "(CSV or Parquet); text may be gzipped"
)


def check_file(path: Path) -> Path:
    """Return `path` if it is a file with something in it, else raise `UserError`."""
    path = Path(path)
    if path.is_dir():
        raise UserError(f"{path} is a folder: name the file inside it that is to be read.")
    if not path.exists():
        raise UserError(f"There is no file {path}: check the path.")
    if not path.is_file():
        raise UserError(f"{path} is not a regular file: save it to disk first.")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty: it was probably not downloaded or written to the end.")
    return path


def sniff(path: Path) -> str:
    """Return what a file holds: ``parquet``, ``dicts`` (a dict a line) or ``text``.

    Raises
    ------
    UserError
        If it is anything else, with a guess at what it is.
    """
    with open(check_file(path), "rb") as file:
        if file.read(4) == _PARQUET:
            return "parquet"
    head = _read_head(path)
    if not head.strip():
        raise UserError(f"{path} holds nothing but blank space; expected {_KINDS}.")
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise UserError(f"{path} looks like {name}; expected {_KINDS}.")
    if head.lstrip().startswith(b"["):
        raise UserError(f"{path} is one JSON array: write one object a line (jq -c '.[]' does it).")
    if b"\0" in head:
        raise UserError(f"{path} is binary, of a kind unknown here; expected {_KINDS}.")
    lines = [line for line in head.splitlines() if line.strip()]
    return "dicts" if any(_DICT.match(line) for line in lines[:20]) else "text"


def begins_with_dict(path: Path) -> bool:
    """Return whether the first line that is not blank looks like a dict, so no header."""
    return _DICT.match(_read_head(path).removeprefix(b"\xef\xbb\xbf").lstrip()) is not None


def _read_head(path: Path, size: int = 2**16) -> bytes:
    content, raw = open_bytes(path)
    with raw, content:
        try:
            return content.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise broken_gzip(path, error) from None


def open_bytes(path: Path) -> tuple[BinaryIO, BinaryIO]:
    """Open a plain or gzipped file; return its content and the raw file that tells progress."""
    raw = open(path, "rb")  # noqa: SIM115 (the caller closes it)
    magic = raw.read(2)
    raw.seek(0)
    if magic != _GZIP:
        return raw, raw
    content = io.BufferedReader(gzip.GzipFile(fileobj=raw), 2**18)
    return content, raw


def broken_gzip(path: Path, error: Exception) -> UserError:
    """Return the error for a gzip file that ends early or is damaged."""
    if isinstance(error, EOFError):
        return UserError(f"{path} ends in the middle: the gzip file is truncated. Get it again.")
    return UserError(
        f"{path} is damaged ({error}): the gzip file cannot be unpacked. Get it again."
    )


def damaged(path: Path, error: Exception) -> UserError:
    """Return the error for a file whose content contradicts its beginning."""
    kind = " ".join(str(error).split())[:150]
    return UserError(f"{path} is damaged or not what it seems ({kind}). Get it again.")


def read_lines(path: Path, progress: Progress = QUIET) -> Iterator[tuple[int, bytes]]:
    """Yield number (from 1) and bytes of every line that is not blank, in bounded memory.

    A line longer than `MAX_LINE` comes cut off at that length. Progress is in bytes of the file.
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
            raise broken_gzip(path, error) from None
    progress.advance(path.stat().st_size)
