"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.config import Preset, SplitKind

Dataset = Annotated[str, typer.Argument(help="Name of the data set")]
Artifacts = Annotated[
    Path | None,
    typer.Option("--artifacts", help="Folder of all outputs", envvar="ARTIFACTS_DIR"),
]
File = Annotated[
    Path | None,
    typer.Option(
        help="Amazon metadata, a transaction log or an edge list; a folder or a pattern "
        "(quoted: 'orders-*.csv') for files that belong together"
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Random seed")]
SplitSeed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the split")]
Workers = Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default")]
Jobs = Annotated[
    int, typer.Option(min=1, help="Models to train at the same time; they share the threads")
]
PresetOption = Annotated[Preset, typer.Option(help="study: the published settings")]
SplitOption = Annotated[SplitKind, typer.Option("--split", help="How the pairs are split")]
Model = Annotated[str, typer.Option(help="Name of the model")]
RunName = Annotated[
    str | None, typer.Option("--run", help="Name of a run, if the model has several")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown")]
