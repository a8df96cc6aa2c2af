"""From raw data to the split that models train on; existing splits are reused."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from core.config import Preset, SplitKind, SplitRequest, UserError
from core.data.named_datasets import NAMED_DATASETS
from core.data.product_catalogue import Catalogue
from core.data.product_relations import Relations
from core.data.raw_data import RawData
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.graph.build_pairs import build_pairs, build_time_pairs
from core.graph.list_position_weights import find_mentions
from core.graph.product_graph import Pairs
from core.graph.split import Split, cold_split, given_split, random_split, time_split
from core.plural import count_of
from core.progress import QUIET, Progress
from core.runs.saved_facts import SourceFacts, SplitFacts
from core.runs.store import Store
from core.runs.timestamp import now

DOWNLOADS = "downloads"
RESERVED = (DOWNLOADS, "uploads")  # folders that hold no data set
NOTHING = RawData()


def prepare(
    store: Store,
    request: SplitRequest,
    raw: RawData = NOTHING,
    *,
    replace: bool = False,
    progress: Progress = QUIET,
) -> SplitFacts:
    """Read a data set, unless it has been read before, and prepare one split of it.

    Parameters
    ----------
    store : Store
    request : SplitRequest
        Name of the data set, and the kind of split.
    raw : RawData, optional
        What to read under that name; by default the named data set, or what was read before.
    replace : bool
        Read again even if the name holds other data, whose runs are removed.
    progress : Progress

    Returns
    -------
    SplitFacts
        With ``reused``: whether the split had been prepared before.

    Raises
    ------
    UserError
        If the name is taken by other data, or the data cannot be read or divided.
    """
    dataset = request.dataset
    folder = store.dataset_folder(dataset)
    if dataset in RESERVED:
        raise UserError(f"The folder '{dataset}' is used for other files: choose another name.")
    raw.check_files()
    existed = folder.exists()
    try:
        with store.lock(dataset):
            try:
                fresh = _read(store, dataset, raw, replace, progress)
                return _prepare(store, request, fresh, progress)
            except BaseException:
                if not existed and not store.prepared(dataset):
                    store.remove(dataset)
                raise
    except BaseException:
        # After a failure, a new data set leaves no folder behind.
        if not existed and folder.is_dir() and {p.name for p in folder.iterdir()} <= {".lock"}:
            (folder / ".lock").unlink(missing_ok=True)
            folder.rmdir()
        raise


def ensure_prepared(store: Store, request: SplitRequest, progress: Progress = QUIET) -> None:
    """Prepare the split that `request` needs, if the data has been read or is a named data set.

    Raises
    ------
    UserError
        If the data set has not been read and is not in `core.data.named_datasets.NAMED_DATASETS`.
    """
    dataset = request.dataset
    if request.prepared in store.prepared(dataset):
        return
    if not store.has_dataset(dataset) and dataset not in NAMED_DATASETS:
        raise UserError(
            f"There is no data set '{dataset}'. Run first: python -m core prepare {dataset} "
            "--file PATH"
        )
    prepare(store, request, progress=progress)


def _read(
    store: Store, dataset: str, raw: RawData, replace: bool, progress: Progress
) -> tuple[SourceFacts, ReadResult] | None:
    """Read `raw` and return its facts and the result; None if the store holds the same data."""
    source = store.source(dataset) if store.has_dataset(dataset) else None
    if source is not None and raw.is_empty:
        if not replace:
            return None
        raw = RawData.of_source(source)
    content = raw.facts()
    if source is not None and not replace:
        # Options added since then count as having had their current defaults.
        options = ReadOptions(**source["options"]).model_dump(mode="json")
        before = {**source, "options": options}
        differs = [key for key, value in content.items() if before.get(key) != value]
        if set(differs) <= {"file", "products", "test"}:
            # The same content, moved or renamed.
            return None
        raise UserError(
            f"'{dataset}' already holds other data (different {', '.join(differs)}). Choose "
            f"another name, or add --replace to read it again and remove its runs."
        )
    result = raw.read(dataset, store.root / DOWNLOADS, progress)
    facts: SourceFacts = {
        **content,
        "kind": result.report.kind,
        "date": result.date,
        "min_also_bought": result.min_also_bought,
        "catalogue_rows": result.report.with_metadata,
        "bad_lines": result.report.bad_lines,
        "about": NAMED_DATASETS[dataset].about if dataset in NAMED_DATASETS else "",
        "read": now(),
    }
    return facts, result


def _prepare(
    store: Store,
    request: SplitRequest,
    fresh: tuple[SourceFacts, ReadResult] | None,
    progress: Progress,
) -> SplitFacts:
    """Prepare a split; `fresh` data replaces the stored data once everything is computed."""
    dataset, name = request.dataset, request.prepared
    if fresh is None and name in store.prepared(dataset):
        return {**store.split_facts(dataset, name), "reused": True}
    progress.stage("pairs")
    if fresh is None:
        source = store.source(dataset)
        catalogue, relations = store.load_source(dataset, early=request.split == "time")
    else:
        source, result = fresh
        catalogue, relations = result.catalogue, result.named_relations
        if request.split == "time" and result.early_catalogue is not None:
            catalogue = result.early_catalogue
    split = make_split(request, catalogue, relations, source["min_also_bought"])
    progress.stage("saving")
    facts = _facts(dataset, split, source["catalogue_rows"])
    if fresh is not None:
        store.save_source(
            dataset,
            result.catalogue,
            relations,
            result.report.to_dict(),
            source,
            result.early_catalogue,
        )
    store.save_split(dataset, name, split, facts)
    return {**facts, "reused": False}


def make_split(
    request: SplitRequest,
    all_products: Catalogue,
    relations: dict[str, Relations],
    minimum: int,
) -> Split:
    """Return the split that is requested of what was read.

    Parameters
    ----------
    request : SplitRequest
    all_products : Catalogue
    relations : dict
        `ReadResult.named_relations`.
    minimum : int
        `ReadResult.min_also_bought`.

    Raises
    ------
    UserError
        If the data cannot be divided in this way.
    """
    dataset, kind, seed = request.dataset, request.split, request.split_seed
    # The study's rules for pairs apply to its own split only.
    rules: Preset = "study" if request.preset == "study" and kind == "random" else "ours"
    if kind == "time":
        if "before" not in relations:
            raise UserError(f"'{dataset}' has no time stamps for a time split: use --split random.")
        mentions = relations["before"]
        catalogue, pairs, late, lists_relations = build_time_pairs(
            all_products, mentions, relations["after"], minimum
        )
        split = time_split(pairs, late, len(catalogue), lists_relations, seed, catalogue)
    elif kind == "given":
        if "train" not in relations:
            raise UserError(
                f"'{dataset}' was not read as two files, one to train and one to test on: use "
                "--split random, or prepare it with --file TRAIN --test TEST."
            )
        mentions = relations["train"]
        catalogue, pairs, held_out, lists_relations = build_time_pairs(
            all_products, mentions, relations["test"], minimum
        )
        split = given_split(pairs, held_out, len(catalogue), lists_relations, seed, catalogue)
    else:
        mentions = relations["all"]
        if rules == "study" and not all_products.frame["title"].any():
            raise UserError(
                f"The study's rules use only products with titles, and '{dataset}' has none: "
                "prepare it with a product table (--products), or use --preset ours."
            )
        catalogue, pairs, lists_relations = build_pairs(all_products, mentions, rules, minimum)
        split = _split(kind, catalogue, pairs, lists_relations, seed)
    if min(len(split.train), len(split.test)) == 0:
        raise UserError(
            f"'{dataset}' has {count_of(len(pairs), 'pair')} of products, too few for a "
            f"{kind} split: use a file with more relations."
        )
    if rules == "ours" and mentions.place.any():
        ranked = find_mentions(split.train, catalogue, lists_relations, all_products, mentions)
        split = replace(split, mentions=ranked)
    return split


def _split(
    kind: SplitKind, catalogue: Catalogue, pairs: Pairs, lists_relations: np.ndarray, seed: int
) -> Split:
    if kind == "random":
        return random_split(pairs, len(catalogue), lists_relations, seed, catalogue)
    has_metadata = catalogue.frame["has_metadata"].to_numpy()
    if not has_metadata.any():
        raise UserError(
            "A cold split needs products with metadata, and there are none: use --split random."
        )
    return cold_split(pairs, len(catalogue), lists_relations, has_metadata, seed, catalogue)


def _facts(dataset: str, split: Split, catalogue_rows: int) -> SplitFacts:
    frame = split.catalogue.frame
    digest = hashlib.sha256(f"{split.kind} {split.seed} {split.n_products}".encode())
    for pairs in (split.train, split.test):
        for array in (pairs.u, pairs.v, pairs.weight, pairs.relations):
            digest.update(array.tobytes())
    digest.update(np.packbits(split.development_mask).tobytes())
    if split.mentions is not None:
        digest.update(split.by_nearness().train.weight.tobytes())
    return {
        "dataset": dataset,
        "kind": split.kind,
        "seed": split.seed,
        "products": split.n_products,
        "with_metadata": int(frame["has_metadata"].sum()),
        "catalogue_rows": catalogue_rows,
        "sources": int(split.lists_relations.sum()),
        "pairs": len(split.train) + len(split.test),
        "training_pairs": len(split.train),
        "development_pairs": int(split.development_mask.sum()),
        "held_out_pairs": len(split.test),
        "unseen_products": int((~split.seen).sum()),
        "cold_products": int(split.is_cold.sum()),
        "fingerprint": digest.hexdigest()[:12],
        "prepared": now(),
    }
