"""Jobs that the app starts in the background: reading a data set, a study, a map, an export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.explore.exports.export_options import ExportOptions, option_arguments
from core.explore.map import all_maps_arguments, map_arguments
from core.explore.umap_projection import MapSettings
from core.jobs.job import Job, core_command
from core.runs.run_folder import Run
from core.runs.store import Store


def prepare_job(store: Store, dataset: str) -> Job:
    """Return the job that reads and prepares a data set."""
    return Job(store, f"prepare.{dataset}")


def start_prepare(store: Store, dataset: str, arguments: Sequence[str]) -> None:
    """Read and prepare a data set; `arguments` are options of `python -m core prepare`."""
    prepare_job(store, dataset).start(core_command(store, ["prepare", dataset, *arguments]))


def prepares_running(store: Store) -> list[str]:
    """Return the names of the data sets that are being read, sorted."""
    jobs = Job.all(store, "prepare")
    return [job.name.removeprefix("prepare.") for job in jobs if job.state == "running"]


def import_job(store: Store, dataset: str, name: str) -> Job:
    """Return the job that imports vectors from elsewhere."""
    return Job(store, f"import.{dataset}.{name}")


def start_import(store: Store, dataset: str, name: str, arguments: Sequence[str]) -> None:
    """Import vectors; `arguments` are those of `python -m core import-vectors` after DATASET."""
    command = core_command(store, ["import-vectors", dataset, *arguments])
    import_job(store, dataset, name).start(command)


def study_job(store: Store, study: str, dataset: str) -> Job:
    """Return the job that runs a study on a data set."""
    return Job(store, f"study.{study}.{dataset}")


def start_study(store: Store, study: str, dataset: str) -> None:
    """Run a study on a data set, with all models."""
    study_job(store, study, dataset).start(core_command(store, ["study", study, dataset]))


def map_job(store: Store, run: Run, settings: MapSettings) -> Job:
    """Return the job that makes a map of a run's vectors."""
    return Job(store, f"map.{run.config.dataset}.{run.id}.{settings.name}")


def start_map(store: Store, run: Run, settings: MapSettings) -> None:
    """Make a map of a run's vectors."""
    map_job(store, run, settings).start(core_command(store, map_arguments(run, settings)))


def all_maps_job(store: Store, dataset: str, settings: MapSettings) -> Job:
    """Return the job that makes a map of every run of a data set that has vectors."""
    return Job(store, f"maps.{dataset}.{settings.name}")


def start_all_maps(store: Store, dataset: str, settings: MapSettings) -> None:
    """Make a map of every run of a data set that has vectors, one after the other."""
    command = core_command(store, all_maps_arguments(dataset, settings))
    all_maps_job(store, dataset, settings).start(command)


def export_job(store: Store, run: Run, form: str) -> Job:
    """Return the job that exports a run in a format."""
    return Job(store, f"export.{run.config.dataset}.{run.id}.{form}")


def export_command(
    store: Store, run: Run, form: str, out: Path, options: ExportOptions
) -> list[str]:
    """Return the command of the job that exports a run in a format."""
    words = ["export", run.config.dataset, "--run", run.id, "--format", form, "--out", str(out)]
    return core_command(store, [*words, *option_arguments(options)])
