"""Ratings and reviews, which are not purchases: refused, with a message on what to use instead."""

from __future__ import annotations

from core.config import UserError
from core.data.read_options import KNOWN_NAMES
from core.data.tables.column_roles import set_column
from core.data.tables.table import Table
from core.data.tables.text_layout import plain_name

_RATINGS = {"rating", "ratings", "stars", "overall", "score", "reviewtext", "reviewbody"}


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
