"""Exports of vectors: word2vec text and TensorBoard Projector."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np

from core.data.product_catalogue import Catalogue

_SPACE = re.compile(r"\s+")
METADATA = ("id", "title", "brand", "category_1", "category_2", "category_3", "price")


def word2vec_text(vectors: np.ndarray, ids: list[str]) -> bytes:
    """Return the vectors in word2vec's text format: ``n dim``, then ``id v1 v2 …`` a line.

    White space in an id, which the format cannot hold, becomes ``_``.
    """
    lines = io.StringIO()
    lines.write(f"{len(vectors)} {vectors.shape[1]}\n")
    for name, row in zip(ids, vectors):
        numbers = " ".join(map("{:.6g}".format, row.tolist()))
        lines.write(f"{_SPACE.sub('_', name)} {numbers}\n")
    return lines.getvalue().encode()


def projector_files(vectors: np.ndarray, catalogue: Catalogue) -> bytes:
    """Return a zip of ``vectors.tsv`` and ``metadata.tsv`` for the TensorBoard Projector."""
    numbers = io.StringIO()
    for row in vectors:
        numbers.write("\t".join(map("{:.6g}".format, row.tolist())) + "\n")
    # A tab or a line break inside a value would shift the columns.
    metadata = zip(*(catalogue.frame[name].tolist() for name in METADATA))
    rows = ["\t".join(_SPACE.sub(" ", str(value)) for value in row) for row in metadata]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("vectors.tsv", numbers.getvalue())
        file.writestr("metadata.tsv", "\n".join(["\t".join(METADATA), *rows]) + "\n")
    return out.getvalue()
