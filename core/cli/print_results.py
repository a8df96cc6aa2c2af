"""Print data sets, splits, results, maps, studies and previews of files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.cli.console import print_compact, print_table, say, write
from core.config import UserError
from core.data.named_datasets import describe_named_datasets
from core.data.preview import Preview, preview_file, preview_products
from core.data.read_options import ReadOptions
from core.data.read_summary import summary_lines
from core.evaluation.measure_type import Metrics, Row
from core.evaluation.measures import names_in
from core.evaluation.table import best_first, markdown, shown_table
from core.explore.umap_projection import MapFacts
from core.plural import count_of
from core.runs.result_rows import result_rows
from core.runs.run_folder import Run
from core.runs.saved_facts import SplitFacts, describe_small_data
from core.runs.store import Store
from core.studies import study
from core.studies.study_result import StudyResult

LOW_HIGH = ("low", "high")


def print_rows(rows: pd.DataFrame, as_json: bool, title: str = "") -> None:
    """Print rows as JSON or as a table."""
    if as_json:
        records = json.loads(rows.to_json(orient="records"))
        write(json.dumps(records, indent=2, ensure_ascii=False))
        return
    texts = rows.copy()
    for name in rows.select_dtypes("floating").columns:
        texts[name] = [f"{value:.4f}" for value in rows[name]]
    print_table(texts.fillna("").astype(str), title)


def print_matches(query: str, matches: Sequence[Row]) -> None:
    """Say which product was looked up, and which others match the query."""
    chosen, *others = matches
    say(f"Looked up: {_describe_product(chosen)}")
    if others:
        say(f"Other matches of '{query}'; to look one up, give its id:")
        for match in others:
            say(f"  {_describe_product(match)}")


def _describe_product(match: Row) -> str:
    price = "" if pd.isna(match["price"]) else f"{match['price']:.2f}"
    parts = [match["title"], match["brand"], match["category"], price]
    pairs = count_of(match["pairs"], "training pair")
    return f"{match['id']}  {', '.join(filter(None, parts))} ({pairs})"


def list_datasets(store: Store) -> pd.DataFrame:
    """Return name, description, prepared splits and number of finished runs of every data set."""
    rows: dict[str, dict[str, Any]] = {
        entry["name"]: {"name": entry["name"], "about": entry["about"]}
        for entry in describe_named_datasets()
    }
    for name in store.datasets():
        source = store.source(name)
        about = source["about"] or f"{source['kind']}: {source['file']}"
        rows.setdefault(name, {"name": name, "about": about})
    for name, row in rows.items():
        row["prepared"] = ", ".join(store.prepared(name))
        row["runs"] = len(store.finished_runs(name))
    return pd.DataFrame(rows.values())


def print_report(store: Store, dataset: str, form: str, full: bool = False) -> None:
    """Print the results table as `json`, `csv`, `markdown` or `table`.

    Parameters
    ----------
    store : Store
    dataset : str
    form : str
    full : bool
        Print all columns, in the order of the registry, instead of a few, the best run first.
        JSON and CSV always hold all of them.

    Raises
    ------
    UserError
        If there is no such data set, or no finished run.
    """
    measures = None if form in ("json", "csv") else names_in("baseline") if full else ()
    rows = result_rows(dataset, measures, store=store)
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
    # One table per split: runs of different splits were evaluated on different pairs.
    for data in dict.fromkeys(row["data"] for row in rows):
        part = [row for row in rows if row["data"] == data]
        warning = _small_data_warning(store, dataset, part[0])
        if warning and not full:
            with_ends = [_with_intervals(store, dataset, row) for row in best_first(part)]
            table = shown_table(with_ends, place="comparison")
        elif full:
            table = shown_table(part, elsewhere=True)
        else:
            table = shown_table(best_first(part), place="short_table")
        title = f"{dataset}, {part[0]['split']} split ({data})"
        if form == "markdown":
            write(f"**{title}**\n\n{markdown(table)}\n\n")
        elif full or warning:
            print_table(table, title)
        else:
            print_compact(table, title)
        if warning:
            write(f"{warning}\n")


def _small_data_warning(store: Store, dataset: str, row: Row) -> str:
    """Return a warning if a run was evaluated on few pairs; "" if not."""
    prepared = store.run(dataset, row["run"]).config.prepared
    return describe_small_data(store.split_facts(dataset, prepared))


def _with_intervals(store: Store, dataset: str, row: Row) -> Metrics:
    """Return a row of results with the ends of its measures' intervals."""
    from core import evaluate

    ends = evaluate(store.run(dataset, row["run"])).dropna().to_dict("records")
    return dict(row) | {f"{one['measure']}_{end}": one[end] for one in ends for end in LOW_HIGH}


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


def print_preview(
    file: Path | None, products: Path | None, options: ReadOptions, as_json: bool
) -> None:
    """Print how a file and its product table would be read, and their first rows.

    Raises
    ------
    UserError
        If no file is named, or its format is unknown.
    """
    if file is None:
        raise UserError("--preview needs a file: --file PATH --preview")
    _print_preview(file, preview_file(file, options), as_json)
    if products is not None:
        _print_preview(products, preview_products(products, options), as_json)


def _print_preview(file: Path, preview: Preview, as_json: bool) -> None:
    facts = ", ".join(f"{name} {value}" for name, value in preview.facts.items())
    title = f"{file.name}: {preview.about}{f' ({facts})' if facts else ''}"
    print_rows(preview.rows, as_json, title)
    if preview.columns and not as_json:
        roles = ", ".join(f"{role} = {name}" for role, name in preview.columns.items())
        write(f"columns: {roles}; to choose others: --set columns.ROLE=NAME")


def print_split(store: Store, facts: SplitFacts, as_json: bool) -> None:
    """Print the counts of a prepared split."""
    write(json.dumps(facts, indent=2) if as_json else describe_split(store, facts))


def describe_split(store: Store, facts: SplitFacts) -> str:
    """Return a few lines about a prepared split, and how its files were read."""
    again = " (reused)" if facts.get("reused") else ""
    lines = [
        f"{facts['dataset']}: {facts['products']:,} products, {facts['with_metadata']:,} of them "
        f"with metadata ({facts['catalogue_rows']:,} catalogue rows), {facts['pairs']:,} pairs",
        f"{facts['kind']} split: {facts['training_pairs']:,} training pairs "
        f"({facts['development_pairs']:,} of them the development slice), "
        f"{facts['held_out_pairs']:,} held-out pairs, {facts['unseen_products']:,} unseen "
        f"products{again}",
    ]
    report = store.read_report(facts["dataset"])
    for table in filter(None, (report, *map(report["notes"].get, ("test", "products")))):
        lines += summary_lines(table)
    return "\n".join(lines)


def print_map(run: Run, facts: MapFacts, as_json: bool) -> None:
    """Print what a map shows and how well it preserves neighbourhoods."""
    write(json.dumps(facts, indent=2) if as_json else _describe_map(run, facts))


def _describe_map(run: Run, facts: MapFacts) -> str:
    sampled = "" if facts["points"] == facts["candidates"] else f" of {facts['candidates']:,}"
    return (
        f"{run.id}: map of {facts['points']:,}{sampled} products in {facts['dimensions']} "
        f"dimensions, {facts['left_out']:,} without a learned vector left out. It preserves "
        f"{facts['preserved']:.1%} of the {facts['preserved_neighbours']} nearest neighbours "
        f"({facts['seconds']:.0f} s)."
    )
