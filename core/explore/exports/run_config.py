"""The configuration of a run, to train it again elsewhere."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from core.config import RunConfig, TrainRequest, UserError
from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.progress import Progress
from core.runs.atomic_files import read_json, write_json
from core.runs.store import Store


def write_config(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write everything that determines the run, as JSON."""
    config = source.run.config
    write_json(out.path, config.model_dump(mode="json"))
    return {"model": config.model, "settings": len(config.settings)}


def read_config(path: Path) -> RunConfig:
    """Read what `write_config` wrote.

    Raises
    ------
    UserError
        If there is no such file, or it is not the configuration of a run.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    try:
        return RunConfig(**read_json(path))
    except (ValidationError, TypeError):
        raise UserError(
            f"{path} is not the configuration of a run. Make one: python -m core export DATASET "
            "--format config --out run.json"
        ) from None


def request_of(config: RunConfig, dataset: str | None = None) -> TrainRequest:
    """Return the request that makes the run of `config`, on another data set if one is named."""
    values = config.model_dump(exclude={"data", "settings"})
    return TrainRequest(**values | {"dataset": dataset or config.dataset}, changes=config.settings)


def check_same_data(store: Store, config: RunConfig, path: Path) -> None:
    """Raise `UserError` if the prepared data are not those of `config`."""
    here = store.split_facts(config.dataset, config.prepared)["fingerprint"]
    if config.data and here != config.data:
        raise UserError(
            f"{path} is for different data called '{config.dataset}' ({config.data}, here {here}), "
            f"so the results would differ. Prepare the same file, or name the data set to train "
            f"it on: python -m core train {config.dataset} --config {path}"
        )
