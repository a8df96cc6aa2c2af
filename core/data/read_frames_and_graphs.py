"""Data frames and networkx graphs -> products and relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from core.config import UserError
from core.data.formats.input_format import Sample
from core.data.read_file import read_sample
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.tables.parquet_and_frames import FrameTable
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    import networkx as nx


def read_frame(
    frame: pd.DataFrame | pa.Table,
    products: pd.DataFrame | pa.Table | None = None,
    options: ReadOptions | None = None,
    progress: Progress = QUIET,
) -> ReadResult:
    """Read a transaction log or an edge list in memory, recognised like a file with that content.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        One purchase per row (basket, product, …) or one edge per row (source, target, …). The index
        of a data frame is not read.
    products : pandas.DataFrame or pyarrow.Table, optional
        Product table: id, title, brand, categories, price.
    options : ReadOptions, optional

    Raises
    ------
    UserError
        If its columns are not recognised or no row is usable.

    Examples
    --------
    >>> edges = pd.DataFrame({"source": ["tea", "cup"], "target": ["cup", "saucer"]})
    >>> read_frame(edges).catalogue.frame["id"].tolist()
    ['tea', 'cup', 'saucer']
    """
    table = FrameTable.of(frame)
    sample = Sample(table.label, options or ReadOptions(), frame=table)
    about = None if products is None else FrameTable.of(products, "the frame of products")
    return read_sample(sample, about, progress)


def read_graph(
    graph: nx.Graph, options: ReadOptions | None = None, progress: Progress = QUIET
) -> ReadResult:
    """Read a networkx graph: every edge is a relation of two products.

    An edge attribute ``weight`` is the weight of the relation, ``relation`` its name. Node
    attributes named like columns of a product table (``title``, ``brand``, ``category``,
    ``price``, …) describe the products. Nodes without edges are left out.

    Raises
    ------
    UserError
        If the graph has no edge.

    Examples
    --------
    >>> import networkx as nx
    >>> read_graph(nx.path_graph(3)).catalogue.frame["id"].tolist()
    ['0', '1', '2']
    """
    edges = [(str(a), str(b), attributes) for a, b, attributes in graph.edges(data=True)]
    if not edges:
        raise UserError("The graph has no edges: there is nothing to learn from.")
    frame = pd.DataFrame({"source": [a for a, *_ in edges], "target": [b for _, b, _ in edges]})
    for name, otherwise in (("weight", 1.0), ("relation", "linked")):
        if any(name in attributes for *_, attributes in edges):
            frame[name] = [attributes.get(name, otherwise) for *_, attributes in edges]
    table = FrameTable.of(frame, "the graph")
    sample = Sample(table.label, options or ReadOptions(kind="edges"), frame=table)
    return read_sample(sample, _node_table(graph), progress)


def _node_table(graph: nx.Graph) -> FrameTable | None:
    """Return the attributes of the nodes as a product table; None if they have none."""
    if not any(attributes for _, attributes in graph.nodes(data=True)):
        return None
    nodes = [node for node in graph if graph.degree(node)]
    frame = pd.DataFrame([graph.nodes[node] for node in nodes])
    frame = frame.drop(columns=[name for name in frame if name == "id"])
    frame.insert(0, "id", [str(node) for node in nodes])
    return FrameTable.of(frame, "the nodes of the graph")
