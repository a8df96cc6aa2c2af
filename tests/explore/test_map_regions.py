"""Regions and their labels where the right answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.product_catalogue import Catalogue
from core.explore.map_regions import density_regions, region_labels


def blobs(sizes, spread=0.03, seed=0):
    rng = np.random.default_rng(seed)
    centers = np.array([(i % 3, i // 3) for i in range(len(sizes))], float)
    blob = np.repeat(np.arange(len(sizes)), sizes)
    return centers[blob] + spread * rng.normal(size=(len(blob), 2)), blob


def test_separate_clusters_are_regions_largest_first():
    points, blob = blobs([60, 300, 120, 90])
    region = density_regions(points)
    for number, name in enumerate([1, 2, 3, 0]):
        assert (region[blob == name] == number).mean() > 0.97


def test_tiny_clusters_are_not_regions():
    points, blob = blobs([900, 2, 600])
    region = density_regions(points)
    assert set(region[blob == 1]) == {-1}


def test_coincident_points_are_one_region():
    assert set(density_regions(np.ones((50, 2)))) == {0}


def frame_of(titles, category):
    empty = [""] * len(titles)
    return Catalogue(
        pd.DataFrame(
            {
                "title": titles,
                "category_1": ["Shop"] * len(titles),
                "category_2": category,
                "category_3": empty,
                "category_4": empty,
            }
        )
    )


def test_a_category_that_covers_a_region_names_it_alone():
    category = ["Lamps"] * 60 + ["Sofas"] * 20 + ["Tents"] * 120
    region = np.array([0] * 80 + [-1] * 120)
    assert region_labels(frame_of(["x"] * 200, category), np.arange(200), region) == ["Lamps"]


def test_two_categories_share_the_name_of_a_mixed_region():
    category = ["Lamps"] * 20 + ["Sofas"] * 16 + [f"c{i}" for i in range(164)]
    region = np.array([0] * 100 + [-1] * 100)
    labels = region_labels(frame_of(["x"] * 200, category), np.arange(200), region)
    assert labels == ["Lamps · Sofas"]


def test_a_category_common_everywhere_names_no_region():
    category = ["Lamps"] * 180 + ["Sofas"] * 20
    region = np.array([-1] * 100 + [0] * 100)
    labels = region_labels(frame_of(["x"] * 200, category), np.arange(200), region)
    assert labels == ["Sofas"]


def test_without_categories_a_phrase_of_the_titles_names_a_region():
    titles = [f"large camera bag {i}" for i in range(40)] + [f"large item {i}" for i in range(960)]
    region = np.array([0] * 60 + [-1] * 940)
    labels = region_labels(frame_of(titles, [""] * 1000), np.arange(1000), region)
    # In the order of the titles; "item" and "large" occur everywhere.
    assert labels in (["camera bag"], ["large camera"])


def test_a_phrase_common_everywhere_names_no_region():
    titles = ["private label"] * 300
    region = np.array([0] * 100 + [1] * 200)
    assert region_labels(frame_of(titles, [""] * 300), np.arange(300), region) == ["", ""]


def test_rows_are_selected_by_product():
    catalogue = frame_of(["x"] * 40, ["A"] * 20 + ["B"] * 20)
    region = np.array([0, 0, 1, 1])
    assert region_labels(catalogue, np.array([0, 1, 38, 39]), region) == ["A", "B"]


def test_a_map_without_regions_has_no_labels():
    assert region_labels(frame_of(["x"], ["A"]), np.array([0]), np.array([-1])) == []
