"""Print how two finished runs differ."""

from __future__ import annotations

import json

import pandas as pd

from core.cli.console import print_table, write
from core.evaluation.measures import measure
from core.evaluation.significance import ABOUT_INTERVALS
from core.evaluation.table import markdown, signed
from core.runs.run_folder import Run
from core.runs.run_names import run_names


def print_comparison(first: Run, second: Run, table: pd.DataFrame, form: str) -> None:
    """Print how two runs differ (`core.compare`) as `json`, `markdown` or `table`."""
    if form == "json":
        runs = {"first": first.id, "second": second.id}
        write(json.dumps({**runs, "measures": table.to_dict("records")}, indent=2))
        return
    names = run_names([first, second]).values()
    texts = pd.DataFrame(
        [
            [
                measure(row["measure"]).title,
                f"{row['first']:.4f}",
                f"{row['second']:.4f}",
                signed(row["difference"], row["low"], row["high"]),
            ]
            for row in table.to_dict("records")
        ],
        columns=["measure", *names, "difference [95 %, paired]"],
    )
    title = f"{first.config.dataset}: {first.id} minus {second.id}"
    if form == "markdown":
        write(f"**{title}**\n\n{markdown(texts)}\n")
    else:
        print_table(texts, title)
        write(ABOUT_INTERVALS)
