"""The largest eigenvectors of a sparse symmetric matrix, hundreds at a time."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
import scipy.sparse as sp

from core.graph.kernels.cpu_prefetch import prefetch
from core.parallel import in_chunks, single_threaded_libraries
from core.progress import QUIET, Progress

# Extra columns, so that the last of the requested eigenvectors converge, too.
EXTRA = 16
# Degree of the polynomial that one round applies.
FILTER_DEGREE = 10
# Rows of one task. Sums over chunks are added in order, so the result does not depend on the
# number of threads.
CHUNK = 1 << 12
# Rows of a block that are prefetched before they are needed.
AHEAD = 2
LINE = 16  # float32 numbers in a cache line


def largest_eigenvectors(
    matrix: sp.csr_array,
    k: int,
    rounds: int,
    rng: np.random.Generator,
    progress: Progress = QUIET,
    workers: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` algebraically largest eigenvalues of a symmetric matrix and their vectors.

    A Chebyshev polynomial of the matrix that is small on the unwanted part of the spectrum and
    grows fast beyond it is applied to a block of random vectors. The result approximately spans the
    wanted eigenvectors, and the matrix is solved exactly within this span (Zhou, Saad, Tiago and
    Chelikowsky, J. Comput. Phys. 219, 2006). A Lanczos method would spend most of its time
    on orthogonalising hundreds of vectors one by one. Small matrices are solved directly.

    Memory is two blocks of ``(n, k + EXTRA)`` float32 in addition to the matrix.

    Parameters
    ----------
    matrix : float32 csr_array, shape (n, n)
    k : int
    rounds : int
        Number of times the polynomial is applied; more make the last vectors more accurate.
    rng : numpy.random.Generator
    progress : Progress
    workers : int
        Number of threads; the result does not depend on it.

    Returns
    -------
    values : float64 array, shape (min(k, n),)
        Largest first.
    vectors : float32 array, shape (n, min(k, n))
        Unit vectors; the entry of largest absolute value is positive.
    """
    n = matrix.shape[0]
    width = k + EXTRA
    if n <= 2 * width:
        values, vectors = np.linalg.eigh(matrix.toarray().astype(np.float64))
        return values[::-1][:k], _fix_signs(vectors[:, ::-1][:, :k].astype(np.float32))
    # No eigenvalue is larger in absolute value than the largest row sum (Gershgorin).
    bound = float(abs(matrix).sum(axis=1).max())
    block = rng.standard_normal((n, width), dtype=np.float32)
    other = np.empty_like(block)
    # Our threads work on chunks of rows. BLAS's threads would synchronise at each of the many small
    # products, which takes several times longer than the work if the machine is busy.
    with single_threaded_libraries():
        progress.stage("eigenvectors", rounds, "rounds")
        values, _ = _rayleigh_ritz(matrix, block, workers)
        for done in range(rounds):
            block, other = chebyshev(matrix, block, other, -bound, float(values[-1]), workers)
            # Filtered vectors are nearly parallel, and one Gram matrix in float32 is not enough to
            # orthogonalise them; that of `_rayleigh_ritz` removes the remaining error.
            _rotate(block, _inverse_root(_gram(block, workers)), workers)
            values, turn = _rayleigh_ritz(matrix, block, workers)
            _rotate(block, turn, workers)
            progress.advance(done + 1)
    return values[:k], _fix_signs(block[:, :k])


