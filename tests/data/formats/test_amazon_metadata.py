"""Amazon metadata of both releases, by content; gaps, junk, repeats and memory."""

import gzip
import json
import tracemalloc

import numpy as np
import pytest

from core.data.formats import amazon_metadata
from core.data.formats.amazon_metadata import read_amazon

TUTU = {
    "asin": "0000031852",
    "title": "Girls Ballet Tutu Zebra Hot Pink",
    "price": 3.17,
    "imUrl": "http://images.example/51fAmVkTbyL.jpg",
    "brand": "Coxlures",
    "salesRank": {"Toys & Games": 211836},
    "categories": [["Sports & Outdoors", "Other Sports", "Dance"], ["Toys"]],
    "related": {
        "also_bought": ["B1", "B2", "B1"],
        "also_viewed": ["B1"],
        "bought_together": ["0000031852"],
        "buy_after_viewing": ["B9"],
    },
}
CARD = {
    "asin": "C1",
    "title": " Maggiano&#39;s <b>Gift</b>\n Card ",
    "price": "$1,250.00",
    "brand": "by\n    \n    Maggiano",
    "image": ["https://images.example/1.jpg", "https://images.example/2.jpg"],
    "category": ["Gift Cards", "Food &amp; Drink", "</span>", "No fees, ever."],
    "also_buy": ["C2"],
    "also_view": ["C3", "C2"],
    "rank": "3,812 in Gift Cards (",
    "main_cat": "Gift Cards",
}


def write(path, records, spell=repr, pack=bytes):
    path.write_bytes(pack("".join(spell(record) + "\n" for record in records).encode()))
    return path


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_2014_release_is_read(tmp_path, pack, mentions):
    path = write(tmp_path / "meta.txt", [{"asin": "B2"}, TUTU], pack=pack)
    result = read_amazon(path)
    assert result.report.kind == "amazon-2014"
    assert result.catalogue.frame["id"].tolist() == ["B2", "0000031852", "B1"]
    assert result.catalogue.frame["has_metadata"].tolist() == [True, True, False]
    row = result.catalogue.frame.iloc[1].to_dict()
    assert row.pop("price") == pytest.approx(3.17)
    assert row == {
        "id": "0000031852",
        "title": "Girls Ballet Tutu Zebra Hot Pink",
        "brand": "Coxlures",
        "category_1": "Sports & Outdoors",
        "category_2": "Other Sports",
        "category_3": "Dance",
        "category_4": "",
        "price_bin": "$3 to 4",
        "image": "http://images.example/51fAmVkTbyL.jpg",
        "private_label": False,
        "has_metadata": True,
    }
    assert mentions(result) == {
        ("0000031852", "B1", "also_bought"): 1.0,
        ("0000031852", "B2", "also_bought"): 1.0,
        ("0000031852", "B1", "also_viewed"): 0.5,
        ("0000031852", "0000031852", "bought_together"): 1.2,
    }


def test_the_longest_category_path_counts(tmp_path):
    paths = [["Toys"], ["Home", "Kitchen", "Mugs"], ["Sale", "Now", "Here"], "none"]
    path = write(tmp_path / "a", [{"asin": "A", "categories": paths}])
    frame = read_amazon(path).catalogue.frame
    assert frame.filter(like="category").iloc[0].tolist() == ["Home", "Kitchen", "Mugs", ""]


def test_only_paths_of_2018_end_at_bullet_points(tmp_path):
    words = ["Toys", "Misc. & etc.", "Deep"]
    old = write(tmp_path / "a", [{"asin": "A", "categories": [words]}])
    new = write(tmp_path / "b", [{"asin": "A", "category": words}], json.dumps)
    levels = [read_amazon(path).catalogue.frame.filter(like="category") for path in (old, new)]
    assert levels[0].iloc[0].tolist() == [*words, ""]
    assert levels[1].iloc[0].tolist() == ["Toys", "", "", ""]


def test_2014_fields_in_json_are_still_2014(tmp_path):
    assert read_amazon(write(tmp_path / "a", [TUTU], json.dumps)).report.kind == "amazon-2014"


