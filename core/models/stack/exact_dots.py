"""Inner products that come out the same to the last bit in whatever order they are summed.

Trees ask whether a number is above a threshold, so the same pair must give the same number whether
it is scored alone or in a matrix product. Vectors are rounded to whole numbers up to 127: then
every sum of products is a whole number that float32 holds exactly.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, cached_property

import numba
import numpy as np

from core.parallel import in_chunks

LEVELS = 127
MAX_WIDTH = 1 << 10  # 127² x 1,024 < 2²⁴
CHUNK = 1 << 14
# Queries from which on it is worth to load torch and to try what is fastest.
MANY = 16


class ExactDots:
    """Rounded queries and keys of a `VectorModel`.

    Parameters
    ----------
    queries, keys : float32 arrays, shape (n_products, width), width <= 1,024
    kept : bool array, shape (n_products,)
        All other products get vectors of zeros.

    Attributes
    ----------
    query_scale, key_scale : float32 arrays, shape (n_products,)
        What a step is worth in each vector.
    queries, keys : int8 arrays, shape (n_products, width)
        One array where they are the same, and where keys are queries whose halves have changed
        places, as those of in-out scores are.
    shift : int
        Number i of a query meets number ``(i + shift) % width`` of a key: half the width where the
        halves have changed places, else 0.
    """

    def __init__(self, queries: np.ndarray, keys: np.ndarray, kept: np.ndarray):
        if queries.shape[1] > MAX_WIDTH:
            raise ValueError(f"vectors of {queries.shape[1]} numbers are too long for this")
        self.query_scale, self.queries = _rounded(queries, kept)
        if keys is queries:
            self.key_scale, self.keys = self.query_scale, self.queries
        else:
            self.key_scale, self.keys = _rounded(keys, kept)
        self.shift = 0
        if self.keys is not self.queries and _is_swapped(self.queries, self.keys):
            self.keys, self.shift = self.queries, queries.shape[1] // 2
        self._dense: np.ndarray | None = None

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything as arrays by name, to be saved; of keys only what differs."""
        arrays = {"query_scale": self.query_scale, "queries": self.queries}
        if self.key_scale is not self.query_scale:
            arrays["key_scale"] = self.key_scale
        if self.keys is not self.queries:
            arrays["keys"] = self.keys
        return arrays | {"shift": np.array(self.shift)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> ExactDots:
        """Return what `arrays` came from."""
        made = cls.__new__(cls)
        made.query_scale, made.queries = arrays["query_scale"], arrays["queries"]
        made.key_scale = arrays.get("key_scale", made.query_scale)
        made.keys = arrays.get("keys", made.queries)
        made.shift = int(arrays["shift"])
        made._dense = None
        return made

    @cached_property
    def turned(self) -> ExactDots:
        """The same with queries for keys and keys for queries, in the same memory."""
        made = ExactDots.__new__(ExactDots)
        made.query_scale, made.queries = self.key_scale, self.keys
        made.key_scale, made.keys = self.query_scale, self.queries
        # Halves that have changed places change them back.
        made.shift, made._dense = self.shift, None
        return made

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the products of the pairs (u[i], v[i]), float32, shape (len(u),)."""
        out = np.empty(len(u), np.float32)
        scaled = (self.queries, self.keys, self.query_scale, self.key_scale)
        arrays = (*scaled, self.shift, np.asarray(u), np.asarray(v), out)
        in_chunks(
            lambda first, last: _dots(*arrays, first, last),
            len(u),
            CHUNK,
            numba.get_num_threads(),
        )
        return out

    def rows(self, queries: np.ndarray, first: int, last: int) -> np.ndarray:
        """Return the products of each query with the products ``first .. last - 1``, float32,
        shape (len(queries), last - first)."""
        n = last - first
        if len(queries) < MANY:
            every = np.tile(np.arange(first, last), len(queries))
            return self.pairs(np.repeat(queries, n), every).reshape(len(queries), n)
        asked = np.roll(self.queries[queries], self.shift, axis=1)
        if _whole_numbers_are_faster():
            out = _multiply_whole(asked, self.keys[first:last])
        else:
            if self._dense is None:
                self._dense = self.keys.astype(np.float32)
            out = asked.astype(np.float32) @ self._dense[first:last].T
        # The scales first, as in `_dots`, or the last bit differs.
        scales = self.query_scale[queries][:, None] * self.key_scale[None, first:last]
        return np.multiply(out, scales, out=scales, casting="unsafe", dtype=np.float32)


def _multiply_whole(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return ``left @ right.T`` of int8 matrices, int32."""
    import torch

    return torch._int_mm(torch.from_numpy(left), torch.from_numpy(right).T).numpy()


@cache
def _whole_numbers_are_faster() -> bool:
    """Try which of two ways to the same result this machine is faster at.

    Processors with VNNI multiply int8 about four times as fast as float32; others may have no
    compiled way at all.
    """
    left, right = np.ones((64, 512), np.int8), np.ones((1 << 13, 512), np.int8)
    floats = left.astype(np.float32), right.T.astype(np.float32)

    def seconds(multiply: Callable[[], object]) -> float:
        multiply()
        started = time.perf_counter()
        multiply()
        return time.perf_counter() - started

    try:
        whole = seconds(lambda: _multiply_whole(left, right))
    except (AttributeError, RuntimeError):  # not of torch's public interface
        return False
    return whole < seconds(lambda: np.matmul(*floats))


def _is_swapped(queries: np.ndarray, keys: np.ndarray) -> bool:
    """Return whether the keys are the queries whose halves have changed places."""
    half, odd = divmod(queries.shape[1], 2)
    return not odd and (
        np.array_equal(queries[:, :half], keys[:, half:])
        and np.array_equal(queries[:, half:], keys[:, :half])
    )


def _rounded(vectors: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the size of a step (float32) and the rounded vectors (int8)."""
    steps, rounded = np.empty(len(vectors), np.float32), np.empty(vectors.shape, np.int8)

    def work(first: int, last: int) -> None:
        rows = slice(first, last)
        largest = np.abs(vectors[rows]).max(axis=1, initial=0)
        largest = np.where(kept[rows] & (largest > 0), largest, np.float32("inf"))
        scaled = vectors[rows] * (LEVELS / largest)[:, None]
        rounded[rows] = np.rint(scaled, out=scaled)
        steps[rows] = np.where(np.isfinite(largest), largest / LEVELS, 0)

    # Not all at once: the copies would be several times as large as the vectors.
    in_chunks(work, len(vectors), CHUNK, numba.get_num_threads())
    return steps, rounded


@numba.njit(cache=True, nogil=True)
def _sum(left, right):
    total = np.int32(0)
    for i in range(len(left)):
        total += np.int32(left[i]) * np.int32(right[i])
    return total


@numba.njit(cache=True, nogil=True)
def _dots(queries, keys, query_scale, key_scale, shift, u, v, out, first, last):
    rest = queries.shape[1] - shift
    for row in range(first, last):
        left, right = queries[u[row]], keys[v[row]]
        total = _sum(left[:rest], right[shift:])
        if shift:
            total += _sum(left[rest:], right[:shift])
        out[row] = np.float32(total) * (query_scale[u[row]] * key_scale[v[row]])
