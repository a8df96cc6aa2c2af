"""Vectors as text, for gensim and for the TensorBoard Projector."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from typing import IO

import numpy as np
import pandas as pd

_SPACE = re.compile(r"\s+")
METADATA = ("id", "title", "brand", "category_1", "category_2", "category_3", "price")
CONFIG = """embeddings {
  tensor_name: "products"
  tensor_path: "vectors.tsv"
  metadata_path: "metadata.tsv"
}
"""
ROWS = 10_000


def write_word2vec(file: IO[bytes], vectors: np.ndarray, ids: Iterable[str]) -> None:
    """Write vectors in word2vec's text format: ``n dim``, then a line ``id v1 v2 …`` per product.

    White space in an id, which the format cannot hold, becomes ``_``.
    """
    file.write(f"{len(vectors)} {vectors.shape[1]}\n".encode())
    names = (_SPACE.sub("_", name) for name in ids)
    for first in range(0, len(vectors), ROWS):
        lines = _lines(vectors[first : first + ROWS], " ")
        file.write("".join(f"{name} {line}\n" for line, name in zip(lines, names)).encode())


def write_projector(file: IO[bytes], vectors: np.ndarray, frame: pd.DataFrame) -> None:
    """Write a zip of ``vectors.tsv`` and ``metadata.tsv`` for the TensorBoard Projector.

    With the configuration in it, its folder is a ``--logdir`` of TensorBoard.

    Parameters
    ----------
    file : binary file
    vectors : float32 array, shape (n, dim)
    frame : DataFrame
        Their rows of a catalogue.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("vectors.tsv", "w", force_zip64=True) as table:
            for first in range(0, len(vectors), ROWS):
                lines = _lines(vectors[first : first + ROWS], "\t")
                table.write("".join(f"{line}\n" for line in lines).encode())
        # A tab or a line break inside a value would shift the columns.
        metadata = zip(*(frame[name].tolist() for name in METADATA))
        rows = ["\t".join(_SPACE.sub(" ", str(value)) for value in row) for row in metadata]
        archive.writestr("metadata.tsv", "\n".join(["\t".join(METADATA), *rows]) + "\n")
        archive.writestr("projector_config.pbtxt", CONFIG)


def _lines(vectors: np.ndarray, separator: str) -> list[str]:
    form = separator.join(["%.6g"] * vectors.shape[1])
    return [form % tuple(row) for row in vectors.tolist()]
