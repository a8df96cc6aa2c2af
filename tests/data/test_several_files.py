"""A folder, and a pattern of file names, are read like one file with all their rows."""

from __future__ import annotations

import pytest

from core.config import UserError
from core.data.preview import preview_file
from core.data.raw_data import RawData
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_summary import summary_lines
from tests.data.test_forms_of_files import EASY, orders

OPTIONS = ReadOptions(**EASY)


def edges_of(result):
    ids = result.catalogue.frame["id"].to_numpy()
    return {
        (ids[a], ids[b], int(kind))
        for a, b, kind in zip(
            result.relations.source, result.relations.target, result.relations.relation
        )
    }


@pytest.fixture
def folder(tmp_path):
    """The same log as one file, and in three files of different forms."""
    log = orders()
    log.to_csv(tmp_path / "whole.csv", index=False)
    folder = tmp_path / "orders"
    folder.mkdir()
    log[:100].to_csv(folder / "jan.csv", index=False)
    log[100:180].to_csv(folder / "feb.csv.gz", index=False, sep=";")
    log[180:][log.columns[::-1]].to_csv(folder / "mar.csv", index=False)
    (folder / "_SUCCESS").touch()
    return folder


def test_a_folder_and_a_pattern_are_read_as_one_log(folder):
    whole = read_file(folder.parent / "whole.csv", options=OPTIONS)
    for path in (folder, folder / "*.csv*"):
        result = read_file(path, options=OPTIONS)
        assert edges_of(result) == edges_of(whole)
        assert result.report.lines == whole.report.lines
        assert result.report.notes["baskets"] == whole.report.notes["baskets"]
        counts = {"feb.csv.gz": 80, "jan.csv": 100, "mar.csv": whole.report.lines - 180}
        assert result.report.notes["files"] == counts
        lines = summary_lines(result.report.to_dict())
        assert "3 files" in lines[0] and "jan.csv 100" in "".join(lines)
        assert not [line for line in lines if line.startswith("Warning")]
        preview = preview_file(path)
        assert preview.kind == "baskets" and preview.facts["files"] == "3 files"
        assert preview.columns["basket"] == "order_id"


def test_lists_of_baskets_and_edges(tmp_path):
    for name, text in (("a.txt", "tea,cup,pot\ncup,tea\n"), ("b.txt", "ink,pad,pen\npen,ink\n")):
        (tmp_path / name).write_text(text)
    assert read_file(tmp_path, options=OPTIONS).report.notes["baskets"] == 4
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"source,target\n{name},x\nx,y\n")
    assert len(read_file(tmp_path).relations) == 3


def test_bad_rows_are_named_with_their_file(folder):
    text = (folder / "mar.csv").read_text().splitlines()
    (folder / "mar.csv").write_text("\n".join([*text[:4], "", "one,too,many,values,here", *text]))
    report = read_file(folder / "*.csv", options=OPTIONS).report
    reasons = {bad["line"]: bad["reason"] for bad in report.first_bad}
    assert (
        reasons[6] == "5 fields instead of 4 (mar.csv)" and report.notes["files"]["jan.csv"] == 100
    )


def test_files_that_restart_their_basket_numbers_cause_a_warning(folder):
    log = orders()
    log["order_id"] = log.groupby(log["order_id"] > 1060)["order_id"].rank("dense").astype(int)
    first = orders()["order_id"] <= 1060
    log[first].to_csv(folder / "jan.csv", index=False)
    log[~first].to_csv(folder / "mar.csv", index=False)
    warnings = read_file(folder / "*.csv", options=OPTIONS).report.notes["warnings"]
    assert any("in several files" in text for text in warnings)
    apart = OPTIONS.model_copy(update={"columns": {"basket": "order_id,date"}})
    assert read_file(folder / "*.csv", options=apart).report.notes["baskets"] == 120


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("next.csv", "order_id,product_id,day\n1,2,3\n", "without customer, date and with day"),
        ("next.csv", "{'asin': 'A'}\n", "one Python dict per line"),
        ("a.csv", "{'asin': 'A'}\n", "Amazon metadata, of which only one"),
        ("next.csv", "", "is empty"),
    ],
)
def test_files_of_another_kind_or_with_other_columns_are_named(folder, name, content, said):
    (folder / name).write_text(content)
    with pytest.raises(UserError, match=said) as error:
        read_file(folder)
    assert str(folder / name) in str(error.value)


def test_raw_data_of_several_files(folder):
    raw = RawData(folder / "*.csv")
    before = raw.facts()
    raw.check_files()
    assert len(before["sha256"]) == 1 and RawData.of_source(before).facts() == before
    (folder / "apr.csv").write_text((folder / "jan.csv").read_text())
    assert raw.facts()["sha256"] != before["sha256"]
    with pytest.raises(UserError, match="no file of the pattern"):
        RawData(folder / "x-*.csv").check_files()
