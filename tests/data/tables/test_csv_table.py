"""Quotation marks: values may span several lines; an unclosed mark is always reported."""

import gzip

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.data.product_table import read_products
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport
from core.data.tables.csv_table import MAX_LINES
from core.data.tables.open_table import open_table

MANY = b"".join(b"%d,x%d\n" % (i, i % 7) for i in range(3000))


@pytest.fixture(params=[2**17, 50], ids=["one batch", "many batches"], autouse=True)
def batch(request, monkeypatch):
    monkeypatch.setattr("core.data.tables.csv_table._ROWS", request.param)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_values_over_several_lines(tmp_path, pack):
    rows = b"".join(b'%d,"title %d,\n""second"" line"\r\n' % (i, i) for i in range(200))
    (tmp_path / "products").write_bytes(pack(b"id,title\r\n" + rows + b'last,5" pipe'))
    frame, report = read_products(open_table(tmp_path / "products", tmp_path), ReadOptions())
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
def test_the_error_names_the_line_of_an_unclosed_quotation_mark(tmp_path, content, line):
    (tmp_path / "products").write_bytes(content)
    with pytest.raises(UserError, match=f"{line}: a quotation mark"):
        read_products(open_table(tmp_path / "products", tmp_path), ReadOptions())


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
def test_line_ends_blank_lines_and_quotation_marks(tmp_path, content):
    (tmp_path / "edges").write_bytes(content)
    relations = read_file(tmp_path / "edges").relations
    assert len(relations) == (3000 if content[:2] == b"\x1f\x8b" else 2)


def test_a_value_over_too_many_lines_is_refused(tmp_path):
    text = "\n".join(["x"] * MAX_LINES)
    (tmp_path / "file").write_text(f'id,title\na,"{text}"\nb,y\n')
    frame, _ = read_products(open_table(tmp_path / "file", tmp_path), ReadOptions())
    assert frame.index.tolist() == ["a", "b"]
    (tmp_path / "file").write_text(f'id,title\na,"{text}\n"\nb,y\n')
    with pytest.raises(UserError, match=rf"begins with 'x' runs over {MAX_LINES + 1:,} lines"):
        read_products(open_table(tmp_path / "file", tmp_path), ReadOptions())


def test_rows_come_in_the_order_of_the_file(tmp_path):
    n = 30_000
    (tmp_path / "edges").write_text("source,target\n" + "".join(f"a{i},b\n" for i in range(n)))
    table = open_table(tmp_path / "edges", tmp_path)
    batches = list(table.batches({"source": "source"}, ReadReport("edges", "edges")))
    assert np.concatenate([numbers for numbers, _ in batches]).tolist() == list(range(2, n + 2))
    values = pd.concat([values["source"] for _, values in batches]).tolist()
    assert values == [f"a{i}" for i in range(n)]


def test_rows_of_another_width_are_reported_with_their_row_numbers(tmp_path):
    rows = ["source,target", "a,b", "", "c", ",x", 'd,"y\nz"', "e,f,g", ",k"]
    for end in ("\n", "\r\n"):
        (tmp_path / "edges").write_bytes(end.join(rows).encode())
        report = read_file(tmp_path / "edges").report
        assert report.lines == 6 and report.bad_lines == 4
        assert report.first_bad == [
            {"line": 4, "reason": "1 fields instead of 2"},
            {"line": 5, "reason": "no source"},
            {"line": 7, "reason": "3 fields instead of 2"},
            {"line": 8, "reason": "no source"},
        ]


def test_a_stray_quotation_mark_loses_only_its_own_row(tmp_path):
    (tmp_path / "edges").write_text('source,target\na,b\n"c"d,e\nf,5" g\n')
    result = read_file(tmp_path / "edges")
    assert result.catalogue.frame["id"].tolist() == ["a", "f", "b", '5" g']
    assert result.report.first_bad == [{"line": 3, "reason": "unquoted value"}]
