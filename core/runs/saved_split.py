"""The files of one prepared split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.product_catalogue import Catalogue
from core.graph.list_position_weights import Mentions
from core.graph.product_graph import Pairs
from core.graph.split import Split
from core.runs.atomic_files import read_json, read_table, write_json, write_table
from core.runs.saved_facts import SplitFacts

TRAIN, DEVELOPMENT, TEST = 0, 1, 2


def write_split(folder: Path, split: Split, facts: SplitFacts) -> None:
    """Write a split with its products into a folder."""
    part = np.where(split.development_mask, DEVELOPMENT, TRAIN).astype(np.uint8)
    pairs = Pairs.concatenate(split.train, split.test)
    table = pd.DataFrame(pairs.__dict__)
    table["part"] = np.concatenate([part, np.full(len(split.test), TEST, np.uint8)])
    products = split.catalogue.frame.assign(is_source=split.lists_relations, is_cold=split.is_cold)
    write_table(folder / "pairs.parquet", table)
    if split.mentions is not None:
        write_table(folder / "mentions.parquet", pd.DataFrame(vars(split.mentions)))
    write_table(folder / "products.parquet", products)
    write_json(folder / "split.json", facts)


def read_split(folder: Path, dataset: str) -> Split:
    """Return the split in a folder.

    Raises
    ------
    UserError
        If it was made by an earlier version that did not save everything.
    """
    facts: SplitFacts = read_json(folder / "split.json")
    table = read_table(folder / "pairs.parquet")
    products = read_table(folder / "products.parquet")
    part = table.pop("part").to_numpy()
    if "nearness" in table:
        raise made_earlier(dataset, "the lists that contain training pairs")
    mentions = None
    if (folder / "mentions.parquet").exists():
        mentions = Mentions(**columns_of(read_table(folder / "mentions.parquet")))
    pairs = Pairs(**columns_of(table))
    return Split(
        kind=facts["kind"],
        n_products=len(products),
        train=pairs[part != TEST],
        test=pairs[part == TEST],
        development_mask=(part == DEVELOPMENT)[part != TEST],
        lists_relations=products.pop("is_source").to_numpy(),
        is_cold=products.pop("is_cold").to_numpy(),
        seed=facts["seed"],
        catalogue=Catalogue(products),
        mentions=mentions,
    )


def columns_of(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the columns of a table as arrays by name."""
    return {name: table[name].to_numpy() for name in table.columns}


def made_earlier(dataset: str, what: str) -> UserError:
    """Return the error for data that an earlier version read."""
    return UserError(
        f"'{dataset}' was read by an earlier version, which did not save {what}: prepare it with "
        "--replace, which removes its runs."
    )
