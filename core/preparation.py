"""Raw files in, a split that models train on out; what is there already is used again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.config import Preset, SplitKind, TrainRequest, UserError, prepared_name
from core.data.product_catalogue import Catalogue
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.reading import check_file
from core.data.sources import SOURCES, read_source
from core.graph.list_positions import find_mentions
from core.graph.pairs import build_pairs, build_time_pairs
from core.graph.split import Split, cold_split, random_split, time_split
from core.progress import QUIET, Progress
from core.runs.clock import now
from core.runs.store import Store

DOWNLOADS = "downloads"
RESERVED = (DOWNLOADS, "uploads")  # what is fetched, and what is sent to the dashboard


def prepare(
    store: Store,
    dataset: str,
    *,
    file: Path | None = None,
    products: Path | None = None,
    options: ReadOptions | None = None,
    split: SplitKind = "random",
    preset: Preset = "ours",
    split_seed: int = 42,
    replace: bool = False,
    progress: Progress = QUIET,
) -> dict[str, Any]:
    """Read a data set, if that has not been done, and prepare one split of it.

    Parameters
    ----------
    store : Store
    dataset : str
        A named data set, or a name for `file`.
    file, products : Path, optional
        See `core.data.sources.read_source`.
    options : ReadOptions, optional
    split, preset, split_seed
        Which split, under whose rules for pairs.
    replace : bool
        Read again even if the data set was made from something else; its runs are removed.

    Returns
    -------
    dict
        What `Store.split_facts` returns from here on, and ``reused``: it was there already.

    Raises
    ------
    UserError
        If the name is taken by other data, or the data is no good.
    """
    folder = store.dataset_folder(dataset)
    if dataset in RESERVED:
        raise UserError(f"The folder '{dataset}' is used for other files: choose another name.")
    for path in (file, products):
        if path is not None:
            check_file(path)
    existed = folder.exists()
    try:
        with store.lock(dataset):
            try:
                options = options or ReadOptions()
                fresh = _read(store, dataset, file, products, options, replace, progress)
                return _prepare(store, dataset, fresh, split, preset, split_seed, progress)
            except BaseException:
                if not existed and not store.prepared(dataset):
                    store.remove(dataset)
                raise
    except BaseException:
        # A name under which nothing was prepared leaves no folder behind.
        if not existed and folder.is_dir() and {p.name for p in folder.iterdir()} <= {".lock"}:
            (folder / ".lock").unlink(missing_ok=True)
            folder.rmdir()
        raise


def ensure_prepared(store: Store, request: TrainRequest, progress: Progress = QUIET) -> None:
    """Prepare the data that `request` needs, if it has been read or is a named data set.

    Raises
    ------
    UserError
        If the data set has not been read and is none of `core.data.sources.SOURCES`.
    """
    dataset = request.dataset
    if request.prepared in store.prepared(dataset):
        return
    if store.source(dataset) is None and dataset not in SOURCES:
        raise UserError(
            f"There is no data set '{dataset}'. Run first: python -m core prepare {dataset} "
            "--file PATH"
        )
    prepare(
        store,
        dataset,
        split=request.split,
        preset=request.preset,
        split_seed=request.split_seed,
        progress=progress,
    )


def _read(
    store, dataset, file, products, options, replace, progress
) -> tuple[dict[str, Any], ReadResult] | None:
    """Return what was read and from where; None if the store holds it already."""
    source = store.source(dataset)
    if source is not None and file is None and products is None and options == ReadOptions():
        if not replace:
            return None
        file = Path(source["file"]) if source["file"] else None
        products = Path(source["products"]) if source["products"] else None
        options = ReadOptions(**source["options"])
    wanted = {
        "file": str(Path(file).resolve()) if file else None,
        "products": str(Path(products).resolve()) if products else None,
        "options": options.model_dump(mode="json"),
    }
    wanted["sha256"] = [_digest(Path(p)) for p in (file, products) if p and Path(p).is_file()]
    if source is not None and not replace:
        differs = [key for key, value in wanted.items() if source.get(key) != value]
        if set(differs) <= {"file", "products"}:
            # The same content, moved or renamed.
            return None
        raise UserError(
            f"'{dataset}' already holds other data (different {', '.join(differs)}). Choose "
            f"another name, or add --replace to read it anew and remove its runs."
        )
    result = read_source(dataset, store.root / DOWNLOADS, file, products, options, progress)
    facts = {
        **wanted,
        "kind": result.report.kind,
        "date": result.date,
        "min_also_bought": result.min_also_bought,
        "catalogue_rows": result.report.with_metadata,
        "bad_lines": result.report.bad_lines,
        "about": SOURCES[dataset].about if dataset in SOURCES else "",
        "read": now(),
    }
    return facts, result


def _prepare(store, dataset, fresh, kind, preset, seed, progress) -> dict[str, Any]:
    """Prepare a split; what was read `fresh` replaces what the name held once all is computed."""
    name = prepared_name(kind, preset, seed)
    if fresh is None and name in store.prepared(dataset):
        return {**store.split_facts(dataset, name), "reused": True}
    progress.stage("pairs")
    if fresh is None:
        source = store.source(dataset)
        catalogue, relations = store.load_source(dataset)
    else:
        source, result = fresh
        catalogue, relations = result.catalogue, result.named_relations
    split = _make_split(dataset, catalogue, relations, kind, name, seed, source["min_also_bought"])
    progress.stage("saving")
    facts = _facts(dataset, split, source["catalogue_rows"])
    if fresh is not None:
        store.save_source(dataset, catalogue, relations, result.report.to_dict(), source)
    store.save_split(dataset, name, split, facts)
    return {**facts, "reused": False}


def _make_split(dataset, all_products, relations, kind, name, seed, minimum) -> Split:
    rules = "study" if name.startswith("random-study") else "ours"
    if kind == "time":
        if "before" not in relations:
            raise UserError(
                f"'{dataset}' has no time stamps, so no time split: use --split random."
            )
        mentions = relations["before"]
        catalogue, pairs, late, is_source = build_time_pairs(
            all_products, mentions, relations["after"], minimum
        )
        split = time_split(pairs, late, len(catalogue), is_source, seed, catalogue)
    else:
        mentions = relations["all"]
        if rules == "study" and not all_products.frame["title"].any():
            raise UserError(
                f"The study's rules count products with titles alone, and '{dataset}' has none: "
                "prepare it with a product table (--products), or use --preset ours."
            )
        catalogue, pairs, is_source = build_pairs(all_products, mentions, rules, minimum)
        split = _split(kind, catalogue, pairs, is_source, seed)
    if min(len(split.train), len(split.test)) == 0:
        raise UserError(
            f"'{dataset}' has {len(pairs):,} pairs of products, too few for a {kind} split: use "
            "a file with more relations."
        )
    if rules == "ours" and mentions.place.any():
        found = find_mentions(split.train, catalogue, is_source, all_products, mentions)
        split = replace(split, mentions=found)
    return split


def _split(kind: str, catalogue: Catalogue, pairs, is_source, seed: int) -> Split:
    if kind == "random":
        return random_split(pairs, len(catalogue), is_source, seed, catalogue)
    has_metadata = catalogue.frame["has_metadata"].to_numpy()
    if not has_metadata.any():
        raise UserError(
            "A cold split needs products with metadata, and here are none: use --split random."
        )
    return cold_split(pairs, len(catalogue), is_source, has_metadata, seed, catalogue)


def _facts(dataset: str, split: Split, catalogue_rows: int) -> dict[str, Any]:
    frame = split.catalogue.frame
    digest = hashlib.sha256(f"{split.kind} {split.seed} {split.n_products}".encode())
    for pairs in (split.train, split.test):
        for array in (pairs.u, pairs.v, pairs.weight, pairs.relations):
            digest.update(np.ascontiguousarray(array))
    digest.update(np.packbits(split.development_mask))
    if split.mentions is not None:
        digest.update(split.by_nearness().train.weight)
    return {
        "dataset": dataset,
        "kind": split.kind,
        "seed": split.seed,
        "products": split.n_products,
        "with_metadata": int(frame["has_metadata"].sum()),
        "catalogue_rows": catalogue_rows,
        "sources": int(split.is_source.sum()),
        "pairs": len(split.train) + len(split.test),
        "training_pairs": len(split.train),
        "development_pairs": int(split.development_mask.sum()),
        "held_out_pairs": len(split.test),
        "unseen_products": int((~split.seen).sum()),
        "cold_products": int(split.is_cold.sum()),
        "fingerprint": digest.hexdigest()[:12],
        "prepared": now(),
    }


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
