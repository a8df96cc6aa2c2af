"""The command that writes what a run has learned into files for other programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.console import ConsoleProgress, LogProgress, messages, write
from core.cli.options import Artifacts, AsJson, Dataset, Model, RunName, Workers
from core.explore.exports.export_options import ExportOptions, ExportRules, export_options
from core.explore.exports.registry import FORMATS
from core.models.registry import default_model
from core.runs.store import Store

commands = typer.Typer()

DEFAULT_MODEL = default_model()

# Heading of the options that are rules.
RULES = "Rules of a shop: which neighbours may be listed"


def _help(name: str) -> str:
    """Return the description of an option or a rule."""
    return (ExportRules.model_fields | ExportOptions.model_fields)[name].description or ""


def _rule(name: str, **options: Any) -> Any:
    """Return the option of a rule; a rule has the same name on the command line."""
    return typer.Option(help=_help(name), rich_help_panel=RULES, **options)


FORMAT_HELP = "  ".join(f"{entry.name}: {entry.about}" for entry in FORMATS.values())
OUT_HELP = "; ".join(f"{entry.name}: {', '.join(entry.endings)}" for entry in FORMATS.values())


@commands.command(
    epilog="Examples: python -m core export demo --model skipgram --format neighbours "
    "--out near.parquet |  "
    "python -m core export demo --format neighbours --out near.csv --leave-out known "
    "--leave-out brand --per-category 2  |  "
    "python -m core export demo --format vectors --out vectors.npy"
)
def export(
    dataset: Dataset,
    form: Annotated[str, typer.Option("--format", help=FORMAT_HELP)],
    out: Annotated[Path, typer.Option(help=f"Output file; its ending is its type. {OUT_HELP}")],
    model: Model = DEFAULT_MODEL,
    run: RunName = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help=_help("k"))] = 10,
    why: Annotated[bool, typer.Option("--why/--no-why", help=_help("why"))] = True,
    leave_out: Annotated[list[str] | None, _rule("leave_out")] = None,
    out_of_stock: Annotated[Path | None, _rule("out_of_stock")] = None,
    price_from: Annotated[float | None, _rule("price_from")] = None,
    price_to: Annotated[float | None, _rule("price_to")] = None,
    per_category: Annotated[int, _rule("per_category", min=0)] = 0,
    min_score: Annotated[float | None, _rule("min_score")] = None,
    product: Annotated[list[str] | None, typer.Option(help=_help("products"))] = None,
    file: Annotated[Path | None, typer.Option(help=_help("file"))] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_help("replace"))] = False,
    workers: Workers = None,
    artifacts: Artifacts = None,
    as_json: AsJson = False,
) -> None:
    """Write neighbours, vectors and more into files for a shop or another program."""
    from core import api
    from core.explore.exports.export import export as write_export
    from core.explore.exports.registry import export_format

    export_format(form)  # report an unknown format before searching for the run
    options = export_options(
        k=k,
        why=why,
        leave_out=tuple(leave_out or ()),
        out_of_stock=out_of_stock,
        price_from=price_from,
        price_to=price_to,
        per_category=per_category,
        min_score=min_score,
        products=tuple(product or ()),
        file=file,
        replace=replace,
        workers=workers,
    )
    chosen = api.find(dataset, run or model, store=Store(artifacts))
    title = f"export {chosen.id}"
    with ConsoleProgress(title) if messages.is_terminal else LogProgress() as progress:
        exported = write_export(chosen, form, out, options, progress=progress)
    files = [str(path) for path in exported.files]
    write(
        json.dumps({"files": files, **exported.facts}, indent=2)
        if as_json
        else f"{', '.join(files)}: {_sentence(exported.facts)}"
    )


def _sentence(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_text(value)}" for name, value in facts.items())


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
