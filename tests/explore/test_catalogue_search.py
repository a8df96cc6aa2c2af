"""Search against a plain scan that reads every product with Python's own words."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.product_catalogue import CATEGORY_LEVELS, Catalogue
from core.explore.catalogue_search import N_RANKED, ProductSearch, single_chunk, words_of

FIELDS = ("title", "brand", *CATEGORY_LEVELS, "id")


def catalogue_of(titles: list[str], ids: list[str] | None = None) -> Catalogue:
    frame = pd.DataFrame({name: [""] * len(titles) for name in FIELDS}, dtype="str")
    frame["title"] = titles
    frame["id"] = ids or [f"id{i}" for i in range(len(titles))]
    return Catalogue(frame)


def scan(catalogue: Catalogue, popularity: np.ndarray, query: str) -> list[int]:
    """Return what the index must: exact id, whole words, start of the title, popularity."""
    wanted = re.findall(r"\w+", query.lower())
    rows = catalogue.frame[list(FIELDS)].to_numpy()
    found = []
    has_whole = {}
    for i, row in enumerate(rows):
        words = re.findall(r"\w+", " ".join(row).lower())
        has_whole[i] = set(wanted) <= set(words)
        if wanted and all(any(word.startswith(w) for word in words) for w in wanted):
            found.append(i)
    start = query.strip().lower()
    found.sort(
        key=lambda i: (
            rows[i][-1].lower() != start,
            not has_whole[i],
            not rows[i][0].lower().startswith(start),
            -popularity[i],
            i,
        )
    )
    return found


texts = st.text(alphabet="abAB é1_-,中.", max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, min_size=1, max_size=12), texts, st.integers(0, 2**32 - 1))
def test_search_equals_a_full_scan(titles, query, seed):
    popularity = np.random.default_rng(seed).integers(0, 4, len(titles))
    catalogue = catalogue_of(titles)
    found = ProductSearch(catalogue, popularity).find(query, 100)
    assert found.tolist() == scan(catalogue, popularity, query)


def test_brands_and_categories_are_searched_too(catalogue):
    search = ProductSearch(catalogue, np.zeros(200))
    assert search.find("brand 3 sofa", 100).tolist() == scan(
        catalogue, np.zeros(200), "brand 3 sofa"
    )
    assert len(search.find("scarf kind 1", 100)) > 0


def test_exact_id_comes_first_in_any_case(catalogue):
    search = ProductSearch(catalogue, np.arange(200))
    assert search.find(" p-017 ")[0] == 17
    # No other product has words that begin with those of the id.
    assert search.find("P-017").tolist() == [17]


def test_an_id_of_punctuation_only_is_found():
    search = ProductSearch(catalogue_of(["a", "b"], ["--", "x"]), np.zeros(2))
    assert search.find("--").tolist() == [0]
    assert search.find("..").tolist() == []


def test_the_limit_keeps_the_most_popular():
    titles = ["same words"] * (N_RANKED + 500)
    popularity = np.random.default_rng(3).permutation(len(titles))
    found = ProductSearch(catalogue_of(titles), popularity).find("same", 5)
    assert found.tolist() == np.argsort(-popularity)[:5].tolist()


def test_whole_words_come_before_beginnings_of_words():
    titles = ["Gadget 35", "Gadget 3", "Blue gadget 3", "Gadget 31"]
    search = ProductSearch(catalogue_of(titles), np.array([9, 1, 2, 8]))
    assert search.find("gadget 3").tolist() == [1, 2, 0, 3]
    assert search.find("gadg").tolist() == [0, 3, 1, 2]


def test_a_rare_product_with_the_whole_word_is_ranked_among_many_popular_ones():
    titles = [f"Teapot {i}" for i in range(N_RANKED + 10)] + ["Tea"]
    popularity = np.arange(len(titles), 0, -1)
    assert ProductSearch(catalogue_of(titles), popularity).find("tea", 2).tolist() == [1010, 0]


def test_an_empty_catalogue_and_an_empty_query():
    assert len(ProductSearch(catalogue_of([]), np.zeros(0)).find("a")) == 0
    assert len(ProductSearch(catalogue_of(["a"]), np.zeros(1)).find("  ")) == 0


def test_words_are_lower_case_and_unicode():
    assert words_of("Crème BRÛLÉE 2-in-1, 中文!") == ["crème", "brûlée", "2", "in", "1", "中文"]


def test_a_catalogue_in_one_chunk_is_the_same(catalogue, tmp_path):
    catalogue.frame.to_parquet(tmp_path / "products.parquet", row_group_size=20)
    read = Catalogue(pd.read_parquet(tmp_path / "products.parquet"))
    whole = single_chunk(read)
    pd.testing.assert_frame_equal(whole.frame, read.frame)
    assert whole.frame["title"].array.__arrow_array__().num_chunks == 1


def test_products_with_the_same_title_are_found_together():
    titles = ["Milk", "Milk, 1 l", "Milk", "", "Bread", ""]
    search = ProductSearch(
        catalogue_of(titles, ["a", "b", "c", "milk-4", "e", "milk-6"]), np.array([1, 5, 9, 0, 7, 2])
    )
    assert [group.tolist() for group in search.find_titles("milk")] == [[2, 0], [1], [5], [3]]
    assert search.find_titles("zebra") == []
