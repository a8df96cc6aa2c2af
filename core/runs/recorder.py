"""Writes the progress of a training process into the folder of its run."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

import numpy as np

from core.config import UserError
from core.evaluation.measures import names_in
from core.models.base import Model
from core.progress import Progress, Stopped
from core.runs.atomic_files import write_json
from core.runs.checkpoint import remove_checkpoint, save_checkpoint
from core.runs.run_folder import Run
from core.runs.saved_facts import RunStatus
from core.runs.timestamp import now

STATUS_SECONDS = 0.5  # between two updates of the status file
STOP_FILE = "stop"
PIN_FILE = "pin"
TRACE_FILE = "traceback.txt"
PINNED_FILE = "pinned.csv"
PINNED_NEIGHBOURS = 8
CURVE_COLUMNS = (
    "phase", "step", "epoch", "epoch_end", "loss", "learning_rate", *names_in("curve"), "seconds",
)  # fmt: skip


def peak_memory_mb() -> float | None:
    """Return the peak resident memory of this process in MB since `reset_peak_memory`.

    None on systems that do not report it.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


def reset_peak_memory() -> None:
    """Restart the measurement of peak memory, so that it does not include earlier runs."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        # Not Linux, or not allowed: the peak is then that of the whole process.
        return


def save_traceback(run: Run) -> None:
    """Write the traceback of the current exception to a separate file, not to the log."""
    (run.folder / TRACE_FILE).write_text(traceback.format_exc())


class Recorder(Progress):
    """Writes the status, log and learning curve of a run, and forwards all progress.

    As a context manager it records how the run ended: `finished`, `stopped` or `failed`. The
    checkpoint stays only if a job stopped the training, not after Ctrl-C: see `jobs.train_job`.

    A file called `stop` in the folder makes `advance` raise `Stopped`. A file called `pin` holds
    the index of a product whose neighbours are recorded at every point of the learning curve in
    the development phase; it may appear and change at any time.

    Parameters
    ----------
    run : Run
        Its folder exists and its lock is held.
    listener : Progress
        Also receives all progress.
    """

    def __init__(self, run: Run, listener: Progress):
        self.run = run
        self.listener = listener
        self.phase = ""
        self.started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._stage_started = self.started
        self._written = 0.0
        self._status: RunStatus = {"state": "running", "pid": os.getpid(), "started": now()}
        self._watched: tuple[Model, np.ndarray] | None = None
        for name in ("log.txt", STOP_FILE, TRACE_FILE):
            (run.folder / name).unlink(missing_ok=True)
        self.reset_curve()
        remove_checkpoint(run)
        self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Stopped):
            # Only the job that stopped a training can keep its checkpoint.
            remove_checkpoint(self.run)
        if error is None:
            self.finish("finished")
        elif isinstance(error, Stopped | KeyboardInterrupt):
            self.finish("stopped")
        else:
            save_traceback(self.run)
            self.finish("failed", str(error) or type(error).__name__)

    def set_phase(self, phase: str) -> None:
        """Set the phase of the stages that follow: `development`, `final` or `evaluation`."""
        self._end_stage()
        self.phase = phase

    def reset_curve(self) -> None:
        """Remove the learning curve so far, and the neighbours that were recorded with it."""
        for name in ("curve.csv", PINNED_FILE):
            (self.run.folder / name).unlink(missing_ok=True)

    def watch(self, model: Model, seen: np.ndarray) -> None:
        """Set the model in training, and which products have a training pair, for `point`."""
        self._watched = model, seen

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self._end_stage()
        self._stage = f"{self.phase}: {name}" if self.phase else name
        self._stage_started = time.perf_counter()
        self._status |= {"stage": self._stage, "total": total, "done": 0, "unit": unit}
        self._status["seconds_left"] = None
        self._write()
        self.log(self._stage)
        self.listener.stage(self._stage, total, unit)

    def advance(self, done: int) -> None:
        elapsed = time.perf_counter() - self._stage_started
        total = self._status.get("total")
        left = elapsed * (total - done) / done if total and done else None
        rate = done / elapsed if elapsed > 0 else None
        self._status |= {"done": done, "rate": rate, "seconds_left": left}
        if time.perf_counter() - self._written > STATUS_SECONDS:
            self._write()
            if (self.run.folder / STOP_FILE).exists():
                raise Stopped
        self.listener.advance(done)

    def point(self, **values: float) -> None:
        seconds = time.perf_counter() - self.started
        row: dict[str, str | float] = {**values, "phase": self.phase, "seconds": seconds}
        path = self.run.folder / "curve.csv"
        new = not path.exists()
        with open(path, "a") as file:
            if new:
                file.write(",".join(CURVE_COLUMNS) + "\n")
            file.write(",".join(_cell(row.get(name)) for name in CURVE_COLUMNS) + "\n")
        if self._watched is not None:
            model, seen = self._watched
            if self.phase == "development":
                self._write_pinned(model, seen, values["epoch"])
            if values.get("epoch_end"):
                save_checkpoint(self.run, model, self.phase, round(values["epoch"]))
        self.listener.point(**values, seconds=seconds)

    def log(self, message: str) -> None:
        with open(self.run.folder / "log.txt", "a") as file:
            file.write(f"{now()}  {message}\n")
        self.listener.log(message)

    def finish(
        self, state: Literal["finished", "failed", "stopped"], error: str | None = None
    ) -> None:
        """Write the last status: `finished`, `failed` (with the error) or `stopped`."""
        self._end_stage()
        self._status |= {"state": state, "error": error, "ended": now(), "seconds_left": None}
        self._write()
        self.log(state if error is None else f"{state}: {error}")

    def seconds_in(self, phases: Iterable[str]) -> float:
        """Return the wall time of all finished stages of the named phases."""
        prefixes = tuple(f"{phase}: " for phase in phases)
        return sum(spent for stage, spent in self.seconds.items() if stage.startswith(prefixes))

    def _write_pinned(self, model: Model, seen: np.ndarray, epoch: float) -> None:
        try:
            product = int((self.run.folder / PIN_FILE).read_text())
        except (FileNotFoundError, ValueError):
            return
        if not 0 <= product < len(seen):
            return
        neighbours, scores = model.similar(product, PINNED_NEIGHBOURS, ~model.can_score(seen))
        path = self.run.folder / PINNED_FILE
        new = not path.exists()
        with open(path, "a") as file:
            if new:
                file.write("pin,epoch,rank,product,score\n")
            for rank, (other, score) in enumerate(zip(neighbours, scores), start=1):
                file.write(f"{product},{epoch:.4g},{rank},{other},{score:.6g}\n")

    def _end_stage(self) -> None:
        if self._stage is not None:
            spent = time.perf_counter() - self._stage_started
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + spent
            self._stage = None

    def _write(self) -> None:
        self._written = time.perf_counter()
        self._status["elapsed"] = self._written - self.started
        write_json(self.run.folder / "status.json", self._status)


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return value if isinstance(value, str) else f"{value:.6g}"


def request_stop(run: Run) -> None:
    """Ask the process that trains `run` to stop as soon as it safely can."""
    if not run.folder.is_dir():
        raise UserError(f"There is no run '{run.id}' to stop.")
    (run.folder / STOP_FILE).touch()
