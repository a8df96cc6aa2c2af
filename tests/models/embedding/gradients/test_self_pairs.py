"""A walk that returns to a product within the window does not train its self-pair."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from core.models.embedding.batches import Batches
from core.models.embedding.net import EmbeddingNet
from core.models.embedding.settings import EmbeddingSettings
from core.models.embedding.train import compiled_backward

N, DIM, WINDOW, K, GROUP = 9, 5, 2, 4, 2
# Every one of them returns within two steps, some twice; two end early.
WALKS = np.array(
    [[3, 5, 3, 7, 3, 1], [0, 1, 0, 1, 0, 1], [2, 4, 2, 4, 6, 4], [8, 7, 8, 7, -1, -1],
     [5, 6, 5, -1, -1, -1], [1, 2, 3, 2, 1, 2]], np.int32,
)  # fmt: skip


def make(one_table: bool, sampling: str) -> tuple[EmbeddingNet, Batches]:
    settings = EmbeddingSettings(
        dim=DIM, window=WINDOW, sampling=sampling, group_size=GROUP, shared_negatives=K,
        batch_size=len(WALKS), two_tables=not one_table, bias=one_table, l2=0.05,
        initial="normal", initial_scale=0.5,
        optimiser="row-adagrad" if sampling == "shared" else "adam-batch-l2",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    # Repeated, so that all walks make one batch.
    sequences = np.tile(WALKS, (100, 1))
    batches = Batches(sequences, None, settings, N, rng, torch.device("cpu"))
    return EmbeddingNet(N, settings, rng), batches


def plain_gradients(net: EmbeddingNet, batch) -> dict[str, np.ndarray]:
    """Sum the losses of all pairs in float64, and differentiate by autograd.

    Skip-gram with negative sampling: a pair is a center and another product at most `WINDOW` steps
    away; a self-pair is not a pair.
    """
    settings = net.settings
    names = [name for name in ("center", "context", "bias", "offset") if getattr(net, name)]
    tables = {n: getattr(net, n).weight.detach().double().requires_grad_() for n in names}
    if not settings.two_tables:
        tables["context"] = tables["center"]
    center, context = tables["center"], tables["context"]

    def score(u: int, v: int) -> torch.Tensor:
        s = center[u] @ context[v]
        return s if not settings.bias else s + tables["bias"][[u, v]].sum() + tables["offset"].sum()

    total, n_pairs = torch.zeros((), dtype=torch.float64), 0
    shared = settings.sampling == "shared"
    for row, walk in enumerate(batch.sequences.tolist()):
        for i, u in enumerate(walk):
            for j in range(max(0, i - WINDOW), min(len(walk), i + WINDOW + 1)):
                v = walk[j]
                if i == j or u < 0 or v < 0 or u == v:
                    continue
                drawn = batch.negatives[row // GROUP if shared else n_pairs].tolist()
                wrong = [n for n in drawn if (n not in walk if shared else n != v)]
                weight = settings.negatives / K if shared else 1.0
                total = total - logsigmoid(score(u, v))
                total = total - weight * sum(logsigmoid(-score(u, n)) for n in wrong)
                pulled = context[u] if shared else context[v]
                total = total + settings.l2 * (center[u].square().sum() + pulled.square().sum())
                n_pairs += 1
    (total if shared else total / n_pairs).backward()
    return {n: tables[n].grad.numpy() for n in names if n != "context" or settings.two_tables}


@pytest.mark.parametrize("one_table", [False, True])
def test_compiled_gradients_with_shared_negatives_leave_self_pairs_out(one_table):
    net, batches = make(one_table, "shared")
    batch = batches.batch(torch.arange(len(WALKS)))
    expected = plain_gradients(net, batch)
    compiled_backward(net)(batch)
    for name, gradient in expected.items():
        ids, rows = getattr(net, name).take_gradients()
        found, kept = np.zeros_like(gradient), (ids >= 0).numpy()
        np.add.at(found, ids.numpy()[kept], rows.numpy()[kept])
        np.testing.assert_allclose(found, gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("one_table", [False, True])
def test_compiled_gradients_with_negatives_for_each_pair_leave_self_pairs_out(one_table):
    net, batches = make(one_table, "pair")
    batch = batches.batch(torch.arange(len(WALKS)))
    expected = plain_gradients(net, batch)
    compiled_backward(net)(batch)
    for name, gradient in expected.items():
        found = getattr(net, name).weight.grad.numpy()
        # The default loss is the sum over a pair and its negatives, in the mean over the pairs.
        np.testing.assert_allclose(found, gradient, rtol=1e-4, atol=1e-6)
