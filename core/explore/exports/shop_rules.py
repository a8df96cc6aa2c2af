"""The rules of a shop applied to a catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.exports.export_options import ExportRules
from core.explore.neighbour_lists import Candidates
from core.graph.split import Split

# What may follow an id in a line.
SEPARATOR = re.compile(r"[,;\t]")


def candidates_under(
    rules: ExportRules, split: Split, listed: np.ndarray, new: pd.DataFrame | None = None
) -> Candidates:
    """Return the products that may be listed.

    Parameters
    ----------
    rules : ExportRules
    split : Split
    listed : bool array, shape (n_products,)
        The products that the model can list.
    new : DataFrame, optional
        The queries, if they are new products: their brands and categories. By default the queries
        are the products of the catalogue.

    Raises
    ------
    UserError
        If the file of products out of stock cannot be read, or names none of the catalogue.
    """
    frame, listed = split.catalogue.frame, listed.copy()
    if rules.out_of_stock is not None:
        listed[products_in_file(rules.out_of_stock, split)] = False
    price = frame["price"].to_numpy()
    # A comparison with NaN, a price that is missing, is false.
    if rules.price_from is not None:
        listed &= price >= rules.price_from
    if rules.price_to is not None:
        listed &= price <= rules.price_to
    columns = ["brand", *CATEGORY_LEVELS]
    whole = pd.concat([frame[columns], *([] if new is None else [new[columns]])])
    families = family_codes(whole)
    fields = {"brand": brand_codes(whole), "family": families}
    codes = np.empty((len(whole), 0), np.int32)
    if used := [codes for name, codes in fields.items() if name in rules.leave_out]:
        codes = np.column_stack(used)
    known = split.known if "known" in rules.leave_out else None
    none = np.empty(0, np.int64)
    return Candidates(
        listed=listed,
        known_indptr=none if known is None else known.indptr,
        known_indices=none if known is None else known.indices,
        own_codes=codes if new is None else codes[len(frame) :],
        codes=codes[: len(frame)],
        limited=families[: len(frame)],
        limit=rules.per_category,
        min_score=-np.inf if rules.min_score is None else rules.min_score,
    )


def brand_codes(frame: pd.DataFrame) -> np.ndarray:
    """Return a number for every brand, ignoring case; -1 for none."""
    brand = frame["brand"].str.casefold()
    return pd.factorize(brand.mask(brand == ""))[0].astype(np.int32)


def family_codes(frame: pd.DataFrame) -> np.ndarray:
    """Return a number for every path of categories down to the lowest level; -1 for none."""
    levels = frame[list(CATEGORY_LEVELS)]
    codes = levels.groupby(list(CATEGORY_LEVELS), sort=False).ngroup().to_numpy(np.int32)
    return np.where((levels == "").all(axis=1), np.int32(-1), codes)


def products_in_file(path: Path, split: Split) -> np.ndarray:
    """Return the products whose ids begin the lines of a file; other ids are ignored.

    Raises
    ------
    UserError
        If there is no such file, or it has none of the ids.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not a text file"
        raise UserError(
            f"{path} cannot be read ({what}). Name a text file with a product id in every line."
        ) from None
    ids = [SEPARATOR.split(line, maxsplit=1)[0].strip().strip('"') for line in lines]
    rows = split.catalogue.index_of.reindex([name for name in ids if name]).dropna()
    if rows.empty:
        example = split.catalogue.frame["id"].iloc[0]
        raise UserError(
            f"None of the lines of {path} begins with the id of a product, such as '{example}'."
        )
    return rows.to_numpy(np.int64)
