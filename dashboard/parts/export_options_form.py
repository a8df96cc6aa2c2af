"""Export: the form of the options that a format takes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import streamlit as st

from core.explore.exports.export_options import ExportOptions, ExportRules, export_options
from dashboard import cached_data

# Options of a single value, in one row.
IN_A_ROW = 6
LEFT_OUT = {"known": "Known pairs", "brand": "Same brand", "family": "Same category"}
UPLOADS = "uploads/export"


def choose_options(shown: Collection[str], key: str) -> ExportOptions:
    """Draw the options of a format and return their values.

    Parameters
    ----------
    shown : collection of str
        Names of options, as in `ExportFormat.options`.
    key : str
        Begins the keys of the widgets.

    Raises
    ------
    UserError
        If the values do not fit together.
    """
    values: dict[str, Any] = {"replace": True}
    if "file" in shown:
        values["file"] = _upload("Table of new products", f"{key}-file", ["csv", "xlsx", "parquet"])
    if "rules" in shown:
        left, right = st.columns(2)
        chosen = left.pills(
            "Leave out", list(LEFT_OUT), selection_mode="multi", key=f"{key}-leave-out",
            format_func=LEFT_OUT.__getitem__, help=_help("leave_out"),
        )  # fmt: skip
        values["leave_out"] = tuple(chosen)
        with right:
            values["out_of_stock"] = _upload(
                "Out of stock", f"{key}-stock", ["txt", "csv"], _help("out_of_stock")
            )
    if not shown:
        return export_options(**values)
    columns = iter(st.columns(IN_A_ROW, vertical_alignment="bottom"))
    if "k" in shown:
        values["k"] = next(columns).number_input("Neighbours, k", 1, 1000, 10, key=f"{key}-k")
    if "rules" in shown:
        for name, label in (("price_from", "Price from"), ("price_to", "Price to")):
            values[name] = next(columns).number_input(
                label, 0.0, None, None, key=f"{key}-{name}", help=_help(name)
            )
        values["per_category"] = next(columns).number_input(
            "Per category", 0, None, 0, key=f"{key}-per", help=_help("per_category")
        )
        values["min_score"] = next(columns).number_input(
            "Lowest score", None, None, None, key=f"{key}-least", format="%.3f",
            help=_help("min_score"),
        )  # fmt: skip
    if "why" in shown:
        values["why"] = next(columns).checkbox("Say why", True, key=f"{key}-why", help=_help("why"))
    return export_options(**values)


def _help(name: str) -> str:
    return (ExportRules.model_fields | ExportOptions.model_fields)[name].description or ""


def _upload(label: str, key: str, kinds: list[str], help_: str | None = None) -> Path | None:
    """Draw an upload; return the path of the file, which the job reads."""
    upload = st.file_uploader(label, type=kinds, key=key, help=help_)
    if upload is None:
        return None
    target = cached_data.store().root / UPLOADS / f"{key}{Path(upload.name).suffix.lower()}"
    target.parent.mkdir(parents=True, exist_ok=True)
    content = upload.getvalue()
    if not target.exists() or target.read_bytes() != content:
        target.write_bytes(content)
    return target.resolve()
