"""Run a study: train or find the runs it needs, and save its result."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from pydantic import JsonValue

from core.config import (
    Execution,
    Preset,
    SplitKind,
    SplitRequest,
    TrainRequest,
    UserError,
    available_cores,
    prepared_name,
)
from core.evaluation.significance import Interval
from core.graph.split import Split
from core.models.model_entry import load_class
from core.models.registry import MODELS, model_entry, models_of
from core.pipeline.preparation import prepare
from core.pipeline.train_run import plan, train
from core.progress import QUIET, Progress
from core.runs.atomic_files import json_values
from core.runs.differences import difference
from core.runs.run_folder import Run
from core.runs.store import Store
from core.runs.timestamp import now
from core.studies import Study, study
from core.studies.study_result import StudyResult

SEEDS = 3
# Differences of two runs by measure.
Difference = dict[str, Interval]


@dataclass
class StudyRunner:
    """What a study is run with: data, models, seeds, and the runs it asks for.

    Attributes
    ----------
    store : Store
    dataset : str
    models : list of str
        Models to compare; all under our settings by default.
    seeds : int
        How many seeds, where the study uses several: 42, 43, …
    epochs : int or None
        Epochs of the runs under the published settings and of the ablation; None: their own.
    workers : int
    progress : Progress
    runs : dict
        The runs used so far, by name.
    left_out : list of str
        What could not be trained or measured, and why; part of the result.
    """

    store: Store
    dataset: str
    models: list[str] = field(default_factory=lambda: models_of("ours"))
    seeds: int = SEEDS
    epochs: int | None = None
    workers: int = field(default_factory=available_cores)
    progress: Progress = QUIET
    runs: dict[str, Run] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in self.models:
            model_entry(name)
        self.models = [name for name in MODELS if name in self.models]
        self._split: tuple[str, Split] | None = None

    def command(self, study: Study) -> str:
        """Return the command that runs a study with these settings."""
        parts = [study.command(self.dataset)]
        if set(self.models) != set(models_of("ours")):
            parts += [f"--model {name}" for name in self.models]
        if self.seeds != SEEDS:
            parts.append(f"--seeds {self.seeds}")
        if self.epochs is not None:
            parts.append(f"--epochs {self.epochs}")
        return " ".join(parts)

    def split(self, kind: SplitKind = "random", preset: Preset = "ours") -> Split:
        """Return a split, prepared first if necessary; only one is in memory at a time."""
        name = prepared_name(kind, preset)
        if name not in self.store.prepared(self.dataset):
            request = SplitRequest(dataset=self.dataset, split=kind, preset=preset)
            prepare(self.store, request, progress=self.progress)
        if self._split is None or self._split[0] != name:
            self._split = name, self.store.load_split(self.dataset, name)
        return self._split[1]

    def has_time_split(self) -> bool:
        """Return whether the data can be split by time; prepare that split if necessary."""
        if not self.store.has_times(self.dataset):
            return False
        try:
            self.split("time")
        except UserError as error:
            self._leave_out("the time split", error)
            return False
        return True

    def run(
        self,
        model: str,
        *,
        split: SplitKind = "random",
        preset: Preset = "ours",
        seed: int = 42,
        changes: Mapping[str, JsonValue] | None = None,
    ) -> Run:
        """Return a finished run, trained first if necessary."""
        loaded = self.split(split, preset)
        request = TrainRequest(
            dataset=self.dataset,
            model=model,
            split=split,
            preset=preset,
            seed=seed,
            changes=changes or {},
        )
        execution = Execution(workers=self.workers, map=False)
        run = train(self.store, plan(self.store, request), execution, self.progress, loaded)
        self.runs[run.id] = run
        return run

    def each(self, models: Iterable[str], **options: Any) -> dict[str, Run]:
        """Return a run of each of `models` that can be trained; the others go to `left_out`."""
        runs: dict[str, Run] = {}
        reasons = []
        for model in models:
            try:
                runs[model] = self.run(model, **options)
            except UserError as error:
                reasons.append(self._leave_out(model, error))
        if not runs and reasons:
            raise UserError(f"None of the models could be trained. {' '.join(reasons)}")
        return runs

    def _leave_out(self, what: str, error: UserError) -> str:
        reason = f"{what}: {error}"
        if reason not in self.left_out:
            self.left_out.append(reason)
        self.progress.log(f"left out: {reason}")
        return reason

    def difference(self, first: Run, second: Run) -> Difference:
        """Return `first` minus `second` for each measure that both have."""
        intervals = difference(first, second, workers=self.workers)
        return {
            name: interval for name, interval in intervals.items() if all(map(isfinite, interval))
        }

    def cached(self, key: Mapping[str, object], make: Callable[[], Any]) -> Any:
        """Return the cached result of `make` for `key`, or call it and cache the result as JSON.

        NaN becomes None. A damaged cache entry is replaced.
        """
        text = json.dumps(key, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        with contextlib.suppress(UserError):
            cached = self.store.study_part(self.dataset, digest)
            # Damaged JSON need not hold an object.
            if not isinstance(cached, dict) or cached.get("key") != json.loads(text):
                cached = {}
            if value := cached.get("value"):
                return value
        value = json_values(make())
        self.store.save_study_part(self.dataset, digest, {"key": key, "value": value})
        return value


def required_metrics(run: Run, keys: Iterable[str]) -> dict[str, float]:
    """Return some measures of a run.

    Raises
    ------
    UserError
        If one could not be measured because there are too few pairs.
    """
    metrics = {key: run.metrics[key] for key in keys}
    if missing := [key for key, value in metrics.items() if value is None]:
        raise UserError(
            f"This study needs {', '.join(missing)} of '{run.id}', which could not be measured: "
            f"'{run.config.dataset}' has too few held-out pairs or negatives. Use a larger data "
            "set."
        )
    return metrics


def run_study(runner: StudyRunner, name: str) -> StudyResult:
    """Run a study, save its result, and return it."""
    entry = study(name)
    started = time.perf_counter()
    tables, figures = load_class(entry.answer)(runner)
    result = StudyResult(
        study=name,
        dataset=runner.dataset,
        command=runner.command(entry),
        made=now(),
        seconds=time.perf_counter() - started,
        tables=tables,
        figures=figures,
        left_out=runner.left_out,
        runs=list(runner.runs),
    )
    runner.store.save_study(runner.dataset, name, result.model_dump())
    return result
