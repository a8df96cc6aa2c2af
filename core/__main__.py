"""The door: `python -m core`. It parses, calls the pipeline and prints; no logic lives here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.cli.console import ConsoleProgress, print_table, say, write
from core.cli.errors import tell
from core.config import (
    Execution,
    Preset,
    RunConfig,
    SplitKind,
    SplitRequest,
    TrainRequest,
    UserError,
    available_cores,
)
from core.models.registry import default_model
from core.runs.store import Store

if TYPE_CHECKING:
    from core.runs.run_folder import Run

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
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Everything random follows from it")]
SplitSeed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="What draws the split")]
Workers = Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default")]
Jobs = Annotated[
    int,
    typer.Option(min=1, help="Models at the same time, each by its share of the threads"),
]
PresetOption = Annotated[Preset, typer.Option(help="study: the published settings")]
SplitOption = Annotated[SplitKind, typer.Option("--split", help="How the pairs are divided")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown")]


@app.command(epilog="Example: python -m core datasets")
def datasets(artifacts: Artifacts = None, as_json: AsJson = False) -> None:
    """List the data sets: those that come with the project, and those you have prepared."""
    from core.cli.report import list_datasets

    rows = list_datasets(Store(artifacts))
    if as_json:
        write(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_table(_texts(rows))


@app.command(
    epilog="Examples: python -m core prepare demo  |  "
    "python -m core prepare beauty --file meta_Beauty.json.gz  |  "
    "python -m core prepare shop --file orders.csv --products products.csv --split time"
)
def prepare(
    dataset: Dataset,
    file: Annotated[
        Path | None,
        typer.Option(help="Amazon metadata, a transaction log or an edge list (plain or .gz)"),
    ] = None,
    products: Annotated[
        Path | None, typer.Option(help="Product table beside a transaction log or edge list")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="How to read it: top=20, min_sold=10, columns.basket=order_no"),
    ] = None,
    split: SplitOption = "random",
    preset: PresetOption = "ours",
    split_seed: SplitSeed = 42,
    replace: Annotated[
        bool, typer.Option("--replace", help="Read anew what the name holds; removes its runs")
    ] = False,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Read a data set and split its pairs; what is there already is used again."""
    from core.cli.report import describe_split
    from core.cli.set_options import read_options
    from core.data.raw_data import RawData
    from core.preparation import prepare as prepare_data

    store = Store(artifacts)
    _limit(workers)
    request = SplitRequest(dataset=dataset, split=split, preset=preset, split_seed=split_seed)
    raw = RawData(file, products, read_options(set_ or []))
    with ConsoleProgress(f"prepare {dataset}") as progress:
        facts = prepare_data(store, request, raw, replace=replace, progress=progress)
    if as_json:
        write(json.dumps(facts, indent=2))
    else:
        write(describe_split(store, dataset, facts))


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
    epochs: Annotated[int | None, typer.Option(min=1, help="The same as --set epochs=N")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the model, name=value")
    ] = None,
    seed: Seed = 42,
    workers: Workers = None,
    again: Annotated[bool, typer.Option("--again", help="Train even what is there")] = False,
    with_map: Annotated[
        bool | None,
        typer.Option("--map/--no-map", help="Make the map of the vectors; skipgram's by default"),
    ] = None,
    jobs: Jobs = 1,
    artifacts: Artifacts = None,
) -> None:
    """Train and evaluate models; a run that is there already is not repeated."""
    from core.cli.set_options import parse_settings
    from core.models.registry import changes_of_each, models_of

    if bool(models) == all_:
        raise UserError("Name the models to train, or say --all.")
    changes = parse_settings(set_ or [])
    if epochs is not None:
        if "epochs" in changes:
            raise UserError("The setting 'epochs' is given twice: by --epochs and by --set.")
        changes["epochs"] = epochs
    store = Store(artifacts)
    names = models_of(preset) if all_ else models
    # Of all models, those change that have such a setting.
    of_each = changes_of_each(names, changes) if all_ else dict.fromkeys(names, changes)
    requests = [
        TrainRequest(
            dataset=dataset,
            model=name,
            preset=preset,
            split=split,
            split_seed=split_seed,
            seed=seed,
            changes=of_each[name],
        )
        for name in names
    ]
    _train(store, requests, Execution(workers=workers, jobs=jobs, again=again, map=with_map))


@app.command(epilog="Example: python -m core work")
def work(artifacts: Artifacts = None) -> None:
    """Train what the dashboard has queued, one run at a time, then end."""
    from core.jobs.queue import Queue

    Queue(Store(artifacts)).work()


@app.command(epilog="Example: python -m core report demo --markdown")
def report(
    dataset: Dataset,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV")] = False,
    as_markdown: AsMarkdown = False,
    artifacts: Artifacts = None,
) -> None:
    """Print the results table of all finished runs of a data set, one table a split."""
    from core.cli.report import print_report

    form = _form(json=as_json, csv=as_csv, markdown=as_markdown)
    print_report(Store(artifacts), dataset, form)


