"""Move the training queue of an earlier version of the program into the current one.

That version kept it as artifacts/.queue/<time>.json and .log.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import JsonValue

from core.config import Execution, TrainRequest, UserError
from core.jobs.job import core_command
from core.jobs.train_job import KIND, TrainJob, TrainRecord, train_arguments
from core.runs.atomic_files import read_json
from core.runs.store import Store

UNCHANGED_FIELDS = ("state", "error", "created", "started", "ended", "pin", "run_id")


def migrate_queue(store: Store) -> None:
    """Move the jobs of an earlier version into the queue, unless its worker is still running.

    Damaged files stay where they are.
    """
    folder = store.root / ".queue"
    if not folder.is_dir():
        return
    with contextlib.suppress(Timeout), FileLock(folder / ".lock").acquire(timeout=0):
        for path in sorted(folder.glob("[0-9]*.json")):
            with contextlib.suppress(UserError, ValueError, TypeError, AttributeError):
                _migrate_job(store, path)
        if not list(folder.glob("*.json")):
            shutil.rmtree(folder, ignore_errors=True)


def _migrate_job(store: Store, path: Path) -> None:
    content: dict[str, JsonValue] = read_json(path)
    request = TrainRequest(
        **{name: content[name] for name in TrainRequest.model_fields if name in content}
    )
    execution = Execution(again=content.get("again", False))
    job = TrainJob(store, f"{KIND}.{path.stem}")
    job.save(
        TrainRecord(
            command=core_command(store, train_arguments(request, execution)),
            request=request,
            execution=execution,
            **{name: content[name] for name in UNCHANGED_FIELDS if name in content},
        )
    )
    with contextlib.suppress(FileNotFoundError):
        os.replace(path.with_suffix(".log"), job.file("log"))
    path.unlink()
