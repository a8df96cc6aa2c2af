"""The loss and its gradients against plain loops over the pairs."""

import numpy as np
import pytest
import torch

from core.models.embedding.batches import Batches
from core.models.embedding.gradients.pair_negatives import PairNegativeGradients
from core.models.embedding.gradients.shared_negatives import SharedNegativeGradients
from core.models.embedding.net import EmbeddingNet, Table
from core.models.embedding.optimisers import RowAdagrad, RowAdam, make_optimiser
from core.models.embedding.settings import EmbeddingSettings
from core.models.embedding.train import compiled_backward

N, DIM = 30, 6
GRID = [
    {"loss": "sgns"},
    {"loss": "sgns", "score_limit": 1.0},
    {"loss": "bce", "two_tables": False},
    {"loss": "bce", "two_tables": False, "bias": True, "l2": 0.1},
    {"loss": "mse", "two_tables": False, "bias": True},
    {"loss": "mse", "two_tables": True},
    {"loss": "bce", "two_tables": True, "bias": True, "l2": 0.01},
]


def build(dtype=torch.float64, optimiser="row-adagrad", **changes):
    """Return a net and one batch of walks with padding and repeats, and of collisions."""
    rng = np.random.default_rng(3)
    settings = EmbeddingSettings(
        dim=DIM,
        batch_size=8,
        group_size=4,
        shared_negatives=9,
        window=2,
        initial="normal",
        initial_scale=0.7,
        optimiser=optimiser,
        **changes,
    )
    sequences = rng.integers(0, N, (800, 5)).astype(np.int32)
    sequences[::3, 4:] = -1
    labels = rng.random(800, np.float32) * 3 if settings.loss == "mse" else None
    batches = Batches(sequences, labels, settings, N, rng, torch.device("cpu"))
    net = EmbeddingNet(N, settings, rng).to(dtype)
    return net, batches.batch(torch.arange(7)), settings


