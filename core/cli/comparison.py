"""Two finished runs against each other, on the same pairs."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from core.cli.console import print_table, write
from core.cli.report import check_dataset
from core.config import SplitKind, UserError
from core.evaluation.table import HEADINGS, markdown, result_row, signed
from core.models.registry import EXPERIMENTS
from core.runs.compare import difference, has_default_settings
from core.runs.run_folder import Run
from core.runs.store import Store


def find_pair(
    store: Store, dataset: str, first: str, second: str, split: SplitKind | None = None
) -> tuple[Run, Run]:
    """Return two finished runs that were measured on the same pairs.

    Parameters
    ----------
    first, second : str
        Names of runs, or of models. Of several runs of a model, those with the settings it has by
        default go first, then those of one seed, then the lowest seed, then the newest.
    split : str, optional
        Where a model's run is looked for: by default where the other name's run is, ``random`` if
        both are models.

    Raises
    ------
    UserError
        If there are no such runs; it says what there is.
    """
    check_dataset(store, dataset)
    runs = store.finished_runs(dataset)
    if split is None:
        named = [run.config.split for run in runs if run.id in (first, second)]
        split = named[0] if named else "random"
    candidates = [_candidates(runs, dataset, name, split) for name in (first, second)]
    if len({run.id for some in candidates for run in some}) == 1:
        raise UserError(f"'{first}' and '{second}' are one and the same run: name two.")
    pairs = [
        (one, other)
        for one in candidates[0]
        for other in candidates[1]
        if one.id != other.id and one.config.data == other.config.data
    ]
    if not pairs:
        raise UserError(
            f"No two runs of '{first}' and '{second}' were measured on the same pairs. Those with "
            "the same fingerprint were, which stands in the column 'data' of "
            f"python -m core report {dataset} --csv"
        )

    usual = {run.id: _is_usual(run) for some in candidates for run in some}

    def fitness(pair: tuple[Run, Run]) -> tuple:
        same_seed = pair[0].config.seed == pair[1].config.seed
        # The first seed rather than the newest run, so that more seeds do not change the answer.
        seeds = [-run.config.seed for run in pair]
        newest = [runs.index(run) for run in pair]
        return sum(usual[run.id] for run in pair), same_seed, seeds, newest

    return max(pairs, key=fitness)


def _candidates(runs: list[Run], dataset: str, name: str, split: SplitKind) -> list[Run]:
    asked = [run for run in runs if run.id == name]
    asked = asked or [r for r in runs if r.config.model == name and r.config.split == split]
    if asked:
        return asked
    if name not in EXPERIMENTS:
        known = ", ".join(run.id for run in runs) or "none"
        raise UserError(f"'{name}' is no model and no finished run. Finished: {known}.")
    raise UserError(
        f"'{dataset}' has no finished run of '{name}' on the {split} split. "
        f"Run: python -m core train {dataset} {name} --split {split}"
    )


def compared(first: Run, second: Run, workers: int = 1) -> list[dict[str, Any]]:
    """Return a row a measure: both figures, ``difference, low, high`` (paired, 95 %).

    Measures that could not be taken are left out.

    Raises
    ------
    UserError
        If none could be taken, or a run's scores are damaged.
    """
    figures = first.metrics, second.metrics
    rows = []
    for name, interval in difference(first, second, workers=workers).items():
        # A run of an earlier version may lack a measure.
        both = {"first": figures[0].get(name), "second": figures[1].get(name)}
        if None not in both.values():
            ends = zip(("difference", "low", "high"), interval)
            rows.append({"measure": name, **both, **dict(ends)})
    if not rows:
        raise UserError(
            f"'{first.id}' and '{second.id}' have no measure in common: there were too few pairs "
            "to take any. Use a larger data set."
        )
    return rows


def print_comparison(first: Run, second: Run, form: str, workers: int = 1) -> None:
    """Print how two runs differ as `json`, `markdown` or `table`."""
    rows = compared(first, second, workers)
    if form == "json":
        runs = {"first": first.id, "second": second.id}
        write(json.dumps({**runs, "measures": rows}, indent=2))
        return
    names = [_name(first), _name(second)]
    if names[0] == names[1]:
        names = [first.id, second.id]
    texts = pd.DataFrame(
        [
            [
                HEADINGS[row["measure"]],
                f"{row['first']:.4f}",
                f"{row['second']:.4f}",
                signed(row["difference"], row["low"], row["high"]),
            ]
            for row in rows
        ],
        columns=["measure", *names, "difference [95 %, paired]"],
    )
    title = f"{first.config.dataset}: {first.id} minus {second.id}"
    if form == "markdown":
        write(f"**{title}**\n\n{markdown(texts)}\n")
    else:
        print_table(texts, title)


def _is_usual(run: Run) -> bool:
    return run.config.preset == "ours" and has_default_settings(run)


def _name(run: Run) -> str:
    """Return the model's title; the run's own name where it has other settings than usual."""
    if not _is_usual(run):
        return run.id
    return result_row(run.metrics, run.config.data)["title"]
