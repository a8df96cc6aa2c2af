"""Data frames and graphs are read as files of the same content are."""

from __future__ import annotations

import networkx as nx
import pandas as pd
import pyarrow as pa
import pytest

from core.config import UserError
from core.data.read_file import read_file
from core.data.read_frames_and_graphs import read_frame, read_graph
from core.data.read_options import ReadOptions
from tests.data.formats.test_transaction_log import EASY, purchases


@pytest.mark.parametrize("kind", [lambda frame: frame, pa.Table.from_pandas])
def test_a_log_in_memory_is_read_like_its_file(tmp_path, mentions, kind):
    log = purchases()
    log.to_parquet(tmp_path / "log")
    options = ReadOptions(**EASY)
    expected = read_file(tmp_path / "log", options=options)
    result = read_frame(kind(log), options=options)
    assert mentions(result) == mentions(expected) and len(mentions(result)) > 100
    assert mentions(result, result.after) == mentions(expected, expected.after)
    assert result.report.notes | expected.report.notes == expected.report.notes
    assert result.date == expected.date is not None


def test_edges_with_products(mentions):
    edges = pd.DataFrame({"source": [1, 2], "target": [2, 30], "weight": [1.5, 2]}, index=[7, 7])
    products = pd.DataFrame({"id": [1, 30], "title": ["Tea", "Cup"], "price": [2.5, None]})
    result = read_frame(edges, products)
    assert mentions(result) == {("1", "2", "linked"): 1.5, ("2", "30", "linked"): 2.0}
    frame = result.catalogue.frame.set_index("id")
    assert frame.loc["30", "title"] == "Cup" and frame.loc["1", "price"] == 2.5
    assert frame["has_metadata"].to_dict() == {"1": True, "30": True, "2": False}


def test_columns_of_mixed_types(mentions):
    edges = pd.DataFrame({"source": [1, "b", None], "target": ["b", 2, 3]})
    result = read_frame(edges)
    assert set(mentions(result)) == {("1", "b", "linked"), ("b", "2", "linked")}
    assert result.report.first_bad == [{"line": 3, "reason": "no source"}]


def test_an_unrecognised_frame_is_refused():
    with pytest.raises(UserError, match=r"the data frame is neither .* it has the columns a, b"):
        read_frame(pd.DataFrame({"a": [1], "b": [2]}))


def test_a_graph_is_read(mentions):
    graph = nx.DiGraph()
    graph.add_edge("tea", "cup", weight=3)
    graph.add_edge("cup", 5, relation="also_bought", weight=0.5)
    graph.add_node("tea", title="Green tea", price=2.5)
    graph.add_node("alone", title="No neighbour")
    result = read_graph(graph)
    assert mentions(result) == {("tea", "cup", "linked"): 3.0, ("cup", "5", "also_bought"): 0.5}
    frame = result.catalogue.frame.set_index("id")
    assert frame.index.tolist() == ["tea", "cup", "5"]
    assert frame.loc["tea", "title"] == "Green tea" and frame.loc["cup", "title"] == ""


def test_a_plain_graph_weighs_every_edge_1(mentions):
    result = read_graph(nx.Graph([(0, 1), (1, 2)]))
    assert mentions(result) == {("0", "1", "linked"): 1.0, ("1", "2", "linked"): 1.0}


def test_a_graph_without_edges():
    with pytest.raises(UserError, match="no edges"):
        read_graph(nx.empty_graph(3))
