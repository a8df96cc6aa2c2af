"""Till codes as people read them."""

import pytest

from core.data.grocery_names import department_name, readable, readable_size, title


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("STRING CHEESE", "String cheese"),
        ("POPCORN - MICROWAVE", "Popcorn, microwave"),
        ("CAKES: LAYERS", "Cakes, layers"),
        ("FRZN BREAD DOUGH", "Frozen bread dough"),
        ("TOMATO JUICE (OVER 50% JCE)", "Tomato juice"),
        ("CHEESE CRACKERS (CHEEZ-ITS/GOL", "Cheese crackers"),
        ("SANDWICHES - (COLD)", "Sandwiches, cold"),
        ("FRZN SS PREMIUM ENTREES/DNRS/N", "Frozen premium single-serve entree"),
        ("CHRISTMAS  SEASONAL", "Christmas seasonal"),
        ("NO COMMODITY DESCRIPTION", ""),
        ("", ""),
    ],
)
def test_abbreviated_names_are_spelled_out(code, name):
    assert readable(code) == name


def test_departments_have_readable_names():
    assert department_name("DRUG GM") == "Drugstore & general goods"
    assert department_name("GROCERY") == "Grocery"


@pytest.mark.parametrize(
    ("size", "spelled"),
    [
        ("16 OZ", "16 oz"),
        ("12.0 OZ", "12 oz"),
        (".5 L", "0.5 L"),
        ("6/3.5 OZ", "6 x 3.5 oz"),
        ("6-2.5 OZ", "6 x 2.5 oz"),
        ("12 PK/12 OZ", "12 x 12 oz"),
        ("3/4 OZ", "3/4 oz"),
        ("1/2 GAL", "1/2 gallon"),
        ("2 1/4 OZ", "2 1/4 oz"),
        ("10.4 OZ/8 CT", "10.4 oz, 8 count"),
        ("L    16 OZ", "16 oz"),
        ("A D   1 DZ", "1 dozen"),
        ("971267  PK", ""),
        ("GAL", "1 gallon"),
        ("CTN", "carton"),
        ("40 LOAD", "40 loads"),
        ("141.1 SQ FT", "141.1 sq ft"),
        ("", ""),
    ],
)
def test_sizes_have_units_spelled_out(size, spelled):
    assert readable_size(size) == spelled


def test_titles_have_type_size_and_maker():
    assert title("CHEESE", "STRING CHEESE", "1 OZ", "Manufacturer 69", True) == (
        "String cheese, 1 oz, Manufacturer 69 (private label)"
    )
    assert title("BEEF", "LEAN", "", "Manufacturer 7", False) == "Beef, lean, Manufacturer 7"
    assert title("LAMB", "", "", "Manufacturer 7", False) == "Lamb, Manufacturer 7"
    assert title("", "", "", "Manufacturer 7", False) == "Unnamed product, Manufacturer 7"