def test_the_2018_release_is_read(tmp_path, mentions):
    result = read_amazon(write(tmp_path / "meta.json.gz", [CARD], json.dumps))
    assert result.report.kind == "amazon-2018"
    row = result.catalogue.frame.iloc[0]
    assert row["title"] == "Maggiano's Gift Card"
    assert row["brand"] == "Maggiano"
    assert row["image"] == "https://images.example/1.jpg"
    assert row["price"] == 1250 and row["price_bin"] == "$500 or more"
    assert [row[f"category_{i}"] for i in (1, 2, 3, 4)] == ["Gift Cards", "Food & Drink", "", ""]
    assert mentions(result) == {
        ("C1", "C2", "also_bought"): 1.0,
        ("C1", "C3", "also_viewed"): 0.5,
        ("C1", "C2", "also_viewed"): 0.5,
    }


def test_every_field_but_asin_is_optional_and_invalid_values_are_absent(tmp_path):
    junk = {
        "asin": "J",
        "title": None,
        "brand": 7,
        "price": ".a-box-inner{background-color:#fff}",
        "image": "javascript:alert(1)",
        "category": "none",
        "categories": [[]],
        "related": None,
        "also_buy": "B1",
        "also_view": [],
    }
    for spell in (repr, json.dumps):
        result = read_amazon(write(tmp_path / "a", [{"asin": "A"}, junk], spell))
        assert result.report.bad_lines == 0 and len(result.relations) == 0
        frame = result.catalogue.frame
        texts = frame.drop(columns=["id", "price", "private_label", "has_metadata"])
        assert (texts.to_numpy() == "").all()
        assert frame["price"].isna().all()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"asin": ""}', "no 'asin'"),
        ('["asin"]', "not a dict"),
        ('{"asin": "X", "also_buy": ["B1", 2]}', "'also_buy' is not a list of product ids"),
        ('{"asin": "X", "also_buy": ["\\ud800"]}', "'also_buy' is not a list of product ids"),
        ('{"asin": "X", "also_buy": ["B1", ["B2"]]}', "'also_buy' is not a list of product ids"),
        ("{'asin': open('x')}", "neither JSON nor a Python dict: Expecting property name"),
        ('{"asin": "X", "title": }', "Expecting value at character 24"),
    ],
)
def test_bad_lines_leave_nothing_behind(tmp_path, line, reason):
    path = tmp_path / "a"
    path.write_text('{"asin": "A", "also_buy": ["B"]}\n' + line + "\n")
    result = read_amazon(path)
    assert result.catalogue.frame["id"].tolist() == ["A", "B"]
    assert result.report.first_bad[0]["line"] == 2
    assert reason in result.report.first_bad[0]["reason"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{'asin': open('x')}", "malformed node or string"),
        ("{'asin': 'x}", "not a Python literal: unterminated string literal"),
        ("nonsense", "malformed node or string"),
    ],
)
def test_reasons_fit_the_format_of_the_file(tmp_path, line, reason):
    path = tmp_path / "a"
    path.write_text("{'asin': 'A'}\n" + line + "\n")
    bad = read_amazon(path).report.first_bad
    assert bad == [{"line": 2, "reason": f"neither JSON nor a Python dict: {reason}"}]


def test_text_that_is_not_utf8_is_a_bad_line(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"{'asin': 'A'}\n{'asin': '\xff'}\n")
    assert read_amazon(path).report.first_bad == [{"line": 2, "reason": "not UTF-8 text"}]


def test_places_in_lists(tmp_path, mentions):
    far = [f"T{at}" for at in range(300)]
    rows = [
        {"asin": "A", "related": {"also_bought": ["B", "C", "B"], "also_viewed": ["C"]}},
        {"asin": "A", "related": {"also_bought": ["D", "B", "C"]}},
        {"asin": "E", "also_buy": far},
    ]
    places = mentions(read_amazon(write(tmp_path / "meta", rows)), what="place")
    assert {key: place for key, place in places.items() if key[0] == "A"} == {
        ("A", "B", "also_bought"): 0,
        ("A", "C", "also_bought"): 1,
        ("A", "C", "also_viewed"): 0,
        ("A", "D", "also_bought"): 0,  # of the repeat's own list
    }
    assert [places["E", id_, "also_bought"] for id_ in far] == [*range(255), *[255] * 45]


