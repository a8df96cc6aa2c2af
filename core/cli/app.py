"""The commands of `python -m core`: they parse, call `core.api` and print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from core.cli.console import ConsoleProgress, say
from core.cli.errors import run_command
from core.cli.set_options import parse_settings, read_options
from core.config import (
    Execution,
    Preset,
    SplitKind,
    SplitRequest,
    TrainRequest,
    UserError,
    available_cores,
)
from core.models.registry import changes_of_each, default_model, models_of
from core.parallel import use_workers
from core.runs.store import Store

DEFAULT_MODEL = default_model()

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Product embeddings from also-bought, also-viewed and bought-together data.",
    epilog="Example: python -m core run demo",
)

Dataset = Annotated[str, typer.Argument(help="Name of the data set")]
Artifacts = Annotated[
    Path | None,
    typer.Option("--artifacts", help="Folder of all outputs", envvar="ARTIFACTS_DIR"),
]
File = Annotated[
    Path | None,
    typer.Option(help="Amazon metadata, a transaction log or an edge list, plain or .gz"),
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of everything random")]
SplitSeed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the split")]
Workers = Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default")]
Jobs = Annotated[
    int, typer.Option(min=1, help="Models to train at the same time; they share the threads")
]
PresetOption = Annotated[Preset, typer.Option(help="study: the published settings")]
SplitOption = Annotated[SplitKind, typer.Option("--split", help="How the pairs are divided")]
Model = Annotated[str, typer.Option(help="Name of the model")]
RunName = Annotated[
    str | None, typer.Option("--run", help="Name of a run, where the model has several")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown")]


@app.command(epilog="Example: python -m core datasets")
def datasets(artifacts: Artifacts = None, as_json: AsJson = False) -> None:
    """List the data sets: the named ones, and those that you have prepared."""
    from core.cli import report

    report.print_rows(report.list_datasets(Store(artifacts)), as_json)


@app.command(
    epilog="Examples: python -m core prepare demo  |  "
    "python -m core prepare beauty --file meta_Beauty.json.gz  |  "
    "python -m core prepare shop --file orders.csv --products products.csv --split time"
)
def prepare(
    dataset: Dataset,
    file: File = None,
    products: Annotated[
        Path | None,
        typer.Option(help="Product table that accompanies a transaction log or an edge list"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="How to read it: top=20, min_sold=10, columns.basket=order_no"),
    ] = None,
    split: SplitOption = "random",
    preset: PresetOption = "ours",
    split_seed: SplitSeed = 42,
    replace: Annotated[
        bool, typer.Option("--replace", help="Read again what the name holds; removes its runs")
    ] = False,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Read a data set and divide its pairs; an existing split is reused."""
    from core import api
    from core.cli import report
    from core.data.raw_data import RawData

    if workers is not None:
        use_workers(workers)
    store, raw = Store(artifacts), RawData(file, products, read_options(set_ or []))
    request = SplitRequest(dataset=dataset, split=split, preset=preset, split_seed=split_seed)
    with ConsoleProgress(f"prepare {dataset}") as progress:
        facts = api.prepare(request, raw, replace=replace, store=store, progress=progress)
    report.print_split(store, facts, as_json)


