"""Vectors of other programs: all forms give the same vectors; mismatches are refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from safetensors.numpy import save_file

from core.config import UserError
from core.data.product_catalogue import Catalogue
from core.data.vector_files import NamedVectors, align, read_vectors, vectors_of

IDS = ["tea", "cup", "salt", "7", "jam"]
VECTORS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def keyed() -> KeyedVectors:
    vectors = KeyedVectors(3)
    vectors.add_vectors(IDS, VECTORS)
    return vectors


def frame() -> pd.DataFrame:
    return pd.DataFrame({"Product": IDS, "vector": list(VECTORS)})


def columns() -> pd.DataFrame:
    return pd.DataFrame({"title": "x", "id": IDS, **dict(zip("abc", VECTORS.T))})


def write(folder, kind):
    path = folder / f"v{kind}"
    if kind in (".npy", ".safetensors"):
        (folder / "v.ids.txt").write_text("\n".join(IDS) + "\n")
    if kind == ".npy":
        np.save(path, VECTORS.astype(np.float64))
    elif kind == ".safetensors":
        save_file({"vectors": VECTORS}, path)
    elif kind == ".parquet":
        frame().to_parquet(path)
    elif kind == ".columns":
        columns().to_parquet(path)
    elif kind == ".glove":
        keyed().save_word2vec_format(path, write_header=False)
    else:
        keyed().save_word2vec_format(path, binary=kind == ".bin")
    return path


@pytest.mark.parametrize(
    "kind", [".npy", ".safetensors", ".parquet", ".columns", ".txt", ".bin", ".glove"]
)
def test_every_form_of_file_gives_the_same_vectors(kind, tmp_path):
    read = read_vectors(write(tmp_path, kind))
    assert read.ids == IDS
    np.testing.assert_allclose(read.vectors, VECTORS, rtol=1e-6)
    assert read.vectors.dtype == np.float32


@pytest.mark.parametrize(
    "source", [(VECTORS, IDS), frame(), columns(), columns().set_index("id"), keyed()]
)
def test_every_object_gives_the_same_vectors(source):
    read = vectors_of(source)
    assert read.ids == IDS
    np.testing.assert_allclose(read.vectors, VECTORS)


def test_ids_are_strings_even_if_gaps_made_them_floats():
    assert vectors_of((VECTORS[:2], pd.Series([3.0, 4.0]))).ids == ["3", "4"]


def with_number(value):
    changed = VECTORS.copy()
    changed[2, 1] = value
    return changed


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((VECTORS, IDS[:4]), "5 vectors for 4 ids"),
        ((with_number(np.nan), IDS), "not finite in 1 of 5 vectors, such as that of 'salt'"),
        ((with_number(np.inf), IDS), "not finite"),
        ((VECTORS, ["a", "b", "a", "c", "d"]), "repeats 1 id, such as 'a'"),
        ((VECTORS[0], IDS), "shape"),
        ((VECTORS.astype(str), IDS), "expected numbers, one row per product"),
        ((VECTORS[:0], []), "no vectors"),
        (pd.DataFrame({"id": ["a", "b"], "vector": [[1.0, 2], [1.0]]}), "Row . .* same width"),
        (pd.DataFrame({"id": ["a"], "title": ["x"]}), "needs a column 'vector'"),
        ({"a": 1}, "cannot be a dict"),
    ],
)
def test_what_does_not_fit_is_refused(source, message):
    with pytest.raises(UserError, match=message):
        vectors_of(source)


def test_a_file_without_ids_is_refused_with_where_to_put_them(tmp_path):
    path = write(tmp_path, ".npy")
    (tmp_path / "v.ids.txt").rename(tmp_path / "names.txt")
    with pytest.raises(UserError, match=r"--ids, or v\.ids\.txt beside it"):
        read_vectors(path)
    read = vectors_of((path, tmp_path / "names.txt"))
    assert read.ids == IDS and read.file == path.name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(VECTORS), "pickle.*save_word2vec_format"),
        (b"tea,1,2\ncup,3,4\n", "cannot be read as vectors"),
        (b"", "cannot be read as vectors"),
        (b"9 3\ntea 1 2 3\n", "cannot be read as vectors"),
        (b"2 3\ntea 1 2 3\ntea 1 2 3\n", "it repeats 1 id"),
        (b"tea 1 2 3\ncup 1 2 4\ntea 1 2 5\n", "it repeats 1 id"),
        (b"2 3\ntea 1 2 3\ncup 1 2\n", "cannot be read as vectors"),
        (b"PAR1 and no more", "cannot be read as vectors"),
        (b"\x93NUMPY and no more", "cannot be read as vectors"),
    ],
)
def test_other_and_damaged_files_are_refused(content, message, tmp_path):
    path = tmp_path / "v.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_vectors(path)


def test_pickled_arrays_are_not_read(tmp_path):
    path = tmp_path / "v.npy"
    np.save(path, np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(UserError, match="cannot be read"):
        read_vectors(path)
    with pytest.raises(UserError, match="There is no file"):
        read_vectors(tmp_path / "none.npy")


def catalogue(*ids: str) -> Catalogue:
    products = Catalogue.without_metadata(len(ids))
    products.frame["id"] = list(ids)
    return products


def test_vectors_are_in_the_order_of_the_catalogue():
    aligned = align(NamedVectors(IDS, VECTORS), catalogue("jam", "rye", "tea"))
    np.testing.assert_array_equal(aligned.matrix[[0, 2]], VECTORS[[4, 0]])
    assert aligned.has_vector.tolist() == [True, False, True]
    assert aligned.unknown == 3
    assert "2 of 3 products have a vector" in aligned.summary()
    assert "with the 1 other get" in aligned.summary()
    assert "3 vectors match no product" in aligned.summary()


def test_white_space_in_ids_may_have_become_an_underscore():
    aligned = align(NamedVectors(["black_tea"], VECTORS[:1]), catalogue("black tea", "cup"))
    assert aligned.has_vector.tolist() == [True, False]


def test_vectors_that_match_no_product_are_refused_with_ids_of_both():
    with pytest.raises(UserError, match=r"no id in common.*'tea'.*'A1'"):
        align(NamedVectors(IDS, VECTORS), catalogue("A1", "A2"))
