"""Train, own data: the rarer options of reading, which the readers' messages refer to."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.product_relations import RELATIONS, WEIGHTS
from core.data.read_options import ReadOptions

_THRESHOLDS = {
    "max_basket": "Largest basket",
    "min_sold": "Baskets per product",
    "min_together": "Times together",
    "min_score": "Lowest score",
}
_DETECTED = {"header": "Header", "fill_down": "Fill baskets down"}
_TEXTS = {"leave_out": "Leave out", "time_format": "Time format"}
_LABELS = {**_DETECTED, **_THRESHOLDS, **_TEXTS, "merge_case": "Merge case"}
_OPTIONS = {
    "baskets": tuple(_LABELS),
    "basket_lines": (*_THRESHOLDS, "leave_out", "merge_case"),
    "edges": ("header", "leave_out", "merge_case"),
}
# Relations that a kind of file can have.
_RELATIONS = {"baskets": RELATIONS[:2], "edges": RELATIONS, "amazon": RELATIONS[:3]}
_CHOICES = {None: "Detect", True: "Yes", False: "No"}


def options_form(kind: str, key: str) -> dict[str, str]:
    """Draw the options of a kind of file; return those that were changed, as strings.

    Parameters
    ----------
    kind : str
        As in `core.data.formats.registry.FORMATS`.
    key : str
        Begins the keys of the fields.
    """
    changed: dict[str, str] = {}
    names = _OPTIONS.get(kind, ())
    fields = in_rows()
    for name in names:
        with next(fields):
            if (text := _field(name, f"{key}-{name}")) is not None:
                changed[name] = text
    fields = in_rows()
    for relation in _RELATIONS.get(kind, ()):
        with next(fields):
            usual = round(float(WEIGHTS[RELATIONS.index(relation)]), 3)
            label = f"Weight of {relation.replace('_', ' ')}"
            weight = st.number_input(
                label, 0.0, None, usual, 0.1, key=f"{key}-weight-{relation}",
                help=f"weights.{relation}: 0 leaves the relation out",
            )  # fmt: skip
            if weight != usual:
                changed[f"weights.{relation}"] = f"{weight:g}"
    return changed


def in_rows() -> Iterator[DeltaGenerator]:
    """Yield the columns of one row of four after the other, as long as fields need them."""
    while True:
        yield from st.columns(4, vertical_alignment="bottom")


def _field(name: str, key: str) -> str | None:
    """Draw the field of an option; return its value as a string, None for the default."""
    label, field = _LABELS[name], ReadOptions.model_fields[name]
    about, default = f"{name}: {field.description}", field.default
    if name in _DETECTED:
        choice = st.selectbox(
            label, list(_CHOICES), key=key, help=about, format_func=_CHOICES.__getitem__
        )
        return None if choice is None else str(choice).lower()
    if name in _TEXTS:
        return st.text_input(label, key=key, help=about).strip() or None
    if name == "merge_case":
        return "true" if st.checkbox(label, key=key, help=about) else None
    if name == "min_score":
        number = st.number_input(label, 0.0, None, default, 1.0, key=key, help=about)
    else:
        least = 2 if name == "max_basket" else 1
        number = st.number_input(label, least, None, default, 1, key=key, help=about)
    return (
        None if number in (None, default) else f"{number:g}" if name == "min_score" else str(number)
    )
