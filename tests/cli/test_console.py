"""Printed tables: in one part in a pipe, in several on a narrow terminal."""

import io

import pandas as pd
import pytest
from rich.console import Console

import core.cli.console
from core.cli.console import print_table
from core.evaluation.table import shown_table

FIGURES = ("auc_all", "auc_all_median", "auc_seen", "auc_possible", "auc_degree", "auc_hard",
           "hits_at_10", "hits_at_50", "mrr")  # fmt: skip


def results() -> pd.DataFrame:
    """Return a results table of two models, two seeds each, with the other paper's rows below."""
    rows = []
    for number, (title, seed) in enumerate([("Degree", 1), ("Degree", 2), ("word2vec", 1)]):
        row = {"label": f"{title}, seed {seed}", "run": f"r-{number}"}
        row |= {name: 0.1 + 0.1 * number + 0.001 * i for i, name in enumerate(FIGURES)}
        for data in ("electronics", "books"):
            row |= {f"published_{data}_{end}": None for end in ("auc_all", "auc_seen", "minutes")}
        rows.append(row | {"total_seconds": 90.0, "unseen_rule": "lowest", "scoring": "dot"})
    return shown_table(rows, elsewhere=True)


def printed(monkeypatch, table: pd.DataFrame, width: int | None, title: str = "") -> str:
    file = io.StringIO()
    if width is None:
        monkeypatch.setattr("sys.stdout", file)
    else:
        terminal = Console(file=file, width=width, force_terminal=True, color_system=None)
        monkeypatch.setattr(core.cli.console, "results", terminal)
    print_table(table, title)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160, 400])
def test_no_number_is_truncated_and_every_row_is_identifiable(monkeypatch, width):
    table = results()
    text = printed(monkeypatch, table, width, "shop")
    assert max(map(len, text.splitlines())) <= width
    for column in table.columns[1:]:
        for cell in table[column]:
            assert all(word in text for word in cell.split())
    assert text.count("shop") == 1
    parts = text.split("└")[:-1]
    assert (len(parts) == 1) == (width >= 160)
    for part in parts:
        heading = part[part.index("┏") : part.index("┡")]
        assert "Model" in heading
        # The other paper's rows have values in one column only, so they are in its part.
        assert ("EGES" in part) == ("Electronics" in heading)


def test_a_pipe_gets_one_table_with_a_line_per_row(monkeypatch):
    text = printed(monkeypatch, results(), None)
    assert text.count("┏") == 1
    assert sum("0.3000" in line for line in text.splitlines()) == 1


def test_wide_characters_and_markup_are_shown_literally(monkeypatch):
    table = pd.DataFrame({"id": ["A", "B"], "title": ["日本語の本 [bold]x[/bold]", "short"]})
    lines = printed(monkeypatch, table, 40).splitlines()
    assert any("日本語の本 [bold]x[/bold]" in line for line in lines)


def test_text_that_looks_like_markup_is_shown_literally_in_titles_and_cells(monkeypatch):
    table = pd.DataFrame({"id": ["A"], "title": [r"a\[b] c [/b]"]})
    text = printed(monkeypatch, table, 60, "Of [/b]")
    assert "Of [/b]" in text and r"a\[b] c [/b]" in text


def test_a_terminal_narrower_than_a_word_still_shows_all_text(monkeypatch):
    table = pd.DataFrame({"id": ["A" * 30], "title": ["B" * 50], "n": ["7"]})
    text = printed(monkeypatch, table, 20)
    assert (text.count("A"), text.count("B")) == (60, 50)
    assert max(map(len, text.splitlines())) <= 20
