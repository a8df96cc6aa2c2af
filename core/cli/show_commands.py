"""The commands that show data sets, results, neighbours, maps and studies, and rename runs."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import typer

from core.cli.console import ConsoleProgress, say
from core.cli.options import (
    Artifacts,
    AsCsv,
    AsJson,
    AsMarkdown,
    Dataset,
    Model,
    RunName,
    Seed,
    Workers,
)
from core.config import (
    SplitKind,
    SplitRequest,
    UserError,
    available_cores,
)
from core.models.registry import default_model, models_of
from core.runs.store import Store

commands = typer.Typer()

DEFAULT_MODEL = default_model()


@commands.command(epilog="Example: python -m core datasets")
def datasets(artifacts: Artifacts = None, as_json: AsJson = False) -> None:
    """List the predefined data sets and those that you have prepared."""
    from core.cli import print_results

    print_results.print_rows(print_results.list_datasets(Store(artifacts)), as_json)


@commands.command("report", epilog="Example: python -m core report demo --markdown")
def report_(
    dataset: Dataset,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
    full: Annotated[bool, typer.Option("--full", help="Print all columns")] = False,
    artifacts: Artifacts = None,
) -> None:
    """Print the results of all finished runs of a data set, one table per split, best first.

    Ranking candidates: all products with a training pair, except the query and its other true
    partners.
    """
    from core.cli import print_results

    form = _form(json=as_json, csv=as_csv, markdown=as_markdown)
    print_results.print_report(Store(artifacts), dataset, form, full)


@commands.command(
    epilog="Examples: python -m core compare demo stack three-hop  |  "
    "python -m core compare demo eges degree --split cold"
)
def compare(
    dataset: Dataset,
    first: Annotated[str, typer.Argument(help="Name of a model or a run")],
    second: Annotated[str, typer.Argument(help="Name of the model or run to compare it with")],
    split: Annotated[
        SplitKind | None,
        typer.Option(help="Split of the runs; by default that of a named run, else random"),
    ] = None,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Print the differences between two runs on the same pairs, with 95 % intervals."""
    import core
    from core.cli.print_comparison import print_comparison

    form = _form(json=as_json, markdown=as_markdown)
    pair = core.find_two_runs(dataset, first, second, split, store=Store(artifacts))
    print_comparison(*pair, core.compare(*pair, workers), form)


@commands.command(
    epilog='Example: python -m core neighbours demo "string cheese" --model skipgram -k 10'
)
def neighbours(
    dataset: Dataset,
    product: Annotated[str, typer.Argument(help="Product id, or words of its title")],
    model: Model = DEFAULT_MODEL,
    run: RunName = None,
    k: Annotated[int, typer.Option("-k", min=1, max=10_000, help="Number of neighbours")] = 10,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """List a product's neighbours in a trained model."""
    from core import api
    from core.cli import print_results
    from core.explore.neighbours import neighbours as look_up

    table = look_up(api.find(dataset, run or model, store=Store(artifacts)), product, k)
    print_results.print_rows(table, as_json, f"Neighbours of {table.attrs['product']}")
    print_results.print_matches(product, table.attrs["matches"])


@commands.command(
    "map",
    epilog="Examples: python -m core map demo --model skipgram  |  "
    "python -m core map demo --neighbours 50 --min-dist 0 --metric euclidean  |  "
    "python -m core map demo --all",
)
def map_(
    dataset: Dataset,
    model: Model = DEFAULT_MODEL,
    run: RunName = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Make a map of every finished run with vectors")
    ] = False,
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="2 or 3")] = 2,
    neighbours: Annotated[
        int,
        typer.Option(
            min=2, max=200, help="UMAP's n_neighbors: higher values show coarser structure"
        ),
    ] = 15,
    min_dist: Annotated[
        float,
        typer.Option(min=0, max=1, help="UMAP's min_dist: lower values pack points more tightly"),
    ] = 0.1,
    metric: Annotated[
        Literal["cosine", "euclidean"], typer.Option(help="Distance between vectors")
    ] = "cosine",
    seed: Seed = 42,
    workers: Workers = None,
    again: Annotated[bool, typer.Option("--again", help="Make an existing map again")] = False,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Make a UMAP map of a trained model's vectors, for the app."""
    from core import api
    from core.cli import print_results
    from core.explore.map import make_map, runs_with_vectors
    from core.explore.umap_projection import MapSettings

    store = Store(artifacts)
    if all_:
        store.check_dataset(dataset)
        runs = runs_with_vectors(store.finished_runs(dataset))
    else:
        runs = [api.find(dataset, run or model, store=store)]
    settings = MapSettings(
        dimensions=dimensions, n_neighbors=neighbours, min_dist=min_dist, metric=metric, seed=seed
    )
    errors = []
    for chosen in runs:
        try:
            with ConsoleProgress(chosen.id) as progress:
                facts = make_map(
                    chosen,
                    partial(api.load, chosen),
                    settings,
                    workers=workers,
                    progress=progress,
                    again=again,
                )
        except UserError as error:
            errors.append(str(error))
        else:
            print_results.print_map(chosen, facts, as_json)
    if errors:
        raise UserError("\n".join(errors))


@commands.command(
    epilog="Examples: python -m core study leaks demo  |  "
    "python -m core study seeds demo --model skipgram --model three-hop --seeds 5"
)
def study(
    name: Annotated[
        str, typer.Argument(help="forgetting, stand-in, leaks, cold, relations, seeds")
    ],
    dataset: Annotated[str, typer.Argument(help="Name of the data set")] = "demo",
    models: Annotated[
        list[str] | None, typer.Option("--model", help="A model to compare; all by default")
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Number of seeds, in studies that use several")
    ] = 3,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs of runs with the published settings, and of the ablation"),
    ] = None,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Run a study that compares several runs; finished runs are reused."""
    from core.cli import print_results
    from core.pipeline.preparation import ensure_prepared
    from core.studies import study as find_study
    from core.studies.study_runner import StudyRunner, run_study

    form = _form(json=as_json, markdown=as_markdown)
    find_study(name)
    store = Store(artifacts)
    with ConsoleProgress(f"study {name}") as progress:
        ensure_prepared(store, SplitRequest(dataset=dataset), progress)
        runner = StudyRunner(
            store,
            dataset,
            models=models or models_of("ours"),
            seeds=seeds,
            epochs=epochs,
            workers=workers or available_cores(),
            progress=progress,
        )
        answer = run_study(runner, name)
    print_results.print_study(answer, form)


@commands.command(epilog='Example: python -m core rename demo skipgram "Skip-gram, first try"')
def rename(
    dataset: Dataset,
    run: Annotated[str, typer.Argument(help="Id or name of a run, or name of a model")],
    name: Annotated[str, typer.Argument(help="Its new name; an empty one undoes renaming")],
    artifacts: Artifacts = None,
) -> None:
    """Give a run another name, for tables and the app."""
    from core import api
    from core.runs.run_names import rename as give_name
    from core.runs.run_names import run_names

    store = Store(artifacts)
    chosen = api.find(dataset, run, store=store)
    give_name(chosen, name)
    say(f"{chosen.id}: {run_names(store.finished_runs(dataset)).get(chosen.id, name)}")


def _form(**wanted: bool) -> str:
    """Return the one output format that was chosen; a table by default."""
    chosen = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(chosen) > 1:
        raise UserError(f"Choose one of {', '.join(f'--{form}' for form in wanted)}.")
    return chosen[0] if chosen else "table"
