"""Batches: the window pairs, the padding, the negatives."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from core.models.embedding.batches import Batches
from core.models.embedding.settings import EmbeddingSettings

CPU = torch.device("cpu")


def make(sequences, seed=0, n_products=50, labels=None, **changes) -> Batches:
    settings = EmbeddingSettings(**changes)
    rng = np.random.default_rng(seed)
    return Batches(np.asarray(sequences, np.int32), labels, settings, n_products, rng, CPU)


def naive_pairs(sequence, window) -> set:
    """All (center position, context position) of a sequence, one by one."""
    pairs = set()
    for i, center in enumerate(sequence):
        for j, context in enumerate(sequence):
            near = i != j and abs(i - j) <= window
            if near and center >= 0 and context >= 0 and center != context:
                pairs.add((i, j))
    return pairs


@pytest.mark.parametrize("window", [1, 2, 5])
def test_positives_are_the_window_pairs_without_padding_and_self_pairs(window):
    rng = np.random.default_rng(1)
    sequences = rng.integers(0, 6, (12, 7)).astype(np.int32)
    sequences[3, 4:] = -1
    batches = make(sequences, window=window, batch_size=12, sampling="pair")
    batch = batches.batch(torch.arange(12))
    for sequence, positive in zip(sequences, batch.positive.numpy()):
        assert set(zip(*(axis.tolist() for axis in positive.nonzero()))) == naive_pairs(
            sequence, window
        )
    assert batch.negatives.shape == (int(batch.positive.sum()), 5)


def test_an_edge_makes_two_training_pairs_with_shared_negatives_and_one_with_the_studys():
    edges = np.array([[3, 9], [1, 2]])
    both = make(edges, trained_on="edges").band
    assert both.tolist() == [[False, True], [True, False]]
    one = make(edges, trained_on="edges", sampling="pair").band
    assert one.tolist() == [[False, True], [False, False]]


def test_an_epoch_visits_every_sequence_once_in_a_new_order():
    sequences = np.arange(2000, dtype=np.int32).reshape(1000, 2) % 50
    sequences[:, 1] = np.arange(1000) // 50 + 20
    batches = make(sequences, batch_size=7, group_size=3)
    epochs = []
    for _ in range(2):
        rows = torch.cat([batch.sequences for batch in batches]).numpy()
        epochs.append(rows[rows[:, 0] >= 0])
    assert len(batches) == 143
    for rows in epochs:
        assert sorted(map(tuple, rows)) == sorted(map(tuple, sequences))
    assert not np.array_equal(epochs[0], epochs[1])


def test_small_data_sets_get_smaller_batches():
    batches = make(np.ones((1000, 2)), batch_size=512, group_size=64)
    assert (len(batches), batches.batch_size, batches.group_size) == (100, 10, 10)
    assert len(make(np.ones((1000, 2)), batch_size=512, sampling="pair")) == 2


def test_the_last_batch_is_padded_to_whole_groups():
    labels = np.ones(5000, np.float32)
    batches = make(np.ones((5000, 4)), batch_size=45, group_size=8, labels=labels, loss="mse")
    *_, last = batches
    assert last.sequences.shape == (8, 4) and len(last.negatives) == 1
    assert (last.sequences[5:] == -1).all() and (last.sequences[:5] == 1).all()
    assert last.labels.ravel().tolist() == [1] * 5 + [0] * 3


def test_negatives_follow_the_power_of_the_frequency():
    count = np.array([0, 1, 4, 16, 0, 64])
    sequences = np.repeat(np.arange(6), count)
    sequences = np.append(sequences, sequences[-1:])[: len(sequences) // 5 * 5].reshape(-1, 5)
    count = np.bincount(sequences.ravel(), minlength=6)
    drawn = make(sequences, n_products=6).draw((400, 100)).numpy()
    expected = count**0.75 / (count**0.75).sum()
    observed = np.bincount(drawn.ravel(), minlength=6)
    assert (observed[count == 0] == 0).all()
    kept = count > 0
    assert chisquare(observed[kept], expected[kept] * drawn.size).pvalue > 1e-3
    uniform = make(sequences, n_products=6, negative_power=0).draw((400, 100)).numpy()
    assert set(np.unique(uniform)) == set(np.flatnonzero(count))
