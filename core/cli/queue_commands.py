"""The commands that fill (`run`), watch or stop (`queue`) and run (`work`) the training queue."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.console import ConsoleProgress, say
from core.cli.options import Artifacts, Dataset, File, Jobs, PresetOption, Seed, Workers
from core.cli.prepare_and_train_commands import train_requests
from core.config import Execution, SplitRequest, TrainRequest, UserError
from core.models.registry import baseline, training_order
from core.parallel import use_workers
from core.plural import count_of
from core.runs.store import Store

commands = typer.Typer()


@commands.command(
    "run", epilog="Examples: python -m core run demo  |  python -m core run demo --wait --jobs 2"
)
def prepare_and_train_all(
    dataset: Dataset,
    file: File = None,
    preset: PresetOption = "ours",
    seed: Seed = 42,
    wait: Annotated[bool, typer.Option("--wait", help="Train all models before returning")] = False,
    workers: Workers = None,
    jobs: Jobs = 1,
    artifacts: Artifacts = None,
) -> None:
    """Prepare a data set, train the baseline, and train all other models in the background."""
    from core import api
    from core.cli import print_results
    from core.jobs.training_queue import Queue
    from core.jobs.warm_up import start_warm_up

    if jobs > 1 and not wait:
        raise UserError("In the background, models train one by one: add --wait to use --jobs.")
    store = Store(artifacts)
    if workers is not None:
        use_workers(workers)
    split = SplitRequest(dataset=dataset, preset=preset)
    if not store.has_dataset(dataset):
        # Perhaps the first command in a fresh checkout, where nothing is compiled yet.
        start_warm_up()
    with ConsoleProgress(f"prepare {dataset}") as progress:
        facts = api.prepare(split, file, store=store, progress=progress)
    say(print_results.describe_split(store, facts))
    requests = [
        TrainRequest(**split.model_dump(), model=name, seed=seed) for name in training_order(preset)
    ]
    at_once = requests if wait else [r for r in requests if r.model == baseline()]
    execution = Execution(workers=workers, jobs=jobs)
    if at_once:
        train_requests(store, at_once, execution)
        print_results.print_report(store, dataset, "table")
    queue = Queue(store)
    queue.add_missing([request for request in requests if request not in at_once], execution)
    if queue.has_work():
        queue.start_worker()
        option = f" --artifacts {artifacts}" if artifacts else ""
        say(
            f"Training {count_of(len(queue.active()), 'model')} in the background, one after the "
            "other; this goes on when the app or this terminal is closed.\n"
            f"Watch them: python -m core queue --watch{option}\n"
            f"Stop them:  python -m core queue --stop{option}"
        )


@commands.command(
    "queue", epilog="Examples: python -m core queue --watch  |  python -m core queue --stop"
)
def show_or_stop_queue(
    watch: Annotated[
        bool, typer.Option("--watch", help="Show the progress until nothing is left to train")
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop the current training and remove the waiting ones")
    ] = False,
    artifacts: Artifacts = None,
) -> None:
    """List the models that train or wait in the background; finished runs are kept."""
    from core.cli import print_queue
    from core.jobs.training_queue import Queue

    if watch and stop:
        raise UserError("Choose one of --watch and --stop.")
    training = Queue(Store(artifacts))
    if stop:
        for request in training.stop():
            say(f"{request.model} on {request.dataset}: stopped")
        return
    if watch:
        print_queue.watch(training)
        return
    print_queue.print_queue(training)


@commands.command("work", epilog="Example: python -m core work")
def train_queued_runs(artifacts: Artifacts = None) -> None:
    """Train the runs in the queue in this terminal, one at a time, then exit."""
    from core.jobs.training_queue import Queue

    Queue(Store(artifacts)).work()
