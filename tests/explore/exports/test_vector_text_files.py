"""Exports read back by the tools they are for, or by hand."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd

from core.explore.exports.vector_text_files import write_projector, write_word2vec


def test_gensim_reads_the_word2vec_text(tmp_path):
    from gensim.models import KeyedVectors

    vectors = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    path = tmp_path / "v.txt"
    with open(path, "wb") as file:
        write_word2vec(file, vectors, ["a", "b c", "d\te", "é"])
    read = KeyedVectors.load_word2vec_format(path, binary=False)
    assert read.index_to_key == ["a", "b_c", "d_e", "é"]
    assert np.allclose(read.vectors, vectors, rtol=1e-4)


def test_the_projector_files_have_a_row_a_product(catalogue):
    frame = catalogue.frame.copy()
    frame.loc[3, "title"] = "a\ttab and\na line"
    vectors = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    content = io.BytesIO()
    write_projector(content, vectors, frame)
    with zipfile.ZipFile(content) as file:
        numbers = np.loadtxt(io.BytesIO(file.read("vectors.tsv")), delimiter="\t")
        about = pd.read_csv(io.BytesIO(file.read("metadata.tsv")), sep="\t")
    assert np.allclose(numbers, vectors, rtol=1e-4)
    assert len(about) == 200 and about["title"][3] == "a tab and a line"
    assert about["id"].tolist() == frame["id"].tolist()