@app.command(
    epilog="Examples: python -m core compare demo stack three-hop  |  "
    "python -m core compare demo eges degree --split cold"
)
def compare(
    dataset: Dataset,
    first: Annotated[str, typer.Argument(help="A model, or the name of a run")],
    second: Annotated[str, typer.Argument(help="What it is compared with")],
    split: Annotated[
        SplitKind | None, typer.Option(help="Whose runs; random, or that of a run that is named")
    ] = None,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Print the differences of two runs on the same pairs, each with its 95 % interval."""
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
    model: Annotated[str, typer.Option(help="Name of the model")] = default_model(),
    run: Annotated[str | None, typer.Option(help="A run's name, if a model has several")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=10_000, help="How many")] = 10,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Look up the products that go best with one, in a trained model."""
    from core.cli.report import look_up

    query, rows = look_up(Store(artifacts), dataset, product, model, run, k)
    if as_json:
        write(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_table(_texts(rows), f"Neighbours of {query}")


@app.command(
    "map",
    epilog="Examples: python -m core map demo --model skipgram  |  "
    "python -m core map demo --neighbours 50 --min-dist 0 --metric euclidean",
)
def map_(
    dataset: Dataset,
    model: Annotated[str, typer.Option(help="Name of the model")] = default_model(),
    run: Annotated[str | None, typer.Option(help="A run's name, if a model has several")] = None,
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
    """Make the map (UMAP) of a trained model's vectors, which the dashboard shows."""
    from core.cli.report import describe_map, find_run
    from core.explore.map import make_map
    from core.explore.umap_projection import MapSettings
    from core.runs.loading import load_model

    store = Store(artifacts)
    chosen = find_run(store, dataset, model, run)
    settings = MapSettings(
        dimensions=dimensions, n_neighbors=neighbours, min_dist=min_dist, metric=metric, seed=seed
    )
    with ConsoleProgress(chosen.id) as progress:
        facts = make_map(
            chosen,
            lambda: load_model(store, chosen),
            settings,
            workers=workers,
            progress=progress,
            again=again,
        )
    write(json.dumps(facts, indent=2) if as_json else describe_map(chosen, facts))


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
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, where it takes several")] = 3,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Shorter runs of the study's settings, and in cold's ablation"),
    ] = None,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Answer a question that takes several runs; those that are there are used again."""
    from core.cli.report import print_study
    from core.models.registry import models_of
    from core.preparation import ensure_prepared
    from core.studies import study as find_study
    from core.studies.lab import Lab, run_study

    form = _form(json=as_json, markdown=as_markdown)
    find_study(name)
    store = Store(artifacts)
    with ConsoleProgress(f"study {name}") as progress:
        ensure_prepared(store, TrainRequest(dataset=dataset, model="degree"), progress)
        lab = Lab(
            store,
            dataset,
            models=models or models_of("ours"),
            seeds=seeds,
            epochs=epochs,
            workers=workers or available_cores(),
            progress=progress,
        )
        result = run_study(lab, name)
    print_study(result, form)


@app.command(epilog="Example: python -m core run demo")
def run(
    dataset: Dataset,
    file: Annotated[Path | None, typer.Option(help="As of prepare")] = None,
    preset: PresetOption = "ours",
    seed: Seed = 42,
    workers: Workers = None,
    jobs: Jobs = 1,
    artifacts: Artifacts = None,
) -> None:
    """Prepare a data set, train every model, and print the table."""
    from core.cli.report import describe_split, print_report
    from core.data.raw_data import RawData
    from core.models.registry import models_of
    from core.preparation import prepare as prepare_data

    store = Store(artifacts)
    _limit(workers)
    request = SplitRequest(dataset=dataset, preset=preset)
    with ConsoleProgress(f"prepare {dataset}") as progress:
        facts = prepare_data(store, request, RawData(file), progress=progress)
    say(describe_split(store, dataset, facts))
    requests = [
        TrainRequest(dataset=dataset, model=name, preset=preset, seed=seed)
        for name in models_of(preset)
    ]
    _train(store, requests, Execution(workers=workers, jobs=jobs))
    print_report(store, dataset, "table")


def _train(store: Store, requests: list[TrainRequest], execution: Execution) -> None:
    """Train what is requested and print a line for each run."""
    from core.cli.report import one_line
    from core.jobs.shared_runs import train_at_once
    from core.pipeline import RunListener, plan, train_many
    from core.preparation import ensure_prepared

    errors: list[str] = []

    class Printer(RunListener):
        def finished(self, run: Run) -> None:
            say(one_line(run))

        def failed(self, config: RunConfig, error: Exception) -> None:
            if len(requests) == 1:
                raise error
            errors.append(f"{config.model}: {error}")
            say(f"{config.model:22} failed: {error}")

    with ConsoleProgress(f"prepare {requests[0].dataset}") as progress:
        ensure_prepared(store, requests[0], progress)
    # All settings are checked before the first model trains.
    configs = [plan(store, request) for request in requests]
    start = train_at_once if execution.jobs > 1 and len(configs) > 1 else train_many
    with ConsoleProgress(requests[0].dataset) as progress:
        start(store, configs, execution, progress, Printer())
    if errors:
        raise UserError(f"{len(errors)} of {len(configs)} runs failed:\n  " + "\n  ".join(errors))


def _form(**asked: bool) -> str:
    """Return the one form that is asked for; a table for people if none is."""
    chosen = [form for form, wanted in asked.items() if wanted]
    if len(chosen) > 1:
        raise UserError(f"Choose one of {', '.join(f'--{form}' for form in asked)}.")
    return chosen[0] if chosen else "table"


def _limit(workers: int | None) -> None:
    """Let the numeric libraries use so many threads; all cores if it is None."""
    if workers is not None:
        from core.parallel import use_workers

        use_workers(workers)


def _texts(rows: list[dict[str, Any]]):
    import pandas as pd

    table = pd.DataFrame(rows)
    for name in table.select_dtypes("float").columns:
        table[name] = [f"{value:.4f}" for value in table[name]]
    return table.fillna("").astype(str)


def main() -> None:
    """Run the command line; what the person can mend is told without a stack trace."""
    tell(app)


if __name__ == "__main__":
    main()
