"""What the doors say of data sets, runs and neighbours."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from core.cli.console import print_table, write
from core.config import UserError
from core.data.sources import describe_sources
from core.evaluation.measures import names_in, shown_in
from core.evaluation.table import markdown, shown_table
from core.models.registry import experiment
from core.runs.compare import result_rows
from core.runs.run_folder import Run
from core.runs.store import Store
from core.studies import study
from core.studies.study_result import StudyResult

SHOWN_BAD_LINES = 3


def list_datasets(store: Store) -> list[dict[str, Any]]:
    """Return name, description, prepared splits and finished runs of every data set."""
    rows = {entry["name"]: {"name": entry["name"], "about": entry["about"]} for entry in
            describe_sources()}  # fmt: skip
    for name in store.datasets():
        source = store.source(name)
        about = source["about"] or f"{source['kind']}: {source['file']}"
        rows.setdefault(name, {"name": name, "about": about})
    for name, row in rows.items():
        row["prepared"] = ", ".join(store.prepared(name))
        row["runs"] = len(store.finished_runs(name))
    return list(rows.values())


def print_report(store: Store, dataset: str, form: str) -> None:
    """Print the results table as `json`, `csv`, `markdown` or `table`.

    Raises
    ------
    UserError
        If there is no such data set, or no finished run.
    """
    store.check_dataset(dataset)
    rows = result_rows(store, dataset, None if form in ("json", "csv") else names_in("baseline"))
    if not rows:
        raise UserError(
            f"'{dataset}' has no finished run yet. Run: python -m core train {dataset} --all"
        )
    if form == "json":
        write(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if form == "csv":
        write(pd.DataFrame(rows).to_csv(index=False))
        return
    # Runs of different splits were measured on different pairs: never in one table.
    for data in dict.fromkeys(row["data"] for row in rows):
        part = [row for row in rows if row["data"] == data]
        table, title = (
            shown_table(part, elsewhere=True),
            f"{dataset}, {part[0]['split']} split ({data})",
        )
        if form == "markdown":
            write(f"**{title}**\n\n{markdown(table)}\n\n")
        else:
            print_table(table, title)


def print_study(result: StudyResult, form: str) -> None:
    """Print a study's result as `json`, `markdown` or `table`; the app draws the figures."""
    if form == "json":
        write(json.dumps(result.model_dump(), indent=2, ensure_ascii=False))
        return
    for table in result.tables:
        texts, title = table.texts(), f"{result.dataset}: {table.title}"
        if form == "markdown":
            write(f"**{title}**\n\n{markdown(texts)}\n")
        else:
            print_table(texts, title)
        if table.note:
            write(f"{table.note}\n")
    write(study(result.study).text)
    for reason in result.left_out:
        write(f"Left out: {reason}")


def describe_split(store: Store, dataset: str, facts: dict[str, Any]) -> str:
    """Return a few lines about prepared data."""
    again = " (was there already)" if facts["reused"] else ""
    report = store.read_report(dataset)
    also = report["notes"].get("products")
    bad = _bad_lines(report) + _bad_lines(also)
    return (
        f"{dataset}: {facts['products']:,} products, {facts['with_metadata']:,} of them with "
        f"metadata ({facts['catalogue_rows']:,} catalogue rows), {facts['pairs']:,} pairs\n"
        f"{facts['kind']} split: {facts['training_pairs']:,} training pairs "
        f"({facts['development_pairs']:,} of them the development slice), "
        f"{facts['held_out_pairs']:,} held-out pairs, {facts['unseen_products']:,} unseen "
        f"products{again}{_columns(report)}{_columns(also)}{bad}{_unread_prices(also)}"
    )


def _columns(report: dict[str, Any] | None) -> str:
    """Return which columns of a table were read as what, so that a wrong guess shows."""
    columns = report["notes"].get("columns", {}) if report else {}
    if all(name == role for role, name in columns.items()):
        return ""
    read_as = ", ".join(f"{role} = {name}" for role, name in columns.items())
    return f"\ncolumns of {report['file']}: {read_as}"


def _unread_prices(report: dict[str, Any] | None) -> str:
    """Return how many prices of a table were filled in but not understood, and one of them."""
    if not report or not (unread := report["notes"].get("unread_prices")):
        return ""
    return (
        f"\nprices of {report['file']} that are no amount, left empty: {unread['count']:,}, such "
        f"as '{unread['first']}'"
    )


def _bad_lines(report: dict[str, Any] | None) -> str:
    """Return how many lines of a file were left out, and the first few; "" if none were."""
    if not report or not report["bad_lines"]:
        return ""
    shown, unit = report["first_bad"][:SHOWN_BAD_LINES], report.get("unit", "row")
    lines = "".join(f"\n  {unit} {bad['line']:,}: {bad['reason']}" for bad in shown)
    more = "\n  …" if report["bad_lines"] > len(shown) else ""
    return (
        f"\n{report['bad_lines']:,} of {report['lines']:,} {unit}s of {report['file']} could not "
        f"be read (read-report.json keeps the first of them):{lines}{more}"
    )


def one_line(run: Run) -> str:
    """Return the headline of a finished run."""
    metrics = run.metrics
    figures = [
        f"{m.heading} {m.shown(metrics) or '  --  '}"
        for m in shown_in("headline")
        if m.name != "minutes"
    ]
    return f"{metrics['model']:22} {'  '.join(figures)}  {metrics['total_seconds']:6.1f} s"


def describe_map(run: Run, facts: dict[str, Any]) -> str:
    """Return what a map shows and how far to trust it."""
    sampled = "" if facts["points"] == facts["candidates"] else f" of {facts['candidates']:,}"
    return (
        f"{run.id}: map of {facts['points']:,}{sampled} products in {facts['dimensions']} "
        f"dimensions, {facts['left_out']:,} without a learned vector left out. It keeps "
        f"{facts['preserved']:.1%} of the {facts['preserved_neighbours']} nearest neighbours "
        f"({facts['seconds']:.0f} s)."
    )


def find_run(store: Store, dataset: str, model: str, run_id: str | None = None) -> Run:
    """Return the run called `run_id`, or the newest finished one of `model`.

    By its name, a stopped run that was kept is found, too.

    Raises
    ------
    UserError
        If there is none; it lists what there is.
    """
    store.check_dataset(dataset)
    if not run_id:
        experiment(model)
    runs = store.finished_runs(dataset)
    if run_id:
        runs += [run for run in store.runs(dataset) if run.was_kept()]
    chosen = [run for run in runs if run.id == run_id or (not run_id and run.config.model == model)]
    if not chosen:
        there = ", ".join(sorted({run.config.model for run in runs})) or "none"
        raise UserError(
            f"'{dataset}' has no finished run '{run_id or model}' (trained: {there}). "
            f"Run: python -m core train {dataset} {model}"
        )
    return chosen[-1]


def look_up(
    store: Store, dataset: str, product: str, model: str, run_id: str | None, k: int
) -> tuple[str, list[dict[str, Any]]]:
    """Return the product that `product` stands for, and its neighbours as rows for people."""
    from core.explore.neighbours import neighbour_table, resolve_product
    from core.runs.loading import load_model

    run = find_run(store, dataset, model, run_id)
    fitted, split = load_model(store, run)
    query = resolve_product(split, product)
    table = neighbour_table(fitted, split, query, k)
    columns = ["id", "title", "brand", "category", "score", "relation"]
    rows = json.loads(table[columns].to_json(orient="records"))
    return split.catalogue.label(query), rows
