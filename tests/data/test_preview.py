"""A preview shows how a file would be read."""

from __future__ import annotations

import pytest

from core.config import UserError
from core.data.preview import preview_file
from core.data.read_options import ReadOptions
from tests.data.test_forms_of_files import orders


def test_a_log_is_previewed(tmp_path):
    log = orders().assign(note="-")
    log.to_csv(tmp_path / "log", index=False, sep=";")
    preview = preview_file(tmp_path / "log")
    assert preview.kind == "baskets" and preview.facts["delimiter"] == "semicolon"
    assert preview.names == ["order_id", "product_id", "customer", "date", "note"]
    headings = ["order_id (basket)", "product_id (product)", "customer (customer)", "date (time)"]
    assert list(preview.rows) == [*headings, "note"]
    assert preview.rows.iloc[:, 1].tolist() == log["product_id"][:20].tolist()
    chosen = ReadOptions(columns={"time": "none", "product": "note"})
    assert preview_file(tmp_path / "log", chosen).columns == {
        "basket": "order_id",
        "product": "note",
        "customer": "customer",
    }


def test_edges_baskets_and_dicts(tmp_path):
    path = tmp_path / "file"
    path.write_text("1 2\n2 3\n3 1\n")
    assert preview_file(path).columns == {"source": "column 1", "target": "column 2"}
    path.write_text("a,b,c\nb,a\nc,a,b\n")
    preview = preview_file(path)
    assert preview.kind == "basket_lines"
    assert preview.rows["products"].tolist() == ["a, b, c", "b, a", "c, a, b"]
    assert preview.rows.iloc[:, 0].tolist() == [3, 2, 3]
    path.write_text("{'asin': 'A', 'title': 'Tea'}\n")
    assert preview_file(path).rows["title"].tolist() == ["Tea"]


def test_unknown_formats_are_refused(tmp_path):
    (tmp_path / "file").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="neither a transaction log"):
        preview_file(tmp_path / "file")
