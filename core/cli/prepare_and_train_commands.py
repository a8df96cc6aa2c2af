"""The commands that prepare data sets and train models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.console import ConsoleProgress, say
from core.cli.options import (
    Artifacts,
    AsJson,
    Dataset,
    File,
    Jobs,
    PresetOption,
    Seed,
    SplitOption,
    SplitSeed,
    Workers,
)
from core.config import Execution, SplitRequest, TrainRequest, UserError
from core.data.parse_options import read_options
from core.models.model_entry import changes_of_each
from core.models.registry import default_model, model_entry, models_of
from core.models.sweep import parse_sweep
from core.parallel import use_workers
from core.runs.store import Store

commands = typer.Typer()


@commands.command(
    epilog="Examples: python -m core prepare demo  |  "
    "python -m core prepare beauty --file meta_Beauty.json.gz  |  "
    "python -m core prepare shop --file orders.csv --products products.csv --split time  |  "
    "python -m core prepare shop --file 'orders-*.csv'  |  "
    "python -m core prepare links --file train.csv --test test.csv"
)
def prepare(
    dataset: Dataset,
    file: File = None,
    products: Annotated[
        Path | None,
        typer.Option(help="Product table for a transaction log or an edge list"),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Reading option: top=20, min_sold=10, columns.basket=order_no"),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(
            help="Held-out pairs, if they were divided elsewhere: --file has the training pairs, "
            "and the split is called given"
        ),
    ] = None,
    split: SplitOption = "random",
    preset: PresetOption = "ours",
    split_seed: SplitSeed = 42,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a data set of this name; removes its runs")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show how --file and --products would be read")
    ] = False,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Read a data set and split its pairs. Existing splits are reused."""
    from core import api
    from core.cli import print_results
    from core.data.raw_data import RawData

    options = read_options(set_ or [])
    if preview:
        print_results.print_preview(file, products, options, as_json)
        return
    if workers is not None:
        use_workers(workers)
    store, raw = Store(artifacts), RawData(file, products, options, test)
    if test is not None:
        split = "given"
    request = SplitRequest(dataset=dataset, split=split, preset=preset, split_seed=split_seed)
    with ConsoleProgress(f"prepare {dataset}") as progress:
        facts = api.prepare(request, raw, replace=replace, store=store, progress=progress)
    print_results.print_split(store, facts, as_json)


@commands.command(
    epilog="Examples: python -m core train demo skipgram mf-bias  |  "
    "python -m core train demo --all  |  "
    "python -m core train demo skipgram --set dim=32,64,128 --epochs 3  |  "
    "python -m core train --config run.json  |  "
    "torchrun --nproc-per-node 2 -m core train demo skipgram"
)
def train(
    dataset: Annotated[str | None, typer.Argument(help="Name of the data set")] = None,
    models: Annotated[list[str] | None, typer.Argument(help="Names of models")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Train every model")] = False,
    preset: PresetOption = "ours",
    split: SplitOption = "random",
    split_seed: SplitSeed = 42,
    epochs: Annotated[int | None, typer.Option(min=1, help="Short for --set epochs=N")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, name=value; several values, name=1,2,4"),
    ] = None,
    seed: Seed = 42,
    workers: Workers = None,
    again: Annotated[bool, typer.Option("--again", help="Train finished runs again")] = False,
    map_: Annotated[
        bool | None,
        typer.Option("--map/--no-map", help=f"Make the map; by default only for {default_model()}"),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="Settings that `export --format config` wrote; DATASET may differ"),
    ] = None,
    jobs: Jobs = 1,
    artifacts: Artifacts = None,
) -> None:
    """Train and evaluate models; finished runs are reused."""
    store = Store(artifacts)
    execution = Execution(workers=workers, jobs=jobs, again=again, map=map_)
    if config is not None:
        if models or all_ or set_ or epochs:
            raise UserError("--config names the model and its settings: give no others.")
        train_requests(
            Store(artifacts), [_configured(Store(artifacts), config, dataset)], execution
        )
        return
    if dataset is None:
        raise UserError("Name the data set and the models to train: train DATASET MODEL.")
    if bool(models) == all_:
        raise UserError("Name the models to train, or use --all.")
    combinations = parse_sweep([*(set_ or []), *([f"epochs={epochs}"] if epochs else [])])
    names = models_of(preset) if all_ else models or []
    requests = [
        TrainRequest(
            dataset=dataset,
            model=name,
            preset=preset,
            split=split,
            split_seed=split_seed,
            seed=seed,
            changes=changes[name],
        )
        # With --all, a change applies to the models that have such a setting.
        for changes in (
            changes_of_each(map(model_entry, names), point) if all_ else dict.fromkeys(names, point)
            for point in combinations
        )
        for name in names
    ]
    # With --all, combinations that differ only in settings that a model lacks are the same run.
    requests = [one for position, one in enumerate(requests) if one not in requests[:position]]
    if len(combinations) > 1:
        say(f"Sweep: {len(combinations)} settings, {len(requests)} runs")
    train_requests(store, requests, execution)


def _configured(store: Store, path: Path, dataset: str | None) -> TrainRequest:
    """Return the request in a file; unless `dataset` is given, its data must be unchanged here."""
    from core.explore.exports.run_config import check_same_data, read_config, request_of
    from core.pipeline.preparation import ensure_prepared

    config = read_config(path)
    request = request_of(config, dataset)
    if dataset is None:
        with ConsoleProgress(request.dataset) as progress:
            ensure_prepared(store, request, progress)
        check_same_data(store, config, path)
    return request


def train_requests(store: Store, requests: list[TrainRequest], execution: Execution) -> None:
    """Train what is requested, with a bar for the progress and a line for each run."""
    from core import api
    from core.cli.print_training import TrainingReport

    report = TrainingReport(len(requests))
    with ConsoleProgress(requests[0].dataset) as progress:
        api.train_many(requests, execution, store=store, progress=progress, listener=report)
    report.raise_errors()
