"""Text, prices and bins."""

import math

import numpy as np
import pytest

from core.data.clean_values import clean_brand, clean_image, clean_price, clean_text, price_bins


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  two   words\n", "two words"),
        ("AT&amp;amp;T", "AT&T"),
        ("I &lt;3 you, 5 < 6 > 4", "I <3 you, 5 < 6 > 4"),
        ("&lt;b&gt;Bold&lt;/b&gt; <span class='x'>move</span>", "Bold move"),
        ("Lamp<!-- hidden --> <script>var a = 1;</script>shade", "Lamp shade"),
        ("var aPageStart = (new Date()).getTime();", ""),
        ("(function(a) { return 1; })", ""),
        (".a-section{margin:0} Lamp", ""),
        ("Chair (set of 4) {blue}", "Chair (set of 4) {blue}"),
        ("Multi-function (5 in 1) Tool", "Multi-function (5 in 1) Tool"),
        ("Wrench function(s), {color: red} of 2", "Wrench function(s), {color: red} of 2"),
        ("x<y and y>z", "x<y and y>z"),
        ("Line<br/>break<hr class=thin>", "Line break"),
        # Patterns with quadratic time on runs of blanks would take minutes on these.
        ("a <b c=" + " " * 100_000, "a <b c="),
        ("function" + " " * 100_000, "function"),
        ("Bose&reg; Café", "Bose® Café"),
        ("half \ud83d", "half ?"),
        (None, ""),
        (12, ""),
    ],
)
def test_text_is_cleaned(raw, clean):
    assert clean_text(raw) == clean


def test_the_leading_by_of_a_brand_is_removed():
    assert clean_brand("by\n    \n    Coxlures") == "Coxlures"
    assert clean_brand("by Kilian") == "by Kilian"
    assert clean_brand(None) == ""


@pytest.mark.parametrize(
    ("raw", "price"),
    [
        ("$12.99", 12.99),
        ("$1,299.00", 1299),
        (" 7 ", 7),
        ("19,99", 19.99),
        ("€ 19,9", 19.9),
        ("1.299,00 €", 1299),
        ("1 299,00", 1299),
        ("£5.00", 5),
        ("19.99 EUR", 19.99),
        ("1,299", 1299),
        ("1,2,3", math.nan),
        ("about 5", math.nan),
        (3.17, 3.17),
        (0, 0),
        ("$10.00 - $20.00", math.nan),
        (".a-section{margin:0}", math.nan),
        ("", math.nan),
        ("$", math.nan),
        ("-5", math.nan),
        (-5, math.nan),
        (math.inf, math.nan),
        (True, math.nan),
        (None, math.nan),
        ([5], math.nan),
        (10**400, math.nan),
    ],
)
def test_prices_are_parsed(raw, price):
    assert clean_price(raw) == pytest.approx(price, nan_ok=True)


def test_the_first_image_address_is_kept():
    assert clean_image("https://a.example/b.jpg") == "https://a.example/b.jpg"
    assert clean_image(["http://a.example/b.jpg", "x"]) == "http://a.example/b.jpg"
    for junk in ("javascript:alert(1)", "data:image/png;base64,AA", [], [5], None, 5):
        assert clean_image(junk) == ""


def bin_by_hand(price: float) -> str:
    """The reference's rule (section 5), as a person would apply it."""
    if math.isnan(price):
        return ""
    if price >= 500:
        return "$500 or more"
    step = 1 if price < 25 else 5 if price < 50 else 10
    low = int(price // step * step)
    return f"${low} to {low + step}"


def test_price_bins_follow_the_studys_rule():
    prices = np.array([0, 0.5, 24.99, 25, 29.99, 30, 49.99, 50, 59, 60, 499.9, 500, 1e6, np.nan])
    prices = np.concatenate([prices, np.random.default_rng(0).uniform(0, 600, 500)])
    assert price_bins(prices).tolist() == [bin_by_hand(price) for price in prices]
    assert price_bins([25, 50]).tolist() == ["$25 to 30", "$50 to 60"]  # an error of the study
