"""Two finished runs against each other, on the same pairs."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from core.config import SplitKind, UserError
from core.console import print_table, write
from core.evaluation.table import HEADINGS, markdown
from core.experiments import EXPERIMENTS
from core.gains import difference
from core.overview import check_prepared, finished_runs
from core.run import Run
from core.store import Store


def find_pair(
    store: Store, dataset: str, first: str, second: str, split: SplitKind = "random"
) -> tuple[Run, Run]:
    """Return two finished runs that were measured on the same pairs, the newest there are.

    Parameters
    ----------
    first, second : str
        Names of runs, or of models.
    split : str
        Where a model's run is looked for; a run that is named may be of any split.

    Raises
    ------
    UserError
        If there are no such runs; it lists what there is.
    """
    check_prepared(store, dataset)
    runs = finished_runs(store, dataset)[::-1]

    def named(name: str) -> list[Run]:
        asked = [
            run
            for run in runs
            if run.id == name or (run.config.model == name and run.config.split == split)
        ]
        if asked:
            return asked
        if name not in EXPERIMENTS:
            known = ", ".join(run.id for run in runs) or "none"
            raise UserError(f"'{name}' is no model and no finished run. Finished: {known}.")
        raise UserError(
            f"'{dataset}' has no finished run of '{name}' on the {split} split. "
            f"Run: python -m core train {dataset} {name} --split {split}"
        )

    others = named(second)
    for one in named(first):
        for other in others:
            if one.id != other.id and one.config.data == other.config.data:
                return one, other
    raise UserError(
        f"No two runs of '{first}' and '{second}' were measured on the same pairs. Runs with the "
        "same fingerprint were: see the column 'data' of python -m core report "
        f"{dataset} --csv"
    )


def compared(first: Run, second: Run, workers: int = 1) -> list[dict[str, Any]]:
    """Return a row a measure: both figures, ``difference, low, high`` (paired, 95 %).

    Measures that could not be taken are left out.
    """
    rows = []
    for name, interval in difference(first, second, workers=workers).items():
        figures = {"first": first.metrics[name], "second": second.metrics[name]}
        if None not in figures.values():
            ends = zip(("difference", "low", "high"), interval)
            rows.append({"measure": name, **figures, **dict(ends)})
    return rows


def print_comparison(first: Run, second: Run, form: str, workers: int = 1) -> None:
    """Print how two runs differ as `json`, `markdown` or `table`."""
    rows = compared(first, second, workers)
    if form == "json":
        runs = {"first": first.id, "second": second.id}
        write(json.dumps({**runs, "measures": rows}, indent=2))
        return
    names = [EXPERIMENTS[run.config.model].title for run in (first, second)]
    if names[0] == names[1]:
        names = [first.id, second.id]
    texts = pd.DataFrame(
        [
            [HEADINGS[row["measure"]], f"{row['first']:.4f}", f"{row['second']:.4f}", told(row)]
            for row in rows
        ],
        columns=["measure", *names, "difference [95 %, paired]"],
    )
    title = f"{first.config.dataset}: {first.id} minus {second.id}"
    if form == "markdown":
        write(f"**{title}**\n\n{markdown(texts)}\n")
    else:
        print_table(texts, title)


def told(row: dict[str, Any]) -> str:
    """Return a difference and its interval as text."""
    return f"{row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]"
