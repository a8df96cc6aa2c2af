"""The network around a product."""

from __future__ import annotations

import pandas as pd

from dashboard.charts import ego_network_chart


def test_the_network_escapes_titles_and_names_every_relation_once():
    nodes = pd.DataFrame(
        {
            "product": [4, 7],
            "id": ["a", "b"],
            "title": ["<i>x</i>", ""],
            "brand": "",
            "category": "",
            "x": [0.0, 1.0],
            "y": [0.0, 1.0],
        }
    )
    edges = pd.DataFrame(
        {
            "u": [4, 4],
            "v": [7, 7],
            "relation": ["also_bought", "also_viewed"],
            "part": ["training pair", "held-out pair"],
        }
    )
    figure = ego_network_chart.ego(nodes, edges)
    assert "<i>" not in figure.to_json()
    named = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert named == ["also bought", "also viewed, held out"]
