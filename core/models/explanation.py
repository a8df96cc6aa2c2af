"""What a model's score of two products is made of."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Explanation:
    """What a score of two products is made of; see `core.models.base.Model.explain`.

    Attributes
    ----------
    about : str
        One sentence that says what the numbers are.
    parts : dict of str to dict of str to float
        Numbers by their names, the most important first, for one or several series: "" if there is
        one, ``query`` and ``product`` if each product has its own numbers.
    paths : list of (list of int, float)
        The strongest paths as products, both ends included, each with its share of the score.
    """

    about: str
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    paths: list[tuple[list[int], float]] = field(default_factory=list)
