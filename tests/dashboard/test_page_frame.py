"""The frame of every page: errors, and texts that come from data."""

from __future__ import annotations

from dashboard import page_frame
from tests.dashboard.conftest import texts


def test_an_unexpected_error_is_short_and_logged(artifacts, open_page, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("inside secret.py")

    root = artifacts("many")
    monkeypatch.setattr("dashboard.parts.run_tables.rows_of", broken)
    app = open_page(root, "compare")
    assert not app.exception
    assert "secret" not in texts(app)
    assert "ZeroDivisionError" in (root / page_frame.LOG).read_text()


def test_titles_are_never_markdown():
    assert page_frame.plain("*a* <b> [c](d) :red[e] $f$") == (
        r"\*a\* \<b\> \[c\]\(d\) \:red\[e\] \$f\$"
    )


def test_titles_become_neither_links_nor_arrows_and_stay_on_a_line():
    shown = page_frame.plain(" https://a.b www.a.b a@b -> \n b").replace("\u2060", "|")
    assert shown == r"https\:|\/\/a\.b www|\.a\.b a\@|b \-|\> b"
    # A command can be copied; dashes between blanks would become one.
    assert "\u2060" not in page_frame.plain("add --split time --set a.b=c, or --replace")
    assert "\u2060" in page_frame.plain("this -- that") and "\u2060" in page_frame.plain(
        "--> there"
    )