@app.command(
    epilog="Examples: python -m core train demo skipgram mf-bias  |  "
    "python -m core train demo --all  |  "
    "python -m core train demo skipgram --set dim=64 --epochs 3  |  "
    "torchrun --nproc-per-node 2 -m core train demo skipgram"
)
def train(
    dataset: Dataset,
    models: Annotated[list[str] | None, typer.Argument(help="Names of models")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Train every model")] = False,
    preset: PresetOption = "ours",
    split: SplitOption = "random",
    split_seed: SplitSeed = 42,
    epochs: Annotated[int | None, typer.Option(min=1, help="Short for --set epochs=N")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the model, name=value")
    ] = None,
    seed: Seed = 42,
    workers: Workers = None,
    again: Annotated[bool, typer.Option("--again", help="Train even finished runs")] = False,
    map_: Annotated[
        bool | None,
        typer.Option("--map/--no-map", help=f"Make the map; by default, {DEFAULT_MODEL}'s only"),
    ] = None,
    jobs: Jobs = 1,
    artifacts: Artifacts = None,
) -> None:
    """Train and evaluate models; finished runs are reused."""
    if bool(models) == all_:
        raise UserError("Name the models to train, or say --all.")
    changes = parse_settings([*(set_ or []), *([f"epochs={epochs}"] if epochs else [])])
    names = models_of(preset) if all_ else models or []
    # With --all, a change applies to the models that have such a setting.
    changes_by_model = changes_of_each(names, changes) if all_ else dict.fromkeys(names, changes)
    requests = [
        TrainRequest(
            dataset=dataset,
            model=name,
            preset=preset,
            split=split,
            split_seed=split_seed,
            seed=seed,
            changes=changes_by_model[name],
        )
        for name in names
    ]
    execution = Execution(workers=workers, jobs=jobs, again=again, map=map_)
    _train(Store(artifacts), requests, execution)


def _train(store: Store, requests: list[TrainRequest], execution: Execution) -> None:
    from core import api
    from core.cli.report import TrainingReport

    report = TrainingReport(len(requests))
    with ConsoleProgress(requests[0].dataset) as progress:
        api.train_many(requests, execution, store=store, progress=progress, listener=report)
    report.raise_errors()


@app.command(epilog="Example: python -m core work")
def work(artifacts: Artifacts = None) -> None:
    """Train what the app has queued, one run at a time, then end."""
    from core.jobs.queue import Queue

    Queue(Store(artifacts)).work()


@app.command("report", epilog="Example: python -m core report demo --markdown")
def report_(
    dataset: Dataset,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
    artifacts: Artifacts = None,
) -> None:
    """Print the results of all finished runs of a data set, one table per split.

    Candidates in ranking: all products with a training pair, but for the query
    and its other true partners.
    """
    from core.cli import report

    form = _form(json=as_json, csv=as_csv, markdown=as_markdown)
    report.print_report(Store(artifacts), dataset, form)


@app.command(
    epilog="Examples: python -m core compare demo stack three-hop  |  "
    "python -m core compare demo eges degree --split cold"
)
def compare(
    dataset: Dataset,
    first: Annotated[str, typer.Argument(help="Name of a model or a run")],
    second: Annotated[str, typer.Argument(help="Name of the model or run to compare it with")],
    split: Annotated[
        SplitKind | None,
        typer.Option(help="Split of the models' runs; random, or the split of a named run"),
    ] = None,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Print the differences between two runs on the same pairs, with 95 % intervals."""
    from core.cli.comparison import print_comparison
    from core.runs.compare import find_pair

    form = _form(json=as_json, markdown=as_markdown)
    pair = find_pair(Store(artifacts), dataset, first, second, split)
    print_comparison(*pair, form, workers or available_cores())


@app.command(
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
    """Look up the products that go best with one, according to a trained model."""
    from core import api
    from core.cli import report

    found = api.neighbours(api.find(dataset, run or model, store=Store(artifacts)), product, k)
    report.print_rows(found, as_json, f"Neighbours of {found.attrs['product']}")


@app.command(
    "map",
    epilog="Examples: python -m core map demo --model skipgram  |  "
    "python -m core map demo --neighbours 50 --min-dist 0 --metric euclidean",
)
def map_(
    dataset: Dataset,
    model: Model = DEFAULT_MODEL,
    run: RunName = None,
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="2 or 3")] = 2,
    neighbours: Annotated[
        int, typer.Option(min=2, max=200, help="UMAP's n_neighbors: more show the coarse structure")
    ] = 15,
    min_dist: Annotated[
        float, typer.Option(min=0, max=1, help="UMAP's min_dist: smaller packs neighbours tighter")
    ] = 0.1,
    metric: Annotated[
        Literal["cosine", "euclidean"], typer.Option(help="Distance between vectors")
    ] = "cosine",
    seed: Seed = 42,
    workers: Workers = None,
    again: Annotated[bool, typer.Option("--again", help="Make it even if it exists")] = False,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Make the map (UMAP) of a trained model's vectors, which the app shows."""
    from core import api
    from core.cli import report
    from core.explore.map import make_map
    from core.explore.umap_projection import MapSettings

    chosen = api.find(dataset, run or model, store=Store(artifacts))
    settings = MapSettings(
        dimensions=dimensions, n_neighbors=neighbours, min_dist=min_dist, metric=metric, seed=seed
    )
    with ConsoleProgress(chosen.id) as progress:
        facts = make_map(
            chosen,
            lambda: api.load(chosen),
            settings,
            workers=workers,
            progress=progress,
            again=again,
        )
    report.print_map(chosen, facts, as_json)


@app.command(
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
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds, in studies of several")] = 3,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs of runs with the published settings, and of the ablation"),
    ] = None,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Answer a question that takes several runs; finished ones are reused."""
    from core.cli import report
    from core.preparation import ensure_prepared
    from core.studies import study as find_study
    from core.studies.lab import Lab, run_study

    form = _form(json=as_json, markdown=as_markdown)
    find_study(name)
    store = Store(artifacts)
    with ConsoleProgress(f"study {name}") as progress:
        ensure_prepared(store, SplitRequest(dataset=dataset), progress)
        lab = Lab(
            store,
            dataset,
            models=models or models_of("ours"),
            seeds=seeds,
            epochs=epochs,
            workers=workers or available_cores(),
            progress=progress,
        )
        answer = run_study(lab, name)
    report.print_study(answer, form)


@app.command(epilog="Example: python -m core run demo")
def run(
    dataset: Dataset,
    file: File = None,
    preset: PresetOption = "ours",
    seed: Seed = 42,
    workers: Workers = None,
    jobs: Jobs = 1,
    artifacts: Artifacts = None,
) -> None:
    """Prepare a data set, train every model, and print the results."""
    from core import api
    from core.cli import report

    store = Store(artifacts)
    if workers is not None:
        use_workers(workers)
    split = SplitRequest(dataset=dataset, preset=preset)
    with ConsoleProgress(f"prepare {dataset}") as progress:
        facts = api.prepare(split, file, store=store, progress=progress)
    say(report.describe_split(store, facts))
    requests = [
        TrainRequest(**split.model_dump(), model=name, seed=seed) for name in models_of(preset)
    ]
    _train(store, requests, Execution(workers=workers, jobs=jobs))
    report.print_report(store, dataset, "table")


def _form(**wanted: bool) -> str:
    """Return the one output format that was chosen; a table by default."""
    chosen = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(chosen) > 1:
        raise UserError(f"Choose one of {', '.join(f'--{form}' for form in wanted)}.")
    return chosen[0] if chosen else "table"


def main() -> None:
    """Run the command line; errors that the user can fix are printed without a stack trace."""
    run_command(app)
