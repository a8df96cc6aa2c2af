"""All input formats. To add one: write a file with a `FORMAT` like those here, and list it."""

from __future__ import annotations

from core.config import UserError
from core.data.formats import amazon_metadata, edge_list, transaction_log
from core.data.formats.input_format import InputFormat, Sample
from core.data.tables.columns import set_column

FORMATS: dict[str, InputFormat] = {
    module.FORMAT.name: module.FORMAT for module in (amazon_metadata, transaction_log, edge_list)
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
    evidence = {name: chosen.evidence(sample) for name, chosen in FORMATS.items()}
    best = max(evidence, key=lambda name: evidence[name])
    if not evidence[best]:
        tables = [entry.about for entry in FORMATS.values() if entry.takes_products]
        raise UserError(
            f"{sample.label} is neither {' nor '.join(tables)}: it has the columns "
            f"{sample.table.listed_names}. Say which is which: {set_column('basket', 'NAME')} "
            f"{set_column('product', 'NAME')} (or columns.source and columns.target)."
        )
    return FORMATS[best]
