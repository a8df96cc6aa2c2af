"""Print how training runs ended: a line for each."""

from __future__ import annotations

from core.cli.console import say
from core.config import RunConfig, UserError
from core.evaluation.measures import shown_in
from core.pipeline.train_several_runs import RunListener
from core.runs.run_folder import Run


class TrainingReport(RunListener):
    """Prints a line whenever a run ends.

    Parameters
    ----------
    n_runs : int
        Number of runs; the error of a single run is raised at once.
    """

    def __init__(self, n_runs: int):
        self.n_runs = n_runs
        self.errors: list[str] = []

    def finished(self, run: Run) -> None:
        say(headline(run))

    def failed(self, config: RunConfig, error: Exception) -> None:
        if self.n_runs == 1:
            raise error
        self.errors.append(f"{config.model}: {error}")
        say(f"{config.model:22} failed: {error}")

    def raise_errors(self) -> None:
        """Raise a `UserError` that lists what failed, if anything did."""
        if self.errors:
            failed = "\n  ".join(self.errors)
            raise UserError(f"{len(self.errors)} of {self.n_runs} runs failed:\n  {failed}")


def headline(run: Run) -> str:
    """Return the main measures of a finished run in one line."""
    metrics = run.metrics
    figures = [
        f"{m.heading} {m.shown(metrics) or '  --  '}"
        for m in shown_in("short_table")
        if m.better == "higher"
    ]
    return f"{metrics['model']:22} {'  '.join(figures)}  {metrics['total_seconds']:6.1f} s"
