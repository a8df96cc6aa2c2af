"""Fields as numbers: pooling, missing values, text, and unseen products."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from core.data.product_catalogue import TEXT_COLUMNS, Catalogue
from core.graph.split import random_split
from core.models.embedding import fields
from core.models.embedding.fields import FieldEncoder, encode_split
from tests.conftest import community_pairs


def products(**columns) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    blank = {name: [""] * n for name in TEXT_COLUMNS}
    return pd.DataFrame({**blank, **columns})


def test_frequent_values_have_an_index_rare_ones_share_one_and_missing_ones_have_none():
    frame = products(brand=["a", "a", "b", "", "c", "a"], category_1=["x"] * 6)
    encoder = FieldEncoder(["brand", "category_1", "category_2"], 1, 8, 0).fit(frame)
    encoded = encoder.encode(frame)
    brand, category, nothing = encoded.slots.T
    assert encoder.n_values == 3
    assert brand[0] == brand[1] == brand[5]
    assert brand[2] == brand[4] not in (-1, brand[0])
    assert brand[3] == -1
    assert (category == category[0]).all() and category[0] not in brand
    assert (nothing == -1).all()
    assert encoded.any.all()


def test_unknown_values_are_pooled_if_there_is_a_pool_and_missing_otherwise():
    frame = products(brand=["a", "a", "b"], category_1=["x", "x", "x"])
    encoder = FieldEncoder(["brand", "category_1"], 1, 8, 0).fit(frame)
    encoded = encoder.encode(products(brand=["new"], category_1=["new"]))
    assert encoded.slots[0, 0] == encoder.encode(frame).slots[2, 0] >= 0
    assert encoded.slots[0, 1] == -1


def test_text_is_scikit_learns_tfidf_and_svd(tmp_path):
    words = ["red", "soap", "blue", "tea", "cup", "green"]
    rng = np.random.default_rng(0)
    titles = [" ".join(rng.choice(words, 4)) for _ in range(30)] + [""]
    frame = products(title=titles)
    encoder = FieldEncoder(["text"], 0, 3, 7).fit(frame)
    encoded = encoder.encode(frame)
    weights = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(titles[:-1])
    expected = TruncatedSVD(3, random_state=7).fit(weights).transform(weights)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(encoded.text, expected, atol=1e-5)
    assert encoded.text_row.tolist() == [*range(30), -1]
    assert encoded.any.tolist() == [True] * 30 + [False]
    encoder.save(tmp_path)
    again = FieldEncoder(["text"], 0, 3, 7).load(tmp_path).encode(frame)
    np.testing.assert_array_equal(again.text, encoded.text)
    assert encoder.encode(products(title=["unheard"])).text_row.tolist() == [-1]


def test_words_are_learned_from_a_sample_of_many_texts_and_all_are_encoded(monkeypatch):
    monkeypatch.setattr(fields, "MAX_TEXTS", 20)
    rng = np.random.default_rng(0)
    frame = products(title=[" ".join(rng.choice(list("pqrstuvw"), 3) + "x") for _ in range(90)])
    frame.loc[90] = ""
    encoder = FieldEncoder(["text"], 0, 3, 7).fit(frame)
    some = np.random.default_rng(7).permutation(90)[:20]
    learned = TfidfVectorizer(sublinear_tf=True, min_df=2).fit(frame["title"][some])
    np.testing.assert_allclose(encoder.idf, learned.idf_)
    assert encoder.encode(frame).text_row.tolist() == [*range(90), -1]


@pytest.mark.parametrize("titles", [["one", "two"], ["", ""], ["a b c d", "a b c d"]])
def test_with_too_little_text_the_text_field_is_left_out(titles):
    frame = products(title=titles)
    encoder = FieldEncoder(["text"], 0, 16, 0).fit(frame)
    assert encoder.encode(frame).text.shape[1] <= 1


def test_a_new_product_is_encoded_like_one_of_the_catalogue():
    frame = products(
        title=["red soap", "red tea"] * 4,
        brand=["a", "b"] * 4,
        category_1=["x"] * 8,
        category_2=["y", "z"] * 4,
        price_bin=["$3 to 4", "$12 to 13"] * 4,
    )
    names = ["brand", "category_1", "category_2", "price_bin", "text"]
    encoder = FieldEncoder(names, 0, 8, 0).fit(frame)
    one = encoder.encode(fields.one_product(" red tea ", "b", ["x", "z"], 12.5))
    several = encoder.encode(frame)
    np.testing.assert_array_equal(one.slots[0], several.slots[1])
    np.testing.assert_allclose(one.text[0], several.text[1], atol=1e-6)
    assert not encoder.encode(fields.one_product()).any[0]


def test_a_split_is_encoded_once_for_models_with_the_same_fields():
    frame = products(brand=[f"brand {i // 50}" for i in range(250)])  # the last 50 are unseen
    split = random_split(community_pairs(), 250, np.ones(250, bool), catalogue=Catalogue(frame))
    arguments = (("brand",), 0, 8, 0)
    encoder, encoded = encode_split(split, *arguments)
    assert list(encoder.slot_of[0]) == ["brand 0", "brand 1", "brand 2", "brand 3"]
    expected = FieldEncoder(*arguments).fit(frame[split.seen]).encode(frame)
    np.testing.assert_array_equal(encoded.slots, expected.slots)
    assert encode_split(split, *arguments)[1] is encoded
    assert encode_split(split, ("category_1",), 0, 8, 0)[1] is not encoded
