"""All input formats. To add one: write a file with a `FORMAT` like those here, and list it."""

from __future__ import annotations

from core.config import UserError
from core.data.formats import (
    amazon_metadata,
    amazon_unusable,
    basket_lines,
    edge_list,
    transaction_log,
)
from core.data.formats.input_format import InputFormat, Sample
from core.data.tables.column_roles import set_column

FORMATS: dict[str, InputFormat] = {
    entry.name: entry
    for entry in (
        amazon_metadata.FORMAT,
        transaction_log.FORMAT,
        edge_list.FORMAT,
        basket_lines.FORMAT,
        amazon_unusable.REVIEWS,
        amazon_unusable.METADATA_2023,
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


def _unknown(sample: Sample) -> UserError:
    """Return the error for a table that no format recognises."""
    table = sample.table  # raises the error of a file that is no table
    tables = [entry.about for entry in FORMATS.values() if entry.takes_products]
    columns = f"the columns {table.listed_names}"
    if not table.has_header:
        first = table.head().iloc[:1].to_numpy(object).ravel().tolist()
        shown = ", ".join(f"{name} ('{value}')" for name, value in zip(table.names, first))
        columns = f"no header, and the columns {shown}"
    return UserError(
        f"{sample.label} is neither {' nor '.join(tables)}: it has {columns}. Say which is which: "
        f"{set_column('basket', 'NAME')} {set_column('product', 'NAME')} (or columns.source and "
        "columns.target)."
    )
