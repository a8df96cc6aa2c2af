"""Fixtures for the readers."""

from __future__ import annotations

import pytest

from core.progress import Progress


class Recorder(Progress):
    """Records all calls."""

    def __init__(self) -> None:
        self.stages: list[tuple] = []
        self.done: list[int] = []
        self.messages: list[str] = []

    def stage(self, name, total=None, unit=""):
        self.stages.append((name, total, unit))

    def advance(self, done):
        self.done.append(done)

    def log(self, message):
        self.messages.append(message)


@pytest.fixture
def recorder() -> Recorder:
    """A progress that records all calls: `stages`, `done`, `messages`."""
    return Recorder()


def mentions_of(result, relations=None, what="weight") -> dict[tuple[str, str, str], float]:
    """Return ``{(source id, target id, relation): weight}`` of a read result, or their places."""
    from core.data.product_relations import RELATIONS

    relations = result.relations if relations is None else relations
    ids = result.catalogue.frame["id"].to_numpy()
    return {
        (ids[s], ids[t], RELATIONS[r]): round(float(w), 6)
        for s, t, r, w in zip(
            relations.source, relations.target, relations.relation, getattr(relations, what)
        )
    }


@pytest.fixture
def mentions():
    """The function that returns relations by ids."""
    return mentions_of