def chebyshev(
    matrix: sp.csr_array,
    block: np.ndarray,
    other: np.ndarray,
    low: float,
    high: float,
    workers: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Apply the Chebyshev polynomial of degree `FILTER_DEGREE`, within ±1 on [low, high].

    Parameters
    ----------
    matrix : float32 csr_array, shape (n, n)
    block : float32 array, shape (n, k)
        The input vectors. Overwritten.
    other : float32 array, shape (n, k)
        Scratch space.

    Returns
    -------
    result, scratch : float32 arrays, shape (n, k)
        The result has columns of length 1; both use the memory of the parameters.
    """
    middle, half = (high + low) / 2, (high - low) / 2

    def step(x: np.ndarray, out: np.ndarray, factor: float, keep: float) -> None:
        in_chunks(
            lambda first, last: _multiply(
                matrix, x, out[first:last], first, (factor / half, middle, keep)
            ),
            len(x),
            CHUNK,
            workers,
        )

    # T1 = y, then T(i + 1) = 2 y T(i) - T(i - 1), y being the matrix mapped from [low, high].
    before, now = block, other
    step(before, now, 1, 0)
    for _ in range(FILTER_DEGREE - 1):
        step(now, before, 2, 1)
        before, now = now, before
    squares = _sum_of_chunks(
        lambda first, last: np.einsum("ij,ij->j", now[first:last], now[first:last]),
        len(now),
        workers,
    )
    lengths = np.sqrt(squares).astype(np.float32)

    def shorten(first: int, last: int) -> None:
        now[first:last] /= lengths

    in_chunks(shorten, len(now), CHUNK, workers)
    return now, before


def _multiply(
    matrix: sp.csr_array,
    x: np.ndarray,
    out: np.ndarray,
    first: int,
    factors: tuple[float, float, float],
) -> None:
    """Set ``out = scale (A x - shift x)[first : first + len(out)] - keep out``.

    The factors are ``scale, shift, keep``.
    """
    numbers = map(np.float32, factors)
    _multiply_rows(matrix.indptr, matrix.indices, matrix.data, x, out, first, *numbers)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _multiply_rows(indptr, indices, values, x, out, first, scale, shift, keep):
    width, last_edge = x.shape[1], len(indices) - 1
    total = np.empty(width, np.float32)
    flat = x.reshape(x.size)
    for i in range(len(out)):
        row = first + i
        for k in range(width):
            total[k] = -shift * x[row, k]
        for edge in range(indptr[row], indptr[row + 1]):
            ahead = indices[min(edge + AHEAD, last_edge)] * width
            for k in range(0, width, LINE):
                prefetch(flat, np.uint64(ahead + k))
            other, value = indices[edge], values[edge]
            for k in range(width):
                total[k] += value * x[other, k]
        if keep == 0:  # `out` may be uninitialised
            for k in range(width):
                out[i, k] = scale * total[k]
        else:
            for k in range(width):
                out[i, k] = scale * total[k] - keep * out[i, k]


def _sum_of_chunks(part: Callable[[int, int], np.ndarray], rows: int, workers: int) -> np.ndarray:
    """Return the sum of ``part(first, last)`` over all chunks, added in their order, float64."""
    parts: dict[int, np.ndarray] = {}

    def work(first: int, last: int) -> None:
        parts[first] = part(first, last)

    in_chunks(work, rows, CHUNK, workers)
    total = np.zeros(parts[0].shape)
    for first in sorted(parts):
        total += parts[first]
    return total


def _gram(block: np.ndarray, workers: int) -> np.ndarray:
    """Return ``block.T @ block``, float64."""

    def part(first: int, last: int) -> np.ndarray:
        return block[first:last].T @ block[first:last]

    return _sum_of_chunks(part, len(block), workers)


def _inverse_root(gram: np.ndarray) -> np.ndarray:
    """Return the matrix that turns columns with this Gram matrix into an orthonormal basis.

    This takes two matrix products and is many times faster than QR for a tall block.
    """
    values, vectors = np.linalg.eigh(gram)
    return vectors / np.sqrt(np.maximum(values, values[-1] * 1e-7))


def _rayleigh_ritz(
    matrix: sp.csr_array, block: np.ndarray, workers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the matrix exactly within the span of `block`, whose columns need not be orthogonal.

    Returns
    -------
    values : float64 array, shape (k,)
        The eigenvalues, largest first.
    turn : float64 array, shape (k, k)
        ``block @ turn`` are the eigenvectors.
    """

    def part(first: int, last: int) -> np.ndarray:
        product = np.empty_like(block[first:last])
        _multiply(matrix, block, product, first, (1, 0, 0))
        return block[first:last].T @ product

    basis = _inverse_root(_gram(block, workers))
    inside = basis.T @ _sum_of_chunks(part, len(block), workers) @ basis
    values, vectors = np.linalg.eigh((inside + inside.T) / 2)
    return values[::-1], basis @ vectors[:, ::-1]


def _rotate(block: np.ndarray, rotation: np.ndarray, workers: int) -> None:
    """Set ``block = block @ rotation``."""
    rotation = np.ascontiguousarray(rotation, np.float32)

    def work(first: int, last: int) -> None:
        block[first:last] = block[first:last] @ rotation

    in_chunks(work, len(block), CHUNK, workers)


def _fix_signs(vectors: np.ndarray) -> np.ndarray:
    """Return the columns, each with the sign that makes its largest entry positive."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
