"""Several runs at the same time, each in a process with its share of the cores.

Threads that work on one batch wait for each other at its end, and a batch takes a few milliseconds;
processes that train models of their own do not. Two models side by side, by one core each, so take
less time than one after the other by both.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from pydantic import BaseModel

from core.config import Execution, RunConfig, UserError, available_cores
from core.parallel import is_distributed
from core.pipeline import RAISE_ERRORS, RunListener, train_many
from core.progress import QUIET, Progress, Stopped
from core.runs.run_folder import Run
from core.runs.store import HOME, Store


class Share(BaseModel):
    """What one of the processes is told: all runs, of which it takes those nobody has taken."""

    artifacts: str
    taken: str
    configs: list[RunConfig]
    execution: Execution


def train_beside(
    store: Store,
    configs: Sequence[RunConfig],
    execution: Execution,
    progress: Progress = QUIET,
    listener: RunListener = RAISE_ERRORS,
) -> list[Run]:
    """Train several runs, `execution.jobs` of them at any time; see `core.pipeline.train_many`.

    The last models of the table come first, as they take longest. Each process loads the split,
    so memory is needed for as many models and splits as there are jobs.

    Raises
    ------
    UserError
        If torchrun started this process: it has its own way to use several processes.
    """
    if is_distributed():
        raise UserError("Under torchrun all processes train one model: leave --jobs out.")
    jobs = execution.jobs
    each = max(1, (execution.workers or available_cores()) // jobs)
    waiting = {config.run_id: config for config in reversed(configs)}
    with tempfile.TemporaryDirectory() as taken:
        share = Share(
            artifacts=str(store.root.resolve()), taken=taken, configs=list(waiting.values()),
            execution=execution.model_copy(update={"workers": each, "jobs": 1}),
        )  # fmt: skip
        heard: SimpleQueue[dict | None] = SimpleQueue()
        finished: list[Run] = []
        processes = [_start(share, heard) for _ in range(min(jobs, len(configs)))]
        try:
            progress.stage("models", len(configs), "models")
            left = len(processes)
            while left:
                event = heard.get()
                if event is None:
                    left -= 1
                    continue
                config = waiting.pop(event["run_id"])
                if event["error"] is None:
                    run = store.run(config.dataset, config.run_id)
                    finished.append(run)
                    listener.finished(run)
                else:
                    listener.failed(config, UserError(event["error"]))
                progress.advance(len(configs) - len(waiting))
        finally:
            for process in processes:
                process.stdin.close()
            for process in processes:
                process.wait()
    for config in waiting.values():
        listener.failed(
            config, UserError("its process was stopped, or ended without a word: short of memory?")
        )
    return finished


def _start(share: Share, heard: SimpleQueue) -> subprocess.Popen:
    """Start a process on `share`; what it says goes to `heard`, and None when it has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "core.jobs.parallel_runs"],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C is for the first process; the others follow it, see `_end_with_parent`.
        start_new_session=True,
    )
    process.stdin.write(share.model_dump_json() + "\n")
    process.stdin.flush()

    def listen() -> None:
        for line in process.stdout:
            heard.put(json.loads(line))
        heard.put(None)

    Thread(target=listen, daemon=True).start()
    return process


class _Reporter(RunListener):
    """Claims runs that no other process has claimed, and reports how each ended."""

    def __init__(self, share: Share, say: Callable[[dict], None]):
        self.share, self.say = share, say

    def claim(self, config: RunConfig) -> bool:
        try:
            (Path(self.share.taken) / config.run_id).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def finished(self, run: Run) -> None:
        self.say({"run_id": run.id, "error": None})

    def failed(self, config: RunConfig, error: Exception) -> None:
        self.say({"run_id": config.run_id, "error": str(error)})


def take_part(share: Share, say: Callable[[dict], None]) -> None:
    """Train those runs of `share` that no other process has taken; `say` how each ended."""
    store = Store(Path(share.artifacts))
    train_many(store, share.configs, share.execution, listener=_Reporter(share, say))


def _end_with_parent() -> None:
    """Stop this process when the one that started it closes its input, or has ended itself."""

    def wait() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    from core.cli.errors import INTERRUPTED, heed_sigterm

    heed_sigterm()
    told = Share.model_validate_json(sys.stdin.readline())
    _end_with_parent()
    try:
        take_part(told, lambda event: print(json.dumps(event), flush=True))
    except (Stopped, KeyboardInterrupt, BrokenPipeError):
        raise SystemExit(INTERRUPTED) from None
