"""Every kind of unusable file has its own clear message."""

import gc
import gzip
import struct
import warnings
import zlib

import pytest

from core.config import UserError
from core.data import recognise_file
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport

RECORD = b"{'asin': 'A1', 'related': {'also_bought': ['A2', 'A3']}}\n"


def png() -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def damaged_gzip() -> bytes:
    content = bytearray(gzip.compress(RECORD * 5000, mtime=0))
    content[-6] ^= 0xFF  # the checksum
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n ", "only whitespace"),
        (gzip.compress(b"", mtime=0), "only whitespace"),
        (gzip.compress(RECORD * 5000, mtime=0)[:-20], "truncated"),
        (gzip.compress(RECORD * 5000, mtime=0)[:12], "truncated"),
        (damaged_gzip(), "damaged"),
        (png(), "looks like a PNG image"),
        (b"PK\x03\x04" + bytes(50), "is damaged .File is not a zip file."),
        (b"PAR1" + bytes(50), "damaged"),
        (gzip.compress(png(), mtime=0), "looks like a PNG image"),
        (bytes(range(256)) * 10, "is a binary file"),
        (b'[\n{"asin": "A"}\n]\n', "it has the columns asin"),
        (b'[{"basket": 1}, {', "is damaged"),
        ("title,id\n".encode("utf-16"), "it has the columns title, id"),
        (b"<!DOCTYPE html>\n<html><body>Log in</body></html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n", "git lfs pull"),
        (b"Call me Ishmael. Some years ago\nnever mind how long\n", "is not a table"),
        (
            b"Some years ago, never mind how long,\nhaving little money\n",
            "is neither a transaction",
        ),
        (b"basket,price\n1,2\n", "is neither a transaction"),
        (b"{'asin': \n{nothing here}\n{\n", "No usable line"),
        (b"{'title': 'no id'}\n", "dicts with the keys title; expected .* with an 'asin'"),
        (b'{"order_id":[1,1],"product_id":["a","b"]}', r"to_json\(orient=\"records\"\)"),
        (b"\x80\x04\x95" + bytes(50), "a Python pickle, .* .save it as Parquet"),
        (b"ARROW1\0\0" + bytes(50), "an Arrow or Feather file .save it as Parquet"),
        (b"\xff\xff\xff\xff" + bytes(50), "an Arrow stream .save it as Parquet"),
        (b"basket,product\n", "No usable line"),
        (b"basket,product", "No usable line"),
        (b"source,target\na\nb,c,d\n", "No usable line"),
    ],
)
def test_unusable_files_are_refused(tmp_path, content, message):
    path = tmp_path / "file.json.gz"  # the name must not matter
    path.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_file(path)
    assert str(path) in str(error.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match="no file"):
        read_file(tmp_path / "nothing.gz")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(UserError, match="no file in the folder"):
        read_file(tmp_path)


def test_bad_lines_are_shown_with_their_numbers(tmp_path):
    path = tmp_path / "bad"
    path.write_text("{'title': 1}\n\n{'asin': 'A'}\n" + "{'asin': 7}\n" * 20)
    report = read_file(path).report
    assert report.lines == 22 and report.bad_lines == 21 and report.products == 1
    assert [bad["line"] for bad in report.first_bad] == [1, *range(4, 13)]
    assert {bad["reason"] for bad in report.first_bad} == {"no 'asin'"}


def test_the_first_bad_lines_are_stored_regardless_of_the_order_of_calls():
    report = ReadReport("edges", "file")
    for line in [*range(40, 60), 3, 99, 2]:
        report.bad(line, "reason")
    assert report.bad_lines == 23
    assert [bad["line"] for bad in report.first_bad] == [2, 3, *range(40, 48)]


def test_a_line_without_an_end_is_cut_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(recognise_file, "MAX_LINE", 1000)
    monkeypatch.setattr("core.data.formats.amazon_metadata.MAX_LINE", 1000)
    path = tmp_path / "long"
    path.write_bytes(RECORD + b"{'asin': '" + b"x" * 5000 + b"'}\n" + RECORD.replace(b"A1", b"A4"))
    report = read_file(path).report
    assert report.first_bad == [{"line": 2, "reason": "longer than 1,000 bytes"}]
    assert report.with_metadata == 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_and_progress(tmp_path, pack, recorder):
    path = tmp_path / "lines"
    path.write_bytes(pack(b"".join(b"%d\n" % i if i % 3 else b"\n" for i in range(10_000))))
    lines = list(recognise_file.read_lines(path, recorder))
    assert lines == [(i + 1, b"%d\n" % i) for i in range(10_000) if i % 3]
    size = path.stat().st_size
    assert recorder.stages == [("Read lines", size, "bytes")]
    assert recorder.done[-1] == size and recorder.done == sorted(recorder.done)


@pytest.mark.parametrize("header", ["source,target", '"source","target"'])
def test_ids_in_braces_are_not_dicts(tmp_path, header):
    path = tmp_path / "guids"
    path.write_text(header + "\n{b1-AAAA},p1\n{b2-AAAA},p2\n")
    result = read_file(path)
    assert result.report.kind == "edges" and result.report.bad_lines == 0
    assert result.catalogue.frame["id"].tolist() == ["{b1-AAAA}", "{b2-AAAA}", "p1", "p2"]


def test_a_kind_in_the_options_overrides_detection(tmp_path):
    path = tmp_path / "odd"
    path.write_text("source;target\n{'a'};{'b'}\n")
    assert len(read_file(path, options=ReadOptions(kind="edges")).relations) == 1


def test_gzipped_files_are_closed(tmp_path):
    path = tmp_path / "file"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for content in (b'source,target\n"a\nb",c\n', RECORD):
            path.write_bytes(gzip.compress(content, mtime=0))
            read_file(path)
        gc.collect()
    assert not [warning for warning in caught if warning.category is ResourceWarning]


def test_rows_of_a_table_are_called_rows(tmp_path):
    path = tmp_path / "edges"
    path.write_text('source,target,note\n,a,"one\ntwo"\n,b,\n')
    with pytest.raises(UserError, match="row 3: no source"):
        read_file(path)
