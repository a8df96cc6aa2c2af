"""Amazon files without relations between products: refused with a message that says what to use."""

from __future__ import annotations

import pandas as pd

from core.config import UserError
from core.data.formats.input_format import InputFormat, Sample
from core.data.formats.refused_ratings import refuse_ratings
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.progress import Progress

_PRODUCT, _PERSON = {"asin", "parent_asin"}, {"reviewerID", "user_id"}
_OPINION = {"overall", "rating", "reviewText", "helpful_vote"}
_RELATIONS = {"related", "also_buy", "also_view", "also_bought", "also_viewed"}


def _is_review(sample: Sample) -> float:
    keys = sample.keys
    if "basket" in sample.options.columns:
        return 0.0
    groups = (_PRODUCT, _PERSON, _OPINION)
    return float(all(not keys.isdisjoint(group) for group in groups) and not keys & _RELATIONS)


def _refuse_reviews(
    sample: Sample, products: pd.DataFrame | None, options: ReadOptions, progress: Progress
) -> ReadResult:
    raise refuse_ratings(sample.label, next(iter(sample.keys & _PERSON)))


def _is_2023(sample: Sample) -> float:
    keys = sample.keys
    linked = any(record.get("bought_together") for record in sample.records)
    return 0.95 * ("parent_asin" in keys and keys.isdisjoint(_RELATIONS) and not linked)


def _refuse_2023(
    sample: Sample, products: pd.DataFrame | None, options: ReadOptions, progress: Progress
) -> ReadResult:
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
