"""Inner products of pairs against numpy's, chunk borders included."""

import numpy as np
import pytest

from core.models.kernels import pair_dots


@pytest.mark.parametrize("width", [1, 16, 50])
@pytest.mark.parametrize("n_pairs", [0, 1, 130])
def test_pair_dots_are_numpys(width, n_pairs, monkeypatch):
    monkeypatch.setattr(pair_dots, "CHUNK", 64)
    rng = np.random.default_rng(0)
    queries, keys = rng.standard_normal((2, 40, width)).astype(np.float32)
    u, v = rng.integers(0, 40, (2, n_pairs)).astype(np.int32)
    keys.flags.writeable = False  # as where a saved model is read from its file
    dots = pair_dots.pair_dots(queries, keys, u, v)
    assert dots.dtype == np.float32
    np.testing.assert_allclose(dots, (queries[u] * keys[v]).sum(axis=1), atol=1e-5)
