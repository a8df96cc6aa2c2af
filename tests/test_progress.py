"""What several computations report together."""

from __future__ import annotations

import threading

import pytest

from core.progress import Progress, Stopped, Together


class Listener(Progress):
    def __init__(self, stop_at: int = 1000):
        self.stages, self.heard, self.stop_at = [], [], stop_at

    def stage(self, *what) -> None:
        self.stages.append(what)

    def advance(self, done: int) -> None:
        self.heard.append(done)
        if done >= self.stop_at:
            raise Stopped


def test_parts_add_up_to_a_hundred_per_cent():
    listener = Listener()
    together = Together(listener, "both", 2)
    with together.part() as one, together.part() as other:
        one.stage("walks")
        one.advance(7)
        one.stage("training", 4, "batches")
        one.advance(1)
        other.stage("training", 10, "batches")
        other.advance(5)
        one.advance(4)
        one.stage("rest", 2)
        one.advance(1)  # what is done stays done
    assert listener.stages == [("both", 100, "%")]
    assert listener.heard == [0, 12, 38, 75, 75, 100, 100]


def test_where_one_is_stopped_the_others_leave_too():
    together = Together(Listener(stop_at=50), "both", 2)
    with pytest.raises(Stopped), together.part() as other:
        other.stage("training", 2)
        with pytest.raises(Stopped), together.part() as one:
            one.stage("training", 1)
            one.advance(1)
        other.advance(1)


def test_what_fails_is_what_is_raised_whoever_began_first():
    together = Together(Listener(), "both", 2)
    failed, seen = threading.Event(), []

    def first() -> None:
        with together.part() as part:
            failed.wait(timeout=30)
            part.advance(1)

    def begin() -> None:
        try:
            first()
        except ValueError as error:
            seen.append(error)

    thread = threading.Thread(target=begin)
    thread.start()
    with pytest.raises(ValueError, match="broken"), together.part():
        raise ValueError("broken")
    failed.set()
    thread.join()
    assert str(seen[0]) == "broken"
