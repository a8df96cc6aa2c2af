"""Files without relations between products: refused with a message that says what to use."""

from __future__ import annotations

from core.config import UserError
from core.data.formats.input_format import InputFormat, Sample
from core.data.read_options import KNOWN_NAMES
from core.data.read_result import ReadResult
from core.data.tables.column_roles import set_column
from core.data.tables.table import Table
from core.data.tables.text_layout import plain_name

_RATINGS = {"rating", "ratings", "stars", "overall", "score", "reviewtext", "reviewbody"}
_PRODUCT, _PERSON = {"asin", "parent_asin"}, {"reviewerID", "user_id"}
_OPINION = {"overall", "rating", "reviewText", "helpful_vote"}
_RELATIONS = {"related", "also_buy", "also_view", "also_bought", "also_viewed"}


def is_ratings(table: Table) -> bool:
    """Return whether a table holds ratings or reviews: a user, a product, and a score."""
    names = {plain_name(name) for name in table.names}
    by_people = not names.isdisjoint(KNOWN_NAMES["customer"])
    return by_people and not _RATINGS.isdisjoint(names) and names.isdisjoint(KNOWN_NAMES["basket"])


def refuse_ratings(label: str, user: str) -> UserError:
    """Return the error for a file of ratings or reviews, with the column of their users."""
    return UserError(
        f"{label} holds reviews or ratings (one opinion per row), not purchases. For Amazon, use "
        "the metadata of the same category (meta_….json.gz of 2014 or 2018). To read "
        f"all that a user rated as one basket nevertheless: {set_column('basket', user)}."
    )


def _is_review(sample: Sample) -> float:
    keys = sample.keys
    if "basket" in sample.options.columns:
        return 0.0
    groups = (_PRODUCT, _PERSON, _OPINION)
    return float(all(not keys.isdisjoint(group) for group in groups) and not keys & _RELATIONS)


def _refuse_reviews(sample: Sample, *_: object) -> ReadResult:
    raise refuse_ratings(sample.label, next(iter(sample.keys & _PERSON)))


def _is_2023(sample: Sample) -> float:
    keys = sample.keys
    linked = any(record.get("bought_together") for record in sample.records)
    return 0.95 * ("parent_asin" in keys and keys.isdisjoint(_RELATIONS) and not linked)


def _refuse_2023(sample: Sample, *_: object) -> ReadResult:
    raise UserError(
        f"{sample.label} is Amazon metadata of 2023, which has no relations between products (no "
        "also_buy, and bought_together is empty), so there are no pairs to learn from. Take the "
        "release of 2014 or 2018 of the same category (meta_….json.gz)."
    )


REVIEWS = InputFormat(
    name="amazon_reviews",
    about="Amazon reviews, which have no relations",
    example='{"reviewerID": "A28", "asin": "B0001", "overall": 5.0, "unixReviewTime": 1404067200}',
    roles=(),
    takes_products=False,
    evidence=_is_review,
    read=_refuse_reviews,
)
METADATA_2023 = InputFormat(
    name="amazon_2023",
    about="Amazon metadata of 2023, which has no relations",
    example='{"title": "Tea", "parent_asin": "B0001", "bought_together": null}',
    roles=(),
    takes_products=False,
    evidence=_is_2023,
    read=_refuse_2023,
)
