"""Vectors in the formats of other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from core.explore.exports.export_format import Facts, OutputFiles, Source
from core.explore.exports.export_options import ExportOptions
from core.explore.exports.vector_text_files import write_projector, write_word2vec
from core.progress import Progress

IDS = ".ids.txt"


def write_vectors(
    source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
) -> Facts:
    """Write the vectors of the products that the model has learned something about."""
    products, every = source.vectors()
    progress.stage("vectors")
    vectors = np.ascontiguousarray(every[products])
    frame = source.split.catalogue.frame.iloc[products]
    ids = frame["id"].tolist()
    if out.ending == ".parquet":
        rows = pa.FixedSizeListArray.from_arrays(vectors.ravel(), vectors.shape[1])
        pa.parquet.write_table(pa.table({"id": ids, "vector": rows}), out.path)
    elif out.ending == ".safetensors":
        from safetensors.numpy import save_file

        save_file({"vectors": vectors}, out.path, {"ids": f"line i of *{IDS} is row i"})
        write_ids(out.companions[IDS], ids)
    else:
        with open(out.path, "wb") as file:
            if out.ending == ".npy":
                np.save(file, vectors, allow_pickle=False)
                write_ids(out.companions[IDS], ids)
            elif out.ending == ".txt":
                write_word2vec(file, vectors, ids)
            else:
                write_projector(file, vectors, frame)
    facts: Facts = {
        "products": len(products),
        "dimensions": vectors.shape[1],
        "without_vector": source.split.n_products - len(products),
    }
    tables = source.model.score_tables()
    if tables is not None and tables[0].shape[1] != vectors.shape[1]:
        facts["note"] = (
            "the model also scores with biases or context vectors that are not in the file, so "
            "scores computed from the file differ"
        )
    return facts


def write_ids(path: Path, ids: list[str]) -> None:
    """Write one id per line; line breaks inside an id become spaces."""
    path.write_text("".join(" ".join(name.splitlines()) + "\n" for name in ids), "utf-8")
