"""Regions and their labels where the right answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.catalogue import Catalogue
from core.explore.regions import density_regions, region_labels


def blobs(sizes, spread=0.03, seed=0):
    rng = np.random.default_rng(seed)
    centers = np.array([(i % 3, i // 3) for i in range(len(sizes))], float)
    blob = np.repeat(np.arange(len(sizes)), sizes)
    return centers[blob] + spread * rng.normal(size=(len(blob), 2)), blob


def test_well_apart_clouds_are_the_regions_largest_first():
    points, blob = blobs([60, 300, 120, 90])
    region = density_regions(points)
    for number, name in enumerate([1, 2, 3, 0]):
        assert (region[blob == name] == number).mean() > 0.97


def test_tiny_regions_are_none():
    points, blob = blobs([900, 2, 600])
    region = density_regions(points)
    assert set(region[blob == 1]) == {-1}


def test_points_on_one_spot_are_one_region():
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


def test_a_category_names_a_region_it_covers_and_title_words_any_other():
    n = 60
    titles = [f"wide item {i}" for i in range(n)] + ["tripod mount item"] * 3 + ["item"] * 197
    category = ["Lamps"] * n + [f"c{i % 50}" for i in range(200)]
    region = np.array([0] * n + [1] * 3 + [-1] * 197)
    labels = region_labels(frame_of(titles, category), np.arange(260), region)
    assert labels[0] == "Lamps"
    assert labels[1] in ("mount, tripod", "tripod, mount") or labels[1] in category


def test_what_is_common_everywhere_labels_nothing():
    titles = ["private label"] * 300
    region = np.array([0] * 100 + [1] * 200)
    assert region_labels(frame_of(titles, [""] * 300), np.arange(300), region) == ["", ""]


def test_products_decide_which_rows_are_read():
    catalogue = frame_of(["x"] * 40, ["A"] * 20 + ["B"] * 20)
    region = np.array([0, 0, 1, 1])
    assert region_labels(catalogue, np.array([0, 1, 38, 39]), region) == ["A", "B"]


def test_no_regions():
    assert region_labels(frame_of(["x"], ["A"]), np.array([0]), np.array([-1])) == []