def naive_loss(net, batch, settings) -> float:
    """Sum over positives, each with its own label; then the negatives of every center."""
    center = net.center.weight.detach().numpy()
    context = net.context.weight.detach().numpy()
    bias = net.bias.weight.detach().numpy()[:, 0] if settings.bias else np.zeros(N)
    offset = net.offset.weight.item() if settings.bias else 0.0

    def score(u, v):
        return center[u] @ context[v] + bias[u] + bias[v] + offset

    def element(s, positive, label):
        if settings.loss == "mse":
            return (s - label) ** 2 if positive else s**2
        if settings.score_limit:
            s = np.clip(s, -settings.score_limit, settings.score_limit)
        return np.log1p(np.exp(-s if positive else s))

    total, n_pairs = 0.0, 0
    sequences = batch.sequences.numpy()
    shared = settings.sampling == "shared"
    for row, sequence in enumerate(sequences):
        label = None if batch.labels is None else float(batch.labels[row, 0, 0])
        for i, u in enumerate(sequence):
            for j, v in enumerate(sequence):
                if i == j or abs(i - j) > settings.window or u == v or min(u, v) < 0:
                    continue
                total += element(score(u, v), True, label)
                if shared:
                    negatives = batch.negatives[row // settings.group_size].numpy()
                    part = settings.negatives / len(negatives)
                    total += part * sum(
                        element(score(u, n), False, label) for n in negatives if n not in sequence
                    )
                    total += settings.l2 * (center[u] @ center[u])
                    own = context if settings.two_tables else center
                    total += settings.l2 * (own[u] @ own[u])
                else:
                    total += sum(
                        element(score(u, n), False, label)
                        for n in batch.negatives[n_pairs].numpy()
                        if n != v
                    )
                    own = context if settings.two_tables else center
                    total += settings.l2 * (center[u] @ center[u] + own[v] @ own[v])
                n_pairs += 1
    return total, n_pairs


@pytest.mark.parametrize("sampling", ["shared", "pair"])
@pytest.mark.parametrize("point", GRID, ids=str)
def test_loss_equals_the_naive_loops(point, sampling):
    net, batch, settings = build(sampling=sampling, **point)
    loss, pairs = net(batch)
    expected, n_pairs = naive_loss(net, batch, settings)
    assert int(pairs) == n_pairs > 50
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def row_gradients(net) -> dict[str, np.ndarray]:
    """Return the row gradients of the tables as dense arrays."""
    dense = {}
    for name in ("center", "context", "bias", "offset"):
        table = getattr(net, name)
        if table is None or not table.touched:
            continue
        ids, gradients = table.take_gradients()
        kept = (ids >= 0).numpy()
        dense[name] = np.zeros(table.weight.shape)
        np.add.at(dense[name], ids.numpy()[kept], gradients.detach().numpy()[kept])
    return dense


def whole_gradients(net, batch) -> dict[str, np.ndarray]:
    """Return the gradients of the whole tables by autograd."""
    net(batch)[0].backward()
    tables = {name: getattr(net, name) for name in ("center", "context", "bias", "offset")}
    if tables["context"] is tables["center"]:
        del tables["context"]
    return {n: t.weight.grad.numpy() for n, t in tables.items() if t is not None}


@pytest.mark.parametrize("sampling", ["shared", "pair"])
@pytest.mark.parametrize("point", GRID, ids=str)
def test_row_gradients_equal_autograd_on_the_whole_tables(point, sampling):
    net, batch, _ = build(sampling=sampling, **point)
    whole, _, _ = build(optimiser="adam-batch-l2", sampling=sampling, **point)
    expected = whole_gradients(whole, batch)
    net(batch)[0].backward()
    found = row_gradients(net)
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("part", [1, 20, 10_000])
@pytest.mark.parametrize("point", [p for p in GRID if "score_limit" not in p], ids=str)
def test_compiled_gradients_with_shared_negatives_equal_autograd(point, part, monkeypatch):
    monkeypatch.setattr("core.models.embedding.gradients.shared_negatives.POSITIONS_PER_TASK", part)
    net, batch, _ = build(dtype=torch.float32, **point)
    whole, _, _ = build(dtype=torch.float32, optimiser="adam-batch-l2", **point)
    expected = whole_gradients(whole, batch)
    backward = compiled_backward(net)
    assert isinstance(backward, SharedNegativeGradients)
    for _ in range(2):  # the second time with reused arrays
        backward(batch)
        found = row_gradients(net)
        assert found.keys() == expected.keys()
        for name in expected:
            np.testing.assert_allclose(found[name], expected[name], atol=2e-5, rtol=1e-4)


def mean_gradients(net, batch) -> dict[str, np.ndarray]:
    """Return the gradients of the mean loss and the regularisation by autograd."""
    net.objective(batch).backward()
    tables = {name: getattr(net, name) for name in ("center", "context", "bias", "offset")}
    if tables["context"] is tables["center"]:
        del tables["context"]
    return {n: t.weight.grad.numpy().copy() for n, t in tables.items() if t is not None}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("optimiser", ["adam", "adam-batch-l2", "sparse-adam"])
@pytest.mark.parametrize("point", GRID, ids=str)
def test_compiled_gradients_with_negatives_for_each_pair_equal_autograd(point, optimiser, workers):
    net, batch, _ = build(torch.float32, optimiser, sampling="pair", **point)
    same_l2 = "adam" if optimiser == "adam" else "adam-batch-l2"
    expected = mean_gradients(build(torch.float32, same_l2, sampling="pair", **point)[0], batch)
    backward = compiled_backward(net, map, workers)
    assert isinstance(backward, PairNegativeGradients)
    for _ in range(2):  # the second time with reused arrays
        backward(batch)
        if optimiser == "sparse-adam":
            found = row_gradients(net)
        else:
            found = {n: getattr(net, n).weight.grad.numpy() for n in expected}
        assert found.keys() == expected.keys()
        for name in expected:
            np.testing.assert_allclose(found[name], expected[name], atol=1e-6, rtol=1e-4)


def test_only_rows_of_the_batch_are_touched():
    net, batch, _ = build(torch.float32, "sparse-adam", sampling="pair")
    compiled_backward(net)(batch)
    u, v, _ = net.positives(batch)
    assert set(net.center.take_gradients()[0].tolist()) == set(u.tolist())
    others = set(v.tolist()) | set(batch.negatives.flatten().tolist())
    assert set(net.context.take_gradients()[0].tolist()) == others


def test_row_adam_takes_the_steps_of_torchs_sparse_adam():
    rng = np.random.default_rng(5)
    start = rng.standard_normal((12, 4), np.float32)
    table = Table(start.copy(), "sparse-adam")
    ours = RowAdam([table], 0.03)
    reference = torch.nn.Parameter(torch.from_numpy(start.copy()))
    theirs = torch.optim.SparseAdam([reference], 0.03)
    for size in (5, 9, 3, 9, 1):
        ids = rng.integers(0, 12, size).astype(np.int32)
        gradients = rng.standard_normal((size, 4), np.float32)
        table.touched.append((torch.from_numpy(ids), torch.from_numpy(gradients.copy())))
        ours.step()
        reference.grad = torch.sparse_coo_tensor(
            ids[None], gradients, (12, 4), check_invariants=False
        )
        theirs.step()
        np.testing.assert_allclose(table.weight.detach(), reference.detach(), atol=2e-6)


def test_gradients_agree_with_finite_differences():
    net, batch, settings = build(optimiser="adam-batch-l2", loss="sgns")
    net(batch)[0].backward()
    gradient = net.center.weight.grad.numpy()
    weight = net.center.weight.detach().numpy()
    row = int(batch.sequences[0, 0])
    for k in range(DIM):
        kept = weight[row, k]
        weight[row, k] = kept + 1e-5
        above, _ = naive_loss(net, batch, settings)
        weight[row, k] = kept - 1e-5
        below, _ = naive_loss(net, batch, settings)
        weight[row, k] = kept
        assert gradient[row, k] == pytest.approx((above - below) / 2e-5, rel=1e-4)


def test_shared_negatives_have_the_same_expected_loss_as_negatives_for_each_pair():
    rng = np.random.default_rng(0)
    sequences = rng.integers(0, 200, (400, 2)).astype(np.int32)
    means = []
    for sampling in ("shared", "pair"):
        settings = EmbeddingSettings(
            dim=4, sampling=sampling, batch_size=400, initial="normal", initial_scale=1.0
        )
        batches = Batches(
            sequences, None, settings, 200, np.random.default_rng(1), torch.device("cpu")
        )
        net = EmbeddingNet(200, settings, np.random.default_rng(2))
        with torch.no_grad():
            losses = [net(batches.batch(torch.arange(400))) for _ in range(60)]
        means.append(np.mean([(loss / pairs).item() for loss, pairs in losses]))
    assert means[0] == pytest.approx(means[1], rel=0.02)


@pytest.mark.parametrize(("name", "cls"), [("row-adagrad", RowAdagrad), ("sparse-adam", RowAdam)])
def test_kernels_and_torch_update_rows_alike(name, cls):
    point = {"loss": "bce", "bias": True, "optimiser": name, "learning_rate": 0.02}
    nets = [build(dtype=torch.float32, **point)[0] for _ in range(2)]
    batch, settings = build(**point)[1:]
    for net, by_torch in zip(nets, (False, True)):
        optimiser = make_optimiser(net, settings)
        assert isinstance(optimiser, cls)
        if by_torch:
            optimiser._by_kernels = optimiser._by_torch
        for _ in range(3):
            net(batch)[0].backward()
            optimiser.step()
    for first, second in zip(nets[0].parameters(), nets[1].parameters()):
        np.testing.assert_allclose(first.detach(), second.detach(), atol=2e-6)


@pytest.mark.parametrize("by_torch", [False, True])
@pytest.mark.parametrize("name", ["row-adagrad", "sparse-adam"])
def test_the_update_of_a_table_is_proportional_to_its_rate_factor(name, by_torch):
    point = {"loss": "bce", "bias": True, "optimiser": name, "learning_rate": 0.02}
    moved = []
    for rate_factor in (1.0, 3.0):
        net, batch, settings = build(dtype=torch.float32, **point)
        net.center.rate_factor = rate_factor
        before = [weight.detach().clone() for weight in net.parameters()]
        optimiser = make_optimiser(net, settings)
        if by_torch:
            optimiser._by_kernels = optimiser._by_torch
        net(batch)[0].backward()
        optimiser.step()
        after = zip(net.parameters(), before, strict=True)
        moved.append({id(w) == id(net.center.weight): w.detach() - b for w, b in after})
    assert moved[0][True].abs().max() > 0
    np.testing.assert_allclose(moved[1][True], 3 * moved[0][True], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(moved[1][False], moved[0][False])
