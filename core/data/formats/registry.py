"""All input formats. To add one: write a file with a `FORMAT` like those here, and list it."""

from __future__ import annotations

from core.config import UserError
from core.data.formats import (
    amazon_metadata,
    basket_lines,
    edge_list,
    refused_files,
    transaction_log,
)
from core.data.formats.input_format import InputFormat, Sample
from core.data.tables.column_roles import set_column
from core.data.tables.table import Table

# Values of a table that marks, in a column per product, which products a basket has.
_MARKS = {"0", "1", "0.0", "1.0", "true", "false", "t", "f", "yes", "no", "y", "n", "?"}
_FEW_MARKS = 3  # columns

FORMATS: dict[str, InputFormat] = {
    entry.name: entry
    for entry in (
        amazon_metadata.FORMAT,
        transaction_log.FORMAT,
        edge_list.FORMAT,
        basket_lines.FORMAT,
        refused_files.REVIEWS,
        refused_files.METADATA_2023,
    )
}


def choose_format(sample: Sample) -> InputFormat:
    """Return the format that the options name, or else the one with the strongest evidence.

    Raises
    ------
    UserError
        If there is no format of that name, or no evidence for any.
    """
    name = sample.options.kind
    if name != "auto":
        if name not in FORMATS:
            raise UserError(f"There is no input format '{name}': choose {', '.join(FORMATS)}.")
        return FORMATS[name]
    evidence = {name: entry.evidence(sample) for name, entry in FORMATS.items()}
    best = max(evidence, key=lambda name: evidence[name])
    if not evidence[best]:
        raise _unknown(sample)
    return FORMATS[best]


def _other_layout(table: Table) -> str:
    """Describe a table with several products per row; "" if its layout is not recognised."""
    head = table.head()
    filled = {name: head[i][head[i] != ""] for i, name in enumerate(table.names) if i in head}
    marks = [name for name, column in filled.items() if set(column.str.lower()) <= _MARKS]
    if len(marks) > _FEW_MARKS and len(marks) > 0.8 * len(table.names):
        return (
            "has a column for each product, marked where a basket has it: write one purchase per "
            "row (basket, product), or the names of a basket's products in one line."
        )
    for name, column in filled.items():
        cells = column.str.strip("[](){} ").str.split(r"\s*[,;|]\s*", regex=True)
        parts = cells.explode()
        if len(cells) and cells.str.len().mean() > 1.5 and 2 * parts.nunique() < len(parts):
            return (
                f"has lists of products in its column '{name}', such as '{column.iloc[0][:60]}': "
                "write one purchase per row (basket, product), or only the lists, one per line."
            )
    return ""


def _unknown(sample: Sample) -> UserError:
    """Return the error for a table that no format recognises."""
    table = sample.table  # raises an error if the file is not a table
    tables = [entry.about for entry in FORMATS.values() if entry.takes_products]
    columns = f"the columns {table.listed_names}"
    if not table.has_header:
        first = table.head().iloc[:1].to_numpy(object).ravel().tolist()
        shown = ", ".join(f"{name} ('{value}')" for name, value in zip(table.names, first))
        columns = f"no header, and the columns {shown}"
    if hint := _other_layout(table):
        raise UserError(f"{sample.label} {hint}")
    return UserError(
        f"{sample.label} is neither {' nor '.join(tables)}: it has {columns}. Say which is which: "
        f"{set_column('basket', 'NAME')} {set_column('product', 'NAME')} (or columns.source and "
        "columns.target)."
    )
