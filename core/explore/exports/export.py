"""Export a run: check what is asked for, write, and leave no half-written file."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from core.config import UserError, available_cores
from core.explore.exports.export_format import ExportFormat, Facts, OutputFiles, Source
from core.explore.exports.export_options import DEFAULT_OPTIONS, ExportOptions
from core.explore.exports.registry import export_format
from core.parallel import use_workers
from core.progress import QUIET, Progress
from core.runs.atomic_files import replacing
from core.runs.run_folder import Run


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    files : tuple of Path
        The file that was named, then those next to it.
    facts : dict
        What is in them: ``products``, ``rows``, ``seconds``, …
    """

    files: tuple[Path, ...]
    facts: Facts


def export(
    run: Run,
    form: str,
    out: Path | str,
    options: ExportOptions = DEFAULT_OPTIONS,
    *,
    progress: Progress = QUIET,
) -> Exported:
    """Write what a run has learned into a file for another program or another person.

    Parameters
    ----------
    run : Run
        A finished run, or a stopped one whose checkpoint was kept.
    form : str
        Name of a format in `core.explore.exports.registry`, such as ``neighbours``.
    out : path
        The file to write; its ending selects the file type, such as ``.csv`` or ``.parquet``.
    options : ExportOptions
    progress : Progress

    Returns
    -------
    Exported
        The files, and facts about what is in them.

    Raises
    ------
    UserError
        If the format or the ending is unknown, the file exists or cannot be written, or the run
        lacks what the format needs. Nothing is left behind then.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import ExportOptions, export, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> run = train("karate", "three-hop")
    >>> export(run, "neighbours", "near.csv", ExportOptions(k=3)).facts["rows"]
    102
    """
    entry, out = export_format(form), Path(out)
    paths = _output_paths(entry, out, options.replace)
    workers = use_workers(options.workers or available_cores())
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        first, *others = [stack.enter_context(replacing(path)) for path in paths]
        endings = entry.companions.get(out.suffix.lower(), ())
        files = OutputFiles(out.suffix.lower(), first, dict(zip(endings, others)))
        facts = entry.write(Source(run, workers), files, options, progress)
    return Exported(tuple(paths), {**facts, "seconds": round(time.monotonic() - began, 1)})


def _output_paths(entry: ExportFormat, out: Path, replace: bool) -> list[Path]:
    """Return the files to write; raise `UserError` if that is not possible."""
    ending = out.suffix.lower()
    if ending not in entry.endings:
        known = ", ".join(f"{name} ({about})" for name, about in entry.endings.items())
        raise UserError(f"'{out.name}' does not say how to write {entry.name}: end it in {known}.")
    companions = entry.companions.get(ending, ())
    paths = [out, *(out.with_name(out.stem + extra) for extra in companions)]
    for path in paths:
        if path.is_dir():
            raise UserError(f"{path} is a folder: name a file.")
        if path.exists() and not replace:
            raise UserError(f"{path} exists: choose another name, or replace it with --replace.")
    folder = out.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be made ({os.strerror(error.errno or 0)}). Choose another "
            "with --out."
        ) from None
    if not os.access(folder, os.W_OK):
        raise UserError(f"The folder {folder} cannot be written to. Choose another with --out.")
    return paths
