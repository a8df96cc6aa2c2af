"""Compressed files and text in other encodings, rewritten as plain UTF-8 for the readers."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from core.config import UserError

_BLOCK = 2**22  # bytes or characters
_COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
}
_OPENERS: dict[str, Callable[[Path], object]] = {
    "": lambda path: open(path, "rb"),  # noqa: SIM115 (the caller closes it)
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
    "zstd": lambda path: io.BufferedReader(pa.input_stream(str(path), compression="zstd")),
}
# Members of zip archives that are spreadsheets, which have a separate reader.
_WORKBOOK_PARTS = ("xl/workbook.", "content.xml")
_DAMAGED = re.compile(r"[\udc80-\udcff]")  # an undecodable byte, as surrogateescape reads it
# Errors of damaged archives; EOFError where one ends early.
UNPACKING_ERRORS = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    pa.ArrowException,
)


@dataclass(frozen=True)
class Unpacked:
    """A file that the readers can open: plain or gzip; text in it is UTF-8.

    Attributes
    ----------
    path : Path
        The file to open.
    source : Path
        The file that the user named, for messages.
    compression, encoding : str
        Its compression ("" if none) and encoding ("" if it is not text).
    line_end : str
        Line terminator of a text file.
    """

    path: Path
    source: Path
    compression: str = ""
    encoding: str = ""
    line_end: str = "\n"

    @property
    def is_gzip(self) -> bool:
        """Whether `path` itself is a gzip file."""
        return self.compression == "gzip" and self.path == self.source


def unpack(path: Path, scratch: Path) -> Unpacked:
    """Return the content of `path` in a form that the readers can open; copies go to `scratch`.

    gzip and UTF-8 files are left as they are. Text that is neither UTF-8 nor UTF-16 is read as
    Windows 1252, a superset of Latin-1's printable characters. Mixed line ends become line feeds.

    Raises
    ------
    UserError
        If the archive is damaged or holds several files.
    """
    with open(path, "rb") as file:
        head = file.read(8)
    compression = next(
        (name for magic, name in _COMPRESSIONS.items() if head.startswith(magic)), ""
    )
    if compression == "zip" and _is_workbook(path):
        return Unpacked(path, path)
    try:
        encoding, line_end = _text_form(path, compression)
        if compression in ("", "gzip") and encoding in ("", "utf-8") and line_end:
            return Unpacked(path, path, compression, encoding, line_end)
        target = scratch / f"unpacked-{len(list(scratch.iterdir()))}"
        with open_content(path, compression) as content:
            if encoding:
                # surrogateescape keeps damaged bytes of UTF-8, so that their rows are reported.
                with open(target, "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
                    shutil.copyfileobj(_decoded(content, encoding), f, _BLOCK)
            else:
                with open(target, "wb") as file:
                    shutil.copyfileobj(content, file, _BLOCK)
    except UNPACKING_ERRORS as error:
        raise broken_archive(path, error, compression) from None
    return Unpacked(target, path, compression, encoding)


def open_content(path: Path, compression: str) -> BinaryIO:
    """Open the content of a file with this compression; `UserError` for an archive of several."""
    if compression == "zip":
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.namelist() if not m.endswith("/") and "__MACOSX" not in m]
        if len(members) != 1:
            raise UserError(
                f"{path} holds {len(members)} files ({', '.join(members[:5])}): unpack it, and "
                "name the one to be read."
            )
        return cast(BinaryIO, archive.open(members[0]))
    return cast(BinaryIO, _OPENERS[compression](path))


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(_WORKBOOK_PARTS) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _text_form(path: Path, compression: str) -> tuple[str, str]:
    """Return the encoding of a file, "" if it is not text; and its line end, "" if it has several.

    Reads the whole file, so that a damaged archive is noticed.
    """
    with open_content(path, compression) as content:
        encoding = _first_guess(content.read(4096))
    n_foreign = n_damaged = 0
    with open_content(path, compression) as content:
        if not encoding:
            while content.read(_BLOCK):
                pass
            return "", "\n"
        text = _decoded(content, encoding)
        while block := text.read(_BLOCK):
            if not block.isascii():
                n_foreign += len(block) - len(block.encode("ascii", "ignore"))
                n_damaged += len(_DAMAGED.findall(block))
        line_end = text.newlines or "\n"
    # A mostly valid UTF-8 file is read as UTF-8 despite a few damaged characters.
    if encoding == "utf-8" and n_damaged > n_foreign / 5:
        encoding = "cp1252"
    return encoding, line_end if line_end in ("\n", "\r\n") else ""


def _decoded(content: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Return a text with line feeds; undecodable bytes of UTF-8 become lone surrogates."""
    errors = {"utf-8": "surrogateescape", "cp1252": "backslashreplace"}.get(encoding, "replace")
    return io.TextIOWrapper(content, encoding, errors)


def _first_guess(head: bytes) -> str:
    """Return the encoding that the beginning of a file shows, "" if it is not text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.lstrip()[:1] == b"{":  # one dict per line, whose lines are decoded one by one
        return ""
    if b"\0" not in head:
        return "utf-8"
    even, odd = head[::2].count(0) / len(head), head[1::2].count(0) / len(head)
    if max(even, odd) > 0.3 and min(even, odd) < 0.02:  # Latin letters in UTF-16 without a mark
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def broken_archive(path: Path, error: Exception, compression: str = "gzip") -> UserError:
    """Return the error for a packed file that ends early or is damaged."""
    if isinstance(error, EOFError):
        return UserError(
            f"{path} ends in the middle: the {compression} file is truncated. Get it again."
        )
    return UserError(
        f"{path} is damaged ({error}): the {compression or 'file'} cannot be unpacked. "
        "Get it again."
    )
