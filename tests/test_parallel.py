"""Work in chunks on several threads."""

import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from core.parallel import (
    ThreadTeam,
    in_chunks,
    parallel_map,
    single_threaded_libraries,
    use_workers,
)
from tests.jobs.processes import PATIENCE_SECONDS


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("total", "size"), [(0, 5), (4, 5), (10, 5), (11, 5)])
def test_every_row_is_in_one_chunk_of_at_most_that_size(total, size, workers):
    met, sizes = np.zeros(total, int), []

    def work(first: int, last: int) -> None:
        met[first:last] += 1
        sizes.append(last - first)

    in_chunks(work, total, size, workers)
    assert (met == 1).all() and max(sizes, default=0) <= size


def test_nested_chunks_run_on_the_thread_of_the_outer_chunk():
    met, by = np.zeros(100, int), [set() for _ in range(4)]

    def inner(first: int, last: int) -> None:
        met[first:last] += 1
        by[first // 25].add(threading.get_ident())

    def outer(first: int, last: int) -> None:
        in_chunks(lambda i, j: inner(first + i, first + j), last - first, 3, 3)

    in_chunks(outer, 100, 25, 3)
    assert (met == 1).all() and all(len(threads) == 1 for threads in by)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_a_chunk_is_raised(workers):
    def fail(first: int, last: int) -> None:
        raise ValueError(f"at {first}")

    with pytest.raises(ValueError, match="at 0"):
        in_chunks(fail, 100, 10, workers)


@pytest.fixture(params=[1, 3])
def team(request):
    team = ThreadTeam(request.param)
    yield team
    team.close()


def test_the_map_of_a_team_equals_map(team):
    for n in (0, 1, 2, 50):
        assert team.map(pow, range(n), range(1, n + 1)) == [i ** (i + 1) for i in range(n)]


def test_the_threads_of_a_team_and_the_caller_work_concurrently():
    team, together = ThreadTeam(2), threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def meet(_) -> int:
        together.wait()
        return threading.get_ident()

    assert threading.get_ident() in team.map(meet, range(2))
    team.close()


def test_a_team_raises_an_error_and_stays_usable(team):
    def fail(i: int) -> int:
        if i == 7:
            raise ValueError("at 7")
        return i

    with pytest.raises(ValueError, match="at 7"):
        team.map(fail, range(20))
    assert team.map(fail, range(3)) == [0, 1, 2]


def test_work_submitted_to_a_team_runs_in_the_background(team):
    begun = team.submit(sum, [1, 2, 3])
    assert team.map(abs, [-1, -2]) == [1, 2]
    assert begun.result() == 6


def test_libraries_are_temporarily_single_threaded():
    def of_libraries() -> set[int]:
        return _of_blas() | {torch.get_num_threads()}

    workers = use_workers(2)
    with pytest.raises(KeyError), single_threaded_libraries():
        assert of_libraries() == {1}
        raise KeyError
    assert of_libraries() == {workers}


def test_calls_that_overlap_leave_blas_as_it_was():
    """As two people do who look at one app."""
    use_workers(2)
    before, one, other = _of_blas(), single_threaded_libraries(), single_threaded_libraries()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert _of_blas() == {1}
    other.__exit__(None, None, None)
    assert _of_blas() == before


def test_threads_that_share_work_do_not_set_the_threads_of_blas():
    def work(_: int) -> set[int]:
        with single_threaded_libraries():
            use_workers(2)
            meeting.wait(timeout=PATIENCE_SECONDS)
            return _of_blas()

    workers = use_workers(2)
    if workers == 1:
        pytest.skip("there is one core")
    meeting = threading.Barrier(2)
    with single_threaded_libraries():
        assert parallel_map(work, 2, range(2)) == [{1}, {1}]
        # This thread may still set it.
        use_workers(2)
        assert _of_blas() == {2}
    assert _of_blas() == {2}


def _of_blas() -> set[int]:
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


@pytest.mark.parametrize("workers", [1, 2])
def test_concurrent_calls_equal_map(workers):
    meeting = threading.Barrier(workers)

    def work(left: int, right: int) -> int:
        meeting.wait(timeout=PATIENCE_SECONDS)
        return left - right

    assert parallel_map(work, workers, range(10, 14), range(4)) == [10, 10, 10, 10]
