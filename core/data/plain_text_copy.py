"""Compressed files and text in other encodings, rewritten as plain UTF-8 for the readers."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from core.config import UserError

_BLOCK = 2**22  # bytes
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_COMPRESSIONS = {
    _GZIP: "gzip",
    _ZIP: "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
}
# Members of zip archives that are spreadsheets, which have a separate reader.
_WORKBOOK_PARTS = ("xl/workbook.", "content.xml")
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
    n_bytes : int
        Length of the content.
    line_end : str
        Line terminator of a text file.
    """

    path: Path
    source: Path
    compression: str = ""
    encoding: str = ""
    n_bytes: int = 0
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
        return Unpacked(path, path, n_bytes=path.stat().st_size)
    try:
        with open_content(path, compression) as content:
            form = _TextForm.of(content)
        is_readable = form.encoding in ("", "utf-8") and (not form.encoding or form.one_line_end)
        if compression in ("", "gzip") and is_readable:
            return Unpacked(path, path, compression, form.encoding, form.n_bytes, form.line_end)
        target = scratch / f"unpacked-{len(list(scratch.iterdir()))}"
        with open_content(path, compression) as content, open(target, "wb") as out:
            for block in _in_utf8(content, form.encoding):
                out.write(block if form.one_line_end else _with_line_feeds(block))
    except UNPACKING_ERRORS as error:
        raise broken_archive(path, error, compression) from None
    return Unpacked(target, path, compression, form.encoding, target.stat().st_size, form.line_end)


def open_content(path: Path, compression: str) -> BinaryIO:
    """Open the content of a file with this compression; `UserError` for an archive of several."""
    if compression == "gzip":
        return cast(BinaryIO, gzip.open(path))
    if compression == "bzip2":
        return cast(BinaryIO, bz2.open(path))
    if compression == "xz":
        return cast(BinaryIO, lzma.open(path))
    if compression == "zstd":
        return cast(BinaryIO, io.BufferedReader(_Zstandard(path)))
    if compression == "zip":
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.namelist() if not m.endswith("/") and "__MACOSX" not in m]
        if len(members) != 1:
            raise UserError(
                f"{path} holds {len(members)} files ({', '.join(members[:5])}): unpack it, and "
                "name the one to be read."
            )
        return cast(BinaryIO, archive.open(members[0]))
    return open(path, "rb")


class _Zstandard(io.RawIOBase):
    def __init__(self, path: Path) -> None:
        self._stream = pa.input_stream(str(path), compression="zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith(_WORKBOOK_PARTS) for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


@dataclass
class _TextForm:
    """The encoding and the line ends of a text file.

    Attributes
    ----------
    encoding : str
        "" if it is not text, or one dict per line, whose lines are decoded one by one.
    n_bytes : int
    n_feeds, n_returns, n_both : int
        Numbers of line feeds, of carriage returns, and of the two together (CR LF).
    """

    encoding: str = "utf-8"
    n_bytes: int = 0
    n_feeds: int = 0
    n_returns: int = 0
    n_both: int = 0

    @property
    def one_line_end(self) -> bool:
        """Whether all lines have the same end, other than a lone carriage return."""
        return not self.n_returns or self.n_returns == self.n_both == self.n_feeds

    @property
    def line_end(self) -> str:
        """The line terminator, once it is the same for all lines."""
        return "\r\n" if self.n_returns and self.one_line_end else "\n"

    @classmethod
    def of(cls, content: BinaryIO) -> _TextForm:
        """Scan a file."""
        form, n_wrong, n_right, last = cls(), 0, 0, b""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while block := content.read(_BLOCK):
            if not form.n_bytes:
                form.encoding = _first_guess(block)
            form.n_bytes += len(block)
            if not form.encoding:
                continue
            wide = 2 if form.encoding.startswith("utf-16") else 1  # bytes per character
            both = b"\r\n" if wide == 1 else b"\r\0\n"
            form.n_feeds += block.count(b"\n")
            form.n_returns += block.count(b"\r")
            form.n_both += (last[-2:] + block).count(both) - last[-2:].count(both)
            last = block
            if form.encoding == "utf-8" and not (block.isascii() and not decoder.getstate()[0]):
                text = decoder.decode(block)
                n_wrong += text.count("\ufffd") - block.count(b"\xef\xbf\xbd")
                n_right += len(block) - len(text)
        # Read a mostly valid UTF-8 file as UTF-8 despite a few damaged characters.
        if form.encoding == "utf-8" and n_wrong > n_right / 4:
            form.encoding = "cp1252"
        return form


def _first_guess(block: bytes) -> str:
    """Return the encoding that the first block of a file shows, "" if it is not text."""
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if block.lstrip()[:1] == b"{":
        return ""
    head = block[:4096]
    if b"\0" not in head:
        return "utf-8"
    even, odd = head[::2].count(0) / len(head), head[1::2].count(0) / len(head)
    if max(even, odd) > 0.3 and min(even, odd) < 0.02:  # Latin letters in UTF-16 without a mark
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _in_utf8(content: BinaryIO, encoding: str) -> Iterator[bytes]:
    if encoding in ("", "utf-8"):
        while block := content.read(_BLOCK):
            yield block
        return
    if encoding == "cp1252":
        # Its five undefined bytes become control characters, as in Latin-1.
        table = [bytes([i]).decode("cp1252", "replace") for i in range(256)]
        table = [
            chr(i) if character == "\ufffd" else character for i, character in enumerate(table)
        ]
        letters = "".join(table)
        while block := content.read(_BLOCK):
            yield codecs.charmap_decode(block, "strict", letters)[0].encode()
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while block := content.read(_BLOCK):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", True).encode()


def _with_line_feeds(block: bytes) -> bytes:
    """Return text whose lines end with line feeds.

    A CR LF pair split between two blocks becomes two line feeds: a blank line, which is skipped.
    """
    block = block.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")
    return block.replace(b"\r", b"\n")


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
