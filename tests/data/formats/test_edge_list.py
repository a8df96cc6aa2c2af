"""Edge lists, with and without weights and relations."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config import UserError
from core.data.read_file import read_file
from core.data.read_options import ReadOptions


def read(tmp_path, text, **options):
    path = tmp_path / "edges"
    path.write_text(text)
    return read_file(path, options=ReadOptions(**options))


def test_weights_are_kept_and_repeats_add_up(tmp_path, mentions):
    result = read(tmp_path, "source,target,weight\na,b,1.5\nb,a,2\na,b,0.25\nc,c,1\n")
    assert result.report.kind == "edges" and result.report.merged == 1
    assert result.min_also_bought == 0
    assert mentions(result) == {
        ("a", "b", "linked"): 1.75,
        ("b", "a", "linked"): 2.0,
        ("c", "c", "linked"): 1.0,
    }


def test_without_weights_repeats_count_once(tmp_path, mentions):
    result = read(tmp_path, "from;to\na;b\na;b\n")
    assert mentions(result) == {("a", "b", "linked"): 1.0}


def test_named_relations_have_the_study_s_weights(tmp_path, mentions):
    rows = ["a b Bought_Together", "a b also_buy", "a c also-viewed", "a c liked"]
    text = "\n".join(row.replace(" ", "\t") for row in ["Source Target Relation", *rows])
    result = read(tmp_path, text)
    assert mentions(result) == {
        ("a", "b", "bought_together"): 1.2,
        ("a", "b", "also_bought"): 1.0,
        ("a", "c", "also_viewed"): 0.5,
    }
    assert result.report.first_bad[0]["line"] == 5
    assert "also_viewed" in result.report.first_bad[0]["reason"]


def test_relations_and_weights_can_both_be_columns(tmp_path, mentions):
    result = read(tmp_path, "source,target,relation,weight\na,b,also_bought,7\na,b,linked,2\n")
    assert mentions(result) == {("a", "b", "also_bought"): 7.0, ("a", "b", "linked"): 2.0}


def test_invalid_weights_are_bad_lines(tmp_path, mentions):
    weights = ["0", "-1", "nan", "inf", "", "x", "1e60", "1e-60", "2"]
    text = "source,target,weight\n" + "".join(f"a,b{w},{w}\n" for w in weights)
    result = read(tmp_path, text)
    assert result.report.bad_lines == 8
    assert mentions(result) == {("a", "b2", "linked"): 2.0}
    assert result.catalogue.frame["id"].tolist() == ["a", "b2"]


def test_parquet_and_integer_ids(tmp_path, mentions):
    path = tmp_path / "edges"
    pd.DataFrame({"source": [1, 2, None], "target": [2, 3, 4], "weight": [1.0, 0.5, 1]}).to_parquet(
        path
    )
    result = read_file(path)
    assert mentions(result) == {("1", "2", "linked"): 1.0, ("2", "3", "linked"): 0.5}
    assert result.report.first_bad == [{"line": 3, "reason": "no source"}]


def test_columns_by_role(tmp_path, mentions):
    result = read(tmp_path, "u,v\na,b\n", columns={"source": "u", "target": "v"})
    assert mentions(result) == {("a", "b", "linked"): 1.0}


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
def test_large_integer_ids_with_gaps_stay_apart(tmp_path, kind):
    first = 10**18
    ids = pa.array([first, None, first + 1, first + 2], kind)
    table = pa.table({"source": ids, "target": pa.array([7, 7, 7, 7], pa.int32())})
    pq.write_table(table, tmp_path / "edges")
    result = read_file(tmp_path / "edges")
    expected = [str(first), str(first + 1), str(first + 2), "7"]
    assert result.catalogue.frame["id"].tolist() == expected
    assert result.report.first_bad == [{"line": 2, "reason": "no source"}]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(3)])
def test_binary_ids_are_utf_8(tmp_path, kind):
    ids = pa.array([b"p10", "é1".encode()], kind)
    pq.write_table(pa.table({"source": ids, "target": ["a", "b"]}), tmp_path / "edges")
    assert read_file(tmp_path / "edges").catalogue.frame["id"].tolist() == ["p10", "é1", "a", "b"]
    ids = pa.array([b"p10", b"\xff\xfe\xff"], kind)
    pq.write_table(pa.table({"source": ids, "target": ["a", "b"]}), tmp_path / "edges")
    with pytest.raises(UserError, match="not UTF-8"):
        read_file(tmp_path / "edges")


def test_duplicate_column_names_are_refused(tmp_path):
    table = pa.table([["a"], ["b"], ["c"]], names=["source", "target", "source"])
    pq.write_table(table, tmp_path / "edges")
    with pytest.raises(UserError, match="2 columns named 'source'"):
        read_file(tmp_path / "edges")
