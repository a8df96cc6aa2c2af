"""Formatting of names and numbers for the pages."""

from __future__ import annotations

from core.models.registry import MODELS

# What a table shows where a run has no value.
ABSENT = "–"


def model_title(model: str) -> str:
    """Return the title of a model; its name if this version does not have it."""
    return MODELS[model].title if model in MODELS else model


def duration(seconds: float | None) -> str:
    """Return a duration to be read: ``41 s``, ``3 min 05 s``, ``2 h 10 min``; empty for None."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
