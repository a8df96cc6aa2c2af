"""Counts with their nouns, in the singular or the plural."""

from __future__ import annotations


def count_of(n: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun.

    Parameters
    ----------
    n : int
    singular : str
    plural : str, optional
        By default the singular with an s.

    Examples
    --------
    >>> count_of(1, "pair"), count_of(2000, "pair")
    ('1 pair', '2,000 pairs')
    >>> count_of(1, "run was", "runs were")
    '1 run was'
    """
    return f"{n:,} {singular if n == 1 else plural or f'{singular}s'}"
