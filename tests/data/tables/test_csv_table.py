"""Quotation marks: values may run over several lines, and an open mark never costs one silently."""

import gzip

import pytest

from core.config import UserError
from core.data.data_files import read_file
from core.data.products import read_products
from core.data.read_options import ReadOptions
from core.data.tables import csv_table
from core.data.tables.open_table import open_table

MANY = b"".join(b"%d,x%d\n" % (i, i % 7) for i in range(3000))


@pytest.fixture(params=[2**24, 300], ids=["one block", "many blocks"], autouse=True)
def block(request, monkeypatch):
    monkeypatch.setattr("core.data.tables.csv_table._BLOCK", request.param)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_values_over_several_lines(tmp_path, pack):
    rows = b"".join(b'%d,"title %d,\n""second"" line"\r\n' % (i, i) for i in range(200))
    (tmp_path / "products").write_bytes(pack(b"id,title\r\n" + rows + b'last,5" pipe'))
    frame, report = read_products(open_table(tmp_path / "products"), ReadOptions())
    assert report.lines == 201 and report.bad_lines == 0
    assert frame.loc["7", "title"] == 'title 7, "second" line'
    assert frame.loc["last", "title"] == '5" pipe'


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'id,title\n1,"Fancy\n' + MANY, "line 2"),
        (b"id,title\n" + MANY + b'1,"Fancy\n' + MANY, "line 3,002"),
        (b'id,title\n1,"Fancy\n' + MANY + b'1,"Bar"\n', "line 2"),
        (b'id,title\n1,x\n2,"Fancy\n3,"Bar" x\n4,y\n', "line 3"),
    ],
)
def test_an_open_mark_is_named(tmp_path, content, line):
    (tmp_path / "products").write_bytes(content)
    with pytest.raises(UserError, match=f"{line}: a quotation mark"):
        read_products(open_table(tmp_path / "products"), ReadOptions())


@pytest.mark.parametrize(
    "content",
    [
        b"source,target\na,b\nb,c\n",
        b"source,target\na,b\nb,c",
        b"source,target\r\na,b\r\n\r\nb,c\r\n\r\n\r\n",
        b"\xef\xbb\xbfsource,target\n\n\na,b\n\nb,c\n \nd\ne,f,g\n",
        b'"source","target"\n"a","b"\n"b","c"\n',
        gzip.compress(b"source,target\n" + MANY),
    ],
)
def test_without_such_values_the_file_is_read_once(tmp_path, content, monkeypatch):
    def refuse(*_):
        raise AssertionError("read twice")

    monkeypatch.setattr("core.data.tables.csv_table.check_quotes", refuse)
    (tmp_path / "edges").write_bytes(content)
    assert read_file(tmp_path / "edges").report.lines >= 2


def test_a_row_of_too_many_lines(tmp_path):
    text = "\n".join(["x"] * csv_table.MOST_LINES)
    (tmp_path / "file").write_text(f'id,title\na,"{text}"\nb,y\n')
    csv_table.check_quotes(tmp_path / "file", ",")
    (tmp_path / "file").write_text(f'id,title\na,"{text}\n"\nb,y\n')
    with pytest.raises(UserError, match=f"line 2: .*runs over {csv_table.MOST_LINES + 1:,} lines"):
        csv_table.check_quotes(tmp_path / "file", ",")
