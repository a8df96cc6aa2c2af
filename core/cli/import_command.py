"""The command that imports vectors from elsewhere as a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli.console import ConsoleProgress, write
from core.cli.options import Artifacts, Dataset, SplitOption, SplitSeed, Workers
from core.config import Execution, SplitRequest
from core.runs.store import Store

commands = typer.Typer()


@commands.command(
    "import-vectors",
    epilog="Examples: python -m core import-vectors demo vectors.npy --ids ids.txt --name mine  |  "
    "python -m core import-vectors demo vectors.parquet --name mine --map",
)
def import_vectors(
    dataset: Dataset,
    file: Annotated[
        Path,
        typer.Argument(
            help=".npy or .safetensors with a file of ids; Parquet (a column id, and a column "
            "vector or one per number); word2vec text or binary"
        ),
    ],
    name: Annotated[str, typer.Option(help="Name of the run in tables")],
    ids: Annotated[
        Path | None,
        typer.Option(help="Text file, one id per line; by default FILE with the ending .ids.txt"),
    ] = None,
    split: SplitOption = "random",
    split_seed: SplitSeed = 42,
    workers: Workers = None,
    again: Annotated[bool, typer.Option("--again", help="Evaluate them again")] = False,
    map_: Annotated[bool, typer.Option("--map/--no-map", help="Make the map")] = False,
    artifacts: Artifacts = None,
) -> None:
    """Evaluate vectors from elsewhere like a model, and save them as a run."""
    import core
    from core.cli.print_training import headline

    request = SplitRequest(dataset=dataset, split=split, split_seed=split_seed)
    execution = Execution(workers=workers, again=again, map=map_)
    with ConsoleProgress(name) as progress:
        run = core.import_vectors(
            request,
            file if ids is None else (file, ids),
            name,
            execution=execution,
            store=Store(artifacts),
            progress=progress,
        )
    write(run.metrics["vectors"])
    write(headline(run))
