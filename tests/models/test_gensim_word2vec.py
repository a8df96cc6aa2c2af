"""gensim's word2vec: the same vectors as gensim called directly."""

import numpy as np
import pytest
from gensim.models import Word2Vec

from core.graph.split import random_split
from core.graph.walks import WalkPlan, random_walks
from core.models.gensim_word2vec import GensimWord2Vec, Word2VecSettings
from core.progress import Progress
from tests.communities import community_pairs

QUICK = {"dim": 16, "epochs": 2, "walks_per_product": 4}


@pytest.mark.parametrize("algorithm", ["cbow", "skip-gram"])
@pytest.mark.parametrize("shrink", [True, False])
def test_vectors_are_those_of_gensim_on_the_same_walks(community_split, algorithm, shrink):
    settings = Word2VecSettings(algorithm=algorithm, shrink_window=shrink, q=0.5, **QUICK)
    ours = GensimWord2Vec(settings, seed=3).fit(community_split)
    walks = random_walks(community_split.graph, WalkPlan(4, 10, 1, 0.5, seed=3))
    theirs = Word2Vec(
        [[str(product) for product in walk if product >= 0] for walk in walks.tolist()],
        vector_size=16, epochs=2, sg=int(algorithm == "skip-gram"), shrink_windows=shrink,
        min_count=1, seed=3, workers=1,
    )  # fmt: skip
    words = np.array(theirs.wv.index_to_key, int)
    # gensim divides a file and a list into different jobs, so the rates differ slightly.
    cosine = (ours.vectors_[words] * theirs.wv.vectors).sum(1)
    cosine /= np.linalg.norm(ours.vectors_[words], axis=1)
    cosine /= np.linalg.norm(theirs.wv.vectors, axis=1)
    assert np.median(cosine) > 0.9


def test_products_on_no_walk_have_zeros():
    split = random_split(community_pairs(), 203, np.ones(203, bool))
    ours = GensimWord2Vec(Word2VecSettings(**QUICK)).fit(split)
    unseen = ~split.seen
    assert unseen.sum() >= 3
    assert not ours.vectors_[unseen].any() and not ours.context_[unseen].any()
    assert np.linalg.norm(ours.vectors_[~unseen], axis=1).min() > 0


def test_every_epoch_adds_a_point_and_the_rate_falls(community_split):
    points = []

    class Listener(Progress):
        def point(self, **values):
            points.append(values)

    GensimWord2Vec(Word2VecSettings(**QUICK)).fit(
        community_split, Listener(), lambda model: {"auc_seen": 0.5}
    )
    assert [point["epoch"] for point in points] == [1, 2]
    assert points[0]["learning_rate"] > points[1]["learning_rate"]
