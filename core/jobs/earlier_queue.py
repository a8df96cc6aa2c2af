"""Take over the training queue of an earlier version of the program.

That version kept it as artifacts/.queue/<time>.json and .log.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.config import Execution, TrainRequest, UserError
from core.jobs.job import core_command
from core.jobs.train_job import KIND, TrainJob, TrainRecord, train_arguments
from core.runs.files import read_json
from core.runs.store import Store


def adopt_earlier_queue(store: Store) -> None:
    """Move the jobs of an earlier version into the queue, unless its worker still runs.

    Files that are damaged stay where they are.
    """
    folder = store.root / ".queue"
    if not folder.is_dir():
        return
    with contextlib.suppress(Timeout), FileLock(folder / ".lock").acquire(timeout=0):
        for path in sorted(folder.glob("[0-9]*.json")):
            with contextlib.suppress(UserError, ValueError, TypeError, AttributeError):
                _adopt(store, path)


def _adopt(store: Store, path: Path) -> None:
    content: dict[str, Any] = read_json(path)
    names = TrainRequest.model_fields
    request = TrainRequest(**{key: value for key, value in content.items() if key in names})
    execution = Execution(again=content.get("again", False))
    job = TrainJob(store, f"{KIND}.{path.stem}")
    kept = ("state", "error", "created", "started", "ended", "pin", "run_id")
    job.save(
        TrainRecord(
            command=core_command(store, train_arguments(request, execution)),
            request=request,
            execution=execution,
            **{key: content[key] for key in kept if key in content},
        )
    )
    with contextlib.suppress(FileNotFoundError):
        os.replace(path.with_suffix(".log"), job.file("log"))
    path.unlink()
