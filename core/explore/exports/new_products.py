"""Products that nobody has bought yet: their neighbours by their fields, for a whole file."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa

from core.config import UserError
from core.data.clean_values import price_bins
from core.data.product_catalogue import CATEGORY_LEVELS
from core.data.product_table import read_products
from core.data.read_options import ReadOptions
from core.data.tables.open_table import open_table
from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.explore.exports.neighbours import SCHEMA, rows_of
from core.explore.exports.shop_rules import candidates_under
from core.explore.exports.table_files import table_file
from core.explore.neighbour_lists import QueryVectors, nearest_lists
from core.models.inner_product_model import unit_rows
from core.models.registry import models_for_new_products
from core.progress import Progress

DECIDED_BY = pa.field("decided_by", pa.string())
# New products per batch.
BATCH = 4096
WORD = re.compile(r"[^\W\d_]{3,}")
WORDS = 3  # shared words in a reason


def write_new_products(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write a row for each neighbour of each new product, with the field that decided."""
    model = source.run.config.model
    if not source.model.places_new_products:
        raise UserError(
            f"'{model}' cannot place new products. Choose a model with side information: "
            f"{', '.join(models_for_new_products())}."
        )
    if options.file is None:
        raise UserError("New products come from a table: name it with --file products.csv.")
    new = read_new_products(options.file)
    split, frame = source.split, source.split.catalogue.frame
    candidates = candidates_under(options.rules, split, split.seen, new)
    unit = unit_rows(np.asarray(source.model.vectors))
    schema = SCHEMA.append(DECIDED_BY)
    n_rows = placed = 0
    with table_file(out.path, out.ending, schema) as file:
        for first in range(0, len(new), BATCH):
            part = new.iloc[first : first + BATCH].reset_index(drop=True)
            fields = source.model.field_vectors_of_new(part)
            vectors = np.sum(list(fields.values()), axis=0)
            rows = np.flatnonzero(np.any(vectors, axis=1))
            known = split.catalogue.index_of.reindex(part["id"].iloc[rows]).fillna(-1)
            queries = QueryVectors(known.to_numpy(np.int64), unit_rows(vectors), rows)
            batch = slice(first, first + BATCH)
            allowed = replace(candidates, own_codes=candidates.own_codes[batch])
            # One batch of lists, or none if nothing is known of any of these products.
            for lists in nearest_lists(
                queries, unit, options.k, allowed, workers=source.workers, progress=progress
            ):
                query, rank, product = rows_of(lists)
                about, near = part.iloc[rows[query]], frame.iloc[product]
                columns = [
                    about["id"], about["title"], rank + 1, near["id"], near["title"],
                    lists.scores[query, rank],
                    _decisive(fields, rows[query], unit[product], about, near),
                ]  # fmt: skip
                arrays = [pa.array(values, kind.type) for values, kind in zip(columns, schema)]
                file.write_table(pa.table(arrays, schema=schema))
                n_rows, placed = n_rows + len(query), placed + len(np.unique(query))
    return {"rows": n_rows, "products": placed, "without_neighbours": len(new) - placed}


def read_new_products(path: Path) -> pd.DataFrame:
    """Read a product table into the text columns, price and price bin of a catalogue.

    Raises
    ------
    UserError
        If it is not a table, or has no column of ids.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}.")
    with TemporaryDirectory(prefix="products-") as scratch:
        table = read_products(open_table(path, Path(scratch)), ReadOptions())[0]
    frame = pd.DataFrame({"id": table.index.astype(str)})
    for name in ("title", "brand", *CATEGORY_LEVELS):
        frame[name] = table[name].to_numpy(object) if name in table else ""
    frame["price"] = table["price"].to_numpy() if "price" in table else np.float32(np.nan)
    frame["price_bin"] = price_bins(frame["price"].to_numpy(float))
    return frame


def _decisive(
    fields: dict[str, np.ndarray],
    new: np.ndarray,
    near: np.ndarray,
    about: pd.DataFrame,
    others: pd.DataFrame,
) -> list[str]:
    """Return the field that adds most to the score of each pair, with its value.

    Parameters
    ----------
    fields : dict of float32 array, shape (n_new, dim)
        What each field adds to the vector of each new product.
    new : int array, shape (n,)
    near : float32 array, shape (n, dim)
    about, others : DataFrame
        The entries of both products, `n` rows.
    """
    names = list(fields)
    added = [np.einsum("ij,ij->i", fields[name][new], near) for name in names]
    best = np.argmax(added, axis=0)
    ours, theirs = about.to_dict("records"), others.to_dict("records")
    return [_decision(names[field], a, b) for field, a, b in zip(best, ours, theirs)]


def _decision(field: str, new: dict[str, str], near: dict[str, str]) -> str:
    if field == "text":
        words = [
            {
                word
                for name in ("title", *CATEGORY_LEVELS)
                for word in WORD.findall(str(product[name]).casefold())
            }
            for product in (new, near)
        ]
        shared = sorted(words[0] & words[1], key=lambda word: (-len(word), word))[:WORDS]
        return f"words: {', '.join(shared)}" if shared else "words"
    label = "category" if field in CATEGORY_LEVELS else field.replace("_", " ")
    if new[field] == near[field]:
        return f"same {label}: {new[field]}"
    return f"{label}: {new[field]} with {near[field] or 'none'}"
