"""Find two finished runs that can be compared, by the names of runs or of models."""

from __future__ import annotations

from collections.abc import Sequence

from core.config import SplitKind, UserError
from core.models.registry import MODELS
from core.runs.run_folder import Run
from core.runs.runs_with_default_settings import is_default
from core.runs.store import Store


def find_two_runs(
    dataset: str,
    first: str,
    second: str,
    split: SplitKind | None = None,
    *,
    store: Store | None = None,
) -> tuple[Run, Run]:
    """Return two finished runs that were evaluated on the same pairs, for `core.compare`.

    Parameters
    ----------
    dataset : str
    first, second : str
        Names of runs, or of models. Of several runs of a model, those with default settings are
        preferred, then two of one seed, then the lowest seed, then the newest.
    split : str, optional
        Split of a model's run: by default that of the other run, ``random`` if both are models.
    store : Store, optional

    Raises
    ------
    UserError
        If there are no such runs; the message lists those that exist.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import find_two_runs, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> runs = [train("karate", model) for model in ("three-hop", "degree")]
    >>> [run.config.model for run in find_two_runs("karate", "three-hop", "degree")]
    ['three-hop', 'degree']
    """
    store = store or Store()
    store.check_dataset(dataset)
    runs = store.finished_runs(dataset)
    if split is None:
        named = [run.config.split for run in runs if run.id in (first, second)]
        split = named[0] if named else "random"
    candidates = [_candidates(runs, dataset, name, split) for name in (first, second)]
    if len({run.id for choice in candidates for run in choice}) == 1:
        raise UserError(f"'{first}' and '{second}' are the same run: name two different ones.")
    pairs = [
        (one, other)
        for one in candidates[0]
        for other in candidates[1]
        if one.id != other.id and one.config.data == other.config.data
    ]
    if not pairs:
        raise UserError(
            f"No two runs of '{first}' and '{second}' were evaluated on the same pairs. Runs on "
            "the same pairs have the same fingerprint, in the column 'data' of "
            f"python -m core report {dataset} --csv"
        )
    default = {run.id: is_default(run) for choice in candidates for run in choice}

    def preference(pair: tuple[Run, Run]) -> tuple[int, bool, list[int], list[int]]:
        same_seed = pair[0].config.seed == pair[1].config.seed
        # The lowest seed rather than the newest run, so that more seeds do not change the answer.
        seeds = [-run.config.seed for run in pair]
        newest = [runs.index(run) for run in pair]
        return sum(default[run.id] for run in pair), same_seed, seeds, newest

    return max(pairs, key=preference)


def _candidates(runs: Sequence[Run], dataset: str, name: str, split: SplitKind) -> list[Run]:
    by_id = [run for run in runs if run.id == name]
    matching = by_id or [r for r in runs if r.config.model == name and r.config.split == split]
    if matching:
        return matching
    if name not in MODELS:
        known = ", ".join(run.id for run in runs) or "none"
        raise UserError(f"'{name}' is neither a model nor a finished run. Finished: {known}.")
    raise UserError(
        f"'{dataset}' has no finished run of '{name}' on the {split} split. "
        f"Run: python -m core train {dataset} {name} --split {split}"
    )
