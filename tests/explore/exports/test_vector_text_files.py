"""Exports read back by the tools they are for, or by hand."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from core.explore.exports.vector_text_files import METADATA, write_projector, write_word2vec


def test_gensim_reads_the_word2vec_text(tmp_path):
    from gensim.models import KeyedVectors

    vectors = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    path = tmp_path / "v.txt"
    with open(path, "wb") as file:
        write_word2vec(file, vectors, ["a", "b c", "d\te", "é"])
    read = KeyedVectors.load_word2vec_format(path, binary=False)
    assert read.index_to_key == ["a", "b_c", "d_e", "é"]
    assert np.allclose(read.vectors, vectors, rtol=1e-4)


def test_tensorboard_reads_the_projector_files(catalogue, tmp_path):
    from tensorboard.plugins.base_plugin import TBContext
    from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
    from werkzeug.test import Client

    frame = catalogue.frame.copy()
    frame.loc[3, "title"] = "a\ttab and\na line"
    vectors = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    content = io.BytesIO()
    write_projector(content, vectors, frame)
    with zipfile.ZipFile(content) as file:
        file.extractall(tmp_path)
    pages = ProjectorPlugin(TBContext(logdir=str(tmp_path))).get_plugin_apps()
    shown = Client(pages["/info"]).get("?run=.").json["embeddings"]
    assert [(tensor["tensorName"], tensor["tensorShape"]) for tensor in shown] == [
        ("products", [200, 3])
    ]
    numbers = Client(pages["/tensor"]).get("?run=.&name=products").data
    assert np.allclose(np.frombuffer(numbers, "<f4").reshape(200, 3), vectors, rtol=1e-4)
    lines = Client(pages["/metadata"]).get("?run=.&name=products").text.splitlines()
    assert lines[0].split("\t")[:2] == ["id", "title"]  # several columns: the first row names them
    rows = [line.split("\t") for line in lines[1:]]
    assert {len(row) for row in rows} == {len(METADATA)}
    assert [row[0] for row in rows] == frame["id"].tolist()
    assert rows[3][1] == "a tab and a line"
