"""RP3-beta against dense transition matrices."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.graph_scores import ThreeHop
from core.models.rp3_beta import RP3Beta, RP3BetaSettings


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("beta", [0.0, 0.3, 0.8])
def test_every_query_ranks_as_the_walk_over_the_end_s_degree(beta, weighted, community_split):
    split = community_split
    adjacency = split.graph.adjacency.toarray().astype(np.float64)
    if not weighted:
        adjacency = (adjacency > 0).astype(np.float64)
    degree = adjacency.sum(1)
    seen = degree > 0
    degree = np.where(seen, degree, 1)
    walks = np.linalg.matrix_power(adjacency / degree[:, None], 3)
    published = walks / degree**beta
    model = RP3Beta(RP3BetaSettings(beta=beta, weighted=weighted)).fit(split)
    scores = model.score_all(np.arange(split.n_products))
    # They are equal up to a factor per query, so they rank alike.
    expected = published * (degree ** (1 - beta))[:, None]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(scores, scores.T, rtol=1e-4)


def test_beta_of_one_half_is_the_three_hop_score(community_split):
    queries = np.arange(30)
    scores = RP3Beta(RP3BetaSettings(beta=0.5)).fit(community_split).score_all(queries)
    expected = ThreeHop().fit(community_split).score_all(queries)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
