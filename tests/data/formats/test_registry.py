"""Formats are entries of one registry, and nothing else knows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import core
from core.config import UserError
from core.data.formats.input_format import InputFormat
from core.data.formats.registry import FORMATS
from core.data.ids_and_catalogue import make_catalogue
from core.data.product_relations import WEIGHTS, Relations
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult

EASY = ReadOptions(min_sold=1, min_together=1, min_score=0)


def chain_format() -> InputFormat:
    """Return an invented format: a product per line, each related to the next one."""
    import numpy as np

    def read(sample, products, options, progress):
        ids = sample.source.path.read_text().split(",")[1].split("-")
        rows = np.arange(len(ids) - 1, dtype=np.int32)
        kind = np.full(len(rows), 3, np.uint8)
        relations = Relations(rows, rows + 1, kind, WEIGHTS[kind], np.zeros(len(rows), np.uint8))
        catalogue = make_catalogue(ids, {}, 0)
        return ReadResult(catalogue, relations, ReadReport("chain", sample.label))

    return InputFormat(
        name="chain",
        about="a chain of products",
        example="chain,a-b-c",
        roles=("link",),
        takes_products=False,
        evidence=lambda sample: float("chain" in sample.table.names),
        read=read,
    )


def test_a_new_format_is_an_entry_and_nothing_else(tmp_path, monkeypatch, mentions):
    added = chain_format()
    (tmp_path / "chain").write_text(added.example)
    with pytest.raises(UserError, match="neither a transaction log nor an edge list"):
        read_file(tmp_path / "chain")
    monkeypatch.setitem(FORMATS, added.name, added)
    for options in (ReadOptions(), ReadOptions(kind="chain"), ReadOptions(columns={"link": "x"})):
        result = read_file(tmp_path / "chain", options=options)
        assert set(mentions(result)) == {("a", "b", "linked"), ("b", "c", "linked")}
    (tmp_path / "edges").write_text("source,target\na,b\n")
    assert read_file(tmp_path / "edges").report.kind == "edges"
    with pytest.raises(UserError, match=r"a chain of products, which describes its products"):
        read_file(tmp_path / "chain", tmp_path / "edges")


@pytest.mark.parametrize("entry", FORMATS.values(), ids=lambda entry: entry.name)
def test_the_example_of_every_format_is_recognised_as_it(tmp_path, entry):
    (tmp_path / "example").write_text(entry.example + "\n")
    if entry.name in ("amazon_reviews", "amazon_2023"):
        with pytest.raises(UserError, match=r"2014 or 2018"):
            read_file(tmp_path / "example", options=EASY)
        return
    result = read_file(tmp_path / "example", options=EASY)
    assert result.report.kind.startswith(entry.name) and len(result.relations) > 0


def test_no_module_but_the_registry_names_the_modules_of_formats():
    """Named data sets may use the reader that they need."""
    root = Path(core.__file__).parent
    modules = {path.stem for path in (root / "data" / "formats").glob("*.py")}
    modules -= {"__init__", "registry", "input_format"}
    pattern = re.compile(rf"formats(?:\.| import )(?:{'|'.join(modules)})\b")
    allowed = {"complete_journey.py"}
    for path in root.rglob("*.py"):
        if path.parent.name != "formats" and path.name not in allowed:
            assert not pattern.search(path.read_text("utf-8")), path


def test_an_unknown_format_is_refused(tmp_path):
    (tmp_path / "edges").write_text("source,target\na,b\n")
    with pytest.raises(UserError, match=r"no input format 'edge'.*amazon, baskets, edges"):
        read_file(tmp_path / "edges", options=ReadOptions(kind="edge"))


def test_baskets_win_over_edges_where_a_table_has_columns_for_both(tmp_path):
    rows = "".join(f"{i // 2},p{i % 4},2024-01-{i + 1:02},2024-02-{i + 1:02}\n" for i in range(20))
    (tmp_path / "rentals").write_text("order_id,product_id,from,to\n" + rows)
    result = read_file(tmp_path / "rentals", options=EASY)
    assert result.report.kind == "baskets"
    assert result.catalogue.frame["id"].tolist() == ["p0", "p1", "p2", "p3"]
    result = read_file(tmp_path / "rentals", options=ReadOptions(kind="edges"))
    assert result.report.kind == "edges"


def test_a_role_can_be_switched_off(tmp_path):
    rows = "".join(f"{i // 2},p{i % 4},soon\n" for i in range(20))
    (tmp_path / "log").write_text("basket,product,time\n" + rows)
    with pytest.raises(UserError, match="time is unreadable"):
        read_file(tmp_path / "log", options=EASY)
    options = EASY.model_copy(update={"columns": {"time": "none"}})
    result = read_file(tmp_path / "log", options=options)
    assert result.report.bad_lines == 0 and result.date is None
    assert result.report.notes["columns"] == {"basket": "basket", "product": "product"}


def test_a_column_called_none_can_be_chosen(tmp_path):
    (tmp_path / "edges").write_text("none,target\na,b\n")
    result = read_file(tmp_path / "edges", options=ReadOptions(columns={"source": "none"}))
    assert len(result.relations) == 1


def test_unknown_roles_are_refused(tmp_path):
    (tmp_path / "edges").write_text("source,target\na,b\n")
    with pytest.raises(UserError, match="No such role: colour; roles are basket, brand"):
        read_file(tmp_path / "edges", options=ReadOptions(columns={"colour": "x"}))
