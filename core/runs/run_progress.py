"""How far a run in training is: over all of its stages, not within the current one alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.runs.saved_facts import RunStatus

# Below this share of the expected time, the pace of the run itself says little.
TRUSTED_SHARE = 0.05


@dataclass(frozen=True)
class RunProgress:
    """The progress of a whole run.

    Attributes
    ----------
    share : float
        Finished share of the whole run, from 0 to 1.
    seconds_left : float
    phase : str
        ``development``, ``final``, ``evaluation``, or "" at the start.
    """

    share: float
    seconds_left: float
    phase: str


def run_progress(status: RunStatus, expected: Mapping[str, float]) -> RunProgress:
    """Return the progress of a run from its status and the expected seconds of its stages.

    Parameters
    ----------
    status : RunStatus
        From `Run.status`.
    expected : dict
        Seconds of each stage, in their order (`core.runs.cost_estimate.Estimate.stages`).
    """
    stage, elapsed = status.get("stage") or "", status.get("elapsed") or 0.0
    phase = stage.partition(": ")[0] if ": " in stage else ""
    whole = sum(expected.values()) or 1.0
    names = list(expected)
    # A stage that is not expected counts as the first one of its phase.
    position = next(
        (i for i, name in enumerate(names) if name == stage),
        next((i for i, name in enumerate(names) if phase and name.startswith(phase)), 0),
    )
    before = sum(list(expected.values())[:position])
    total, done = status.get("total"), status.get("done") or 0
    within = min(1.0, done / total) if total else 0.0
    gone = before + (
        expected[names[position]] * within if names and names[position] == stage else 0.0
    )
    # The run may be slower or faster than expected, on a busy machine for instance.
    pace = elapsed / gone if gone > TRUSTED_SHARE * whole else 1.0
    left = max(0.0, whole - gone) * pace
    return RunProgress(elapsed / (elapsed + left) if elapsed + left else 0.0, left, phase)
