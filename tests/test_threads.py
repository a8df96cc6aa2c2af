"""Work in chunks on several threads."""

import numpy as np
import pytest

from core.threads import in_chunks


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("total", "size"), [(0, 5), (4, 5), (10, 5), (11, 5)])
def test_every_row_is_in_one_chunk_of_at_most_that_size(total, size, workers):
    met, sizes = np.zeros(total, int), []

    def work(first: int, last: int) -> None:
        met[first:last] += 1
        sizes.append(last - first)

    in_chunks(work, total, size, workers)
    assert (met == 1).all() and max(sizes, default=0) <= size


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_a_chunk_comes_out(workers):
    def fail(first: int, last: int) -> None:
        raise ValueError(f"at {first}")

    with pytest.raises(ValueError, match="at 0"):
        in_chunks(fail, 100, 10, workers)
