"""Reading options that a person types."""

from __future__ import annotations

from core.data.parse_options import parse_settings, read_options


def test_settings_are_json_or_text():
    assert parse_settings(["a=1", "b=1.5", "c=true", "d=cbow", 'e="1"']) == {
        "a": 1, "b": 1.5, "c": True, "d": "cbow", "e": "1",
    }  # fmt: skip
    options = read_options(["top=7", "columns.basket=order_no"])
    assert options.top == 7 and options.columns == {"basket": "order_no"}


def test_ids_of_products_to_leave_out_stay_as_they_are_written():
    assert read_options(["leave_out=7.31E+11"]).leave_out == ["7.31E+11"]
    assert read_options(["leave_out=NaN, null,5"]).leave_out == ["NaN", "null", "5"]