def test_empty_ids_in_lists_name_no_product(tmp_path, mentions):
    path = write(tmp_path / "a", [{"asin": "A", "also_buy": ["", "B ", " ", "B"]}], json.dumps)
    result = read_amazon(path)
    assert result.catalogue.frame["id"].tolist() == ["A", "B"]
    assert mentions(result) == {("A", "B", "also_bought"): 1.0}


def test_repeated_products_are_merged(tmp_path, mentions):
    records = [
        {"asin": "A", "title": "First", "also_buy": ["B"]},
        {"asin": "B", "title": "B"},
        {"asin": "A", "title": "Second", "brand": "Brand", "also_buy": ["B", "C"]},
        {"asin": "A", "brand": "Later", "price": "$5.00", "also_view": ["D"]},
    ]
    result = read_amazon(write(tmp_path / "a", records, json.dumps))
    assert result.report.merged == 2 and result.report.with_metadata == 2
    row = result.catalogue.frame.iloc[0]
    assert (row["title"], row["brand"], row["price"]) == ("First", "Brand", 5)
    assert set(mentions(result)) == {
        ("A", "B", "also_bought"),
        ("A", "C", "also_bought"),
        ("A", "D", "also_viewed"),
    }


def test_results_do_not_depend_on_the_chunk_size(tmp_path, monkeypatch):
    records = [{"asin": f"A{i}", "title": f"T{i}", "also_buy": [f"B{i}"]} for i in range(25)]
    path = write(tmp_path / "a", records, json.dumps)
    whole = read_amazon(path).catalogue.frame
    monkeypatch.setattr(amazon_metadata, "_CHUNK", 7)
    parts = read_amazon(path).catalogue.frame
    assert whole.equals(parts)
    assert parts["title"].tolist()[:25] == [f"T{i}" for i in range(25)]


def test_memory_does_not_grow_with_the_lines(tmp_path):
    """The same 200 products over and over: five times the lines, no more memory."""
    products = [
        {"asin": f"A{i}", "title": "t" * 500, "also_buy": [f"A{j}" for j in range(i, i + 50)]}
        for i in range(200)
    ]
    block = "".join(json.dumps(record) + "\n" for record in products)
    peaks = []
    for times in (10, 50):
        path = tmp_path / f"{times}"
        path.write_text(block * times)
        tracemalloc.start()
        report = read_amazon(path).report
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.lines == 200 * times and report.merged == 200 * (times - 1)
    assert peaks[1] < 1.1 * peaks[0] + 2**20


def test_real_files_have_their_known_counts(lab_data):
    beauty = read_amazon(lab_data / "meta_Beauty.json.gz")
    assert beauty.report.kind == "amazon-2014" and beauty.report.bad_lines == 0
    assert beauty.report.lines == beauty.report.with_metadata == 12_101
    frame = beauty.catalogue.frame[beauty.catalogue.frame["has_metadata"]]
    assert (frame["title"] != "").mean() == pytest.approx(0.999, abs=0.001)
    assert (frame["brand"] != "").mean() == pytest.approx(0.83, abs=0.01)
    assert set(frame["category_1"]) == {"Beauty"}
    listed = np.unique(beauty.relations.source[beauty.relations.relation == 1])
    assert len(listed) / 12_101 == pytest.approx(0.97, abs=0.01)

    cards = read_amazon(lab_data / "meta_Gift_Cards.json.gz")
    assert cards.report.kind == "amazon-2018" and cards.report.bad_lines == 0
    assert cards.report.with_metadata == 1_547
    assert not cards.catalogue.frame["title"].str.contains("&#|&amp;|<[a-z]", regex=True).any()
    assert not cards.catalogue.frame["brand"].str.startswith("by ").any()
