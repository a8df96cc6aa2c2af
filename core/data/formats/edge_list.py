"""An edge list -> relations: columns `source, target`, optionally `weight` and `relation`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.clean_values import numbers
from core.data.formats.input_format import InputFormat, Sample
from core.data.ids_and_catalogue import Codes, Ids
from core.data.product_relations import RELATIONS, WEIGHTS, Relations
from core.data.product_table import join_products
from core.data.purchase_checks import warn_of_odd_ids
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport, ReadResult
from core.data.tables.column_roles import find_columns, need_columns, repeated_names
from core.data.tables.table import Batch, Table
from core.progress import QUIET, Progress

ROLES = ("source", "target", "weight", "relation")
_ALIASES = {"also_buy": "also_bought", "also_view": "also_viewed"}
_WIDEST = 3  # columns of an edge list without a header
_LINKED = RELATIONS.index("linked")


def read_edges(
    table: Table,
    products: pd.DataFrame | None = None,
    options: ReadOptions | None = None,
    progress: Progress = QUIET,
) -> ReadResult:
    """Read an edge list; edges without a named relation are `linked`.

    Repeated edges are merged: their weights add up if the list has weights, else they count once.

    Raises
    ------
    UserError
        If a needed column is missing or no line is usable.
    """
    options = options or ReadOptions()
    columns = find_edge_columns(table, options)
    need_columns(table, columns, ("source", "target"), "an edge list")
    report = ReadReport(kind="edges", file=table.short_label)
    ids = Codes()
    parts = [
        _edges_of(batch, ids, report, options) for batch in table.batches(columns, report, progress)
    ]
    n_edges = sum(len(part) for part in parts)
    report.need_usable(n_edges, table.label, "an edge per line: source, target, weight or relation")
    catalogue, row_of = join_products(products, ids)
    relations = _merge(parts, row_of, len(catalogue), add_up="weight" in columns)
    report.products, report.with_metadata = len(catalogue), int(catalogue.frame.has_metadata.sum())
    report.mentions, report.merged = len(relations), n_edges - len(relations)
    report.notes |= {"columns": columns, "understood": table.facts}
    if remarks := repeated_names(table, columns):
        report.notes["remarks"] = remarks
    loops = int((relations.source == relations.target).sum())
    if loops:
        report.notes["self-loops"] = loops
    warn_of_odd_ids(list(ids), report)
    return ReadResult(catalogue, relations, report)


def find_edge_columns(table: Table, options: ReadOptions) -> dict[str, str]:
    """Return the columns of an edge list by role.

    Without a header they are source, target and, if it is a number, weight. A column that is
    called "type", as in Gephi's exports, counts only if it holds names of our relations.

    Raises
    ------
    UserError
        If `options.columns` names a column that the table does not have.
    """
    columns = find_columns(table, ROLES, options)
    head = table.head()
    if not table.has_header and not columns and len(table.names) <= _WIDEST:
        columns = dict(zip(("source", "target"), table.names))
        if len(table.names) > 2 and not np.isnan(numbers(head[2])).any():
            columns["weight"] = table.names[2]
    relation = columns.get("relation")
    if relation and "relation" not in options.columns:
        filled = head[table.names.index(relation)]
        filled = filled[filled != ""]
        if len(filled) and (_relation_codes(filled) < 0).mean() > 0.5:
            del columns["relation"]
    return columns


def _edges_of(batch: Batch, ids: Codes, report: ReadReport, options: ReadOptions) -> Relations:
    row_numbers, values = batch
    source = Ids(values["source"], options.merge_case)
    target = Ids(values["target"], options.merge_case)
    problems = {"no source": source.missing, "no target": target.missing}
    kind = np.full(len(row_numbers), _LINKED, np.int64)
    if "relation" in values:
        kind = _relation_codes(values["relation"])
        problems[f"the relation is not one of {', '.join(RELATIONS)}"] = kind < 0
    weight = WEIGHTS[kind]
    if "weight" in values:
        # Weights out of range become inf or 0, which is a bad line.
        with np.errstate(over="ignore", under="ignore"):
            weight = numbers(values["weight"]).astype(np.float32)
        problems["the weight is not a positive number"] = ~((weight > 0) & np.isfinite(weight))
    good = report.usable_rows(row_numbers, problems)
    if options.leave_out:
        named = source.among(options.leave_out) | target.among(options.leave_out)
        report.notes["left out by name"] = report.notes.get("left out by name", 0) + int(
            (good & named).sum()
        )
        good &= ~named
    return Relations(
        source.codes(good, ids),
        target.codes(good, ids),
        kind[good].astype(np.uint8),
        weight[good],
        np.zeros(int(good.sum()), np.uint8),
    )


def _relation_codes(names: pd.Series) -> np.ndarray:
    local, unique = pd.factorize(names)
    plain = [str(name).strip().lower().replace(" ", "_").replace("-", "_") for name in unique]
    plain = [_ALIASES.get(name, name) for name in plain]
    codes = [RELATIONS.index(name) if name in RELATIONS else -1 for name in plain]
    return np.array([*codes, -1])[local]


def _merge(parts: list[Relations], row_of: np.ndarray, n_products: int, add_up: bool) -> Relations:
    """Return each distinct (source, target, relation), sorted; weights add up if `add_up`."""
    edges = Relations.concatenate(parts)
    source, target, kind = row_of[edges.source], row_of[edges.target], edges.relation
    key = (source.astype(np.int64) * n_products + target) * len(RELATIONS) + kind
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    weight = edges.weight[order]
    if add_up:
        weight = np.add.reduceat(weight, first, dtype=np.float64).astype(np.float32)
    else:
        weight = weight[first]
    picked = order[first]
    return Relations(
        source[picked], target[picked], kind[picked], weight, np.zeros(len(picked), np.uint8)
    )


def _evidence(sample: Sample) -> float:
    if not sample.is_table or sample.content == "records":
        return 0.0
    table = sample.table
    columns = find_edge_columns(table, sample.options)
    if not {"source", "target"} <= columns.keys():
        return 0.0
    if table.has_header or columns["source"] != "column 1":
        return 0.8
    layout = sample.layout
    if layout is not None and (layout.regular < 0.9 or len(layout.rows) < 2):
        return 0.0
    if layout is not None and (layout.delimiter == " " or layout.skip):
        return 0.8
    first, second = (set(table.head()[i]) for i in (0, 1))
    # In an edge list, the same products occur in both columns.
    return 0.4 if 4 * len(first & second) > min(len(first), len(second)) else 0.0


FORMAT = InputFormat(
    name="edges",
    about="an edge list",
    example="source,target,weight\ntea,cup,3\ncup,saucer,1.5",
    roles=ROLES,
    takes_products=True,
    evidence=_evidence,
    read=lambda sample, *rest: read_edges(sample.table, *rest),
    columns=lambda sample: find_edge_columns(sample.table, sample.options),
)
